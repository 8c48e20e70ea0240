"""Trains the encoder `encoder.v2` of the model `best` and writes it as 8-bit ONNX.

    python scripts/train_encoder.py DATA --teacher soft.npz --out encoder.v2
    python scripts/calibrate_encoder.py DATA encoder.v2 --topics topics-without-dev.npz

`soft.npz` is made by `scripts/train_teacher.py`; torch, onnx and onnxruntime are needed. One network learns
the tags of every clause and the sentiment of every text, from labels and from what the teacher sees. It sees
no text on which a model is scored (`scripts/tags/corpora.py`), and no text of dev: there its mean with the
topic model is calibrated. Fixed seed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from tags.corpora import Labelled, read_bare, read_labelled, read_sentiment, read_written
from tags.distillation import Lesson, read_teacher
from tags.encoder_network import Encoder
from torch import Tensor
from torch.nn import functional

from voc.tagging.encoder_input import EncoderInput, Vocabulary, WordSpans, encoder_input, read_words_of
from voc.tagging.reader import read_batch
from voc.tagging.splits import held_out, text_key
from voc.tagging.weights import write_artefact

SEED: Final = 20240601
MIN_WORD: Final = 4
MIN_CHAR: Final = 3
BATCH: Final = 64
CHUNK: Final = 8192
RATE: Final = 2e-3
REPEATS: Final = 4
"""Times that a labelled text is read for each time that a bare one is."""
Ids = npt.NDArray[np.int64]


@dataclass
class Corpus:
    """Texts as words, read once."""

    spans: list[WordSpans]
    """By chunk of `CHUNK` texts."""
    units: list[Ids]
    """Clause of each word, counted within its chunk."""
    firsts: Ids
    """First clause of each text, and one past the last, counted through all chunks."""

    @classmethod
    def of(cls, texts: list[str]) -> Corpus:
        """Segment the texts."""
        spans, units, counts = [], [], [np.zeros(1, np.int64)]
        for begin in range(0, len(texts), CHUNK):
            reading = read_batch(texts[begin : begin + CHUNK])
            words = read_words_of(reading.buffer, reading.words)
            spans.append(words)
            units.append(reading.unit_at[words.starts])
            counts.append(reading.unit_counts)
        return cls(spans, units, np.cumsum(np.concatenate(counts)))

    @property
    def lengths(self) -> Ids:
        """Words of each text."""
        counts = [np.bincount(spans.rows, minlength=CHUNK) for spans in self.spans]
        return np.concatenate(counts)[: len(self.firsts) - 1]

    def vocabulary(self) -> Vocabulary:
        """Words and characters that stand often enough to be learnt."""
        hashes, counts = np.unique(np.concatenate([spans.hashes for spans in self.spans]), return_counts=True)
        chars = np.concatenate([spans.chars.ravel() for spans in self.spans])
        codes, times = np.unique(chars[chars > 0], return_counts=True)
        return Vocabulary(hashes[counts >= MIN_WORD], codes[times >= MIN_CHAR].astype(np.uint32))


@dataclass
class Batch:
    """One step's texts as tensors."""

    words: Tensor
    chars: Tensor
    unit: Tensor
    """Clause of each word, counted within the batch; the last is padding."""
    row: Tensor
    """Text of each clause."""
    places: Ids
    """The clauses, counted through the corpus."""


