"""A linear model on what the encoder holds of a whole text: the part of a custom model that words lack.

The encoder has learnt from a hundred thousand texts which of them say the same in other words. What its
networks hold of a text, beside the greatest margin of every tag of its taxonomy, is scaled to mean 0 and
deviation 1, and a logistic regression reads it: one over all labels where a text has exactly one, else one a
label.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.tagging.models.encoder import load_encoder
from voc.tagging.reader import Reading

__all__ = ["SHARE", "VectorModel", "fit_vectors", "vectors_of"]

SHARE: Final = 0.5
"""Weight of these log-odds beside the margins of words; chosen on the training part of heimao_finance."""
_COST: Final = 0.003
_ITERATIONS: Final = 300

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class VectorModel:
    """A trained model."""

    scale: Floats
    """Mean and deviation of each number of a text: shape (2, numbers)."""
    weights: npt.NDArray[np.float16]
    """(numbers, labels)"""
    bias: Floats

    def margins(self, vectors: Floats) -> Floats:
        """Log-odds of each label: shape (texts, labels)."""
        told: Floats = ((vectors - self.scale[0]) / self.scale[1]) @ self.weights.astype(np.float32)
        told += self.bias
        return told


def vectors_of(reading: Reading) -> Floats:
    """What the encoder holds of each text of a batch: shape (texts, numbers).

    Raises
    ------
    MissingExtraError
        When ONNX Runtime is not installed.
    """
    return load_encoder().describe(reading)


def fit_vectors(vectors: Floats, truth: Flags, lift: Floats, *, several: bool) -> VectorModel:
    """Train on texts.

    Parameters
    ----------
    vectors
        As `vectors_of` gives them.
    truth
        Which text has which label: shape (texts, labels).
    lift
        Weight of the examples of each label.
    several
        Whether a text may have any number of labels.
    """
    scale = np.stack([vectors.mean(0), vectors.std(0) + np.float32(1e-6)])
    scaled = (vectors - scale[0]) / scale[1]
    fit = _one_a_label if several else _over_all
    weights, bias = fit(scaled, truth, lift)
    return VectorModel(scale, weights.astype(np.float16), bias)


def _one_a_label(scaled: Floats, truth: Flags, lift: Floats) -> tuple[Floats, Floats]:
    weights = np.zeros((scaled.shape[1], truth.shape[1]), dtype=np.float32)
    bias = np.full(truth.shape[1], -1.0, dtype=np.float32)
    for at in range(truth.shape[1]):
        if 0 < truth[:, at].sum() < len(truth):
            coefficients, intercept = _logistic(scaled, truth[:, at], {False: 1.0, True: float(lift[at])})
            weights[:, at], bias[at] = coefficients[0], intercept[0]
    return weights, bias


def _over_all(scaled: Floats, truth: Flags, lift: Floats) -> tuple[Floats, Floats]:
    """Log-odds of a label against the mean of all."""
    label = truth.argmax(1)
    present = np.unique(label)
    coefficients, intercept = _logistic(scaled, label, {int(at): float(lift[at]) for at in present})
    if len(present) == 2:  # of the second against the first
        half = np.float32(0.5)
        coefficients = np.concatenate([-half * coefficients, half * coefficients])
        intercept = np.concatenate([-half * intercept, half * intercept])
    weights = np.zeros((scaled.shape[1], truth.shape[1]), dtype=np.float32)
    bias = np.full(truth.shape[1], float(intercept.min()), dtype=np.float32)
    weights[:, present], bias[present] = coefficients.T, intercept
    weights[:, present] -= weights[:, present].mean(1, keepdims=True)
    bias -= bias[present].mean()
    return weights, bias


def _logistic(
    scaled: Floats, truth: npt.NDArray[np.generic], weights: dict[bool, float] | dict[int, float]
) -> tuple[Floats, Floats]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():  # it is near enough after so many steps
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=_COST, max_iter=_ITERATIONS, class_weight=weights).fit(scaled, truth)
    return fitted.coef_.astype(np.float32), fitted.intercept_.astype(np.float32)
