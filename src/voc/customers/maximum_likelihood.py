"""Maximum likelihood over positive parameters, with the covariance that intervals are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

__all__ = ["Fitted", "maximise"]

Floats = NDArray[np.float64]

_BOUND = 12.0
"""Logarithms of parameters stay within this distance of 0."""
_STEP = 1e-4
_WIDEST = 10.0
"""Standard error of a logarithm above which the data tell nothing of a parameter."""


class Fitted(NamedTuple):
    """Where the likelihood is highest."""

    place: Floats
    """Logarithms of the parameters."""
    value: float
    """The log-likelihood there."""
    converged: bool
    """Whether the search ended at a maximum inside the bounds, and the data tell every parameter there.

    Where the likelihood is flat a search ends somewhere, and where hangs on the last digits of a machine.
    """
    covariance: Floats
    """Of the logarithms: inverse of the observed information; NaN where it is singular."""


def maximise(likelihood: Callable[[Floats], tuple[float, Floats]], starts: Sequence[Floats]) -> Fitted:
    """Search from each start by L-BFGS-B in the logarithms of the parameters, and take the best.

    Parameters
    ----------
    likelihood
        From logarithms of the parameters to the log-likelihood and its gradient in them.
    starts
        Logarithms of starting values.
    """

    def loss(place: Floats) -> tuple[float, Floats]:
        value, gradient = likelihood(place)
        return -value, -gradient

    bounds = [(-_BOUND, _BOUND)] * len(starts[0])
    found = [
        minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-6},
        )
        for start in starts
    ]
    best = min(found, key=lambda result: float(result.fun))
    place = np.asarray(best.x, np.float64)
    inside = bool((np.abs(place) < _BOUND - 1e-6).all())
    covariance = _covariance(likelihood, place)
    told = bool((np.diagonal(covariance) < _WIDEST**2).all())  # not a number: not told
    return Fitted(place, -float(best.fun), bool(best.success) and inside and told, covariance)


def _covariance(likelihood: Callable[[Floats], tuple[float, Floats]], place: Floats) -> Floats:
    steps = np.eye(len(place)) * _STEP
    columns = [(likelihood(place + step)[1] - likelihood(place - step)[1]) / (2 * _STEP) for step in steps]
    information = -np.column_stack(columns)
    information = (information + information.T) / 2
    try:
        np.linalg.cholesky(information)
        inverse: Floats = np.linalg.inv(information).astype(np.float64)
        return inverse
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
