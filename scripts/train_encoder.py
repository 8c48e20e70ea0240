"""Trains the encoder of the models `best` and `auto` and writes it as 8-bit ONNX.

    python scripts/train_encoder.py DATA --width 144 --epochs 4 --out first --word encoder-word.npz
    WORDS="--words first-word.npz encoder-word.npz --all-words teacher-word.npz"
    python scripts/train_encoder.py DATA $WORDS --epochs 8 --out one
    python scripts/train_encoder.py DATA $WORDS --epochs 8 --seed 7 --out other
    python scripts/join_encoders.py one other --out ARTEFACTS/encoder.v6
    python scripts/calibrate_encoder.py DATA ARTEFACTS/encoder.v6 --topics topics-without-dev.npz

torch, onnx and onnxruntime are needed. A network learns the tags of every clause from labels by reading, from
what other models see in texts without labels (`scripts/train_topics.py`; without these words such texts are
not read) and from what the teacher sees in all texts (`scripts/train_tag_teacher.py`), and the sentiment of
the texts that have one. It sees no text on which a model is scored (`scripts/tags/corpora.py`), and none of
dev: there its mean with the topic model is calibrated. Fixed seeds; what ships is the mean of two networks;
the model card says how each was made.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from learning_rate import warm_up_and_decline
from tags.clause_labels import labels_of
from tags.corpora import Labelled, read_bare, read_labelled, read_sentiment, read_written
from tags.distillation import Lesson, read_words, write_word
from tags.encoder_network import Encoder, mean_odds
from torch import Tensor
from torch.nn import functional

from voc.tagging.models.encoder_input import EncoderInput, Vocabulary, WordSpans, encoder_input, read_words_of
from voc.tagging.models.weights import write_artefact
from voc.tagging.reader import read_batch
from voc.tagging.splits import held_out, text_key

SEED: Final = 20240601
MIN_WORD: Final = 4
MIN_CHAR: Final = 3
BATCH: Final = 64
CHUNK: Final = 8192
RATE: Final = 2e-3
NOTHING: Final = -12.0
"""Margin of a clause without words."""
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
    pooled = torch.full((len(batch.places) + 1, flat.shape[1]), NOTHING)
    index = batch.unit.reshape(-1, 1).expand(-1, flat.shape[1])
    return pooled.scatter_reduce(0, index, flat, reduce="amax", include_self=True)[:-1]


@dataclass
class Course:
    """Texts, what is to be said of them, and their order: those labelled by reading first."""

    corpus: Corpus
    lessons: tuple[Lesson, Lesson | None]
    """Of the texts labelled by reading, and of the others."""
    own: int
    """How many texts were labelled by reading."""
    sentiment: Ids
    """As readers label it: 0 negative, 1 neutral, 2 positive, -1 unknown."""
    stars: Ids
    """0 negative, 1 positive, -1 unknown."""

    def loss(self, model: Encoder, vocabulary: Vocabulary, rows: Ids) -> Tensor:
        """Tags of labelled and of bare texts, and sentiment where it is known."""
        batch = make_batch(self.corpus, vocabulary, rows)
        hidden, text = model.read(batch.words, batch.chars)
        margins = by_clause(model.labels(hidden), batch)
        loss = torch.zeros(())
        middle, clause = int(np.searchsorted(rows, self.own)), int(self.corpus.firsts[self.own])
        for lesson, part, base, start in (
            (self.lessons[0], slice(0, middle), 0, 0),
            (self.lessons[1], slice(middle, len(rows)), self.own, clause),
        ):
            if lesson is None or not len(chosen := rows[part]):
                continue
            inside = (batch.row >= part.start) & (batch.row < part.stop)
            places = batch.places[inside.numpy()] - start
            missed = lesson.loss(margins[inside], chosen - base, places, batch.row[inside] - part.start)
            loss = loss + missed * len(chosen) / len(rows)
        mood = torch.from_numpy(self.sentiment[rows])
        if bool((mood >= 0).any()):
            told = model.sentiment(text)[mood >= 0]
            loss = loss + functional.cross_entropy(told, mood[mood >= 0], label_smoothing=0.05)
        stars = torch.from_numpy(self.stars[rows])
        if bool((stars >= 0).any()):
            odds, wanted = model.stars(text).squeeze(1)[stars >= 0], stars[stars >= 0].float()
            smooth = 0.025 + 0.95 * wanted
            loss = loss + functional.binary_cross_entropy_with_logits(odds, smooth)
        return loss

    def turns(self, rng: np.random.Generator) -> list[Ids]:
        """Batches of texts of similar length, from one chunk each."""
        lengths = self.corpus.lengths
        told = len(lengths) if self.lessons[1] is not None else self.own
        order = np.flatnonzero(lengths[:told] > 0)
        cut = []
        for number in np.unique(order // CHUNK):
            inside = order[order // CHUNK == number]
            inside = inside[np.argsort(lengths[inside] + rng.integers(0, 8, len(inside)), kind="stable")]
            cut += [np.sort(inside[at : at + BATCH]) for at in range(0, len(inside), BATCH)]
        return [cut[at] for at in rng.permutation(len(cut))]


def train(model: Encoder, course: Course, vocabulary: Vocabulary, epochs: int, seed: int) -> None:
    """AdamW with a short warm-up and a linear decline."""
    rng = np.random.default_rng(seed)
    steps = epochs * len(course.turns(np.random.default_rng(seed)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = warm_up_and_decline(optimizer, steps, 1 / 20)
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


def seen_by(model: Encoder, corpus: Corpus, vocabulary: Vocabulary) -> npt.NDArray[np.float16]:
    """What the encoder sees in every clause: shape (clauses, labels)."""
    seen = np.full((int(corpus.firsts[-1]), model.labels.out_features), NOTHING, dtype=np.float16)
    lengths = corpus.lengths
    model.eval()
    for number in range(len(corpus.spans)):
        inside = np.arange(number * CHUNK, min((number + 1) * CHUNK, len(lengths)))
        inside = inside[np.argsort(lengths[inside], kind="stable")]
        for begin in range(0, len(inside), BATCH):
            rows = np.sort(inside[begin : begin + BATCH])
            if not lengths[rows].any():
                continue
            batch = make_batch(corpus, vocabulary, rows)
            with torch.no_grad():
                hidden, _ = model.read(batch.words, batch.chars)
                seen[batch.places] = by_clause(model.labels(hidden), batch).numpy()
    return seen


def write_artefacts(model: Encoder, vocabulary: Vocabulary, out: Path) -> None:
    """Export to ONNX, round matrices and embeddings to 8 bits, and write the vocabulary beside it."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval()
    words, chars = torch.ones((1, 8), dtype=torch.int64), torch.ones((1, 8, 4), dtype=torch.int64)
    axes = {"words": {0: "texts", 1: "words"}, "chars": {0: "texts", 1: "words"}}
    told = {"labels": {0: "texts", 1: "words"}, "sentiment": {0: "texts"}, "text": {0: "texts"}}
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
        "networks": np.array([1]),
    }
    write_artefact(Path(f"{out}.npz"), arrays)


