"""Trains the topic model `topics.linear.v2` on texts labelled by reading.

    python scripts/train_topics.py DATA --out src/voc/tagging/artefacts/topics.linear.v2.npz

DATA and the label files are those of `scripts/corpora.py`. Without `--out` it trains on the train part
and scores on dev; with it, on train and dev, the threshold chosen by cross-validation. The test part is
scored by `scripts/evaluate_tags.py` only. `scripts/written_examples.yaml` holds clauses written for rare
tags; they are used in training alone.

One quote a tag was asked for, so other clauses of a text may bear its tags too: for a tag of the text,
only the clause of the quote is an example, and only clauses of texts without the tag are counterexamples.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from corpora import Labelled, read_labelled, read_written

from voc.tagging.cues import compile_cues
from voc.tagging.features import buckets
from voc.tagging.findings import Findings
from voc.tagging.reader import Reading, read_batch
from voc.tagging.taxonomy import load_taxonomy
from voc.tagging.topic_model import BITS, TopicModel, lexicon_block, ngram_blocks
from voc.tagging.topics import LexiconTagger
from voc.tagging.weights import write_artefact

SEED: Final = 20240601
MIN_EXAMPLES: Final = 8
COST: Final = 10.0
LEXICON_SCALE: Final = 1.5
FOLDS: Final = 5

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Key = tuple[str, int]


@dataclass(frozen=True)
class Prepared:
    """Labelled texts as units with features."""

    rows: Sequence[Labelled]
    reading: Reading
    findings: Findings

    @classmethod
    def of(cls, rows: Sequence[Labelled], tagger: LexiconTagger) -> Prepared:
        """Read the texts and run the lexicon over them."""
        reading = read_batch([row.text for row in rows])
        return cls(rows, reading, reading.findings(tagger))

    def targets(self, labels: Sequence[Key]) -> Flags:
        """Which label's evidence lies in which unit; offsets of folded texts are close enough here."""
        column = {label: number for number, label in enumerate(labels)}
        units = self.reading.units
        result = np.zeros((len(units.ends), len(labels)), dtype=bool)
        for row, labelled in enumerate(self.rows):
            begin = int(self.reading.buffer.starts[row])
            for tag, polarity, start, end in labelled.tags:
                if (tag, polarity) in column:
                    first = np.searchsorted(units.ends, begin + start, side="right")
                    last = max(np.searchsorted(units.starts, begin + end, side="left"), first + 1)
                    result[first:last, column[tag, polarity]] = True
        return result

    def truth(self, labels: Sequence[Key]) -> Flags:
        """Which text has which label."""
        return np.array(
            [[any(tag[:2] == label for tag in row.tags) for label in labels] for row in self.rows], dtype=bool
        )

    @property
    def written(self) -> Flags:
        """Which texts were written for training: no figure counts them."""
        return np.array([row.split == "written" for row in self.rows])


def choose_buckets(data: Prepared, units: Flags, minimum: int) -> tuple[npt.NDArray[np.int32], Floats]:
    """Buckets that stand in at least `minimum` of the chosen units, with their inverse document frequency."""
    reading = data.reading
    pairs = []
    for grams in reading.char_grams:
        unit = np.searchsorted(reading.units.ends, grams.positions, side="right")
        inside = units[unit] & (reading.units.starts[unit] <= grams.positions)
        pairs.append(np.unique(unit[inside] * (1 << BITS) + buckets(grams.hashes, BITS)[inside]))
    counts = np.bincount(np.unique(np.concatenate(pairs)) % (1 << BITS), minlength=1 << BITS)
    kept = np.flatnonzero(counts >= minimum).astype(np.int32)
    frequency = np.log((1 + units.sum()) / (1 + counts[kept])) + 1
    return kept, frequency.astype(np.float32)


