"""Trains the encoder `encoder.v1` of the model `best` and writes it as 8-bit ONNX.

    python scripts/train_encoder.py DATA --checkpoint pre.pt --pretrain 3
    python scripts/train_encoder.py DATA --checkpoint pre.pt --tune 7 --out ARTEFACTS/encoder.v1

Needs torch, onnx and onnxruntime. First the encoder learns from all texts at once what the lexicon finds
in every clause (weak labels that cost nothing) and the sentiment of those that have one; then it is tuned
on the texts that were labelled by reading. Texts that models are scored on (`corpora`) are seen in
neither. Fixed seed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from corpora import forbidden_keys, read_labelled, read_sentiment, read_unlabelled
from encoder_network import Encoder
from torch import Tensor
from torch.nn import functional

from voc.tagging.cues import compile_cues
from voc.tagging.encoder_input import EncoderInput, Vocabulary, WordSpans, encoder_input, read_words_of
from voc.tagging.reader import Reading, read_batch
from voc.tagging.splits import held_out, text_key
from voc.tagging.taxonomy import load_taxonomy
from voc.tagging.topics import LexiconTagger
from voc.tagging.weights import write_artefact

SEED: Final = 20240601
MIN_WORD: Final = 4
MIN_CHAR: Final = 3
MIN_EXAMPLES: Final = 5
BATCH: Final = 64
CHUNK: Final = 8192
Key = tuple[str, int]
Floats = npt.NDArray[np.float32]


@dataclass
class Corpus:
    """Texts with all that is known of them, read once."""

    spans: list[WordSpans]
    """By chunk of `CHUNK` texts."""
    units: list[npt.NDArray[np.int64]]
    """Unit of each word, counted within its chunk."""
    rows: list[npt.NDArray[np.int64]]
    """Row of each unit, by chunk."""
    weak: list[dict[int, set[int]]]
    """Columns of the lexicon's findings in a unit, by chunk."""
    sentiment: npt.NDArray[np.int64]
    """0 negative, 1 neutral, 2 positive, -1 unknown."""
    tags: list[dict[int, set[int]]]
    """Columns of the labels that lie in a unit, by chunk."""
    gold: npt.NDArray[np.bool_]
    """Whether the text was labelled by reading."""
    texts_tags: list[dict[int, set[int]]]
    """Columns of the labels that a text has, by chunk."""


def read_corpus(
    texts: Sequence[str],
    sentiment: Sequence[int],
    tags: dict[int, Any],
    found: dict[Key, int],
    labels: dict[Key, int],
) -> Corpus:
    """Segment the texts, run the lexicon, place the labels in units."""
    tagger = LexiconTagger(compile_cues(load_taxonomy()))
    corpus = Corpus(
        [], [], [], [], np.array(sentiment), [], np.array([i in tags for i in range(len(texts))]), []
    )
    for begin in range(0, len(texts), CHUNK):
        part = list(texts[begin : begin + CHUNK])
        reading = read_batch(part)
        spans = read_words_of(reading.buffer, reading.words)
        corpus.spans.append(spans)
        corpus.units.append(np.searchsorted(reading.units.ends, spans.starts, side="right"))
        corpus.rows.append(reading.units.rows)
        weak: dict[int, set[int]] = {}
        for findings in reading.findings(tagger).by_row(len(part)):
            for finding in findings:
                if (column := found.get((finding.tag, finding.polarity))) is not None:
                    unit = int(np.searchsorted(reading.units.ends, finding.end - 1, side="left"))
                    weak.setdefault(unit, set()).add(column)
        corpus.weak.append(weak)
        corpus.tags.append(_placed(reading, begin, len(part), tags, labels))
        corpus.texts_tags.append(
            {
                row: {labels[tag[:2]] for tag in tags.get(begin + row, ()) if tag[:2] in labels}
                for row in range(len(part))
            }
        )
    return corpus


def _placed(
    reading: Reading, begin: int, count: int, tags: dict[int, Any], labels: dict[Key, int]
) -> dict[int, set[int]]:
    placed: dict[int, set[int]] = {}
    units = reading.units
    for row in range(count):
        at = int(reading.buffer.starts[row])
        for tag, polarity, start, end in tags.get(begin + row, ()):
            if (column := labels.get((tag, polarity))) is not None:
                first = np.searchsorted(units.ends, at + start, side="right")
                last = max(np.searchsorted(units.starts, at + end, side="left"), first + 1)
                for unit in range(int(first), min(int(last), len(units.ends))):
                    placed.setdefault(unit, set()).add(column)
    return placed