def make_batch(corpus: Corpus, vocabulary: Vocabulary, rows: Ids) -> Batch:
    """Gather the chosen texts of one chunk, ascending."""
    chunk, first = int(rows[0] // CHUNK), int(rows[0] // CHUNK) * CHUNK
    spans = corpus.spans[chunk]
    given: EncoderInput = encoder_input(vocabulary, spans, rows - first)
    counts = corpus.firsts[rows + 1] - corpus.firsts[rows]
    ends = np.cumsum(counts)
    places = np.arange(ends[-1]) + np.repeat(corpus.firsts[rows] - (ends - counts), counts)
    word = np.minimum(np.searchsorted(spans.starts, given.starts), len(spans.starts) - 1)
    unit = np.searchsorted(places, corpus.units[chunk][word] + corpus.firsts[first])
    return Batch(
        torch.from_numpy(given.words), torch.from_numpy(given.chars),
        torch.from_numpy(np.where(given.starts >= 0, unit, len(places))),
        torch.from_numpy(np.repeat(np.arange(len(rows)), counts)), places,
    )  # fmt: skip


def by_clause(margins: Tensor, batch: Batch) -> Tensor:
    """Greatest margin over the words of each clause."""
    flat = margins.reshape(-1, margins.shape[2])
    pooled = torch.full((len(batch.places) + 1, flat.shape[1]), -12.0)
    index = batch.unit.reshape(-1, 1).expand(-1, flat.shape[1])
    return pooled.scatter_reduce(0, index, flat, reduce="amax", include_self=True)[:-1]


@dataclass
class Course:
    """Texts, what is to be said of them, and their order: those labelled by reading first."""

    corpus: Corpus
    lessons: tuple[Lesson, Lesson]
    own: int
    """How many texts were labelled by reading."""
    sentiment: Tensor
    """How negative, neutral and positive each text is: shape (texts, 3)."""

    def loss(self, model: Encoder, vocabulary: Vocabulary, rows: Ids) -> Tensor:
        """Tags of labelled and of bare texts, and sentiment."""
        batch = make_batch(self.corpus, vocabulary, rows)
        hidden, text = model.read(batch.words, batch.chars)
        margins = by_clause(model.labels(hidden), batch)
        loss = torch.zeros(())
        middle, clause = int(np.searchsorted(rows, self.own)), int(self.corpus.firsts[self.own])
        for lesson, part, base, start in (
            (self.lessons[0], slice(0, middle), 0, 0),
            (self.lessons[1], slice(middle, len(rows)), self.own, clause),
        ):
            if not len(chosen := rows[part]):
                continue
            inside = (batch.row >= part.start) & (batch.row < part.stop)
            places = batch.places[inside.numpy()] - start
            missed = lesson.loss(margins[inside], chosen - base, places, batch.row[inside] - part.start)
            loss = loss + missed * len(chosen) / len(rows)
        return loss + functional.cross_entropy(model.sentiment(text), self.sentiment[rows])

    def turns(self, rng: np.random.Generator) -> list[Ids]:
        """Batches of texts of similar length, from one chunk each."""
        lengths = self.corpus.lengths
        order = np.flatnonzero(lengths > 0)
        order = np.concatenate([order, *[order[order < self.own]] * (REPEATS - 1)])
        cut = []
        for number in np.unique(order // CHUNK):
            inside = order[order // CHUNK == number]
            inside = inside[np.argsort(lengths[inside] + rng.integers(0, 8, len(inside)), kind="stable")]
            cut += [np.unique(inside[at : at + BATCH]) for at in range(0, len(inside), BATCH)]
        return [cut[at] for at in rng.permutation(len(cut))]


def train(model: Encoder, course: Course, vocabulary: Vocabulary, epochs: int) -> None:
    """AdamW with a short warm-up and a linear decline."""
    rng = np.random.default_rng(SEED)
    steps = epochs * len(course.turns(np.random.default_rng(SEED)))
    warm = max(steps // 20, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(1 - step / steps, 0.02))
    )
    model.train()
    for epoch in range(epochs):
        began, total, turns = time.process_time(), 0.0, course.turns(rng)
        for number, rows in enumerate(turns):
            if number % 200 == 199:
                print(f"step {number + 1}/{len(turns)}, {time.process_time() - began:.0f} s", flush=True)
            loss = course.loss(model, vocabulary, rows)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(f"pass {epoch}: loss {total / len(turns):.3f}, {time.process_time() - began:.0f} s", flush=True)


def write_artefacts(model: Encoder, vocabulary: Vocabulary, out: Path) -> None:
    """Export to ONNX, round matrices and embeddings to 8 bits, and write the vocabulary beside it."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval()
    words, chars = torch.ones((1, 8), dtype=torch.int64), torch.ones((1, 8, 4), dtype=torch.int64)
    axes = {"words": {0: "texts", 1: "words"}, "chars": {0: "texts", 1: "words"}}
    told = {"labels": {0: "texts", 1: "words"}, "sentiment": {0: "texts"}}
    with tempfile.TemporaryDirectory(prefix="voc-") as folder:
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            model, (words, chars), str(full), input_names=list(axes), output_names=list(told),
            dynamic_axes={**axes, **told}, dynamo=False, opset_version=17,
        )  # fmt: skip
        quantize_dynamic(str(full), f"{out}.onnx", weight_type=QuantType.QInt8)
    arrays: dict[str, npt.NDArray[Any]] = {
        "words": vocabulary.words,
        "chars": vocabulary.chars,
        "scalars": np.array([0.0, 1.0, 0.0]),  # until it is calibrated
    }
    write_artefact(Path(f"{out}.npz"), arrays)


def moods(folder: Path, own: list[Labelled], bare: list[str]) -> Ids:
    """Sentiment of each text, 0 to 2, -1 unknown.

    Where it is scored, the tags of a text may be learnt, its sentiment not.
    """
    known = {example.key: example.label for example in read_sentiment(folder) if not example.held_out}
    mine = [-1 if held_out(text_key(row.text)) else row.sentiment + 1 for row in own]
    rest = [known[key] + 1 if (key := text_key(text)) in known else -1 for text in bare]
    return np.array(mine + rest)


def main() -> int:
    """Train and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--teacher", type=Path, required=True, help="from scripts/train_teacher.py")
    parser.add_argument("--out", type=Path, required=True, help="artefacts, without their endings")
    parser.add_argument("--width", type=int, default=144)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    labelled = read_labelled(options.data)
    own = [row for row in labelled if row.split == "train"] + read_written()
    bare = read_bare(options.data, labelled)
    texts = [row.text for row in own] + bare
    teacher = read_teacher(options.teacher, texts)
    corpus = Corpus.of(texts)
    clause = int(corpus.firsts[len(own)])
    lessons = (
        Lesson.labelled(own, teacher.labels, teacher.margins[:clause]),
        Lesson(teacher.margins[clause:]),
    )
    course = Course(corpus, lessons, len(own), teacher.sentiment(moods(options.data, own, bare)))
    vocabulary = corpus.vocabulary()
    model = Encoder(len(vocabulary.words), len(vocabulary.chars), len(teacher.labels), options.width)
    train(model, course, vocabulary, options.epochs)
    write_artefacts(model, vocabulary, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
