"""Trains the topic model `topics.bag.v6` on texts labelled by reading and on what an encoder sees.

    python scripts/train_topics.py DATA --minimum 20 --out first.npz --word first-word.npz
    TAUGHT="--teacher one --all-words teacher-word.npz"
    python scripts/train_topics.py DATA $TAUGHT --out topics-without-dev.npz
    python scripts/train_topics.py DATA $TAUGHT --everything --calibration -0.8 0.86 0.29 \
        --out ARTEFACTS/topics.bag.v6.npz

DATA and the label files are those of `scripts/tags/corpora.py`; torch is needed. The first command learns
from labels alone and keeps what it sees in texts without labels; `scripts/train_encoder.py` learns from it.
The others learn from that encoder in turn, and from its teacher (`scripts/train_tag_teacher.py`): they see
words in order, and say of every text, labelled or not, how much each clause bears each label. Each command
but the last tells threshold, slope, offset and F1 on dev, which it does not learn from; the last does. The
test part is scored by `scripts/evaluate_tags.py` only. `scripts/tags/written_examples.yaml` holds clauses
written for rare tags; they are used in training alone. Fixed seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import torch
from tags.calibration import calibrated
from tags.clause_labels import labels_of
from tags.corpora import read_bare, read_labelled, read_written
from tags.distillation import Lesson, read_words, write_word
from tags.topic_network import Bags, TopicNetwork, rounded

from voc.tagging.lexicon.cues import compile_cues
from voc.tagging.lexicon.topics import LexiconTagger
from voc.tagging.models.encoder import Encoder
from voc.tagging.models.features import buckets
from voc.tagging.models.topic_model import BITS, Labels, TopicModel, lexicon_block, ngram_blocks
from voc.tagging.models.weights import write_artefact
from voc.tagging.reader import read_batch
from voc.tagging.taxonomy import load_taxonomy

SEED: Final = 20240601
CHUNK: Final = 4096
BATCH: Final = 128
RATE: Final = 2e-3
NOTHING: Final = -12.0
"""Margin of a clause without words."""
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Vocabulary:
    """Buckets of n-grams with a weight, and what the lexicon may find."""

    kept: npt.NDArray[np.int32]
    frequency: Floats
    found: Labels

    @property
    def index(self) -> npt.NDArray[np.int32]:
        """Row of the weights for each bucket, -1 for those without."""
        table = np.full(1 << BITS, -1, dtype=np.int32)
        table[self.kept] = np.arange(len(self.kept))
        return table


def choose_buckets(texts: Sequence[str], minimum: int, found: Labels) -> Vocabulary:
    """Buckets that stand in at least `minimum` clauses, with their inverse document frequency."""
    counts, clauses = np.zeros(1 << BITS, dtype=np.int64), 0
    for begin in range(0, len(texts), CHUNK):
        reading = read_batch(texts[begin : begin + CHUNK])
        clauses += len(reading.units.ends)
        pairs = [
            np.unique(reading.unit_at[grams.positions] << BITS | buckets(grams.hashes, BITS))
            for grams in reading.char_grams
        ]
        counts += np.bincount(np.unique(np.concatenate(pairs)) & ((1 << BITS) - 1), minlength=1 << BITS)
    kept = np.flatnonzero(counts >= minimum).astype(np.int32)
    frequency = np.log((1 + clauses) / (1 + counts[kept])) + 1
    return Vocabulary(kept, frequency.astype(np.float32), found)


def read_bags(texts: Sequence[str], tagger: LexiconTagger, vocabulary: Vocabulary) -> Bags:
    """Read texts as bags of features."""
    weigh = sp.diags(vocabulary.frequency)
    index, parts, counts = vocabulary.index, [], []
    for begin in range(0, len(texts), CHUNK):
        reading = read_batch(texts[begin : begin + CHUNK])
        blocks = ngram_blocks(reading, index, vocabulary.frequency)
        lexicon = lexicon_block(reading.findings(tagger), reading.units, vocabulary.found)
        parts.append((*((block @ weigh).astype(np.float32) for block in blocks), lexicon))
        counts.append(reading.unit_counts)
    firsts = np.cumsum(np.concatenate([np.zeros(1, np.int64), *counts]))
    clause, text, lexicon = (sp.vstack(part).tocsr() for part in zip(*parts, strict=True))
    return Bags(clause, text, lexicon, firsts)


def train(network: TopicNetwork, course: Sequence[tuple[Bags, Lesson]], epochs: int) -> None:
    """Go through bags and lessons."""
    rng = np.random.default_rng(SEED)
    sizes = [len(bags.firsts) - 1 for bags, _ in course]
    steps = epochs * sum(-(-size // BATCH) for size in sizes)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(1 - step / steps, 0.02))
    network.train()
    for epoch in range(epochs):
        began, total = time.process_time(), 0.0
        turns = []
        for number, size in enumerate(sizes):
            order = rng.permutation(size)
            turns += [(number, np.sort(order[at : at + BATCH])) for at in range(0, size, BATCH)]
        for turn in rng.permutation(len(turns)):
            number, rows = turns[turn]
            every, lesson = course[number]
            bags, places = every.take(rows)
            loss = lesson.loss(network(bags), rows, places, bags.rows)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        told = f"pass {epoch}: loss {total / len(turns):.3f}, {time.process_time() - began:.0f} s"
        print(told, file=sys.stderr, flush=True)


def highest_hidden(network: TopicNetwork, bags: Bags) -> float:
    """What hardly any hidden unit passes."""
    network.eval()
    with torch.no_grad():
        return float(np.quantile(network.hidden(bags.take(np.arange(2000))[0]).numpy(), 0.9999))


def first_of(bags: Bags, count: int) -> Bags:
    """The first texts."""
    clauses = int(bags.firsts[count])
    return Bags(bags.clause[:clauses], bags.text[:count], bags.lexicon[:clauses], bags.firsts[: count + 1])


def word_of(encoder: Path, texts: Sequence[str], labels: Labels) -> npt.NDArray[np.float16]:
    """What an encoder that was trained for the same labels sees in every clause: shape (clauses, labels)."""
    teacher, parts = Encoder(encoder), []
    for begin in range(0, len(texts), CHUNK):
        reading = read_batch(texts[begin : begin + CHUNK])
        told = teacher.read(reading, np.arange(len(reading.unit_counts)))
        seen = np.full((len(reading.units.ends), len(labels)), NOTHING, dtype=np.float16)
        seen[told.units] = told.margins
        parts.append(seen)
    return np.concatenate(parts)


def mean_word(
    encoder: Path, more: Sequence[Path], texts: Sequence[str], labels: Labels
) -> npt.NDArray[np.float16]:
    """Mean of what an encoder sees in every clause and what other teachers see there."""
    seen, others = word_of(encoder, texts, labels), read_words(more, texts, labels)
    if others is None:
        return seen
    return np.asarray(np.mean(np.stack([seen, others]), axis=0, dtype=np.float32), dtype=np.float16)


def seen_by(
    model: TopicModel, texts: Sequence[str], tagger: LexiconTagger
) -> tuple[Ids, npt.NDArray[np.float16]]:
    """Clauses of each text, and what a model sees in them: shape (clauses, labels)."""
    counts, parts = [], []
    for begin in range(0, len(texts), CHUNK):
        reading = read_batch(texts[begin : begin + CHUNK])
        counts.append(reading.unit_counts)
        parts.append(model.margins(reading, reading.findings(tagger)).values.astype(np.float16))
    return np.concatenate(counts), np.concatenate(parts)


def main() -> int:
    """Train and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, help="encoder to learn from, without its endings")
    parser.add_argument("--all-words", type=Path, nargs="*", default=[], help="what teachers see in all")
    parser.add_argument("--word", type=Path, help="where to keep what this one sees")
    parser.add_argument("--everything", action="store_true", help="learn from dev, too")
    parser.add_argument("--width", type=int, default=96, help="hidden units")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--minimum", type=int, default=50, help="clauses that an n-gram must stand in")
    parser.add_argument(
        "--calibration", type=float, nargs=3, metavar=("THRESHOLD", "SLOPE", "OFFSET"),
        help="from a run without --everything, which calibrates by itself",
    )  # fmt: skip
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    tagger = LexiconTagger(compile_cues(load_taxonomy()))
    labelled = read_labelled(options.data)
    dev = [row for row in labelled if row.split == "dev"]
    rows = [row for row in labelled if row.split == "train"] + read_written()
    bare = read_bare(options.data, labelled)
    labels = labels_of(rows)
    texts = [row.text for row in rows] + (bare if options.teacher else [])
    found = tuple((tag, polarity) for tag in tagger.tags for polarity in (-1, 0, 1))
    vocabulary = choose_buckets(texts, options.minimum, found)
    bags = read_bags(texts, tagger, vocabulary)
    course = [(first_of(bags, len(rows)), Lesson.labelled(rows, labels))]
    if options.teacher:
        seen = mean_word(options.teacher, options.all_words, texts, labels)
        course.append((bags, Lesson(seen)))
    if options.everything:
        unread = read_bags([row.text for row in dev], tagger, vocabulary)
        course.append((unread, Lesson.labelled(dev, labels)))
    network = TopicNetwork(len(vocabulary.kept), len(found), options.width, len(labels))
    train(network, course, options.epochs)
    highest = highest_hidden(network, bags)
    kept = vocabulary.kept, vocabulary.frequency
    scalars = tuple(options.calibration or (0.0, 1.0, 0.0))
    model = rounded(network, highest, (labels, found), kept, scalars)
    figures: dict[str, Any] = {"kept": len(vocabulary.kept), "labels": len(labels), "bare": len(bare)}
    if not options.everything:
        reading = read_batch([row.text for row in dev])
        told = calibrated(model.margins(reading, reading.findings(tagger)).values, reading, dev, labels)
        model = replace(model, threshold=told.threshold, slope=told.slope, offset=told.offset)
        figures |= told._asdict()
    write_artefact(options.out, model.arrays())
    if options.word is not None:
        write_word(options.word, bare, *seen_by(model, bare, tagger), labels)
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
