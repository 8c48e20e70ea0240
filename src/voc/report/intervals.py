"""Intervals for proportions and their differences, and the q-values of many changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from voc.report.model import Share
from voc.types import Interval

__all__ = ["bh", "newcombe", "proportions_p_value", "share", "wilson"]

_Z = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal."""


def wilson(count: int, n: int) -> Interval:
    """Return the 95 % score interval of a proportion.

    Parameters
    ----------
    count
        Successes, 0 to `n`.
    n
        Trials, 1 or more.

    References
    ----------
    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209–212.
    """
    p = count / n
    z2 = _Z * _Z
    centre = p + z2 / (2 * n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    scale = 1 + z2 / n
    lower = 0.0 if count == 0 else max(0.0, (centre - half) / scale)
    upper = 1.0 if count == n else min(1.0, (centre + half) / scale)
    return Interval(lower, upper)


def newcombe(count1: int, n1: int, count2: int, n2: int) -> Interval:
    """Return the 95 % interval of `count1 / n1 - count2 / n2` for independent samples.

    References
    ----------
    Newcombe, R. G. (1998), Statistics in Medicine 17, 873–890, method 10 (hybrid score, no continuity
    correction).
    """
    p1, p2 = count1 / n1, count2 / n2
    first, second = wilson(count1, n1), wilson(count2, n2)
    lower = p1 - p2 - math.hypot(p1 - first.lower, second.upper - p2)
    upper = p1 - p2 + math.hypot(first.upper - p1, p2 - second.lower)
    return Interval(lower, upper)


def proportions_p_value(count1: int, n1: int, count2: int, n2: int) -> float:
    """Return the two-sided p-value of equal proportions: pooled z test, 1 where nothing varies."""
    pooled = (count1 + count2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    if variance == 0:
        return 1.0
    z = abs(count1 / n1 - count2 / n2) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def bh(p_values: Sequence[float]) -> list[float]:
    """Return Benjamini–Hochberg q-values, in the order of `p_values`.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995), Journal of the Royal Statistical Society B 57, 289–300.
    """
    m = len(p_values)
    order = sorted(range(m), key=lambda i: p_values[i], reverse=True)
    q_values = [1.0] * m
    smallest = 1.0
    for steps, i in enumerate(order):
        smallest = min(smallest, p_values[i] * m / (m - steps))
        q_values[i] = smallest
    return q_values


def share(count: int, n: int) -> Share | None:
    """Return the proportion with its interval, or None when there is nothing to divide by."""
    if n <= 0:
        return None
    lower, upper, _ = wilson(count, n)
    return Share(count=count, n=n, share=count / n, ci_lower=lower, ci_upper=upper)