@dataclass
class Batch:
    """One step's texts as tensors."""

    words: Tensor
    chars: Tensor
    unit: Tensor
    """Unit of each word, counted within the batch; the last is padding."""
    units: int
    weak: Tensor
    tags: Tensor
    counted: Tensor
    """Unset where another unit of the text bears the label: this one may bear it too, nobody says."""
    row: Tensor
    """Row of each unit."""
    sentiment: Tensor
    gold: Tensor


def make_batch(
    corpus: Corpus, vocabulary: Vocabulary, chunk: int, rows: npt.NDArray[np.int64], sizes: tuple[int, int]
) -> Batch:
    """Gather the chosen rows of one chunk, ascending."""
    spans = corpus.spans[chunk]
    given: EncoderInput = encoder_input(vocabulary, spans, rows)
    of_unit = corpus.rows[chunk]
    chosen = np.flatnonzero(np.isin(of_unit, rows))
    local = np.full(len(of_unit) + 1, len(chosen))
    local[chosen] = np.arange(len(chosen))
    word = np.searchsorted(spans.starts, np.maximum(given.starts, 0))
    unit = np.where(
        given.starts >= 0, local[corpus.units[chunk][np.minimum(word, len(spans.starts) - 1)]], len(chosen)
    )
    weak = np.zeros((len(chosen), sizes[1]), np.float32)
    tags = np.zeros((len(chosen), sizes[0]), np.float32)
    for marks, columns in ((weak, corpus.weak[chunk]), (tags, corpus.tags[chunk])):
        for place in chosen.tolist():
            if place in columns:
                marks[local[place], list(columns[place])] = 1
    counted = np.ones_like(tags)
    for at, place in enumerate(chosen.tolist()):
        if elsewhere := corpus.texts_tags[chunk].get(int(of_unit[place])):
            counted[at, list(elsewhere)] = 0
    counted = np.maximum(counted, tags)
    index = chunk * CHUNK + rows
    return Batch(
        torch.from_numpy(given.words), torch.from_numpy(given.chars), torch.from_numpy(unit), len(chosen),
        torch.from_numpy(weak), torch.from_numpy(tags),
        torch.from_numpy(counted), torch.from_numpy(np.searchsorted(rows, of_unit[chosen])),
        torch.from_numpy(corpus.sentiment[index]), torch.from_numpy(corpus.gold[index]),
    )  # fmt: skip


def by_unit(margins: Tensor, batch: Batch) -> Tensor:
    """Greatest margin over the words of each unit."""
    flat = margins.reshape(-1, margins.shape[2])
    pooled = torch.full((batch.units + 1, flat.shape[1]), -30.0)
    index = batch.unit.reshape(-1, 1).expand(-1, flat.shape[1])
    return pooled.scatter_reduce(0, index, flat, reduce="amax", include_self=True)[:-1]


def shuffled(
    order: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], rng: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """Batches of texts of similar length, from one chunk each."""
    batches = []
    chunk = order // CHUNK
    for number in np.unique(chunk):
        inside = order[chunk == number]
        inside = inside[np.argsort(lengths[inside] + rng.integers(0, 8, len(inside)), kind="stable")]
        batches += [np.sort(inside[at : at + BATCH]) for at in range(0, len(inside), BATCH)]
    rng.shuffle(batches)
    return batches


