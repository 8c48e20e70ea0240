"""Survival of customers on counts: Kaplan-Meier, log-rank and competing exits for millions of rows.

Every statistic comes from one table of who is at risk and who leaves at each time, which a sort makes. Cox
regression with complaints that change over time stands in `voc.customers.cox`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, norm

from voc.errors import InputError, UsageError
from voc.how_many import how_many

__all__ = [
    "IncidenceRow",
    "LogRank",
    "SurvivalRow",
    "at_risk_table",
    "cumulative_incidence",
    "kaplan_meier",
    "log_rank",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class SurvivalRow(NamedTuple):
    """The Kaplan-Meier estimate from one time of leaving to the next."""

    time: float
    at_risk: int
    """Customers still there just before."""
    events: int
    """Customers who leave at this time."""
    survival: float
    """Share that stays beyond this time."""
    ci_lower: float
    ci_upper: float


class IncidenceRow(NamedTuple):
    """Share of customers who have left by one way out."""

    time: float
    at_risk: int
    events: int
    incidence: float


class LogRank(NamedTuple):
    """Test of equal survival of groups."""

    statistic: float
    degrees_of_freedom: int
    p_value: float
    observed: tuple[int, ...]
    """Leavers of each group, in the sorted order of the groups."""
    expected: tuple[float, ...]
    """Leavers expected if all groups survived alike."""


class _Counts(NamedTuple):
    time: Floats
    """Times at which somebody leaves, sorted."""
    events: Ints
    """Leavers at each time, by group: times x groups."""
    at_risk: Ints
    """At risk just before each time, by group."""


def kaplan_meier(duration: ArrayLike, left: ArrayLike, *, level: float = 0.95) -> tuple[SurvivalRow, ...]:
    """Return the product-limit estimate with log-log intervals.

    Parameters
    ----------
    duration
        Time that each customer was seen, 0 or more.
    left
        Whether the customer left at its end; otherwise nothing is known beyond it.
    level
        Of the intervals.

    Returns
    -------
    tuple of SurvivalRow
        One row a time of leaving.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958), JASA 53, 457-481; variance by Greenwood, interval on log(-log S) as in
    Kalbfleisch and Prentice (2002), section 1.4.
    """
    time, gone = _checked(duration, left)
    counts = _counts(time, gone, np.zeros(len(time), np.int64), 1)
    d, n = counts.events[:, 0].astype(np.float64), counts.at_risk[:, 0].astype(np.float64)
    survival = np.cumprod(1.0 - d / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(n > d, d / (n * (n - d)), 0.0))
        logged = np.log(survival)
        half = norm.ppf((1 + level) / 2) * np.sqrt(variance) / np.abs(logged)
        lower, upper = survival ** np.exp(half), survival ** np.exp(-half)
    lower = np.where(survival > 0, lower, 0.0)
    upper = np.where(survival > 0, upper, 0.0)
    columns = (counts.time, counts.at_risk[:, 0], counts.events[:, 0], survival, lower, upper)
    return tuple(
        SurvivalRow(float(t), int(r), int(e), float(s), float(low), float(high))
        for t, r, e, s, low, high in zip(*columns, strict=True)
    )


def at_risk_table(
    duration: ArrayLike, left: ArrayLike, times: ArrayLike, *, level: float = 0.95
) -> tuple[SurvivalRow, ...]:
    """Return the Kaplan-Meier estimate at chosen times, as it stands below a plot of the curve.

    Parameters
    ----------
    duration, left, level
        As for `kaplan_meier`.
    times
        Rising.

    Returns
    -------
    tuple of SurvivalRow
        One row a time. `events` counts who left since the time before, at this one among them.
    """
    time, gone = _checked(duration, left)
    curve = kaplan_meier(time, gone, level=level)
    chosen = np.asarray(times, np.float64)
    place = np.searchsorted([row.time for row in curve], chosen, side="right")
    at_risk = len(time) - np.searchsorted(np.sort(time), chosen, side="left")
    events = np.diff(np.searchsorted(np.sort(time[gone]), chosen, side="right"), prepend=0)
    rows = []
    for t, n, d, at in zip(chosen.tolist(), at_risk.tolist(), events.tolist(), place.tolist(), strict=True):
        stays, lower, upper = curve[at - 1][3:] if at else (1.0, 1.0, 1.0)
        rows.append(SurvivalRow(t, n, d, stays, lower, upper))
    return tuple(rows)


def log_rank(duration: ArrayLike, left: ArrayLike, group: ArrayLike) -> LogRank:
    """Test whether groups survive alike.

    Parameters
    ----------
    duration, left
        As for `kaplan_meier`.
    group
        Group of each customer; two or more different ones.

    References
    ----------
    Mantel, N. (1966), Cancer Chemotherapy Reports 50, 163-170; Peto, R. and Peto, J. (1972), JRSS A 135,
    185-207.
    """
    time, gone = _checked(duration, left)
    names, code = np.unique(np.asarray(group), return_inverse=True)
    if len(names) < 2:
        raise InputError("a log-rank test needs two groups or more", where="survival")
    counts = _counts(time, gone, code, len(names))
    n, d = counts.at_risk.astype(np.float64), counts.events.astype(np.float64)
    total, left_total = n.sum(axis=1), d.sum(axis=1)
    share = n / total[:, None]
    expected = share * left_total[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(total > 1, left_total * (total - left_total) / (total - 1), 0.0)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    difference = (d - expected).sum(axis=0)
    # one group follows from the others
    statistic = float(difference[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ difference[:-1])
    freedom = len(names) - 1
    return LogRank(
        statistic,
        freedom,
        float(chi2.sf(statistic, freedom)),
        tuple(int(count) for count in d.sum(axis=0)),
        tuple(float(count) for count in expected.sum(axis=0)),
    )


def cumulative_incidence(duration: ArrayLike, cause: ArrayLike) -> dict[int, tuple[IncidenceRow, ...]]:
    """Return how many customers have left by each way out, where one way shuts the others.

    Parameters
    ----------
    duration
        As for `kaplan_meier`.
    cause
        0 for customers still there, 1, 2 … for the way they left.

    Returns
    -------
    dict of tuple of IncidenceRow
        By cause. At every time they add up to one less the share that stays.

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978), Scandinavian Journal of Statistics 5, 141-150.
    """
    causes = np.asarray(cause, np.int64)
    time, _ = _checked(duration, causes > 0)
    kinds = max(int(causes.max(initial=0)), 1)
    order = np.unique(time[causes > 0])
    at_risk = len(time) - np.searchsorted(np.sort(time), order, side="left")
    events = np.column_stack(
        [
            np.bincount(np.searchsorted(order, time[causes == k]), minlength=len(order))
            for k in range(1, kinds + 1)
        ]
    )
    staying = np.cumprod(1.0 - events.sum(axis=1) / at_risk)
    before = np.concatenate([[1.0], staying[:-1]])
    found = {}
    for kind in range(kinds):
        incidence = np.cumsum(before * events[:, kind] / at_risk)
        found[kind + 1] = tuple(
            IncidenceRow(float(t), int(n), int(e), float(i))
            for t, n, e, i in zip(order, at_risk, events[:, kind], incidence, strict=True)
        )
    return found


def _checked(duration: ArrayLike, left: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    time = np.asarray(duration, np.float64)
    gone = np.asarray(left, np.bool_)
    if len(time) != len(gone):
        raise UsageError(f"{len(time)} durations and {len(gone)} ends", where="survival")
    bad = ~np.isfinite(time) | (time < 0)
    if bad.any():
        raise InputError(
            f"{how_many(int(bad.sum()), 'duration is', 'durations are')} negative or missing, "
            f"the first at row {int(np.argmax(bad))}",
            where="survival",
            hint="does a customer leave before the first order?",
        )
    return time, gone


def _counts(time: Floats, gone: NDArray[np.bool_], group: Ints, groups: int) -> _Counts:
    times = np.unique(time[gone])
    place = np.searchsorted(times, time[gone])
    events = np.bincount(place * groups + group[gone], minlength=len(times) * groups).reshape(-1, groups)
    at_risk = np.empty((len(times), groups), np.int64)
    for g in range(groups):
        own = np.sort(time[group == g])
        at_risk[:, g] = len(own) - np.searchsorted(own, times, side="left")
    return _Counts(times, events.astype(np.int64), at_risk)
