"""Whether one risk ratio does for all segments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import chdtrc

__all__ = ["Homogeneity", "cochran_q"]


class Homogeneity(NamedTuple):
    """Test of one ratio against one for each segment."""

    statistic: float
    """Cochran's Q."""
    df: int
    p_value: float


def cochran_q(ratios: Sequence[float], log_variances: Sequence[float]) -> Homogeneity | None:
    """Test whether independent risk ratios are estimates of one.

    Parameters
    ----------
    ratios
        One for each segment, above 0.
    log_variances
        Variance of the logarithm of each.

    Returns
    -------
    Homogeneity or None
        None for fewer than two ratios.

    References
    ----------
    Cochran, W. G. (1954), Biometrics 10, 101–129. Rothman, Greenland and Lash (2008), Modern Epidemiology,
    3rd ed., p. 279: the Wald test of homogeneity.
    """
    if len(ratios) < 2:
        return None
    logs = [math.log(ratio) for ratio in ratios]
    weights = [1 / variance for variance in log_variances]
    pooled = sum(w * value for w, value in zip(weights, logs, strict=True)) / sum(weights)
    statistic = sum(w * (value - pooled) ** 2 for w, value in zip(weights, logs, strict=True))
    df = len(ratios) - 1
    return Homogeneity(statistic, df, float(chdtrc(df, statistic)))
