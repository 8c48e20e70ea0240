"""How strong an unmeasured difference between customers would have to be to explain a risk ratio away."""

from __future__ import annotations

import math

__all__ = ["e_value", "e_value_of_bound"]


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio: RR + √(RR (RR − 1)), for ratios below 1 that of 1 / RR.

    Something unmeasured would have to go with both complaint and churn by risk ratios of this size, over and
    above what is adjusted for, to bring the ratio to 1.

    References
    ----------
    VanderWeele, T. J. and Ding, P. (2017), Annals of Internal Medicine 167, 268–274.
    """
    away = ratio if ratio >= 1 else 1 / ratio
    return away + math.sqrt(away * (away - 1))


def e_value_of_bound(lower: float, upper: float) -> float:
    """Return the E-value of the bound of an interval that is nearer to 1; 1 when the interval holds 1."""
    if lower > 1:
        return e_value(lower)
    return e_value(upper) if upper < 1 else 1.0
