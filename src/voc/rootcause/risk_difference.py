"""The Mantel–Haenszel risk difference, with the interval that holds for sparse strata.

With the counts of `mantel_haenszel`, the difference is Σ (a n0 − c n1) / N over Σ n1 n0 / N (Greenland and
Robins 1985), its variance that of Sato (1989), which is consistent for few large strata and for many sparse
ones.

References
----------
Greenland, S. and Robins, J. M. (1985), Biometrics 41, 55–68.
Sato, T. (1989), Biometrics 45, 1323–1324.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from voc.rootcause.mantel_haenszel import Scores, Strata

__all__ = ["RiskDifference", "difference_scores", "pooled_risk_difference"]


class RiskDifference(NamedTuple):
    """A pooled risk difference, exposed less unexposed."""

    estimate: float
    lower: float
    upper: float
    variance: float


def pooled_risk_difference(
    strata: Strata, *, level: float = 0.95, clustered: float | None = None
) -> RiskDifference | None:
    """Return the Mantel–Haenszel risk difference; None when no stratum holds both groups.

    Parameters
    ----------
    strata
        Counts; strata without exposed or without unexposed are passed over.
    level
        Level of the interval, between 0 and 1.
    clustered
        Variance that takes account of repeated customers; used where it is the larger one.
    """
    known = strata.informative()
    if not len(known.exposed):
        return None
    weight, estimate = _estimate(known)
    variance = max(_sato(known, estimate) / weight**2, clustered or 0.0, 0.0)
    reach = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(variance)
    return RiskDifference(estimate, estimate - reach, estimate + reach, variance)


def difference_scores(strata: Strata) -> Scores:
    """Return what each observation adds to the error of the risk difference, by stratum.

    The residual of an observation against the risk of its stratum under the pooled difference, times its
    weight, over Σ n1 n0 / N.
    """
    events, n1, unexposed_events, n0 = strata
    total = n1 + n0
    both = (n1 > 0) & (n0 > 0)
    weight, estimate = _estimate(strata.informative())
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where(both, (events + unexposed_events - estimate * n1) / total, 0.0)
        scale = np.where(both, np.sqrt(total / (total - 1)) / total / weight, 0.0)
    outcome = np.array([0.0, 1.0])
    return Scores(
        exposed=(outcome - (base + estimate)[:, None]) * (n0 * scale)[:, None],
        unexposed=-(outcome - base[:, None]) * (n1 * scale)[:, None],
    )


def _estimate(known: Strata) -> tuple[float, float]:
    """Return Σ n1 n0 / N and the difference."""
    events, n1, unexposed_events, n0 = known
    total = n1 + n0
    weight = float((n1 * n0 / total).sum())
    return weight, float(((events * n0 - unexposed_events * n1) / total).sum()) / weight


def _sato(known: Strata, estimate: float) -> float:
    a, n1, c, n0 = known
    total = n1 + n0
    share1, share0 = n1 / total, n0 / total
    slope = float((c * share1**2 - a * share0**2 + share1 * share0 * (n0 - n1) / 2).sum())
    return estimate * slope + float(((a * (n0 - c) + c * (n1 - a)) / total).sum()) / 2
