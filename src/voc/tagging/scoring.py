"""Scores of predicted labels against true ones: accuracy, F1, calibration, each with a bootstrap interval.

Intervals are 95 % percentile bootstrap intervals over texts (Efron and Tibshirani, 1993, ch. 13) with a fixed
seed. Macro F1 is the mean of the F1 of the classes that occur; micro F1 sums counts over classes first.
Calibration is the Brier score (Brier, 1950) and the expected calibration error over ten equal-width bins
(Naeini et al., 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.types import Interval

__all__ = [
    "ClassScores",
    "Estimate",
    "TagScores",
    "calibration_error",
    "score_classes",
    "score_tags",
]

SEED: Final = 20240601
DRAWS: Final = 1000
_BINS: Final = 10

Counts = npt.NDArray[np.float64]


class Estimate(NamedTuple):
    """A figure with its interval."""

    value: float
    interval: Interval

    def facts(self, name: str) -> dict[str, float]:
        """`name`, `name_ci_lower`, `name_ci_upper`."""
        return {
            name: round(self.value, 4),
            f"{name}_ci_lower": round(self.interval.lower, 4),
            f"{name}_ci_upper": round(self.interval.upper, 4),
        }


class ClassScores(NamedTuple):
    """Scores of one label a text."""

    texts: int
    accuracy: Estimate
    """Micro F1 of one label a text is the same number."""
    macro_f1: Estimate


class TagScores(NamedTuple):
    """Scores of any number of labels a text."""

    texts: int
    precision: float
    recall: float
    micro_f1: Estimate
    macro_f1: Estimate
    by_tag: dict[str, tuple[int, int, int]]
    """True positives, told, and true labels of each tag."""


def score_classes(truth: Sequence[str], told: Sequence[str]) -> ClassScores:
    """Score one label a text.

    Parameters
    ----------
    truth, told
        A label for each text, in the same order. Not empty.
    """
    names = sorted({*truth, *told})
    position = {name: number for number, name in enumerate(names)}
    cells = np.zeros((len(names), len(names)))
    for right, found in zip(truth, told, strict=True):
        cells[position[right], position[found]] += 1
    total = len(truth)
    # resampling texts is a multinomial draw of the cells of the confusion matrix
    draws = np.random.default_rng(SEED).multinomial(total, cells.ravel() / total, size=DRAWS)
    drawn = draws.reshape(DRAWS, *cells.shape).astype(np.float64)
    accuracy = np.trace(drawn, axis1=1, axis2=2) / total
    macro = np.array([_macro(np.diagonal(cell), cell.sum(0), cell.sum(1)) for cell in drawn])
    return ClassScores(
        total,
        _estimate(float(np.trace(cells)) / total, accuracy),
        _estimate(_macro(np.diagonal(cells), cells.sum(0), cells.sum(1)), macro),
    )


def score_tags(truth: Sequence[frozenset[str]], told: Sequence[frozenset[str]]) -> TagScores:
    """Score any number of labels a text.

    Parameters
    ----------
    truth, told
        The labels of each text, in the same order. Not empty.
    """
    names = sorted(frozenset().union(*truth, *told))
    position = {name: number for number, name in enumerate(names)}
    right, found = (np.zeros((len(truth), len(names))) for _ in range(2))
    for marks, rows in ((right, truth), (found, told)):
        for row, labels in enumerate(rows):
            marks[row, [position[label] for label in labels]] = 1
    blocks = (right * found, found, right)
    total = len(truth)
    weights = np.random.default_rng(SEED).multinomial(total, np.full(total, 1 / total), size=DRAWS)
    hits, told_n, true_n = (block.sum(0) for block in blocks)
    drawn = [weights @ block for block in blocks]
    micro = np.array([_f1(*(block.sum() for block in cut)) for cut in zip(*drawn, strict=True)])
    macro = np.array([_macro(*cut) for cut in zip(*drawn, strict=True)])
    return TagScores(
        total,
        float(hits.sum() / max(told_n.sum(), 1)),
        float(hits.sum() / max(true_n.sum(), 1)),
        _estimate(_f1(hits.sum(), told_n.sum(), true_n.sum()), micro),
        _estimate(_macro(hits, told_n, true_n), macro),
        {name: (int(hits[at]), int(told_n[at]), int(true_n[at])) for name, at in position.items()},
    )


def calibration_error(probabilities: Counts, happened: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Brier score and expected calibration error of probabilities of a yes-or-no event."""
    brier = float(np.mean((probabilities - happened) ** 2))
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(probabilities[bins == number].sum() - happened[bins == number].sum()))
        for number in range(_BINS)
    ]
    return brier, sum(gaps) / len(probabilities)


def _f1(hits: float, told: float, true: float) -> float:
    return float(2 * hits / (told + true)) if told + true else 0.0


def _macro(hits: Counts, told: Counts, true: Counts) -> float:
    seen = (told + true) > 0
    return float(np.mean(2 * hits[seen] / (told + true)[seen])) if seen.any() else 0.0


def _estimate(value: float, draws: Counts) -> Estimate:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(value, Interval(float(low), float(high)))
