"""Trains the topic model `topics.linear.v1` on texts labelled by reading.

    python scripts/train_topics.py DATA --out src/voc/tagging/artefacts/topics.linear.v1.npz

DATA holds `labels/complaints_v1.jsonl` and the tables that it names texts of, by sha256. Split by hash of
the sha256: 70 % train, 15 % dev, 15 % test. Without `--out` it trains on train and scores on dev; with it,
on train and dev, the threshold chosen by cross-validation. The test part is scored by
`scripts/evaluate_tags.py` only.
"""

from __future__ import annotations

import argparse
import hashlib
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

from voc.tagging.cues import compile_cues
from voc.tagging.features import buckets, char_grams
from voc.tagging.reader import Reading, read_batch
from voc.tagging.taxonomy import load_taxonomy
from voc.tagging.topic_model import BITS, SIZES, TopicModel, lexicon_block, ngram_blocks
from voc.tagging.topics import Finding, LexiconTagger
from voc.tagging.weights import write_artefact

SEED: Final = 20240601
SALT: Final = "voc.tags.split.v1:"
MIN_EXAMPLES: Final = 8
COST: Final = 10.0
LEXICON_SCALE: Final = 1.5
FOLDS: Final = 5

Floats = npt.NDArray[np.float32]
Key = tuple[str, int]


@dataclass(frozen=True)
class Labelled:
    """A text with its labels."""

    text: str
    source: str
    split: str
    sentiment: int
    intent: str
    tags: tuple[tuple[str, int, int, int], ...]
    """Tag, polarity, start, end."""


def split_of(sha256: str) -> str:
    """Return `train`, `dev` or `test`."""
    number = int(hashlib.sha256((SALT + sha256).encode()).hexdigest()[:8], 16) % 100
    return "train" if number < 70 else "dev" if number < 85 else "test"


def _texts(folder: Path, source: str) -> list[str]:
    import pandas as pd
    import pyarrow.parquet as pq

    if source == "meituan_reviews":
        raw = folder / "raw_encodings/meituan_reviews_gb18030.csv"
        return pd.read_csv(raw, encoding="gb18030", dtype=str, keep_default_na=False)["comment"].tolist()
    return [
        text or ""
        for text in pq.read_table(folder / f"{source}.parquet", columns=["text"])["text"].to_pylist()
    ]


