"""Counts and sums with differential privacy; all noise is OpenDP's.

A person counts in at most `groups` groups, and adds at most `bound` to a sum; what goes beyond is left out
before the noise is drawn, so that its scale covers all that one person can change. Rates are ratios of two
noisy figures, each with half of the budget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voc.errors import MissingExtraError, UsageError
from voc.types import Interval

__all__ = ["NoisyFigure", "NoisyRate", "bounded", "noisy_counts", "noisy_rate", "noisy_sums"]


@dataclass(frozen=True)
class NoisyFigure:
    """A published figure.

    Attributes
    ----------
    value
        With noise; may be negative.
    scale
        Scale of the Laplace noise.
    interval
        Holds the true figure (after bounding) with the stated probability.
    """

    value: float
    scale: float
    interval: Interval


@dataclass(frozen=True)
class NoisyRate:
    """A published share, between 0 and 1, with an interval that holds the true one."""

    value: float
    interval: Interval


def bounded(groups_by_person: Sequence[Sequence[int]], most: int, order: Sequence[int]) -> list[list[int]]:
    """Keep at most `most` distinct groups of each person: those that come first in `order`.

    `order` ranks the groups by something that does not depend on the data (their declared order, or a draw).
    """
    if most < 1:
        raise UsageError("a person counts in at least 1 group")
    rank = {group: place for place, group in enumerate(order)}
    return [sorted(set(groups), key=rank.__getitem__)[:most] for groups in groups_by_person]


def noisy_counts(
    counts: Sequence[int], *, epsilon: float, groups: int, level: float = 0.95
) -> list[NoisyFigure]:
    """Publish counts of persons by group, together at the price of `epsilon`.

    Parameters
    ----------
    counts
        Persons of each group, after `bounded`.
    groups
        Most groups that a person counts in: the L1 sensitivity of the vector.

    Raises
    ------
    UsageError
        For an epsilon or a bound that is not positive.
    MissingExtraError
        When OpenDP is not installed.
    """
    scale = _checked_scale(float(groups), epsilon)
    dp = _opendp()
    mechanism = dp.m.make_laplace(dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int), scale=scale)
    _assert_price(mechanism.map(groups), epsilon)
    values = mechanism(list(counts)) if counts else []
    half = float(dp.discrete_laplacian_scale_to_accuracy(scale=scale, alpha=1 - level))
    return [NoisyFigure(float(v), scale, Interval(v - half, v + half, level)) for v in values]


def noisy_sums(
    sums: Sequence[float], *, epsilon: float, groups: int, bound: float, level: float = 0.95
) -> list[NoisyFigure]:
    """Publish sums by group; each person added at most `bound` (0 to `bound`) to each of `groups` groups."""
    if not (bound > 0 and math.isfinite(bound)):
        raise UsageError("the bound of a contribution is a positive number")
    scale = _checked_scale(groups * bound, epsilon)
    dp = _opendp()
    domain = dp.vector_domain(dp.atom_domain(T=float, nan=False))
    mechanism = dp.m.make_laplace(domain, dp.l1_distance(T=float), scale=scale)
    _assert_price(mechanism.map(groups * bound), epsilon)
    values = mechanism([float(value) for value in sums]) if sums else []
    half = float(dp.laplacian_scale_to_accuracy(scale=scale, alpha=1 - level))
    return [NoisyFigure(float(v), scale, Interval(v - half, v + half, level)) for v in values]


def noisy_rate(part: NoisyFigure, whole: NoisyFigure) -> NoisyRate:
    """Return the ratio of two noisy figures; the interval takes both at their ends (Bonferroni)."""
    level = part.interval.level + whole.interval.level - 1
    if whole.interval.lower <= 0:
        middle = min(max(part.value / whole.value, 0.0), 1.0) if whole.value > 0 else 0.0
        return NoisyRate(middle, Interval(0.0, 1.0, level))
    ends = (part.interval.lower / whole.interval.upper, part.interval.upper / whole.interval.lower)
    lower, upper = (min(max(end, 0.0), 1.0) for end in ends)
    return NoisyRate(min(max(part.value / whole.value, lower), upper), Interval(lower, upper, level))


def _checked_scale(sensitivity: float, epsilon: float) -> float:
    if not (epsilon > 0 and math.isfinite(epsilon)):
        raise UsageError("epsilon is a positive number", hint="0.1 to 1 for what is published")
    if sensitivity <= 0:
        raise UsageError("a person counts in at least 1 group")
    return sensitivity / epsilon


def _assert_price(price: float, epsilon: float) -> None:
    """OpenDP works out the price of a release by itself; it must be the one that was announced."""
    if price > epsilon * (1 + 1e-9):
        raise UsageError(
            f"this release would cost epsilon {price:.6g}, more than the {epsilon:.6g} announced"
        )


def _opendp() -> Any:  # noqa: ANN401 - a module that may be missing
    try:
        import opendp.prelude as dp
    except ImportError:
        raise MissingExtraError("opendp", "dp") from None
    dp.enable_features("contrib")
    return dp
