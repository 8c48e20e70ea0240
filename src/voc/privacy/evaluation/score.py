"""Scores found spans against labels: strict and overlap counts, leaked characters, Wilson intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from voc.privacy.evaluation.cases import Label
from voc.types import Interval, Span

__all__ = ["Counts", "Score", "add", "count", "score", "wilson"]


class Counts(NamedTuple):
    """What was found of some labels."""

    texts: int = 0
    labels: int = 0
    found: int = 0
    """Labels that a span of the entity overlaps."""
    exact: int = 0
    """Labels that a span of the entity has exactly."""
    spans: int = 0
    right: int = 0
    """Spans that overlap a label of their entity."""
    right_exact: int = 0
    characters: int = 0
    """Characters of the labels."""
    leaked: int = 0
    """Characters of the labels that no span of any entity covers."""


class Score(NamedTuple):
    """Rates of some counts, each with its 95 % Wilson interval."""

    counts: Counts
    recall: float
    recall_ci: Interval
    strict_recall: float
    precision: float
    precision_ci: Interval
    f1: float
    """Of overlap recall and precision."""
    strict_f1: float
    leak: float
    """Share of the labels' characters that stay in clear."""


def count(labels: Sequence[Label], spans: Sequence[Span]) -> Counts:
    """Count one text. Offsets are code points of the original; recorded entities count as any other."""
    found = sum(any(_same(label, span) for span in spans) for label in labels)
    exact = sum(any(label == (span.start, span.end, span.entity) for span in spans) for label in labels)
    right = sum(any(_same(label, span) for label in labels) for span in spans)
    right_exact = sum(any(label == (span.start, span.end, span.entity) for label in labels) for span in spans)
    covered = {at for span in spans for at in range(span.start, span.end)}
    characters = [at for label in labels for at in range(label.start, label.end)]
    leaked = sum(at not in covered for at in characters)
    return Counts(1, len(labels), found, exact, len(spans), right, right_exact, len(characters), leaked)


def _same(label: Label, span: Span) -> bool:
    return label.entity == span.entity and label.start < span.end and span.start < label.end


def add(counts: Iterable[Counts]) -> Counts:
    """Add up counts."""
    return Counts(*(sum(column) for column in zip(*counts, strict=True)))


def score(counts: Counts) -> Score:
    """Turn counts into rates; a rate of nothing is 1."""
    recall, precision = _rate(counts.found, counts.labels), _rate(counts.right, counts.spans)
    strict_recall, strict_precision = (
        _rate(counts.exact, counts.labels),
        _rate(counts.right_exact, counts.spans),
    )
    return Score(
        counts,
        recall,
        wilson(counts.found, counts.labels),
        strict_recall,
        precision,
        wilson(counts.right, counts.spans),
        _harmonic(recall, precision),
        _harmonic(strict_recall, strict_precision),
        counts.leaked / counts.characters if counts.characters else 0.0,
    )


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _harmonic(first: float, second: float) -> float:
    return 2 * first * second / (first + second) if first + second else 0.0


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Score interval of a share.

    Source: E. B. Wilson, JASA 22 (1927) 209-212; equation as in Brown, Cai and DasGupta, Statistical
    Science 16 (2001), section 3.1.1. Nothing tried gives the whole of [0, 1].
    """
    if not trials:
        return Interval(0.0, 1.0, level)
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return Interval(max(0.0, centre - half), min(1.0, centre + half), level)
