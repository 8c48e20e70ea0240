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
    from collections.abc import Sequence

    import numpy.typing as npt

    from voc.privacy.ner.characters import Seen

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
    tables
        Numbers of characters, pairs, words and classes, of which the inputs are made. What the first matrix
        makes of each is computed here once, so that a character costs five sums.
    """

    def __init__(
        self, arrays: dict[str, npt.NDArray[Any]], tables: Sequence[npt.NDArray[np.float32]]
    ) -> None:
        own, two, word, kind = tables
        widths = np.cumsum([table.shape[1] for table in (own, two, two, word)])
        parts = np.split(floats(arrays, "sieve_inner"), widths)
        self._tables = [table @ part for table, part in zip((own, two, two, word, kind), parts, strict=True)]
        self._tables[-1] += floats(arrays, "sieve_inner_bias")
        self._layers = [
            Layer(floats(arrays, f"sieve_weight{i}"), floats(arrays, f"sieve_bias{i}"), gap)
            for i, gap in enumerate(GAPS)
        ]
        self._out = floats(arrays, "sieve_out")
        self._least = float(arrays["sieve_least"])

    def keeps(
        self,
        seen: Seen,
        at: npt.NDArray[np.int64],
        filled: npt.NDArray[np.float32],
        room: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.bool_]:
        """Tell for each stretch of a stack, whose characters stand at `at`, whether to read it.

        `filled` and `room` are those of `voc.privacy.ner.layers.convolve`.
        """
        own, first, second, word, kind = self._tables
        inner = own.take(seen.characters.take(at), axis=0)
        inner += first.take(seen.pairs.take(at), axis=0)
        inner += second.take(seen.pairs.take(at + 1), axis=0)
        inner += word.take(seen.words.take(at), axis=0)
        inner += kind.take(seen.classes.take(at), axis=0)
        np.maximum(inner, 0, out=inner)
        inner *= filled
        sums = convolve(inner, self._layers, filled, room) @ self._out
        counts = (sums[:, :, 0] >= self._least) & (filled[:, :, 0] > 0)
        kept: npt.NDArray[np.bool_] = np.logical_or.reduce(counts, axis=1)
        return kept
