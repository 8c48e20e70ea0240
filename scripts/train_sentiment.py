"""Trains the sentiment model `sentiment.linear.v3` and writes its artefact and the figures of its model card.

    python scripts/train_sentiment.py DATA --out src/voc/tagging/artefacts/sentiment.linear.v3.npz

DATA is the folder that `scripts/tags/corpora.py` reads. Fixed seed, one thread: the same data give the same
bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from tags.corpora import LABEL_FILES, Example, forbidden_keys, read_car, read_labelled, read_sentiment

from voc.tagging.models.features import buckets
from voc.tagging.models.sentiment import BITS, SentimentModel, Weights, sentiment_grams
from voc.tagging.models.weights import write_artefact
from voc.tagging.reader import read_batch
from voc.tagging.splits import text_key

SEED: Final = 20240601
LABELS: Final = sorted(LABEL_FILES.glob("complaints_v2_*.jsonl"))
"""Later labels are of reviews that have stars, which they would replace; the stars are what is scored."""
MAX_RATIO: Final = 3.0
"""Bound of the log-odds ratio that scales a feature."""
COST: Final = 0.2
CHUNK: Final = 8192
FOLDS: Final = 4
LABELLED: Final = "complaints_v1"
BANK: Final = "bdci2021_bank"
NEUTRAL_COST: Final = 0.1
OWN: Final = 4.0
"""Weight of a text labelled by reading where neutral texts are told from others."""
REVIEWS: Final = 0.15
"""Share of the reviews among the texts that are not neutral."""
CHOSEN_ON: Final = (LABELLED, "online_shopping_10_cats", "waimai_10k")
"""Sets on which thresholds are chosen."""
MOST_LOST: Final = 0.005
"""Accuracy on each of them that may be given for the neutral texts of others."""

Floats = npt.NDArray[np.float64]


def matrix(texts: Sequence[str]) -> sp.csr_matrix:
    """Count hashed features: rows are texts, columns buckets."""
    parts = []
    for begin in range(0, len(texts), CHUNK):
        reading = read_batch(texts[begin : begin + CHUNK])
        rows, columns = [], []
        for grams in sentiment_grams(reading):
            rows.append(np.searchsorted(reading.buffer.ends, grams.positions, side="right").astype(np.int32))
            columns.append(buckets(grams.hashes, BITS).astype(np.int32))
        row, column = np.concatenate(rows), np.concatenate(columns)
        shape = len(reading.folded), 1 << BITS
        part = sp.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
        part.sum_duplicates()
        parts.append(part)
    return sp.vstack(parts).tocsr()


def feature_scale(counts: sp.csr_matrix, positive: npt.NDArray[np.bool_]) -> Floats:
    """Scale of each feature: inverse document frequency times the root of its log-odds ratio.

    After Wang and Manning (2012), "Baselines and bigrams", with a bounded root instead of the ratio itself.
    """
    present = counts.copy()
    present.data[:] = 1
    documents = np.asarray(present.sum(0)).ravel()
    with_good = np.asarray(present[positive].sum(0)).ravel()
    good = (with_good + 1) / (positive.sum() + 1)
    bad = (documents - with_good + 1) / ((~positive).sum() + 1)
    ratio = np.minimum(np.abs(np.log(good / bad)), MAX_RATIO)
    frequency = np.log((counts.shape[0] + 1) / (documents + 1)) + 1
    scale: Floats = frequency / 6 * np.sqrt(ratio) * (documents > 1)
    return scale


def fit_margin(
    counts: sp.csr_matrix, labels: npt.NDArray[np.int64], weight: Floats | None = None, cost: float = COST
) -> tuple[Floats, float]:
    """Fit a linear SVM; return the weight of one raw count in a text of one feature, and the bias."""
    from sklearn.svm import LinearSVC

    scale = feature_scale(counts, labels > 0).astype(np.float32)
    root = 1 / np.sqrt(np.maximum(np.asarray(counts.sum(1)).ravel(), 1))
    shrunk = sp.diags(root.astype(np.float32)) @ counts @ sp.diags(scale)
    model = LinearSVC(C=cost, random_state=SEED, tol=0.02, max_iter=100)
    model.fit(shrunk.tocsr(), labels > 0, sample_weight=weight)
    return model.coef_.ravel() * scale, float(model.intercept_[0])


def margins_of(counts: sp.csr_matrix, weights: Floats, bias: float) -> Floats:
    """Margins of texts under a linear model."""
    sums = np.asarray(counts @ weights).ravel()
    result: Floats = sums / np.sqrt(np.maximum(np.asarray(counts.sum(1)).ravel(), 1)) + bias
    return result


def cross_margins(
    counts: sp.csr_matrix,
    labels: npt.NDArray[np.int64],
    taught: npt.NDArray[np.bool_],
    weight: Floats | None = None,
    cost: float = COST,
) -> Floats:
    """Margins of texts from models that did not see them; `taught` are the texts that models learn from."""
    order = np.random.default_rng(SEED).integers(0, FOLDS, counts.shape[0])
    margins = np.zeros(counts.shape[0])
    for fold in range(FOLDS):
        learnt = (order != fold) & taught
        own = None if weight is None else weight[learnt]
        weights, bias = fit_margin(counts[learnt], labels[learnt], own, cost)
        margins[order == fold] = margins_of(counts[order == fold], weights, bias)
    return margins


def calibrate(margins: Floats, labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Platt scaling: slope and offset that turn a margin into a probability."""
    from sklearn.linear_model import LogisticRegression

    platt = LogisticRegression(C=1e6).fit(margins.reshape(-1, 1), labels > 0)
    return float(platt.coef_[0, 0]), float(platt.intercept_[0])


