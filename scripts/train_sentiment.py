"""Trains the sentiment model `sentiment.linear.v1` and writes its artefact and the figures of its model card.

    python scripts/train_sentiment.py DATA --out src/voc/tagging/artefacts/sentiment.linear.v1.npz

DATA is a folder with the labelled sets named in `SETS` and `labels/complaints_v1.jsonl`. A tenth of every
set, chosen by a hash of its text, is never trained on; a text that stands in several sets, or twice, is on
one side only. Fixed seed, one thread: the same data give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from voc.tagging.features import buckets, char_grams, encode
from voc.tagging.sentiment import BITS, SIZES, SentimentModel
from voc.tagging.weights import write_artefact

SEED: Final = 20240601
SALT: Final = "voc.sentiment.split.v1:"
MAX_RATIO: Final = 3.0
"""Bound of the log-odds ratio that scales a feature."""
COST: Final = 0.3

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """One labelled text."""

    text: str
    label: int
    """-1, 0 or 1."""
    source: str
    key: str
    """The text without what makes equal texts look different."""

    @property
    def held_out(self) -> bool:
        """Whether the text belongs to the tenth that is never trained on."""
        return (
            int(hashlib.sha256((SALT + self.key).encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) % 10
            == 0
        )


def key_of(text: str) -> str:
    """Reduce a text to its letters and digits."""
    return re.sub(r"[\W_]+", "", text.lower())


def read_binary(path: Path, values: dict[int, int]) -> list[Example]:
    """Read a table with `text` and `label`; `values` says what a label means."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["text", "label"])
    source = path.stem
    return [
        Example(text, values[int(label)], source, key_of(text))
        for text, label in zip(table["text"].to_pylist(), table["label"].to_pylist(), strict=True)
        if text and int(label) in values
    ]


def read_restaurant(path: Path) -> list[Example]:
    """Read restaurant sentences whose opinions all have one polarity."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    examples = []
    for text, opinions in zip(table["text"].to_pylist(), table["opinions"].to_pylist(), strict=True):
        found = set(re.findall(r"POS|NEG|NEU", str(opinions)))
        plain = text.replace(" ", "")
        if len(found) == 1 and plain and found != {"NEU"}:
            examples.append(Example(plain, 1 if found == {"POS"} else -1, path.stem, key_of(plain)))
    return examples


def read_labels(folder: Path) -> list[Example]:
    """Read the texts that were labelled by reading, found by their sha256."""
    import pandas as pd
    import pyarrow.parquet as pq

    rows = [json.loads(line) for line in (folder / "labels/complaints_v1.jsonl").read_text().splitlines()]
    wanted = {(row["source"], row["sha256"]): row["sentiment"] for row in rows}
    examples = []
    for source in sorted({row["source"] for row in rows}):
        if source == "meituan_reviews":
            raw = folder / "raw_encodings/meituan_reviews_gb18030.csv"
            texts = pd.read_csv(raw, encoding="gb18030", dtype=str, keep_default_na=False)["comment"].tolist()
        else:
            texts = pq.read_table(folder / f"{source}.parquet", columns=["text"])["text"].to_pylist()
        for text in texts:
            digest = hashlib.sha256((text or "").encode("utf-8", "surrogatepass")).hexdigest()
            if (label := wanted.pop((source, digest), None)) is not None:
                examples.append(Example(text, label, "complaints_v1", key_of(text)))
    return examples


def read_all(folder: Path) -> list[Example]:
    """Read every set. The first set that a text stands in keeps it."""
    stars = {0: -1, 1: 1}
    return [
        *read_binary(folder / "online_shopping_10_cats.parquet", stars),
        *read_binary(folder / "waimai_10k.parquet", stars),
        *read_binary(folder / "chnsenticorp_htl_all.parquet", stars),
        *read_binary(folder / "bdci2021_bank.parquet", {0: -1, 1: 1, 2: 0}),
        *read_restaurant(folder / "acos_restaurant_zh.parquet"),
        *read_labels(folder),
    ]


def first_of_each(examples: Sequence[Example]) -> list[Example]:
    """Drop repeats of a text within one source, and training texts that stand in an earlier source."""
    seen: set[str] = set()
    kept = []
    for example in examples:
        mark = f"{example.source}:{example.key}" if example.held_out else example.key
        if mark not in seen:
            seen.add(mark)
            kept.append(example)
    return kept


def matrix(texts: Sequence[str]) -> sp.csr_matrix:
    """Count hashed character n-grams: rows are texts, columns buckets."""
    buffer = encode(texts)
    row_of = np.repeat(np.arange(len(texts)), buffer.ends - buffer.starts + 1)[:-1]
    rows, columns = [], []
    for grams in char_grams(buffer, SIZES):
        rows.append(row_of[grams.positions].astype(np.int32))
        columns.append(buckets(grams.hashes, BITS).astype(np.int32))
    row, column = np.concatenate(rows), np.concatenate(columns)
    counts = sp.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(len(texts), 1 << BITS))
    counts.sum_duplicates()
    return counts


def feature_scale(counts: sp.csr_matrix, positive: npt.NDArray[np.bool_]) -> Floats:
    """Scale of each feature: inverse document frequency times the root of its log-odds ratio.

    After Wang and Manning (2012), "Baselines and bigrams", with a bounded root instead of the ratio itself.
    """
    present = counts.copy()
    present.data[:] = 1
    documents = np.asarray(present.sum(0)).ravel()
    good = (np.asarray(present[positive].sum(0)).ravel() + 1) / (positive.sum() + 1)
    bad = (documents - np.asarray(present[positive].sum(0)).ravel() + 1) / ((~positive).sum() + 1)
    ratio = np.minimum(np.abs(np.log(good / bad)), MAX_RATIO)
    frequency = np.log((counts.shape[0] + 1) / (documents + 1)) + 1
    scale: Floats = frequency / 6 * np.sqrt(ratio) * (documents > 1)
    return scale


def fit_margin(counts: sp.csr_matrix, labels: npt.NDArray[np.int64]) -> tuple[Floats, float]:
    """Fit a linear SVM; return the weight of one raw count in a text of one n-gram, and the bias."""
    from sklearn.svm import LinearSVC

    scale = feature_scale(counts, labels > 0)
    shrunk = (
        sp.diags(1 / np.sqrt(np.maximum(np.asarray(counts.sum(1)).ravel(), 1))) @ counts @ sp.diags(scale)
    )
    model = LinearSVC(C=COST, random_state=SEED, max_iter=3000).fit(shrunk.tocsr(), labels > 0)
    return model.coef_.ravel() * scale, float(model.intercept_[0])


def calibrate(margins: Floats, labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Platt scaling: slope and offset that turn a margin into a probability."""
    from sklearn.linear_model import LogisticRegression

    platt = LogisticRegression(C=1e6).fit(margins.reshape(-1, 1), labels > 0)
    return float(platt.coef_[0, 0]), float(platt.intercept_[0])


