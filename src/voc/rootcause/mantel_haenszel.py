"""The Mantel–Haenszel risk ratio: one ratio over many strata, with its interval.

In stratum k there are a of n1 exposed and c of n0 unexposed with the event, N = n1 + n0. Then

    RR = R / S,  R = Σ a n0 / N,  S = Σ c n1 / N

(Mantel and Haenszel 1959; Rothman, Greenland and Lash 2008, eq. 15-18), and for the interval of log RR

    Var(log RR) = Σ (n1 n0 (a + c) - a c N) / N² / (R S)

(Greenland and Robins 1985, eq. 13), which holds for few large strata and for many sparse ones alike.

It takes observations for independent. Where a customer is observed more than once, `clustered_variance` adds
up each customer's contributions first (the sandwich of Liang and Zeger 1986 for the estimating equation
R − RR · S = 0).

References
----------
Greenland, S. and Robins, J. M. (1985), Biometrics 41, 55–68.
Liang, K.-Y. and Zeger, S. L. (1986), Biometrika 73, 13–22.
Mancl, L. A. and DeRouen, T. A. (2001), Biometrics 57, 126–134.
Mantel, N. and Haenszel, W. (1959), Journal of the National Cancer Institute 22, 719–748.
Rothman, K. J., Greenland, S. and Lash, T. L. (2008), Modern Epidemiology, 3rd ed., chapter 15.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import UsageError

__all__ = [
    "RiskRatio",
    "Scores",
    "Strata",
    "clustered_variance",
    "count_strata",
    "pooled_risk_ratio",
    "ratio_scores",
]

Floats = NDArray[np.float64]


class Strata(NamedTuple):
    """Counts of k strata, shape (k,) each."""

    exposed_events: Floats
    exposed: Floats
    unexposed_events: Floats
    unexposed: Floats

    def informative(self) -> Strata:
        """Return the strata that hold both exposed and unexposed; the others say nothing."""
        both = (self.exposed > 0) & (self.unexposed > 0)
        return Strata(*(counts[both] for counts in self))

    def corrected(self) -> Strata:
        """Add half an event and half a non-event to either group, spread over the strata by their size.

        The correction of Haldane (1956) and Anscombe (1956) for a group in which nobody, or everybody, has
        the event.
        """
        exposed_share = self.exposed / self.exposed.sum()
        unexposed_share = self.unexposed / self.unexposed.sum()
        return Strata(
            self.exposed_events + 0.5 * exposed_share,
            self.exposed + exposed_share,
            self.unexposed_events + 0.5 * unexposed_share,
            self.unexposed + unexposed_share,
        )


class RiskRatio(NamedTuple):
    """A pooled risk ratio."""

    estimate: float
    lower: float
    upper: float
    log_variance: float
    p_value: float
    """Two-sided Wald test of ratio 1 on the log scale; agrees with the interval."""
    corrected: bool
    """Whether half events were added because one of the groups had no event."""


def pooled_risk_ratio(
    strata: Strata, *, level: float = 0.95, clustered: float | None = None
) -> RiskRatio | None:
    """Return the Mantel–Haenszel risk ratio with the Greenland–Robins interval.

    Parameters
    ----------
    strata
        Counts; strata without exposed or without unexposed are passed over.
    level
        Level of the interval, between 0 and 1.
    clustered
        Variance of log RR from `clustered_variance`. It is used where it is the larger one: with few exposed
        customers a sandwich comes out too small (Mancl and DeRouen 2001). Not used where half events are
        added.

    Returns
    -------
    RiskRatio or None
        None when nothing can be compared: no informative stratum, nobody with the event, or everybody.
    """
    if not 0 < level < 1:
        raise UsageError(f"level must lie between 0 and 1, not {level}")
    known = strata.informative()
    events = float(known.exposed_events.sum() + known.unexposed_events.sum())
    people = float(known.exposed.sum() + known.unexposed.sum())
    if events in (0.0, people):
        return None
    corrected = not (known.exposed_events.any() and known.unexposed_events.any())
    if corrected:
        known, clustered = known.corrected(), None
    upper_sum, lower_sum = _sums(known)
    variance = max(_greenland_robins(known) / (upper_sum * lower_sum), clustered or 0.0)
    if variance <= 0:
        return None
    return _wald(upper_sum / lower_sum, variance, level, corrected)


class Scores(NamedTuple):
    """What an observation adds to the error of an estimate, by stratum.

    Without and with event: shape (k, 2).
    """

    exposed: Floats
    unexposed: Floats


def ratio_scores(strata: Strata) -> Scores:
    """Return what each observation adds to the error of the log risk ratio, by stratum.

    The residual event of an observation, against the risk of its stratum under the pooled ratio, times its
    weight in the estimating equation. Residuals are widened by √(N / (N − 1)) in each stratum, for its risk
    was estimated from them. Added up by customer, squared and summed they are the variance of the log ratio.
    """
    n1, n0 = strata.exposed, strata.unexposed
    total = n1 + n0
    both = (n1 > 0) & (n0 > 0)
    upper_sum, lower_sum = _sums(strata.informative())
    ratio = upper_sum / lower_sum
    events = strata.exposed_events + strata.unexposed_events
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where(both, events / (ratio * n1 + n0), 0.0)
        scale = np.where(both, np.sqrt(total / (total - 1)) / total / upper_sum, 0.0)
    outcome = np.array([0.0, 1.0])
    return Scores(
        exposed=(outcome - (ratio * base)[:, None]) * (n0 * scale)[:, None],
        unexposed=-(outcome - base[:, None]) * (ratio * n1 * scale)[:, None],
    )


def clustered_variance(
    event: NDArray[np.bool_],
    exposed: NDArray[np.bool_],
    stratum: NDArray[np.int64],
    cluster: NDArray[np.int64],
) -> float:
    """Return the variance of the log risk ratio when observations of one customer go together.

    Parameters
    ----------
    event, exposed
        Shape (n,) each.
    stratum
        Number of the stratum, 0 or more, shape (n,).
    cluster
        Number of the customer, 0 or more, shape (n,).

    Returns
    -------
    float
        NaN when the ratio is zero or without bound.
    """
    counts = count_strata(event, exposed, stratum)
    if min(_sums(counts.informative())) <= 0:
        return math.nan
    scores = ratio_scores(counts)
    outcome = event.astype(np.int64)
    added = np.where(exposed, scores.exposed[stratum, outcome], scores.unexposed[stratum, outcome])
    return float((np.bincount(cluster, weights=added) ** 2).sum())


def count_strata(event: NDArray[np.bool_], exposed: NDArray[np.bool_], stratum: NDArray[np.int64]) -> Strata:
    """Count events and observations by stratum and exposure; all arrays have shape (n,)."""
    width = int(stratum.max(initial=-1)) + 1

    def count(mask: NDArray[np.bool_]) -> Floats:
        return np.bincount(stratum[mask], minlength=width).astype(np.float64)

    return Strata(count(event & exposed), count(exposed), count(event & ~exposed), count(~exposed))


def _sums(strata: Strata) -> tuple[float, float]:
    """Return R and S."""
    total = strata.exposed + strata.unexposed
    return (
        float((strata.exposed_events * strata.unexposed / total).sum()),
        float((strata.unexposed_events * strata.exposed / total).sum()),
    )


def _greenland_robins(strata: Strata) -> float:
    """Return the sum in the numerator of the variance."""
    events, exposed, unexposed_events, unexposed = strata
    total = exposed + unexposed
    terms = exposed * unexposed * (events + unexposed_events) - events * unexposed_events * total
    return float((terms / total**2).sum())


def _wald(estimate: float, variance: float, level: float, corrected: bool) -> RiskRatio:
    centre, error = math.log(estimate), math.sqrt(variance)
    reach = NormalDist().inv_cdf(0.5 + level / 2) * error
    p_value = math.erfc(abs(centre) / error / math.sqrt(2))
    return RiskRatio(
        estimate, math.exp(centre - reach), math.exp(centre + reach), variance, p_value, corrected
    )
