"""Threshold and calibration of margins on texts that were labelled by reading and not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tags.clause_labels import by_text, unknown_labels
from tags.corpora import Labelled
from voc.tagging.models.topic_model import Labels, most_of_rows
from voc.tagging.reader import Reading

__all__ = ["Calibration", "calibrated"]


class Calibration(NamedTuple):
    """How margins are read."""

    threshold: float
    """Where a probability is half of the micro F1 that it leads to: best for F1 (Lipton et al. 2014)."""
    slope: float
    """With `offset`, what turns a margin into a log-odds (Platt 1999)."""
    offset: float
    micro_f1: float


def calibrated(
    margins: npt.NDArray[np.float32], reading: Reading, rows: Sequence[Labelled], labels: Labels
) -> Calibration:
    """Fit to the margins of all clauses of the texts; labels that the model does not know count as missed."""
    from sklearn.linear_model import LogisticRegression

    best = most_of_rows(margins, reading.units.firsts, reading.unit_counts)
    truth, missed = by_text(rows, labels), unknown_labels(rows, labels)

    def score(threshold: float) -> float:
        told = best > threshold
        return float(2 * (told & truth).sum() / (told.sum() + truth.sum() + missed))

    platt = LogisticRegression(C=1e6).fit(best.reshape(-1, 1), truth.ravel())
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])

    def margin(probability: float) -> float:
        return float((np.log(probability / (1 - probability)) - offset) / slope)

    tried = np.arange(0.2, 0.6, 0.01)
    half = min(tried, key=lambda probability: abs(score(margin(probability)) / 2 - probability))
    threshold = round(margin(half), 2)
    return Calibration(threshold, slope, offset, score(threshold))
