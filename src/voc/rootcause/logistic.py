"""Logistic regression on a table of counts whose rows are cells of categorical factors.

With f factors a row has f ones among the columns of the design, so nothing of it is ever written down: a
linear predictor is f look-ups, the Hessian is made of the two-way tables of the weights. Newton's method
(iteratively reweighted least squares; McCullagh and Nelder 1989, section 2.5) with a ridge on every level,
the intercept left free, so that levels that nobody has, and levels in which all or none have the event, stay
finite (le Cessie and van Houwelingen 1992).

Many fits here differ by a few observations only. A fit may therefore start from an earlier one and keep its
curvature, which is the costly part, for as long as steps shrink fast enough (the chord method; Kelley 1995,
section 5.4); the solution is the same.

References
----------
Kelley, C. T. (1995), Iterative Methods for Linear and Nonlinear Equations.
le Cessie, S. and van Houwelingen, J. C. (1992), Applied Statistics 41, 191–201.
McCullagh, P. and Nelder, J. A. (1989), Generalized Linear Models, 2nd ed.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Factors", "Fit", "fit_logistic", "probabilities"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MAX_STEPS = 100
_STEEPEST = 30.0
"""Bound of the linear predictor; beyond it a probability is 0 or 1 to machine precision."""
_FAST_ENOUGH = 0.5
"""A step longer than this share of the one before asks for a new curvature."""
_LONGEST_STEP = 3.0
"""A coefficient moves by no more at once, so that a far start does not overshoot."""


class Fit(NamedTuple):
    """A fitted model."""

    beta: Floats
    """Coefficients, shape (columns,), the intercept first."""
    inverse: Floats
    """Inverse of the curvature (of the penalised negative log-likelihood) near the solution."""


class Factors:
    """A design of categorical factors: an intercept, and a column for each level of each factor."""

    def __init__(self, codes: Ints) -> None:
        """Take the level of each factor in each row, shape (rows, factors), each 0 or more."""
        sizes = codes.max(axis=0, initial=0) + 1
        starts = np.concatenate([[1], 1 + np.cumsum(sizes)])
        self.n_columns = int(starts[-1])
        self.n_rows = len(codes)
        self._levels = [np.ascontiguousarray(column) for column in codes.T]
        self._blocks = [slice(int(starts[j]), int(starts[j + 1])) for j in range(codes.shape[1])]
        self._pairs = [
            (i, j, codes[:, i] * sizes[j] + codes[:, j]) for i, j in combinations(range(codes.shape[1]), 2)
        ]

    def predictor(self, beta: Floats) -> Floats:
        """Return the linear predictor of each row for coefficients of shape (columns,), within bounds."""
        eta = np.full(self.n_rows, beta[0])
        for levels, block in zip(self._levels, self._blocks, strict=True):
            eta += beta[block][levels]
        return np.clip(eta, -_STEEPEST, _STEEPEST, out=eta)

    def transposed(self, values: Floats) -> Floats:
        """Add up `values`, shape (rows,), by column: X' v."""
        total = np.empty(self.n_columns)
        total[0] = values.sum()
        for levels, block in zip(self._levels, self._blocks, strict=True):
            total[block] = np.bincount(levels, values, block.stop - block.start)
        return total

    def gram(self, weights: Floats) -> Floats:
        """Return X' W X for weights of shape (rows,)."""
        once = self.transposed(weights)
        gram = np.diag(once)
        gram[0], gram[:, 0] = once, once
        for i, j, pair in self._pairs:
            rows, columns = self._blocks[i], self._blocks[j]
            shape = (rows.stop - rows.start, columns.stop - columns.start)
            gram[rows, columns] = np.bincount(pair, weights, shape[0] * shape[1]).reshape(shape)
            gram[columns, rows] = gram[rows, columns].T
        return gram


def probabilities(factors: Factors, beta: Floats) -> Floats:
    """Return the probability of the event in each row."""
    return 1.0 / (1.0 + np.exp(-factors.predictor(beta)))


def fit_logistic(
    factors: Factors,
    trials: Floats,
    events: Floats,
    *,
    ridge: float = 1.0,
    start: Fit | None = None,
    tolerance: float = 1e-4,
) -> Fit:
    """Fit by penalised maximum likelihood.

    Parameters
    ----------
    factors
        The design.
    trials, events
        Counts of each row, shape (rows,); rows without trials count for nothing.
    ridge
        Half of it times the square of each coefficient but the intercept is taken off the log-likelihood.
    start
        A fit to much the same counts, to start from.
    tolerance
        Largest last step of a coefficient.
    """
    penalty = np.full(factors.n_columns, ridge)
    penalty[0] = 1e-9
    beta, inverse = start if start is not None else (_intercept_only(factors, trials, events), None)
    last = np.inf
    for _ in range(_MAX_STEPS):
        fitted = probabilities(factors, beta)
        score = factors.transposed(events - trials * fitted) - penalty * beta
        if inverse is None:
            inverse = _inverse(factors, trials * fitted * (1 - fitted), penalty)
        step = inverse @ score
        length = float(np.abs(step).max())
        beta = beta + step * min(1.0, _LONGEST_STEP / max(length, 1e-300))
        if length < tolerance:
            break
        if length > _FAST_ENOUGH * last or length > 1:
            inverse = None
        last = length
    if inverse is None:
        inverse = _inverse(factors, trials * fitted * (1 - fitted), penalty)
    return Fit(beta, inverse)


def _intercept_only(factors: Factors, trials: Floats, events: Floats) -> Floats:
    total, happened = float(trials.sum()), float(events.sum())
    beta = np.zeros(factors.n_columns)
    beta[0] = np.log((happened + 0.5) / (total - happened + 0.5))
    return beta


def _inverse(factors: Factors, weights: Floats, penalty: Floats) -> Floats:
    return np.linalg.inv(factors.gram(weights) + np.diag(penalty)).astype(np.float64)