def quantise(weights: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Round each column to 8 bits."""
    steps = np.maximum(np.abs(weights).max(0), 1e-9) / 127
    return np.rint(weights / steps).astype(np.int8), steps.astype(np.float32)


def fit(data: Prepared, rows: Flags, minimum: int, cost: float) -> TopicModel:
    """Fit on the chosen texts."""
    from sklearn.linear_model import LogisticRegression

    counted = Counter(
        tag[:2] for row, chosen in zip(data.rows, rows, strict=True) if chosen for tag in row.tags
    )
    labels = tuple(sorted(label for label, count in counted.items() if count >= MIN_EXAMPLES and label[1]))
    found = tuple(sorted({(f.tag, f.polarity) for row in data.findings.by_row(len(data.rows)) for f in row}))
    units = rows[data.reading.units.rows]
    kept, frequency = choose_buckets(data, units, minimum)
    index = np.full(1 << BITS, -1, dtype=np.int32)
    index[kept] = np.arange(len(kept))
    clause, text = ngram_blocks(data.reading, index, frequency)
    weigh = sp.diags(frequency)
    lexicon = lexicon_block(data.findings, data.reading.units, found)
    features = sp.hstack(
        [clause @ weigh, (text @ weigh)[data.reading.units.rows], lexicon * LEXICON_SCALE]
    ).tocsr()[units]
    targets = data.targets(labels)[units]
    told = targets | ~data.truth(labels)[data.reading.units.rows[units]]
    weights = np.zeros((features.shape[1], len(labels)), dtype=np.float32)
    bias = np.zeros(len(labels), dtype=np.float32)
    for column in range(len(labels)):
        model = LogisticRegression(C=cost, solver="liblinear", random_state=SEED, tol=0.02)
        model.fit(features[told[:, column]], targets[told[:, column], column])
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    size = len(kept)
    clause_weights, clause_steps = quantise(weights[:size])
    text_weights, text_steps = quantise(weights[size : 2 * size])
    return TopicModel(
        labels, found, kept, frequency, clause_weights, text_weights,
        (weights[2 * size :] * LEXICON_SCALE).astype(np.float32), bias,
        np.stack([clause_steps, text_steps]), 0.0, 1.0, 0.0,
    )  # fmt: skip


def pooled(model: TopicModel, data: Prepared) -> Floats:
    """Best margin of each text for each label."""
    margins = model.margins(data.reading, data.findings)
    best: Floats = np.maximum.reduceat(margins, data.reading.units.firsts, axis=0)
    return best


def best_threshold(margins: Floats, truth: Flags, missed: int) -> tuple[float, float]:
    """Threshold of best micro F1, and that F1. `missed` counts labels that the model does not know."""

    def score(threshold: float) -> float:
        told = margins > threshold
        return float(2 * (told & truth).sum() / (told.sum() + truth.sum() + missed))

    threshold = max(np.arange(-3.5, 1.0, 0.05), key=score)
    return round(float(threshold), 2), score(threshold)


def _count(data: Prepared, chosen: Flags) -> int:
    return sum(1 for row, yes in zip(data.rows, chosen, strict=True) if yes for tag in row.tags if tag[1])


def cross_validate(data: Prepared, minimum: int, cost: float) -> tuple[float, float, float, float]:
    """Threshold, its F1, and the slope and offset that turn a margin into a probability.

    From unseen texts. Written ones are in every training part and in no scored one.
    """
    from sklearn.linear_model import LogisticRegression

    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(data.rows))
    fold[data.written] = -1
    margins, truths, missed = [], [], 0
    for number in range(FOLDS):
        model = fit(data, fold != number, minimum, cost)
        truth = data.truth(model.labels)[fold == number]
        missed += _count(data, fold == number) - int(truth.sum())
        margins.append(pooled(model, data)[fold == number].ravel())
        truths.append(truth.ravel())
    flat, told = np.concatenate(margins), np.concatenate(truths)
    threshold, f1 = best_threshold(flat, told, missed)
    platt = LogisticRegression(C=1e6).fit(flat.reshape(-1, 1), told)
    return threshold, f1, float(platt.coef_[0, 0]), float(platt.intercept_[0])


def main() -> int:
    """Train and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cost", type=float, default=COST, help="inverse strength of regularisation")
    parser.add_argument("--minimum", type=int, default=8, help="clauses that an n-gram must stand in")
    parser.add_argument(
        "--calibration", type=float, nargs=3, metavar=("THRESHOLD", "SLOPE", "OFFSET"),
        help="take these from an earlier run instead of cross-validating",
    )  # fmt: skip
    parser.add_argument("--without-written", action="store_true", help="leave the written examples out")
    options = parser.parse_args()
    tagger = LexiconTagger(compile_cues(load_taxonomy()))
    labelled = [row for row in read_labelled(options.data) if row.split != "test"]
    written = [] if options.without_written else read_written()
    data = Prepared.of([*labelled, *written], tagger)
    if options.out is None:
        figures = dev_figures(data, options.minimum, options.cost)
    else:
        if options.calibration:
            (threshold, slope, offset), f1 = options.calibration, None
        else:
            threshold, f1, slope, offset = cross_validate(data, options.minimum, options.cost)
        model = fit(data, np.ones(len(data.rows), dtype=bool), options.minimum, options.cost)
        model = replace(model, threshold=threshold, slope=slope, offset=offset)
        write_artefact(options.out, model.arrays())
        figures = {
            "texts": len(labelled), "written": len(written), "threshold": threshold,
            "cross_validated_micro_f1": f1, "kept": len(model.kept), "labels": len(model.labels),
        }  # fmt: skip
    print(json.dumps(figures, indent=2))
    return 0


def dev_figures(data: Prepared, minimum: int, cost: float) -> dict[str, Any]:
    """Train on train, score on dev."""
    dev = np.array([row.split == "dev" for row in data.rows])
    model = fit(data, ~dev, minimum, cost)
    truth = data.truth(model.labels)
    margins = pooled(model, data)[dev]
    threshold, f1 = best_threshold(margins, truth[dev], _count(data, dev) - int(truth[dev].sum()))
    return {"threshold": threshold, "dev_micro_f1": f1, "kept": len(model.kept), "labels": len(model.labels)}


if __name__ == "__main__":
    sys.exit(main())
