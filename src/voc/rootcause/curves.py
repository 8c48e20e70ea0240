"""How churn builds up after a landmark, among the exposed and among unexposed who are like them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.cells import Cells, Comparison

__all__ = ["ChurnCurve", "churn_curve"]

_STEP = 7


class ChurnCurve(NamedTuple):
    """Shares that have left by each day after the landmark."""

    days: list[int]
    """Days after the landmark, from the end of the gap to that of the horizon; shape (k,)."""
    exposed: list[float]
    unexposed: list[float]
    """Unexposed, weighted by the odds of complaining so that they are like the exposed (Hahn 1998)."""


def churn_curve(
    cells: Cells,
    comparison: Comparison,
    propensity: NDArray[np.float64],
    days_to_churn: NDArray[np.int64],
    *,
    gap_days: int,
    horizon_days: int,
) -> ChurnCurve:
    """Return the two curves, a point a week.

    Parameters
    ----------
    cells, comparison
        Observations, and who of them is exposed.
    propensity
        Probability of being exposed, by fold and cell.
    days_to_churn
        Days from the landmark to leaving, -1 for who did not leave, shape (n,).
    gap_days, horizon_days
        Of the design.
    """
    end = gap_days + horizon_days
    days = [*range(gap_days, end, _STEP), end]
    odds = np.minimum(propensity / (1 - propensity), 20.0).reshape(-1)
    weight = odds[cells.places()]
    weight[comparison.observation] = 0.0
    exposed = np.zeros(len(weight))
    exposed[comparison.observation] = 1.0

    def shares(weights: NDArray[np.float64]) -> list[float]:
        left = days_to_churn >= 0
        by_day = np.bincount(days_to_churn[left], weights[left], minlength=end + 1)
        return [float(value) for value in np.cumsum(by_day)[days] / weights.sum()]

    return ChurnCurve(days, shares(exposed), shares(weight))
