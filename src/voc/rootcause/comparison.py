"""Exposed against unexposed of one tag: crude and Mantel–Haenszel ratio and difference, with intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.cells import Cells, Comparison
from voc.rootcause.effect import Reason
from voc.rootcause.mantel_haenszel import RiskRatio, Scores, Strata, pooled_risk_ratio, ratio_scores
from voc.rootcause.risk_difference import RiskDifference, difference_scores, pooled_risk_difference

__all__ = ["Compared", "adjusted_ratio", "compare"]


class Compared(NamedTuple):
    """What the comparison of exposed and unexposed gives."""

    comparison: Comparison
    counts: tuple[int, int, int, int]
    """Exposed, exposed who left, unexposed, unexposed who left."""
    crude_ratio: RiskRatio | None
    crude_difference: RiskDifference | None
    ratio: RiskRatio | None
    """Mantel–Haenszel over strata."""
    difference: RiskDifference | None
    overlap: float
    """Share of the exposed with an unexposed one in their stratum."""
    reason: Reason | None
    """Why there is no ratio."""


def compare(cells: Cells, exposed: NDArray[np.int64], *, level: float = 0.95) -> Compared:
    """Compare the exposed, given as indices of observations of shape (e,), with all others.

    Intervals take account of customers who are observed more than once.
    """
    comparison = cells.compare(exposed)
    strata = comparison.strata
    together = Strata(*(counts.sum(keepdims=True) for counts in strata))
    ratio = _ratio(cells, comparison, strata, level)
    known = strata.informative()
    return Compared(
        comparison=comparison,
        counts=(
            int(together.exposed[0]),
            int(together.exposed_events[0]),
            int(together.unexposed[0]),
            int(together.unexposed_events[0]),
        ),
        crude_ratio=_ratio(cells, comparison, together, level),
        crude_difference=_difference(cells, comparison, together, level),
        ratio=ratio,
        difference=_difference(cells, comparison, strata, level),
        overlap=float(known.exposed.sum()) / len(exposed),
        reason=None if ratio else _why_not(known),
    )


def adjusted_ratio(cells: Cells, exposed: NDArray[np.int64], *, level: float = 0.95) -> RiskRatio | None:
    """Return the Mantel–Haenszel ratio alone, or None when nothing can be compared."""
    comparison = cells.compare(exposed)
    return _ratio(cells, comparison, comparison.strata, level)


def _ratio(cells: Cells, comparison: Comparison, strata: Strata, level: float) -> RiskRatio | None:
    known, clustered = strata.informative(), None
    if cells.repeated and known.exposed_events.any() and known.unexposed_events.any():
        clustered = _clustered(cells, comparison, ratio_scores(strata))
    return pooled_risk_ratio(strata, level=level, clustered=clustered)


def _difference(cells: Cells, comparison: Comparison, strata: Strata, level: float) -> RiskDifference | None:
    clustered = None
    if cells.repeated and len(strata.informative().exposed):
        clustered = _clustered(cells, comparison, difference_scores(strata))
    return pooled_risk_difference(strata, level=level, clustered=clustered)


def _clustered(cells: Cells, comparison: Comparison, scores: Scores) -> float:
    """Add up each customer's part in the error, and return the sum of squares."""
    # one stratum for all, or those of the cells
    group = cells.group if len(scores.exposed) > 1 else np.zeros_like(cells.group)
    stratum = group[comparison.place % cells.n_cells]
    added = scores.exposed[stratum, comparison.event.astype(np.int64)]
    return float((cells.customer_sums(comparison, scores.unexposed[group], added) ** 2).sum())


def _why_not(known: Strata) -> Reason:
    if not len(known.exposed):
        return Reason.NO_OVERLAP
    return Reason.ALL_CHURNED if known.exposed_events.any() else Reason.NO_CHURN
