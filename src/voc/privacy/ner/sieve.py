"""A small network that tells which stretches of text the large one need not read.

It learnt from what the large one finds (`scripts/train_sieve.py`), sees the same numbers of each character,
and has a seventeenth of its work. Its bar is so low that it keeps all that the large one finds in texts
that neither has seen, and a fifth of the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from voc.privacy.ner.layers import Layer, convolve, floats

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["GAPS", "Sieve"]

GAPS: Final = (1, 2, 4)
"""Of its layers, which read what the numbers of a character are first summed into."""


class Sieve:
    """Keeps the stretches in which the large network may find something.

    Parameters
    ----------
    arrays
        `sieve_inner` (inputs, width), `sieve_inner_bias`, `sieve_weight0`, `sieve_bias0` and so on of the
        layers, `sieve_out` (width, 1), and `sieve_least`: the sum from which a character counts.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self._inner, self._bias = floats(arrays, "sieve_inner"), floats(arrays, "sieve_inner_bias")
        self._layers = [
            Layer(floats(arrays, f"sieve_weight{i}"), floats(arrays, f"sieve_bias{i}"), gap)
            for i, gap in enumerate(GAPS)
        ]
        self._out = floats(arrays, "sieve_out")
        self._least = float(arrays["sieve_least"])

    def keeps(
        self,
        values: npt.NDArray[np.float32],
        filled: npt.NDArray[np.float32],
        room: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.bool_]:
        """Tell for each matrix (matrices, length, inputs) of a stack whether to read it.

        `filled` and `room` are those of `voc.privacy.ner.layers.convolve`.
        """
        inner = values @ self._inner
        inner += self._bias
        np.maximum(inner, 0, out=inner)
        inner *= filled
        sums = convolve(inner, self._layers, filled, room) @ self._out
        counts = (sums[:, :, 0] >= self._least) & (filled[:, :, 0] > 0)
        kept: npt.NDArray[np.bool_] = np.logical_or.reduce(counts, axis=1)
        return kept