def accuracies(
    told: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], sources: npt.NDArray[np.str_]
) -> dict[str, float]:
    """Accuracy on each of the sets that thresholds are chosen on."""
    return {name: float(np.mean((told == labels)[sources == name])) for name in CHOSEN_ON}


def thresholds(
    scores: Floats, labels: npt.NDArray[np.int64], sources: npt.NDArray[np.str_]
) -> tuple[float, float]:
    """Probabilities below which a text is negative and above which it is positive, by best mean accuracy."""
    grid = [
        (low, high)
        for low in np.arange(0.1, 0.61, 0.02)
        for high in np.arange(0.4, 0.97, 0.02)
        if low <= high
    ]
    told = [np.where(scores < low, -1, np.where(scores > high, 1, 0)) for low, high in grid]
    best = [sum(accuracies(one, labels, sources).values()) for one in told]
    low, high = grid[int(np.argmax(best))]
    return round(float(low), 2), round(float(high), 2)


def least_neutral(
    margins: Floats,
    told: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    sources: npt.NDArray[np.str_],
) -> float:
    """Margin from which a text is neutral: the least that costs none of the sets more than `MOST_LOST`.

    Parameters
    ----------
    told
        Labels without it.
    """
    base = accuracies(told, labels, sources)
    for least in np.arange(-0.2, 2.0, 0.05):
        new = np.where(margins > least, 0, told)
        found = accuracies(new, labels, sources)
        bank = np.mean((new == labels)[sources == BANK])
        print(f"neutral from {least:.2f}: bank {bank:.4f}, lost {base}, {found}", flush=True)
        if all(found[name] >= base[name] - MOST_LOST for name in CHOSEN_ON):
            return float(least)
    raise SystemExit("neutral texts cannot be told from others")


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson (1927) score interval of a proportion."""
    share = hits / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return centre - half, centre + half


def report(model: SentimentModel, held: Sequence[Example]) -> dict[str, Any]:
    """Score the quantised model on the held-out part, by source."""
    result: dict[str, Any] = {}
    for source in dict.fromkeys(example.source for example in held):
        part = [example for example in held if example.source == source]
        labels = np.array([example.label for example in part])
        told = model.score([example.text for example in part])
        three = bool(set(labels) - {-1, 1})
        hits = int((told.labels == labels).sum() if three else ((told.scores > 0.5) == (labels > 0)).sum())
        low, high = wilson(hits, len(part))
        result[source] = {
            "n": len(part),
            "accuracy": round(hits / len(part), 4),
            "ci": [round(low, 4), round(high, 4)],
            "three_way": three,
        }
    return result


def fit_neutral(
    counts: sp.csr_matrix,
    labels: npt.NDArray[np.int64],
    told: npt.NDArray[np.int64],
    sources: npt.NDArray[np.str_],
    cars: Sequence[Example],
) -> tuple[Weights, float, float, float]:
    """Learn to tell texts without a stance, and from which margin on they count as such, and calibrate.

    From that margin on a text is likelier neutral than not.

    `cars` are further texts, of which most are neutral.
    """
    chosen = np.random.default_rng(SEED).random(len(labels)) < REVIEWS
    taught = np.concatenate([chosen | np.isin(sources, (LABELLED, BANK)), np.ones(len(cars), bool)])
    whole = sp.vstack([counts, matrix([example.text for example in cars])]).tocsr()
    stanceless = np.concatenate([labels == 0, [example.label == 0 for example in cars]]).astype(np.int64)
    weight = np.where(np.concatenate([sources == LABELLED, np.zeros(len(cars), bool)]), OWN, 1.0)
    margins = cross_margins(whole, stanceless, taught, weight, NEUTRAL_COST)
    least = least_neutral(margins[: len(labels)], told, labels, sources)
    weights = fit_margin(whole[taught], stanceless[taught], weight[taught], NEUTRAL_COST)
    scored = np.flatnonzero(np.isin(sources, (LABELLED, BANK)))
    slope, _ = calibrate(margins[scored], stanceless[scored])
    return Weights.quantised(*weights), round(least, 2) + 0.0, slope, -slope * least


def main() -> int:
    """Train, write, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    labelled = read_labelled(options.data, LABELS)
    examples, never = read_sentiment(options.data, LABELS), forbidden_keys(labelled)
    held = [example for example in examples if example.held_out]
    training = [example for example in examples if not example.held_out and example.key not in never]
    mine = {text_key(row.text): row.sentiment for row in labelled}
    labels = np.array([example.label for example in training])
    decided = labels != 0
    counts = matrix([example.text for example in training])
    print(f"training {decided.sum():,}, held out {len(held):,}, undecided {(~decided).sum():,}", flush=True)
    margins = cross_margins(counts, labels, decided)
    slope, offset = calibrate(margins[decided], labels[decided])
    polarity = Weights.quantised(*fit_margin(counts[decided], labels[decided]))
    scores = 1 / (1 + np.exp(-(slope * margins + offset)))
    read = np.array([example.key in mine for example in training])
    three = np.array([mine.get(example.key, example.label) for example in training])
    sources = np.where(read, LABELLED, np.array([example.source for example in training]))
    low, high = thresholds(scores, three, sources)
    told = np.where(scores < low, -1, np.where(scores > high, 1, 0))
    cars = read_car(options.data, training, never)
    neutral, *scalars = fit_neutral(counts, three, told, sources, cars)
    model = SentimentModel(polarity, neutral, slope, offset, low, high, *scalars)
    write_artefact(options.out, model.arrays())
    figures = {
        "features": [int((part.table != 0).sum()) for part in (polarity, neutral)],
        "thresholds": (low, high, model.stanceless),
        "held_out": report(model, held),
    }
    print(json.dumps(figures, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
