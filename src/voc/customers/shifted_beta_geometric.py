"""Shifted-beta-geometric: how long customers renew a contract.

At each renewal a customer leaves with a probability that is beta distributed over customers; those likely to
leave go first, so that retention rises with the age of a cohort without anybody changing.

References
----------
Fader, P. S. and Hardie, B. G. S. (2007), How to project customer retention, Journal of Interactive Marketing
21, 76-90.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, psi

from voc.customers.maximum_likelihood import maximise
from voc.errors import InputError

__all__ = ["ShiftedBetaGeometric", "expected_renewals", "fit_shifted_beta_geometric", "survival"]

Floats = NDArray[np.float64]


class ShiftedBetaGeometric(NamedTuple):
    """A fitted model."""

    alpha: float
    beta: float
    log_likelihood: float
    converged: bool
    covariance: Floats
    """Of the logarithms of (alpha, beta)."""

    @property
    def mean_churn(self) -> float:
        """Mean probability of leaving at the first renewal."""
        return self.alpha / (self.alpha + self.beta)


def fit_shifted_beta_geometric(remaining: Sequence[float]) -> ShiftedBetaGeometric:
    """Fit by maximum likelihood to one cohort.

    Parameters
    ----------
    remaining
        Customers at the start, after the first renewal, after the second and so on; never rising.

    Raises
    ------
    InputError
        When there are fewer than two renewals, the numbers rise, or nobody left.
    """
    kept = np.asarray(remaining, np.float64)
    if len(kept) < 3:
        raise InputError("two renewals or more are needed", where="contracts")
    lost = -np.diff(kept)
    if (lost < 0).any() or kept[-1] < 0:
        place = int(np.argmax(lost < 0)) + 1
        raise InputError(f"customers remaining rise at renewal {place}", where="contracts")
    if lost.sum() == 0:
        raise InputError("nobody left, so nothing tells a rate of leaving", where="contracts")
    t = np.arange(1, len(kept), dtype=np.float64)

    def likelihood(place: Floats) -> tuple[float, Floats]:
        a, b = np.exp(place)
        base = betaln(a, b)
        value = lost @ (betaln(a + 1, b + t - 1) - base) + kept[-1] * (betaln(a, b + t[-1]) - base)
        both = psi(a + b)
        leave, stay = psi(a + b + t), psi(a + b + t[-1])
        gradient = np.array(
            [
                a * (lost @ (psi(a + 1) - leave - psi(a) + both) + kept[-1] * (both - stay)),
                b
                * (
                    lost @ (psi(b + t - 1) - leave - psi(b) + both)
                    + kept[-1] * (psi(b + t[-1]) - stay - psi(b) + both)
                ),
            ]
        )
        return float(value), gradient

    fit = maximise(likelihood, [np.log([1.0, 1.0]), np.log([0.5, 4.0])])
    alpha, beta = np.exp(fit.place)
    return ShiftedBetaGeometric(float(alpha), float(beta), fit.value, fit.converged, fit.covariance)


def survival(model: ShiftedBetaGeometric, renewals: int) -> Floats:
    """Return the share that is still there after 0, 1, … `renewals` renewals (equation 6)."""
    t = np.arange(renewals + 1, dtype=np.float64)
    share: Floats = np.exp(betaln(model.alpha, model.beta + t) - betaln(model.alpha, model.beta))
    return share


def expected_renewals(
    model: ShiftedBetaGeometric, renewed: int, periods: int, discount: float = 0.0
) -> float:
    """Return the renewals to come within `periods` of a customer who has renewed `renewed` times.

    Parameters
    ----------
    discount
        Rate a period at which later renewals count less.
    """
    share = survival(model, renewed + periods)
    weights = (1.0 + discount) ** -np.arange(1, periods + 1, dtype=np.float64)
    return float((share[renewed + 1 :] / share[renewed]) @ weights)