def thresholds(scores: Floats, labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Probabilities below which a text is negative and above which it is positive, by best macro F1."""
    from sklearn.metrics import f1_score

    grid = [
        (low, high)
        for low in np.arange(0.2, 0.61, 0.02)
        for high in np.arange(0.4, 0.97, 0.02)
        if low <= high
    ]
    told = [
        f1_score(labels, np.where(scores < a, -1, np.where(scores > b, 1, 0)), average="macro")
        for a, b in grid
    ]
    low, high = grid[int(np.argmax(told))]
    return round(float(low), 2), round(float(high), 2)


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson (1927) score interval of a proportion."""
    share = hits / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return centre - half, centre + half


def cross_margins(counts: sp.csr_matrix, labels: npt.NDArray[np.int64], folds: int = 4) -> Floats:
    """Margins of training texts from models that did not see them."""
    order = np.random.default_rng(SEED).integers(0, folds, counts.shape[0])
    margins = np.zeros(counts.shape[0])
    for fold in range(folds):
        weights, bias = fit_margin(counts[order != fold], labels[order != fold])
        margins[order == fold] = margins_of(counts[order == fold], weights, bias)
    return margins


def margins_of(counts: sp.csr_matrix, weights: Floats, bias: float) -> Floats:
    """Margins of texts under a linear model."""
    sums = np.asarray(counts @ weights).ravel()
    result: Floats = sums / np.sqrt(np.maximum(np.asarray(counts.sum(1)).ravel(), 1)) + bias
    return result


def report(model: SentimentModel, held: Sequence[Example]) -> dict[str, Any]:
    """Score the quantised model on the held-out part, by source."""
    result: dict[str, Any] = {}
    for source in dict.fromkeys(example.source for example in held):
        part = [example for example in held if example.source == source]
        labels = np.array([example.label for example in part])
        told = model.score([example.text for example in part])
        if set(labels) == {-1, 1}:
            hits = int(((told.scores > 0.5) == (labels > 0)).sum())
        else:
            hits = int((told.labels == labels).sum())
        low, high = wilson(hits, len(part))
        result[source] = {
            "n": len(part),
            "accuracy": round(hits / len(part), 4),
            "ci": [round(low, 4), round(high, 4)],
            "three_way": bool(set(labels) - {-1, 1}),
        }
    return result


def main() -> int:
    """Train, write, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    examples = first_of_each(read_all(options.data))
    held = [example for example in examples if example.held_out]
    training = [example for example in examples if not example.held_out]
    decided = [example for example in training if example.label]
    labels = np.array([example.label for example in decided])
    counts = matrix([example.text for example in decided])
    print(
        f"training {len(decided):,}, held out {len(held):,}, undecided {len(training) - len(decided):,}",
        flush=True,
    )
    slope, offset = calibrate(cross_margins(counts, labels), labels)
    weights, bias = fit_margin(counts, labels)
    model = SentimentModel.quantised(weights, bias, slope, offset)
    three = [e for e in training if e.source in ("complaints_v1", "bdci2021_bank")]
    undecided = [e for e in three if not e.label]
    known = {e.key: m for e, m in zip(decided, cross_margins(counts, labels), strict=True)}
    scores = np.concatenate(
        [
            1 / (1 + np.exp(-(slope * np.array([known[e.key] for e in three if e.label]) + offset))),
            model.score([e.text for e in undecided]).scores,
        ]
    )
    cut = thresholds(scores, np.array([e.label for e in three if e.label] + [0] * len(undecided)))
    model = SentimentModel.quantised(weights, bias, slope, offset, low=cut[0], high=cut[1])
    write_artefact(options.out, model.arrays())
    figures = {"features": int((weights != 0).sum()), "thresholds": cut, "held_out": report(model, held)}
    print(json.dumps(figures, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