def read_labelled(folder: Path) -> list[Labelled]:
    """Join the labels to their texts."""
    rows = [json.loads(line) for line in (folder / "labels/complaints_v1.jsonl").read_text().splitlines()]
    texts: dict[tuple[str, str], str] = {}
    for source in sorted({row["source"] for row in rows}):
        for text in _texts(folder, source):
            texts[source, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()] = text
    return [
        Labelled(
            texts[row["source"], row["sha256"]], row["source"], split_of(row["sha256"]), row["sentiment"],
            row["intent"], tuple((tag["tag"], tag["polarity"], tag["start"], tag["end"]) for tag in
            row["tags"]),
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """Labelled texts as units with features."""

    rows: Sequence[Labelled]
    reading: Reading
    findings: list[list[Finding]]

    @classmethod
    def of(cls, rows: Sequence[Labelled], tagger: LexiconTagger) -> Prepared:
        """Read the texts and run the lexicon over them."""
        reading = read_batch([row.text for row in rows])
        return cls(rows, reading, reading.findings(tagger))

    def targets(self, labels: Sequence[Key]) -> npt.NDArray[np.bool_]:
        """Which label's evidence lies in which unit; offsets of folded texts are close enough here."""
        column = {label: number for number, label in enumerate(labels)}
        units = self.reading.units
        result = np.zeros((len(units.ends), len(labels)), dtype=bool)
        for row, labelled in enumerate(self.rows):
            begin = int(self.reading.buffer.starts[row])
            inside = units.rows == row
            for tag, polarity, start, end in labelled.tags:
                if (tag, polarity) in column:
                    hit = inside & (units.starts < begin + end) & (units.ends > begin + start)
                    result[hit, column[tag, polarity]] = True
        return result

    def truth(self, labels: Sequence[Key]) -> npt.NDArray[np.bool_]:
        """Which text has which label."""
        return np.array(
            [[any(tag[:2] == label for tag in row.tags) for label in labels] for row in self.rows], dtype=bool
        )


def choose_buckets(
    data: Prepared, units: npt.NDArray[np.bool_], minimum: int
) -> tuple[npt.NDArray[np.int32], Floats]:
    """Buckets that stand in at least `minimum` of the chosen units, with their inverse document frequency."""
    reading = data.reading
    pairs = []
    for grams in char_grams(reading.buffer, SIZES):
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


def fit(data: Prepared, rows: npt.NDArray[np.bool_], minimum: int, cost: float) -> TopicModel:
    """Fit on the chosen texts."""
    from sklearn.linear_model import LogisticRegression

    counted = Counter(
        tag[:2] for row, chosen in zip(data.rows, rows, strict=True) if chosen for tag in row.tags
    )
    labels = tuple(sorted(label for label, count in counted.items() if count >= MIN_EXAMPLES and label[1]))
    found = tuple(sorted({(f.tag, f.polarity) for row in data.findings for f in row}))
    units = rows[data.reading.units.rows]
    kept, frequency = choose_buckets(data, units, minimum)
    index = np.full(1 << BITS, -1, dtype=np.int32)
    index[kept] = np.arange(len(kept))
    clause, text = ngram_blocks(data.reading.buffer, data.reading.units, index, frequency)
    weigh = sp.diags(frequency)
    lexicon = lexicon_block(data.findings, data.reading.units, found)
    features = sp.hstack(
        [clause @ weigh, (text @ weigh)[data.reading.units.rows], lexicon * LEXICON_SCALE]
    ).tocsr()[units]
    targets = data.targets(labels)[units]
    weights = np.zeros((features.shape[1], len(labels)), dtype=np.float32)
    bias = np.zeros(len(labels), dtype=np.float32)
    for column in range(len(labels)):
        model = LogisticRegression(C=cost, solver="liblinear", random_state=SEED)
        model.fit(features, targets[:, column])
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
    margins = model.margins(data.reading.buffer, data.reading.units, data.findings)
    best: Floats = np.maximum.reduceat(margins, data.reading.units.firsts, axis=0)
    return best


def best_threshold(margins: Floats, truth: npt.NDArray[np.bool_], missed: int) -> tuple[float, float]:
    """Threshold of best micro F1, and that F1. `missed` counts labels that the model does not know."""

    def score(threshold: float) -> float:
        told = margins > threshold
        return float(2 * (told & truth).sum() / (told.sum() + truth.sum() + missed))

    threshold = max(np.arange(-3.5, 1.0, 0.05), key=score)
    return round(float(threshold), 2), score(threshold)


def cross_validate(data: Prepared, minimum: int, cost: float) -> tuple[float, float, float, float]:
    """Threshold, its F1, and the slope and offset that turn a margin into a probability.

    From unseen texts.
    """
    from sklearn.linear_model import LogisticRegression

    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(data.rows))
    margins, truths, missed = [], [], 0
    for number in range(FOLDS):
        model = fit(data, fold != number, minimum, cost)
        truth = data.truth(model.labels)[fold == number]
        everything = sum(
            1 for row, f in zip(data.rows, fold, strict=True) if f == number for tag in row.tags if tag[1]
        )
        missed += everything - int(truth.sum())
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
    options = parser.parse_args()
    tagger = LexiconTagger(compile_cues(load_taxonomy()))
    labelled = [row for row in read_labelled(options.data) if row.split != "test"]
    data = Prepared.of(labelled, tagger)
    if options.out is None:
        figures = dev_figures(data, options.minimum, options.cost)
    else:
        threshold, f1, slope, offset = cross_validate(data, options.minimum, options.cost)
        model = fit(data, np.ones(len(labelled), dtype=bool), options.minimum, options.cost)
        model = replace(model, threshold=threshold, slope=slope, offset=offset)
        write_artefact(options.out, model.arrays())
        figures = {
            "threshold": threshold,
            "cross_validated_micro_f1": f1,
            "kept": len(model.kept),
            "labels": len(model.labels),
        }
    print(json.dumps(figures, indent=2))
    return 0


def dev_figures(data: Prepared, minimum: int, cost: float) -> dict[str, Any]:
    """Train on train, score on dev."""
    train = np.array([row.split == "train" for row in data.rows])
    model = fit(data, train, minimum, cost)
    truth = data.truth(model.labels)
    everything = sum(1 for row in data.rows if row.split == "dev" for tag in row.tags if tag[1])
    margins = pooled(model, data)[~train]
    threshold, f1 = best_threshold(margins, truth[~train], everything - int(truth[~train].sum()))
    return {"threshold": threshold, "dev_micro_f1": f1, "kept": len(model.kept), "labels": len(model.labels)}


if __name__ == "__main__":
    sys.exit(main())
