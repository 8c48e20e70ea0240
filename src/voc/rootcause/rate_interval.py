"""The score interval of a rate whose observations come several to a customer.

Observations of one customer go together: who leaves is counted at every landmark whose horizon he leaves in.
The interval is that of Wilson (1927) with the effective number of observations n / d in place of n, where the
design effect d is the variance of the rate by customer over p (1 − p) / (n − 1), 1 or more (Korn and Graubard
1998; Dean and Pagano 2015 find the score interval to hold its level so).

References
----------
Dean, N. and Pagano, M. (2015), Evaluating confidence interval methods for binomial proportions in clustered
surveys. Journal of Survey Statistics and Methodology 3, 484–503.
Korn, E. L. and Graubard, B. I. (1998), Confidence intervals for proportions with small expected number of
positive counts estimated from survey data. Survey Methodology 24, 193–201.
Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209–212.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from voc.types import Interval

__all__ = ["clustered_rate_interval"]

Floats = NDArray[np.float64]


def clustered_rate_interval(events: Floats, observations: Floats, *, level: float = 0.95) -> Interval | None:
    """Return the interval of all events over all observations; None without observations.

    Parameters
    ----------
    events, observations
        Of each customer, shape (customers,); customers without observations do not count.
    level
        Level of the interval, between 0 and 1.
    """
    n = float(observations.sum())
    if not n:
        return None
    p = float(events.sum()) / n
    effective = _effective(events, observations, p, n)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    scale = 1 + z * z / effective
    centre = p + z * z / (2 * effective)
    half = z * math.sqrt(p * (1 - p) / effective + z * z / (4 * effective * effective))
    lower = 0.0 if p == 0 else max(0.0, (centre - half) / scale)
    upper = 1.0 if p == 1 else min(1.0, (centre + half) / scale)
    return Interval(lower, upper, level)


def _effective(events: Floats, observations: Floats, p: float, n: float) -> float:
    """Independent observations that would tell as much; where all are alike, one a customer."""
    customers = int(np.count_nonzero(observations))
    if p in (0.0, 1.0):
        return float(customers)
    if customers < 2:
        return 1.0
    residuals = events - p * observations
    by_customer = customers / (customers - 1) * float((residuals**2).sum()) / n**2
    return n / max(1.0, by_customer / (p * (1 - p) / (n - 1)))
