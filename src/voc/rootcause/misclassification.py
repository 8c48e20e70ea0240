"""What a risk ratio would be if the tagger made no mistakes.

A tagger of precision p and recall r calls some exposed who are not, and overlooks some who are. When its
mistakes have nothing to do with churn, the risk among those called is p R1 + (1 − p) R0, and among the rest
f R1 + (1 − f) R0, where f = p n1 (1 − r) / (r n0) is the share of overlooked exposed among them; two
equations with two unknowns (Rothman, Greenland and Lash 2008, chapter 19; the predictive-value form of
Marshall 1990). Such mistakes pull a ratio towards 1, so the correction moves it away from 1.

Precision and recall come from a labelled sample, so they are drawn from their posterior (Jeffreys prior) and
the ratio from its interval (probabilistic bias analysis; Lash, Fox and Fink 2009).

References
----------
Lash, T. L., Fox, M. P. and Fink, A. K. (2009), Applying Quantitative Bias Analysis to Epidemiologic Data.
Marshall, R. J. (1990), Journal of Clinical Epidemiology 43, 941–947.
Rothman, K. J., Greenland, S. and Lash, T. L. (2008), Modern Epidemiology, 3rd ed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import UsageError
from voc.types import Interval

__all__ = ["TaggerScore", "corrected_ratio", "corrected_ratio_interval"]

Floats = NDArray[np.float64]


class TaggerScore(NamedTuple):
    """How well a tag is found, measured on labelled feedback."""

    precision: float
    recall: float
    n_found: int
    """Feedback that the tagger gave the tag, in the sample that precision was measured on."""
    n_true: int
    """Feedback that has the tag by its label, in the sample that recall was measured on."""

    def checked(self, tag: str) -> TaggerScore:
        """Return itself; raise UsageError when it cannot be."""
        for name in ("precision", "recall"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise UsageError(
                    f"{name} must be above 0 and at most 1, not {value}", where=f"tagger scores of {tag!r}"
                )
        return self


def corrected_ratio(ratio: Floats, risk: Floats, odds: float, precision: Floats, recall: Floats) -> Floats:
    """Return the risk ratio without mistakes of the tagger; NaN where the mistakes leave no room for one.

    Parameters
    ----------
    ratio
        Risk ratio as found, shape (k,).
    risk
        Churn of those found to be exposed, shape (k,) or (1,).
    odds
        Observations found to be exposed for each of those found not to be.
    precision, recall
        Of the tagger, shape (k,) or (1,).
    """
    overlooked = np.minimum(precision * odds * (1 - recall) / recall, 1.0)
    unexposed = risk / ratio
    difference = (risk - unexposed) / (precision - overlooked)
    base = unexposed - overlooked * difference
    with np.errstate(divide="ignore", invalid="ignore"):
        corrected = (base + difference) / base
    sound = (precision > overlooked) & (base > 0) & (base + difference > 0) & (base + difference <= 1)
    return np.where(sound, corrected, np.nan)


def corrected_ratio_interval(
    ratio: float,
    log_variance: float,
    risk: float,
    odds: float,
    score: TaggerScore,
    *,
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> tuple[float, Interval] | None:
    """Return the corrected ratio with an interval for chance, precision and recall together.

    None when the tagger is too poor for the ratio to be corrected in most of the draws.
    """
    rng = np.random.default_rng(seed)

    def share(value: float, n: int) -> Floats:
        return rng.beta(value * n + 0.5, (1 - value) * n + 0.5, draws)

    precision, recall = share(score.precision, score.n_found), share(score.recall, score.n_true)
    ratios = np.exp(rng.normal(math.log(ratio), math.sqrt(log_variance), draws))
    drawn = corrected_ratio(ratios, np.array([risk]), odds, precision, recall)
    point = corrected_ratio(
        np.array([ratio]), np.array([risk]), odds, np.array([score.precision]), np.array([score.recall])
    )[0]
    sound = drawn[np.isfinite(drawn)]
    if not math.isfinite(point) or len(sound) < 0.9 * draws:
        return None
    tail = (1 - level) / 2
    lower, upper = np.quantile(sound, [tail, 1 - tail])
    return float(point), Interval(float(lower), float(upper), level)
