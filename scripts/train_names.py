"""Trains the networks of the tagger of people and places `names.conv.v8`.

    python scripts/train_names.py DATA --teacher names-soft.npz --out names.conv.v1.npz
    python scripts/train_names.py DATA --start names.conv.v2.npz --epochs 3 --out names.conv.v3.npz
    python scripts/train_names.py DATA --beside names.conv.v3.npz --width 128 --seed 7 --epochs 4 \
        --out names.conv.v5.npz
    python scripts/train_names.py DATA --start names.conv.v5.npz --epochs 3 --out first.npz
    python scripts/train_names.py DATA --start names.conv.v5.npz --second --width 128 --seed 7 --epochs 3 \
        --out second.npz

DATA holds cluener, resume_ner, weibo_ner, dh_msra_ner, ccks2021_address and address_parsing, and reviews
into which sentences of `scripts/names/templates.yaml` are put. Texts are de-duplicated across all sets and
split by hash; the test tenth is never seen, the dev tenth is scored and not trained on. Tickets and news
written for voc, with their marks, lie in `scripts/names/written/`, and in `scripts/names/labels/` what the
tagger found in reviews, judged by reading. What the teacher of `scripts/train_name_teacher.py` sees in news
and posts is learnt beside their labels. With `--start`, training goes on from the first network of earlier
weights, or from the second one (`--second`), which takes the teacher's place; with `--beside`, a second
network is trained from the beginning, and both are written. `scripts/average_names.py` takes the mean of
weights before and after. Needs voc[transformers] for torch; takes about four minutes of one core for an
epoch. The same data, seed and version of torch give the same file.
`scripts/train_sieve.py` comes next: without it all is read by the large network.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from names.corpora import (
    ADDRESS_SETS,
    READINGS,
    Judged,
    Labelled,
    Spans,
    around_spans,
    read_book_reviews,
    read_judged,
    read_labelled,
    read_texts,
    read_written,
)
from names.network import HIDDEN, RATE, Example, arrays_of, example, fit, taught
from names.openings import screen_arrays
from names.writer import Marked, Names, Places, Writer, is_chinese_name
from tags.corpora import text_numbers

from voc.io.artefacts import read_artefact, write_artefact
from voc.privacy.gate import compile_gate, encode
from voc.privacy.ner.network import SECOND
from voc.privacy.ner.tagger import NameTagger
from voc.privacy.recognizers.address import AddressFinder
from voc.privacy.recognizers.person import PersonFinder
from voc.simulator import write_company
from voc.text.normalise import fold

SEED: Final = 20240601
READING_OF: Final = {**{name: name for name in READINGS}, **dict.fromkeys(ADDRESS_SETS, "address")}
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "voc": ("PER", "ADR"),
    **{
        reading: tuple(
            dict.fromkeys(
                kind for name, r in READING_OF.items() if r == reading for kind in READINGS[name].values()
            )
        )
        for reading in dict.fromkeys(READING_OF.values())
    },
}
SHARE: Final = {"dh_msra_ner": 0.5, "address_parsing": 0.3, "ccks2021_address": 0.4}
"""Shares of large sets that are trained on."""
TIMES: Final = {"cluener": 4}
WEIGHT: Final = {"cluener": 1.5, "address": 0.5, "voc": 1.2, "taught": 1.0, "written": 1.5, "judged": 1.5}
AS_WRITTEN: Final = 2
"""Times that a written ticket is read in a pass, beside twice with other people in it."""
CALLED: Final = 0.6
"""Share of nicknames, given names and words among the other people of the second time."""
AS_JUDGED: Final = 2
"""Times that a judged stretch of a review is read in a pass, and times with other people in it."""
TAUGHT: Final = "cluener"
"""The reading of which a teacher says what it sees in more texts than were labelled after it."""
TAUGHT_OF: Final = ("cluener", "dh_msra_ner", "weibo_ner")
"""The sets of these texts."""
NEWS: Final = ("dh_msra_ner", "cluener")
"""Sentences of these, with other people in them, are read as tickets too."""
SURE: Final = 0.8
"""Probability from which a tag of earlier weights counts as a figure."""
AROUND: Final = ("online_shopping_10_cats", "waimai_10k", "chnsenticorp_htl_all", "bdci2021_bank")
LONGEST: Final = 220
SIEVE: Final = "sieve_"
"""Begins the names of the sieve's arrays."""
SCREEN: Final = "screen_"
"""Begins those of the screen's."""
RATE_ON: Final = 1e-3
"""Learning rate when training goes on from earlier weights."""


