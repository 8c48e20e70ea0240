"""How much of the churn goes with a complaint, and what it is worth: by bootstrap over customers.

The attributable churners of a complaint are Σ (Y1 − Y0) over the exposed; over all churners they are the
population attributable fraction (Miettinen 1974; with risks from `doubly_robust`: Sjölander and Vansteelandt
2011), and times what such a customer would still have bought, the revenue at risk.

Intervals come from the Bayesian bootstrap (Rubin 1981): every customer, with all his observations, gets a
weight from the exponential distribution, the same for all tags. The fitted models of churn and complaining
stay as they are; to first order their error does not matter to a cross-fitted doubly robust sum (Chernozhukov
et al. 2018, the multiplier bootstrap).

References
----------
Chernozhukov, V. et al. (2018), Econometrics Journal 21, C1–C68.
Miettinen, O. S. (1974), American Journal of Epidemiology 99, 325–332.
Rubin, D. B. (1981), Annals of Statistics 9, 130–134.
Sjölander, A. and Vansteelandt, S. (2011), Biometrics 67, 1254–1264.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.types import Interval

__all__ = ["Attribution", "CustomerValue", "attribute"]

Floats = NDArray[np.float64]

_AT_ONCE = 32
"""Replications whose weights are in memory at the same time."""


class CustomerValue(NamedTuple):
    """What is expected of each customer from here on if he stays, in money."""

    expected: Floats
    """Shape (n_customers,), by the number of the customer; NaN where nothing is known."""
    log_error: float = 0.0
    """Standard error of the level of all of them, on the log scale: 0.1 is about ten per cent."""


class Attribution(NamedTuple):
    """Churn that goes with one complaint."""

    churners: float
    """Σ (Y1 − Y0) over the exposed observations; below zero when the complaint goes with staying."""
    churners_interval: Interval
    fraction: float
    """Of all observations that left."""
    fraction_interval: Interval
    revenue: float | None
    """Churners times the mean value of the exposed; None when no value is known."""
    revenue_interval: Interval | None
    mean_value: float | None
    """Mean value of an exposed observation's customer."""


def attribute(
    excess: Sequence[Floats],
    exposed: Iterable[Floats | NDArray[np.int64]],
    churned: Floats,
    value: Floats | None,
    *,
    log_error: float = 0.0,
    draws: int = 400,
    level: float = 0.95,
    seed: int = 0,
) -> list[Attribution]:
    """Attribute churn to each of several complaints.

    Parameters
    ----------
    excess
        For each tag what each customer adds to Σ (Y1 − Y0), shape (customers,).
    exposed
        For each tag the exposed observations of each customer, shape (customers,).
    churned
        Observations of each customer that left, shape (customers,).
    value
        Expected value of each customer, shape (customers,); NaN where it is not known.
    log_error
        Standard error of the level of the values, on the log scale.
    draws
        Replications of the bootstrap.
    level
        Level of the intervals.
    seed
        Of the replications.
    """
    n_tags = len(excess)
    sums = _summands(excess, exposed, churned, value)
    point = sums.sum(axis=0, dtype=np.float64)[None, :]
    drawn = _weighted_sums(sums, draws, seed)
    level_error = np.exp(np.random.default_rng(seed + 1).normal(0.0, log_error, draws))[:, None]
    return [
        _attribution(tag, n_tags, point, drawn, level_error, has_value=value is not None, level=level)
        for tag in range(n_tags)
    ]


def _summands(
    excess: Sequence[Floats],
    exposed: Iterable[Floats | NDArray[np.int64]],
    churned: Floats,
    value: Floats | None,
) -> NDArray[np.float32]:
    """What each customer adds to all sums, filled column by column: nothing else of this size is held.

    Columns are the excess of each tag, the churned, then of each tag the exposed worth and the exposed whose
    value is known: shape (customers, 1 + tags) or (customers, 1 + 3 × tags).
    """
    n_tags = len(excess)
    sums = np.empty((len(churned), n_tags + 1 + (2 * n_tags if value is not None else 0)), dtype=np.float32)
    for tag, part in enumerate(excess):
        sums[:, tag] = part
    sums[:, n_tags] = churned
    if value is not None:
        finite, worth = np.isfinite(value), np.nan_to_num(value)
        for tag, counts in enumerate(exposed):
            known = counts * finite
            sums[:, n_tags + 1 + tag] = known * worth
            sums[:, 2 * n_tags + 1 + tag] = known
    return sums


def _weighted_sums(sums: NDArray[np.float32], draws: int, seed: int) -> Floats:
    """Sum over customers under weights of mean 1, one row a replication."""
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, draws, _AT_ONCE):
        weights = rng.standard_exponential(
            (min(_AT_ONCE, draws - start), len(sums)), dtype=np.float32, method="zig"
        )
        weights /= weights.mean(axis=1, keepdims=True)
        parts.append(weights @ sums)
    return np.concatenate(parts).astype(np.float64)


def _attribution(
    tag: int,
    n_tags: int,
    point: Floats,
    drawn: Floats,
    level_error: Floats,
    *,
    has_value: bool,
    level: float,
) -> Attribution:
    def figures(rows: Floats, error: Floats | float) -> tuple[Floats, Floats, Floats | None, Floats | None]:
        churners, total = rows[:, tag], rows[:, n_tags]
        if not has_value:
            return churners, churners / total, None, None
        worth, known = rows[:, n_tags + 1 + tag], rows[:, 2 * n_tags + 1 + tag]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(known > 0, worth / known, np.nan) * np.ravel(error)
        return churners, churners / total, churners * mean, mean

    def interval(values: Floats) -> Interval:
        tail = (1 - level) / 2
        lower, upper = np.quantile(values, [tail, 1 - tail])
        return Interval(float(lower), float(upper), level)

    churners, fraction, revenue, mean = figures(point, 1.0)
    churners_drawn, fraction_drawn, revenue_drawn, _ = figures(drawn, level_error)
    valued = revenue is not None and revenue_drawn is not None and bool(np.isfinite(revenue[0]))
    return Attribution(
        churners=float(churners[0]),
        churners_interval=interval(churners_drawn),
        fraction=float(fraction[0]),
        fraction_interval=interval(fraction_drawn),
        revenue=float(revenue[0]) if valued and revenue is not None else None,
        revenue_interval=interval(revenue_drawn) if valued and revenue_drawn is not None else None,
        mean_value=float(mean[0]) if valued and mean is not None else None,
    )
