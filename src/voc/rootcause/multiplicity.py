"""Adjusting for many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["benjamini_hochberg", "benjamini_yekutieli"]


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return q-values: the false discovery rate at which each test would just be called.

    Parameters
    ----------
    p_values
        P-values of every test that was run, shape (m,). NaN where a test could not be run: it stays NaN and
        does not count.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995), Journal of the Royal Statistical Society B 57, 289–300.
    Yekutieli, D. and Benjamini, Y. (1999), Journal of Statistical Planning and Inference 82, 171–196, for the
    adjusted values.
    """
    return _adjusted(p_values, 1.0)


def benjamini_yekutieli(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return q-values that hold however the tests hang together; stricter than `benjamini_hochberg`.

    Parameters
    ----------
    p_values
        As for `benjamini_hochberg`, shape (m,).

    References
    ----------
    Benjamini, Y. and Yekutieli, D. (2001), Annals of Statistics 29, 1165–1188, theorem 1.3.
    """
    n_tests = int(np.count_nonzero(~np.isnan(p_values)))
    harmonic = float((1 / np.arange(1, n_tests + 1)).sum())
    return _adjusted(p_values, harmonic)


def _adjusted(p_values: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Step up from the largest p-value; NaN stay NaN."""
    q_values = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    if not len(tested):
        return q_values
    order = tested[np.argsort(-p_values[tested], kind="stable")]
    ranks = np.arange(len(order), 0, -1)
    stepped = np.minimum(p_values[order] * factor * len(order) / ranks, 1.0)
    q_values[order] = np.minimum.accumulate(stepped)
    return q_values