def moods(folder: Path, own: list[Labelled], bare: list[str]) -> Ids:
    """Sentiment of each text as readers label it, 0 to 2, -1 unknown; of texts without labels, their stars.

    Where it is scored, the tags of a text may be learnt, its sentiment not.
    """
    known = stars_of(folder)
    mine = [-1 if kept_back(row.text) else row.sentiment + 1 for row in own]
    rest = [-1 if kept_back(text) else known.get(text_key(text), -2) + 1 for text in bare]
    return np.array(mine + rest)


def stars(folder: Path, own: list[Labelled], bare: list[str]) -> Ids:
    """Stars of each text, 0 or 1; of texts that have none, the stance that readers see; -1 unknown."""
    known = stars_of(folder)
    keys = [text_key(row.text) for row in own] + [text_key(text) for text in bare]
    read = [row.sentiment for row in own] + [0] * len(bare)
    told = np.array([known.get(key, stance) for key, stance in zip(keys, read, strict=True)])
    told[[kept_back(row.text) for row in own] + [kept_back(text) for text in bare]] = 0
    return np.where(told == 0, -1, (told + 1) // 2)


def stars_of(folder: Path) -> dict[str, int]:
    """Sentiment that came with a text, by its key: -1, 0 or 1."""
    given = read_sentiment(folder, ())
    return {one.key: one.label for one in given if one.source != "complaints_v1"}


def kept_back(text: str) -> bool:
    """Whether the sentiment of a text is not learnt: it is scored there, or the weight of stars is chosen."""
    key = text_key(text)
    return held_out(key) or chosen_on(key)


def chosen_on(key: str) -> bool:
    """Tell of a thirtieth of all texts."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[0] < 8


def accuracy_by_weight(
    model: Encoder, course: Course, vocabulary: Vocabulary, texts: list[str], known: dict[str, int]
) -> dict[float, float]:
    """Accuracy by the weight of the stars, on texts whose stars were neither learnt nor are scored."""
    model.eval()
    read, star, good, lengths = [], [], [], course.corpus.lengths
    for row, key in enumerate(map(text_key, texts)):
        if not chosen_on(key) or held_out(key) or not known.get(key, 0) or not lengths[row]:
            continue
        batch = make_batch(course.corpus, vocabulary, np.array([row]))
        with torch.no_grad():
            _, text = model.read(batch.words, batch.chars)
            read.append(model.sentiment(text))
            star.append(model.stars(text).squeeze(1))
        good.append(known[key] > 0)
    margins, wanted = (torch.cat(read), torch.cat(star)), torch.tensor(good)
    return {
        weight: round(float(((mean_odds(*margins, weight) > 0) == wanted).float().mean()), 4)
        for weight in (0.0, 0.25, 0.5, 0.75, 1.0)
    }


def main() -> int:
    """Train and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--words", type=Path, nargs="+", default=[], help="what other models see")
    parser.add_argument("--all-words", type=Path, nargs="*", default=[], help="what a teacher sees in all")
    parser.add_argument("--word", type=Path, help="where to keep what this one sees")
    parser.add_argument("--out", type=Path, required=True, help="artefacts, without their endings")
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    labelled = read_labelled(options.data)
    own = [row for row in labelled if row.split == "train"] + read_written()
    bare = read_bare(options.data, labelled)
    labels = labels_of(own)
    words = read_words([*options.words, *options.all_words], bare, labels)
    told = read_words(options.all_words, [row.text for row in own], labels)
    corpus = Corpus.of([row.text for row in own] + bare)
    lessons = Lesson.labelled(own, labels, told), None if words is None else Lesson(words)
    course = Course(corpus, lessons, len(own), moods(options.data, own, bare), stars(options.data, own, bare))
    vocabulary = corpus.vocabulary()
    model = Encoder(len(vocabulary.words), len(vocabulary.chars), len(labels), options.width)
    train(model, course, vocabulary, options.epochs, options.seed)
    texts = [*(row.text for row in own), *bare]
    found = accuracy_by_weight(model, course, vocabulary, texts, stars_of(options.data))
    print("accuracy of sentiment by weight of the stars:", found, flush=True)
    if options.word is not None:
        clause = int(corpus.firsts[len(own)])
        counts = np.diff(corpus.firsts)[len(own) :]
        seen = seen_by(model, corpus, vocabulary)[clause:]
        write_word(options.word, bare, counts, seen, labels)
    write_artefacts(model, vocabulary, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
