"""Trains the sieve of the tagger `names.conv.v8` and puts it into the tagger's weights.

    python scripts/train_sieve.py DATA [--artefact src/voc/privacy/ner/artefacts/names.conv.v8.npz]

To run after `scripts/train_names.py`. Learns from what the tagger finds in the windows that
`voc.privacy.recognizers.tagged` gives it: in news, in texts into which names are written, and in reviews of
the training half. The screen knows the pairs of those reviews, as it was made from them, so here it opens
each pair as if the review at hand, and one more, were not among them. Prints what is kept of the windows, and
of those in which the tagger finds something: in the dev tenths, and in reviews of the test half. Needs
voc[transformers] for torch; takes two minutes of one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from names.corpora import ADDRESS_SETS, Labelled, read_labelled, read_texts, read_written
from names.openings import LEAST_ALONE, MOST_UNUSUAL, Counts, kind_of
from names.writer import Writer
from train_names import AROUND, SEED, SIEVE, names_of, places_of, without_sieve

from voc.io.artefacts import read_artefact, write_artefact
from voc.privacy.ner.characters import EDGE, look_at
from voc.privacy.ner.screen import CLOSED, NAME_FOLLOWS, OPEN
from voc.privacy.ner.sieve import GAPS
from voc.privacy.ner.tagger import NameTagger, artefact_path
from voc.privacy.recognizers.tagged import LEAST, Places, TaggedFinder
from voc.text.normalise import fold

LENGTH: Final = 64
"""Longer windows are left out; the layers are the same for all lengths."""
WIDTH: Final = 24
EPOCHS: Final = 10
BATCH: Final = 128
FOUND: Final = 4.0
"""Weight of a character of which the tagger finds something."""
WEIGHTS: Final = {"reviews": 3.0, "made": 0.5, "written": 0.5, "news": 0.5}
MADE: Final = 5000
READ: Final = (*AROUND, "zhijiang_ecommerce_absa", "bdci_car_2018", "heimao_finance")
"""Sets whose texts are read."""
BAR: Final = -4.3
"""Sum from which a character counts."""


class Windows(NamedTuple):
    """Windows as numbers, and what the tagger finds in them."""

    seen: torch.Tensor
    """(windows, 5, LENGTH): character, pair that ends at it, pair that begins, word, class; -1 behind."""
    inside: torch.Tensor
    """(windows, LENGTH): 1 where the tagger finds something."""

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """Windows in which the tagger finds something."""
        held: npt.NDArray[np.bool_] = self.inside.amax(dim=1).numpy() > 0
        return held


def windows_of(texts: Sequence[str], tagger: NameTagger, names: Places | None = None) -> Windows:
    """Cut the windows out of texts and let the tagger read them; `names` as in `TaggedFinder.windows`."""
    folded = [fold(text).text for text in texts]
    windows = TaggedFinder(tagger).windows(folded, names)
    parts = list(dict.fromkeys(folded[row][start:end] for row, start, end in windows))
    parts = [part for part in parts if len(part) <= LENGTH]
    seen = np.full((len(parts), 5, LENGTH), -1, dtype=np.int32)
    inside = np.zeros((len(parts), LENGTH), dtype=np.int8)
    for place, (part, tags) in enumerate(zip(parts, tagger.likely_tags(parts, LEAST), strict=True)):
        numbers, size = look_at(part), len(part)
        both = (numbers.characters, numbers.pairs[:-1], numbers.pairs[1:], numbers.words, numbers.classes)
        seen[place, :, :size] = np.stack(both)
        for tag in tags:
            inside[place, tag.start : tag.end] = 1
    return Windows(torch.from_numpy(seen), torch.from_numpy(inside))


def places_left_out(counts: Counts) -> Places:
    """Places that a screen would open that had not met the text at hand, nor one more."""
    thirds = {chr(code) for code in range(0x4E00, 0xA000) if counts.alone(chr(code)) >= LEAST_ALONE}
    kinds: dict[str, int] = {}

    def kind(pair: str) -> int:
        if pair not in kinds:
            met = counts.pairs[pair]
            counts.pairs[pair] = max(0, met - 2)
            kinds[pair] = kind_of(counts.pair(*pair))
            counts.pairs[pair] = met
        return kinds[pair]

    def opens(text: str, at: int) -> bool:
        told = kind(text[at : at + 2])
        return told == OPEN or (told != CLOSED and text[at + 2 : at + 3] in thirds)

    def unusual(text: str, at: int) -> bool:
        met = counts.pairs[text[at : at + 2]] - 2
        starts = (not at or text[at - 1] in f"{EDGE}\n") and met <= MOST_UNUSUAL
        follows = at > 0 and text[at - 1] in NAME_FOLLOWS and met <= 0
        return "一" <= text[at] <= "鿿" and (starts or follows)

    def places(codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
        text = "".join(map(chr, codes.tolist()))
        found = [
            at
            for at in range(len(text) - 1)
            if "一" <= text[at + 1] <= "鿿"
            and (unusual(text, at) or (text[at] in counts.family and opens(text, at)))
        ]
        return np.array(found, dtype=np.int64)

    return places


def made(texts: Sequence[str], rows: Sequence[Labelled], rng: Random) -> list[str]:
    """Texts into which names and addresses of the rows are written."""
    writer = Writer(names_of(rows), places_of(rows))
    strewn = [writer.strewn(text[: rng.randint(8, 60)], rng).text for text in texts]
    return strewn + [writer.ticket(text[: rng.randint(10, 120)], rng).text for text in texts]


class Network(torch.nn.Module):
    """The sieve; the tables are those of the tagger and stay."""

    def __init__(self, tables: Sequence[npt.NDArray[np.float32]]) -> None:
        super().__init__()
        self.tables = [torch.from_numpy(table) for table in tables]
        wide = sum(table.shape[1] for table in (*tables, tables[1]))
        self.inner = torch.nn.Conv1d(wide, WIDTH, 1)
        self.layers = torch.nn.ModuleList(
            torch.nn.Conv1d(WIDTH, WIDTH, 3, padding=gap, dilation=gap) for gap in GAPS
        )
        self.out = torch.nn.Conv1d(WIDTH, 1, 1)
        self.drop = torch.nn.Dropout(0.2)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Sums (windows, LENGTH)."""
        filled = (seen[:, :1] >= 0).float()
        at = seen.clamp(min=0).long()
        own, two, word, kind = self.tables
        parts = (own[at[:, 0]], two[at[:, 1]], two[at[:, 2]], word[at[:, 3]], kind[at[:, 4]])
        values = self.drop(torch.cat(parts, dim=2).transpose(1, 2))
        values = torch.relu(self.inner(values)) * filled
        for place, layer in enumerate(self.layers):
            new = torch.relu(layer(values)) * filled
            values = values + new if place else new
        return self.out(values)[:, 0].masked_fill(seen[:, 0] < 0, -99.0)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What `voc.privacy.ner.sieve.Sieve` reads."""
        arrays: dict[str, npt.NDArray[Any]] = {
            f"{SIEVE}inner": self.inner.weight.detach().numpy()[:, :, 0].T.copy(),
            f"{SIEVE}inner_bias": self.inner.bias.detach().numpy(),
            f"{SIEVE}out": self.out.weight.detach().numpy()[0],
            f"{SIEVE}least": np.array(BAR - float(self.out.bias.detach()[0]), dtype=np.float32),
        }
        for place, layer in enumerate(self.layers):
            weight = layer.weight.detach().permute(2, 1, 0)
            arrays[f"{SIEVE}weight{place}"] = weight.reshape(-1, WIDTH).contiguous().numpy()
            arrays[f"{SIEVE}bias{place}"] = layer.bias.detach().numpy()
        return arrays


def fit(sets: dict[str, Windows], tables: Sequence[npt.NDArray[np.float32]]) -> Network:
    """Train a network on windows."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    network = Network(tables)
    seen = torch.cat([windows.seen for windows in sets.values()])
    inside = torch.cat([windows.inside for windows in sets.values()]).float()
    shares = torch.cat([torch.full((len(windows.seen), 1), WEIGHTS[name]) for name, windows in sets.items()])
    weight = shares * (1 + (FOUND - 1) * inside) * (seen[:, 0] >= 0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01)
    steps = EPOCHS * -(-len(seen) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for some in torch.randperm(len(seen)).split(BATCH):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network(seen[some]), inside[some], weight=weight[some]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def report(name: str, network: Network, windows: Windows) -> None:
    """Print what is kept."""
    with torch.no_grad():
        best = torch.cat([network(some).amax(dim=1) for some in windows.seen.split(1000)]).numpy()
    kept, held = best >= BAR, windows.held
    print(
        f"{name:14} kept {kept.mean():.3f} of {len(kept)}, "
        f"of those that hold something {kept[held].mean():.4f} of {held.sum()}",
        flush=True,
    )


def main() -> None:
    """Train, report and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--artefact", type=Path, default=artefact_path())
    options = parser.parse_args()
    arrays = without_sieve(read_artefact(options.artefact))
    tagger, rng = NameTagger(arrays), Random(SEED)
    rows = read_labelled(options.data)
    parts = {part: [row for row in rows if row.split == part] for part in ("train", "dev")}
    news = {part: [row.text for row in of if row.source not in ADDRESS_SETS] for part, of in parts.items()}
    texts = read_texts(options.data, READ, test=False)
    counts = Counts(names_of([*parts["train"], *parts["dev"]]), texts, SEED)
    reviews = windows_of(texts, tagger, places_left_out(counts))
    rng.shuffle(texts)
    sets = {
        "reviews": reviews,
        "made": windows_of(made(texts[:MADE], parts["train"], rng), tagger),
        "written": windows_of([text for text, _ in read_written("tickets")], tagger),
        "news": windows_of(news["train"][::2], tagger),
    }
    network = fit(sets, tagger.tables)
    report("reviews", network, reviews)
    report("reviews, test", network, windows_of(read_texts(options.data, AROUND, test=True), tagger))
    report("made, dev", network, windows_of(made(texts[-MADE:], parts["dev"], rng), tagger))
    report("news, dev", network, windows_of(news["dev"], tagger))
    write_artefact(options.artefact, {**arrays, **network.arrays()})


if __name__ == "__main__":
    main()
