"""BG/NBD: how often customers buy, and whether they still do, from purchases without a contract.

While alive, a customer buys at a rate that is gamma distributed over customers, and after each purchase
leaves with a probability that is beta distributed over customers.

References
----------
Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), "Counting your customers" the easy way: an alternative
to the Pareto/NBD model, Marketing Science 24, 275-284. Equation numbers below are theirs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, psi, roots_jacobi

from voc.customers.maximum_likelihood import Fitted, maximise
from voc.errors import InputError

__all__ = ["BgNbd", "expected_orders", "fit_bg_nbd", "log_likelihood", "p_alive"]

Floats = NDArray[np.float64]
_MOST = 700.0
"""Logarithms beyond this overflow."""
_NODES = 64
"""Points of the quadrature over the probability of leaving."""


class BgNbd(NamedTuple):
    """A fitted BG/NBD model; times in the unit of the data."""

    r: float
    """Shape of the gamma distribution of purchase rates."""
    alpha: float
    """Its rate, in units of time."""
    a: float
    """First parameter of the beta distribution of the probability of leaving after a purchase."""
    b: float
    """Second parameter."""
    log_likelihood: float
    customers: int
    converged: bool
    covariance: Floats
    """Of the logarithms of (r, alpha, a, b): inverse of the observed information."""

    @property
    def parameters(self) -> tuple[float, float, float, float]:
        """r, alpha, a, b."""
        return (self.r, self.alpha, self.a, self.b)


def log_likelihood(
    parameters: tuple[float, float, float, float], frequency: Floats, recency: Floats, age: Floats
) -> float:
    """Return the log-likelihood of the data (equation 6).

    Parameters
    ----------
    parameters
        r, alpha, a, b; all above zero.
    frequency, recency, age
        x, t_x and T of each customer; times in one unit.
    """
    return float(_Likelihood(frequency, recency, age)(np.log(parameters))[0])


def fit_bg_nbd(frequency: Floats, recency: Floats, age: Floats) -> BgNbd:
    """Fit by maximum likelihood.

    Parameters
    ----------
    frequency
        Purchases after the first one, of each customer.
    recency
        Time from the first purchase to the last.
    age
        Time from the first purchase to the end of observation, not below `recency`.

    Raises
    ------
    InputError
        When no customer bought again: nothing tells a rate then.
    """
    if not (frequency > 0).any():
        raise InputError(
            "no customer bought a second time on another day",
            where="orders",
            hint="lifetime value needs repeat purchases; give a longer time of orders",
        )
    likelihood = _Likelihood(frequency, recency, age)
    scale = float(age.mean()) or 1.0
    starts = [np.log([0.5, 0.5 * scale, 0.8, 2.0]), np.log([1.0, scale, 0.3, 6.0])]
    fit: Fitted = maximise(likelihood, starts)
    r, alpha, a, b = np.exp(fit.place)
    return BgNbd(
        float(r), float(alpha), float(a), float(b), fit.value, len(frequency), fit.converged, fit.covariance
    )


def p_alive(model: BgNbd, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Return the probability that each customer still buys; 1 where there was no second purchase.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2008), Computing P(alive) using the BG/NBD model, eq. 4.
    """
    return 1.0 / (1.0 + _odds_of_leaving(model, frequency, recency, age))


def expected_orders(model: BgNbd, horizon: float, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Return the purchases that each customer is expected to make in the next `horizon` (equation 10).

    The closed form has a Gauss hypergeometric function that loses digits where `a` is near 1 or purchases are
    many. Given that the customer is alive, the rate is Gamma(r + x, alpha + T) and the probability of leaving
    Beta(a, b + x), so that the expectation is that of (1 - (1 + p s) ** -(r + x)) / p with
    s = horizon / (alpha + T); it is taken by Gauss-Jacobi quadrature over p, the same for all parameters.
    """
    alive = 1.0 / (1.0 + _odds_of_leaving(model, frequency, recency, age))
    ratio = horizon / (model.alpha + age)
    expected = np.empty_like(ratio)
    for x in np.unique(frequency):
        rows = frequency == x
        nodes, weights = _beta_quadrature(model.a, model.b + float(x))
        growth = np.log1p(nodes[:, None] * ratio[None, rows])
        expected[rows] = (weights / nodes) @ -np.expm1(-(model.r + x) * growth)
    return alive * expected


def _beta_quadrature(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes and weights of an expectation over Beta(a, b)."""
    with np.errstate(all="ignore"):
        places, weights = roots_jacobi(_NODES, b - 1.0, a - 1.0)
        nodes, weights = (1.0 + places) / 2.0, weights / weights.sum()
    if not (np.isfinite(nodes).all() and np.isfinite(weights).all() and (nodes > 0).all()):
        # parameters so extreme that the distribution is a point
        return np.array([a / (a + b)]), np.ones(1)
    return nodes, weights


def _odds_of_leaving(model: BgNbd, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    repeat = frequency > 0
    x = np.where(repeat, frequency, 1.0)
    ratio = np.log(model.alpha + age) - np.log(model.alpha + recency)
    safe = np.maximum(model.b + x - 1.0, 1e-12)
    logged = np.log(model.a) - np.log(safe) + (model.r + x) * ratio
    odds = np.exp(np.clip(logged, -_MOST, _MOST))
    return np.where(repeat, odds, 0.0)


class _Likelihood:
    """Log-likelihood and its gradient in the logarithms of the parameters, over distinct customers."""

    def __init__(self, frequency: Floats, recency: Floats, age: Floats) -> None:
        rows = np.column_stack([frequency, recency, age])
        distinct, count = np.unique(rows, axis=0, return_counts=True)
        self._x, self._recency, self._age = distinct.T
        self._count = count.astype(np.float64)
        # gamma functions are costly and hang on x alone, which has few values
        self._values, self._place = np.unique(self._x, return_inverse=True)
        self._repeat = self._x > 0

    def __call__(self, place: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(place)
        x, n, of_x = self._x, self._count, self._values
        age, recency = np.log(alpha + self._age), np.log(alpha + self._recency)
        by_x = (gammaln(r + of_x) - gammaln(r)) + r * np.log(alpha)
        by_x += gammaln(b + of_x) - gammaln(a + b + of_x) + gammaln(a + b) - gammaln(b)
        safe = np.where(self._repeat, np.maximum(b + x - 1.0, 1e-12), 1.0)
        with np.errstate(over="ignore"):
            left = np.where(self._repeat, np.log(a) - np.log(safe) + (r + x) * (age - recency), -np.inf)
        total = by_x[self._place] - (r + x) * age + np.logaddexp(0.0, left)
        weight = np.where(self._repeat, 1.0 / (1.0 + np.exp(-np.clip(left, -_MOST, _MOST))), 0.0)
        grow = (psi(r + of_x) - psi(r))[self._place]
        lose = (psi(a + b) - psi(a + b + of_x))[self._place]
        stay = (psi(b + of_x) - psi(b))[self._place]
        near, far = 1.0 / (alpha + self._recency), 1.0 / (alpha + self._age)
        gradient = np.array(
            [
                r * (n @ (grow + np.log(alpha) - age + weight * (age - recency))),
                alpha * (n @ (r / alpha - (r + x) * far + weight * (r + x) * (far - near))),
                a * (n @ (lose + weight / a)),
                b * (n @ (stay + lose - weight / safe)),
            ]
        )
        return float(n @ total), gradient