@dataclass
class Trainer:
    """A model, its texts, and the state of its optimizer."""

    model: Encoder
    corpus: Corpus
    vocabulary: Vocabulary
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LambdaLR

    def epoch(
        self, batches: Sequence[npt.NDArray[np.int64]], parts: tuple[float, float, float], told: str
    ) -> None:
        """One pass; `parts` weighs tags, weak labels and sentiment."""
        self.model.train()
        sizes = self.model.labels.out_features, self.model.weak.out_features
        began, total = time.process_time(), 0.0
        for number, rows in enumerate(batches):
            batch = make_batch(self.corpus, self.vocabulary, int(rows[0] // CHUNK), rows % CHUNK, sizes)
            hidden, text = self.model.read(batch.words, batch.chars)
            loss = torch.zeros(())
            if parts[1]:
                margins = by_unit(self.model.weak(hidden), batch)
                loss = loss + parts[1] * functional.binary_cross_entropy_with_logits(margins, batch.weak) * 50
            if parts[0] and bool(batch.gold.any()):
                margins = by_unit(self.model.labels(hidden), batch)
                mine = batch.gold[batch.row]
                missed = functional.binary_cross_entropy_with_logits(
                    margins[mine], batch.tags[mine], weight=batch.counted[mine]
                )
                loss = loss + parts[0] * missed * 50
            known = batch.sentiment >= 0
            if bool(known.any()):
                loss = loss + parts[2] * functional.cross_entropy(
                    self.model.sentiment(text)[known], batch.sentiment[known], label_smoothing=0.05
                )
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            total += float(loss.detach())
            if number % 200 == 199:
                print(
                    f"{told} step {number + 1}/{len(batches)} loss {total / 200:.4f} "
                    f"cpu {time.process_time() - began:.0f} s",
                    flush=True,
                )
                total = 0.0


def vocabulary_of(corpus: Corpus) -> Vocabulary:
    """Words and characters that stand often enough to be learnt."""
    hashes, counts = np.unique(np.concatenate([spans.hashes for spans in corpus.spans]), return_counts=True)
    chars = np.concatenate([spans.chars.ravel() for spans in corpus.spans])
    codes, times = np.unique(chars[chars > 0], return_counts=True)
    return Vocabulary(hashes[counts >= MIN_WORD], codes[times >= MIN_CHAR].astype(np.uint32))


def trainer_of(model: Encoder, corpus: Corpus, vocabulary: Vocabulary, rate: float, steps: int) -> Trainer:
    """AdamW with a short warm-up and a linear decline."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    warm = max(steps // 20, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(1 - step / steps, 0.02))
    )
    return Trainer(model, corpus, vocabulary, optimizer, schedule)


class SentimentOnly(torch.nn.Module):
    """The part of the encoder that ships: its tag head stays behind the linear topic model's scores."""

    def __init__(self, model: Encoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, words: Tensor, chars: Tensor) -> Tensor:
        """Margins of negative, neutral, positive: shape (texts, 3)."""
        return self.model.sentiment(self.model.read(words, chars)[1])


def write_artefacts(model: Encoder, vocabulary: Vocabulary, out: Path) -> None:
    """Export to ONNX, round matrices and embeddings to 8 bits, and write the vocabulary beside it."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval()
    words, chars = torch.ones((1, 8), dtype=torch.int64), torch.ones((1, 8, 4), dtype=torch.int64)
    names = {"words": {0: "texts", 1: "words"}, "chars": {0: "texts", 1: "words"}}
    with tempfile.TemporaryDirectory(prefix="voc-") as folder:
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            SentimentOnly(model), (words, chars), str(full), input_names=list(names),
            output_names=["sentiment"], dynamic_axes={**names, "sentiment": {0: "texts"}}, dynamo=False,
            opset_version=17,
        )  # fmt: skip
        quantize_dynamic(str(full), f"{out}.onnx", weight_type=QuantType.QInt8)
    write_artefact(Path(f"{out}.npz"), {"words": vocabulary.words, "chars": vocabulary.chars})


def gather(folder: Path, everything: bool) -> tuple[Corpus, dict[Key, int], dict[Key, int]]:
    """Read all training texts. Without `everything` the dev part of the labels stays out too."""
    labelled = read_labelled(folder)
    never = set(forbidden_keys(labelled))
    if not everything:
        never |= {text_key(row.text) for row in labelled if row.split == "dev"}
    taught = [row for row in labelled if text_key(row.text) not in never]
    counted = Counter(tag[:2] for row in taught for tag in row.tags if tag[1])
    labels = {
        key: at
        for at, key in enumerate(sorted(key for key, count in counted.items() if count >= MIN_EXAMPLES))
    }
    mood = {-1: 0, 0: 1, 1: 2}
    own = {text_key(row.text) for row in taught}
    rest = [
        example for example in read_sentiment(folder)
        if example.source != "complaints_v1" and not example.held_out and example.key not in never | own
    ]  # fmt: skip
    seen = never | own | {example.key for example in rest}
    bare = [
        text for text in read_unlabelled(folder) if (key := text_key(text)) not in seen and not held_out(key)
    ]
    texts = [row.text for row in taught] + [example.text for example in rest] + bare
    # tags of texts on which sentiment is scored may be learnt, their sentiment not
    own_mood = [-1 if held_out(text_key(row.text)) else mood[row.sentiment] for row in taught]
    sentiment = own_mood + [mood[example.label] for example in rest] + [-1] * len(bare)
    tagger = LexiconTagger(compile_cues(load_taxonomy()))
    sampled = texts[::7]
    sample = read_batch(sampled).findings(tagger).by_row(len(sampled))
    times = Counter((finding.tag, finding.polarity) for findings in sample for finding in findings)
    found = {key: at for at, key in enumerate(sorted(key for key, count in times.items() if count >= 8))}
    print(
        f"{len(taught):,} labelled by reading, {len(rest):,} with sentiment, {len(bare):,} bare", flush=True
    )
    return (
        read_corpus(texts, sentiment, {at: row.tags for at, row in enumerate(taught)}, found, labels),
        labels,
        found,
    )


def main() -> int:
    """Train in two stages; a checkpoint between them lets the second run again."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True, help="state between the stages")
    parser.add_argument(
        "--pretrain", type=int, default=0, metavar="EPOCHS", help="first stage; writes the checkpoint"
    )
    parser.add_argument(
        "--tune", type=int, default=0, metavar="EPOCHS", help="second stage; reads the checkpoint"
    )
    parser.add_argument("--out", type=Path, help="artefacts, without their endings")
    parser.add_argument("--everything", action="store_true", help="train on the dev part too")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    rng = np.random.default_rng(SEED)
    corpus, labels, found = gather(options.data, options.everything)
    lengths = np.concatenate([np.bincount(spans.rows, minlength=CHUNK) for spans in corpus.spans])[
        : len(corpus.sentiment)
    ]
    order = np.flatnonzero(lengths > 0)
    if options.pretrain:
        vocabulary = vocabulary_of(corpus)
        model = Encoder(len(vocabulary.words), len(vocabulary.chars), len(labels), len(found))
        print(
            f"{len(vocabulary.words):,} words, {len(vocabulary.chars):,} characters, "
            f"{len(labels)} labels, {len(found)} weak",
            flush=True,
        )
        steps = sum(len(shuffled(order, lengths, np.random.default_rng(0))) for _ in range(options.pretrain))
        trainer = trainer_of(model, corpus, vocabulary, 2e-3, steps)
        for epoch in range(options.pretrain):
            trainer.epoch(
                shuffled(order, lengths, rng),
                (0.3, 0.5, 1.0),
                f"pretrain {epoch}",
            )
            torch.save(
                {
                    "state": model.state_dict(),
                    "words": vocabulary.words,
                    "chars": vocabulary.chars,
                    "found": found,
                    "labels": labels,
                },
                options.checkpoint,
            )
    if options.tune:
        saved = torch.load(options.checkpoint, weights_only=False)
        vocabulary = Vocabulary(saved["words"], saved["chars"])
        model = Encoder(len(vocabulary.words), len(vocabulary.chars), len(labels), len(found))
        keep = {
            name: value
            for name, value in saved["state"].items()
            if value.shape == model.state_dict()[name].shape
        }
        model.load_state_dict(keep, strict=False)
        gold, rest = order[corpus.gold[order]], order[~corpus.gold[order]]
        steps = options.tune * (len(gold) + len(gold)) // BATCH + 200
        trainer = trainer_of(model, corpus, vocabulary, 7e-4, steps)
        for epoch in range(options.tune):
            also = rng.choice(rest, len(gold), replace=False)
            batches = [*shuffled(gold, lengths, rng), *shuffled(np.sort(also), lengths, rng)]
            rng.shuffle(batches)
            trainer.epoch(batches, (1.0, 0.1, 0.3), f"tune {epoch}")
        write_artefacts(model, vocabulary, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