def names_of(rows: Sequence[Labelled]) -> Names:
    """Names of people in labelled texts."""
    found = [
        row.text[a:b]
        for row in rows
        if row.source not in ADDRESS_SETS
        for a, b, kind in row.spans
        if kind == "PER"
    ]
    distinct = sorted(set(found))
    met = [name for name in distinct if is_chinese_name(name)]
    foreign = [name for name in distinct if "·" in name and all("一" <= c <= "鿿" or c == "·" for c in name)]
    return Names(met, foreign)


def places_of(rows: Sequence[Labelled]) -> Places:
    """Addresses and their parts in labelled addresses."""
    whole: set[str] = set()
    heads: set[str] = set()
    roads: set[str] = set()
    sites: set[str] = set()
    for row in rows:
        if row.source not in ADDRESS_SETS or not row.spans:
            continue
        kinds = [kind for _, _, kind in row.spans]
        covered = sum(b - a for a, b, _ in row.spans) == len(row.text)
        if covered and kinds[-1] == "NUM" and "PER" not in kinds and 6 <= len(row.text) <= 45:
            whole.add(row.text)
        last = 0
        for a, b, kind in row.spans:
            if kind != "ADM" or a != last:
                break
            last = b
        if last:
            heads.add(row.text[:last])
        roads.update(row.text[a:b] for a, b, kind in row.spans if kind == "RD" and 3 <= b - a <= 7)
        sites.update(row.text[a:b] for a, b, kind in row.spans if kind == "POI" and 3 <= b - a <= 9)
    plain = [
        sorted(text for text in group if not any(c.isdigit() for c in text))
        for group in (heads, roads, sites)
    ]
    return Places(sorted(whole), *plain)


def silent(texts: Sequence[str]) -> list[str]:
    """Texts in which the rules find neither people nor addresses."""
    finders = [(finder, compile_gate(finder.gate)) for finder in (PersonFinder(), AddressFinder())]

    def holds(text: str) -> bool:
        return any(gate.search(encode(text)) and finder.find(text) for finder, gate in finders)

    return [text for text in texts if not holds(fold(text).text)]


def simulated(folder: Path, names: Names, rng: Random, seed: int = SEED) -> Iterator[Marked]:
    """Texts of the sample company, with other names in them."""
    files = write_company(folder, customers=1500, seed=seed)
    truth = json.loads(files.truth.read_text(encoding="utf-8"))
    import pandas as pd

    frame = pd.read_excel(files.tickets, dtype=str, engine="calamine")
    column = max(frame.columns, key=lambda name: frame[name].astype(str).str.len().mean())
    for entry in truth["feedback"]:
        if entry["file"] == files.tickets.name:
            text = str(frame[column].iloc[entry["row"]])
            yield renamed(text, [(m["start"], m["end"], m["entity"]) for m in entry["pii"]], names, rng)


def renamed(text: str, marks: Sequence[tuple[int, int, str]], names: Names, rng: Random) -> Marked:
    """Put drawn names in the place of the simulator's; an address takes its province to district along."""
    out, spans, done = "", [], 0
    for start, end, entity in sorted(marks):
        if entity not in ("PERSON", "CN_ADDRESS"):
            continue
        out += text[done:start]
        value, first = text[start:end], len(out)
        if entity == "PERSON" and is_chinese_name(value) and not value.startswith(("小", "老")):
            value = names.full(rng)
        elif entity == "CN_ADDRESS":
            while first and "一" <= out[first - 1] <= "鿿" and out[first - 1] not in "址到是寄":
                first -= 1
        out += value
        spans.append((first, len(out), "PER" if entity == "PERSON" else "ADR"))
        done = end
    return Marked(out + text[done:], tuple(spans))


