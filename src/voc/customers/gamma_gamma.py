"""Gamma-Gamma: what a purchase of a customer is worth, drawn towards the mean where purchases are few.

References
----------
Fader, P. S. and Hardie, B. G. S. (2013), The Gamma-Gamma model of monetary value, note 25 of brucehardie.com.
Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), RFM and CLV: using iso-value curves for customer base
analysis, Journal of Marketing Research 42, 415-430.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, psi

from voc.customers.maximum_likelihood import maximise
from voc.errors import InputError

__all__ = ["GammaGamma", "expected_value", "fit_gamma_gamma"]

Floats = NDArray[np.float64]


class GammaGamma(NamedTuple):
    """A fitted Gamma-Gamma model."""

    p: float
    """Shape of the gamma distribution of a customer's purchases."""
    q: float
    """Shape of the gamma distribution of its rate over customers."""
    gamma: float
    """Rate of that, in units of money."""
    log_likelihood: float
    customers: int
    """Customers with a second purchase."""
    converged: bool
    covariance: Floats
    """Of the logarithms of (p, q, gamma)."""

    @property
    def mean(self) -> float:
        """Expected value of a purchase of an unknown customer; infinite for q of 1 or less."""
        return self.p * self.gamma / (self.q - 1.0) if self.q > 1.0 else float("inf")


def fit_gamma_gamma(frequency: Floats, mean_value: Floats) -> GammaGamma:
    """Fit by maximum likelihood to the customers with a second purchase.

    Parameters
    ----------
    frequency
        Purchases after the first one.
    mean_value
        Their mean amount.

    Raises
    ------
    InputError
        When fewer than two customers have a second purchase above zero.
    """
    rows = (frequency > 0) & (mean_value > 0)
    if rows.sum() < 2:
        raise InputError(
            "fewer than two customers bought a second time for more than nothing",
            where="orders",
            hint="give a longer time of orders",
        )
    x, mean = frequency[rows], mean_value[rows]
    log_mean, log_x = np.log(mean), np.log(x)

    def likelihood(place: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(place)
        total = gamma + mean * x
        log_total = np.log(total)
        value = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
        value += (p * x - 1.0) * log_mean + p * x * log_x - (p * x + q) * log_total
        both, own = psi(p * x + q), psi(p * x)
        gradient = np.array(
            [
                p * np.sum(x * (both - own + log_mean + log_x - log_total)),
                q * np.sum(both - psi(q) + np.log(gamma) - log_total),
                gamma * np.sum(q / gamma - (p * x + q) / total),
            ]
        )
        return float(value.sum()), gradient

    scale = float(np.average(mean, weights=x))
    fit = maximise(likelihood, [np.log([2.0, 3.0, scale]), np.log([6.0, 4.0, 0.5 * scale])])
    p, q, gamma = np.exp(fit.place)
    return GammaGamma(
        float(p), float(q), float(gamma), fit.value, int(rows.sum()), fit.converged, fit.covariance
    )


def expected_value(model: GammaGamma, frequency: Floats, mean_value: Floats) -> Floats:
    """Return the expected value of a further purchase of each customer (equation 5 of the note).

    Without a second purchase this is the mean over customers. Where that is infinite (q of 1 or less), such
    customers are given the expectation of one purchase at the model's median instead of infinity.
    """
    p, q, gamma = model.p, model.q, model.gamma
    known = (frequency > 0) & (mean_value > 0)
    x, mean = np.where(known, frequency, 0.0), np.where(known, mean_value, 0.0)
    denominator = p * x + q - 1.0
    fallback = (gamma + p * gamma / q) * p / (p + q - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = p * (gamma + x * mean) / denominator
    return cast("Floats", np.where(denominator > 0, value, fallback))