def voc_texts(folder: Path, rows: Sequence[Labelled], scale: float) -> Iterator[Marked]:
    """Tickets and reviews with and without people and addresses."""
    rng = Random(SEED)
    names, places = names_of(rows), places_of(rows)
    writer = Writer(names, places)
    hold = {text for text, spans in read_judged(folder) if any(kind in KINDS["voc"] for *_, kind in spans)}
    texts = [text for text in read_texts(folder, AROUND, test=False) if len(text) <= LONGEST]
    texts = [text for text in texts if text not in hold]
    rng.shuffle(texts)
    count = round(12000 * scale)
    around = silent(texts[: round(24000 * scale)])
    for text in around[:count]:
        yield writer.ticket(text[: rng.randint(10, 120)], rng)
    for _ in range(round(5000 * scale)):
        yield writer.sentence(rng) if rng.random() < 0.75 else writer.clear(rng)
    for text in around[: round(9000 * scale)]:
        yield writer.strewn(text[: rng.randint(8, 60)], rng)
    for text in around[count : count + round(9000 * scale)]:
        yield Marked(text, ())
    news = [row for row in rows if row.source in NEWS and any(kind == "PER" for _, _, kind in row.spans)]
    for row in rng.sample(news, min(len(news), round(8000 * scale))):
        yield writer.renamed(row.text, [span for span in row.spans if span[2] == "PER"], rng)
    with tempfile.TemporaryDirectory() as company:
        yield from simulated(Path(company), names, rng)


Word = dict[int, npt.NDArray[np.float16]]
"""What the teacher says of texts, by their numbers: log probabilities (characters, labels)."""


def read_word(path: Path) -> Word:
    """Read what `scripts/train_name_teacher.py` wrote."""
    saved = np.load(path)
    parts = np.split(saved["told"], np.cumsum(saved["lengths"])[:-1])
    return dict(zip(saved["numbers"].tolist(), parts, strict=True))


def word_of(tagger: NameTagger, rows: Sequence[Labelled]) -> Word:
    """What an earlier tagger says, in the teacher's place."""
    texts = [row.text for row in rows if row.source in TAUGHT_OF and len(row.text) <= LONGEST]
    told = tagger.log_probabilities(texts, TAUGHT)
    return {
        number: scores.astype(np.float16)
        for number, scores in zip(text_numbers(texts).tolist(), told, strict=True)
    }


def written_texts(names: Names) -> Iterator[Example]:
    """Tickets and news written for voc as they stand, and tickets twice more with other people in them."""
    rng = Random(SEED)
    writer = Writer(names, Places([], [], [], []))
    for text, spans in read_written("tickets"):
        others = [writer.renamed(text, spans, rng, called=share) for share in (0.0, CALLED)]
        for marked in (*[Marked(text, spans)] * AS_WRITTEN, *others):
            yield example(*marked, "voc", KINDS["voc"], WEIGHT["written"])
    for text, spans in read_written("news"):
        yield example(text, spans, TAUGHT, KINDS[TAUGHT], WEIGHT["written"])


def judged_texts(folder: Path, names: Names, start: NameTagger | None) -> Iterator[Example]:
    """Stretches of reviews around what was judged, as they stand and with other people in them.

    With other names, it is learnt where authors and heroes stand, and not what they are called. Where there
    are earlier weights, whom they find in other reviews of books after the convention of news counts as
    judged to be such a figure.
    """
    rng = Random(SEED)
    writer = Writer(names, Places([], [], [], []))
    judged = read_judged(folder)
    reviews = judged if start is None else [*judged, *book_figures(folder, start, judged)]
    for text, found in reviews:
        for stretch, spans in around_spans(text, found):
            parts = [Marked(stretch, spans)] * AS_JUDGED
            if any(kind in {"PER", "FIG"} for *_, kind in spans):
                parts += [writer.renamed(stretch, spans, rng) for _ in range(AS_JUDGED)]
            for part in parts:
                personal = [span for span in part.spans if span[2] in KINDS["voc"]]
                yield example(part.text, personal, "voc", KINDS["voc"], WEIGHT["judged"])


def book_figures(folder: Path, tagger: NameTagger, judged: Judged) -> Iterator[tuple[str, Spans]]:
    """Reviews of books that nobody judged, with the people that news would call so."""
    known = {text for text, _ in judged}
    for text in read_book_reviews(folder):
        tags = [] if text in known else tagger.tag(text, NEWS[0])
        found = tuple((tag.start, tag.end, "FIG") for tag in tags if tag.kind == "PER" and tag.score > SURE)
        if found:
            yield text, found


def examples_of(
    rows: Sequence[Labelled], folder: Path, scale: float, word: Word, start: NameTagger | None
) -> list[Example]:
    """All that is trained on."""
    rng = Random(SEED)
    examples = []
    for row, number in zip(rows, text_numbers(row.text for row in rows).tolist(), strict=True):
        reading, told = READING_OF[row.source], word.get(number)
        if len(row.text) > LONGEST:
            continue
        if rng.random() < SHARE.get(row.source, 1.0) * min(scale, 1.0):
            own = told if reading == TAUGHT else None
            one = example(row.text, row.spans, reading, KINDS[reading], WEIGHT.get(reading, 1.0), own)
            examples += [one] * TIMES.get(row.source, 1)
        if told is not None and reading != TAUGHT:
            examples.append(taught(row.text, told, TAUGHT, WEIGHT["taught"]))
    for text, spans in voc_texts(folder, rows, scale):
        if 0 < len(text) <= LONGEST + 60:
            examples.append(example(text, spans, "voc", KINDS["voc"], WEIGHT["voc"]))
    names = names_of(rows)
    return [*examples, *written_texts(names), *judged_texts(folder, names, start)]


def report(tagger: NameTagger, rows: Sequence[Labelled]) -> None:
    """Print strict F1 of people, places and addresses."""
    hits: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    true: Counter[tuple[str, str]] = Counter()
    for row in rows:
        tags = {(tag.start, tag.end, tag.kind) for tag in tagger.tag(row.text, READING_OF[row.source])}
        for counter, spans in ((hits, tags & set(row.spans)), (found, tags), (true, set(row.spans))):
            counter.update((row.source, kind) for _, _, kind in spans)
    for key in sorted(true):
        print("  ", *key, f"{2 * hits[key] / (found[key] + true[key]):.3f} of {true[key]}", flush=True)


def network_of(arrays: dict[str, npt.NDArray[Any]], *, second: bool = False) -> dict[str, npt.NDArray[Any]]:
    """Weights of the first network, or of the second one, under the names of a first."""
    return {
        name.removeprefix(SECOND): array
        for name, array in arrays.items()
        if name.startswith(SECOND) == second and not name.startswith((SIEVE, SCREEN))
    }


def without_sieve(arrays: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Weights without the sieve, which is trained anew."""
    return {name: array for name, array in arrays.items() if not name.startswith(SIEVE)}


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    begin = parser.add_mutually_exclusive_group(required=True)
    begin.add_argument("--teacher", type=Path, help="from scripts/train_name_teacher.py")
    begin.add_argument("--start", type=Path, help="earlier weights to go on from")
    parser.add_argument("--second", action="store_true", help="go on from the second network of --start")
    begin.add_argument("--beside", type=Path, help="weights of a first network, for a second one beside")
    parser.add_argument("--width", type=int, default=HIDDEN)
    parser.add_argument("--seed", type=int, default=SEED, help="of the weights and the order of the texts")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the examples, for trials")
    options = parser.parse_args()
    rows = [row for row in read_labelled(options.data) if row.split != "test"]
    trained = [row for row in rows if row.split == "train"]
    earlier = options.start or options.beside
    before = without_sieve(read_artefact(earlier)) if earlier else None
    if before is not None and options.start:
        screen = {name: array for name, array in before.items() if name.startswith(SCREEN)}
        before = network_of(before, second=options.second) | screen
    tagger = None if before is None else NameTagger(before)
    start = before if options.start else None
    word = read_word(options.teacher) if tagger is None else word_of(tagger, trained)
    examples = examples_of(trained, options.data, options.scale, word, tagger)
    print(len(examples), "texts,", sum(len(item.labels) for item in examples), "characters", flush=True)
    screen = screen_arrays(names_of(trained), read_texts(options.data, AROUND, test=False), SEED)
    rate = RATE if start is None else RATE_ON
    for _, network in fit(
        examples, KINDS, epochs=options.epochs, seed=options.seed, rate=rate, start=start, width=options.width
    ):
        arrays = arrays_of(network, KINDS, examples)
        if options.beside and before is not None:
            arrays = {f"{SECOND}{name}": array for name, array in arrays.items()} | network_of(before)
        arrays |= screen
        write_artefact(options.out, arrays)
    report(NameTagger(arrays), [row for row in rows if row.split == "dev"])


if __name__ == "__main__":
    main()
