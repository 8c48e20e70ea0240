"""The networks of the tagger of names: numbers for what stands at each character, layers, and heads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from voc.privacy.ner.characters import CHARACTERS, CLASSES, PAIRS, WORDS, Seen
from voc.privacy.ner.labels import labels_of
from voc.privacy.ner.layers import Layer, convolve, floats

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["SECOND", "Network"]

SECOND: Final = "second_"
"""Begins the names of the arrays of the second network of an artefact."""
_TABLES: Final = {"characters": CHARACTERS, "pairs": PAIRS, "words": WORDS, "classes": CLASSES}


class Network:
    """Tells the labels of characters after each reading.

    Parameters
    ----------
    arrays
        Tables of numbers for characters, pairs, words and classes as int8 with a scale each (or as floats),
        weights and biases of the layers and heads, and `meta`: a JSON text of the readings and gaps.
    prefix
        Begins the names of its arrays.

    Raises
    ------
    KeyError, ValueError, UnicodeDecodeError
        When the arrays are damaged.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], prefix: str = "") -> None:
        meta = json.loads(bytes(arrays[f"{prefix}meta"]).decode())
        self.tables = [floats(arrays, prefix + name)[: size + 1] for name, size in _TABLES.items()]
        self._layers = [
            Layer(floats(arrays, f"{prefix}weight{i}"), floats(arrays, f"{prefix}bias{i}"), gap)
            for i, gap in enumerate(meta["gaps"])
        ]
        out, bias = floats(arrays, f"{prefix}out_weight"), floats(arrays, f"{prefix}out_bias")
        self.readings: dict[str, tuple[str, ...]] = {
            name: tuple(kinds) for name, kinds in meta["readings"].items()
        }
        """What each reading tells apart."""
        self._heads: dict[str, tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]] = {}
        at = 0
        for name, kinds in self.readings.items():
            end = at + len(labels_of(kinds))
            self._heads[name] = (np.ascontiguousarray(out[:, at:end]), bias[at:end])
            at = end

    @property
    def widest(self) -> int:
        """Numbers that a layer reads at each character, at most."""
        return max(len(layer.weight) for layer in self._layers)

    def values(
        self, seen: Seen, at: npt.NDArray[np.int64], filled: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Numbers of the characters at some places: (pieces, length, inputs), zeros where none stands."""
        own, two, word, kind = self.tables
        values = np.concatenate(
            (
                own.take(seen.characters.take(at), axis=0),
                two.take(seen.pairs.take(at), axis=0),
                two.take(seen.pairs.take(at + 1), axis=0),
                word.take(seen.words.take(at), axis=0),
                kind.take(seen.classes.take(at), axis=0),
            ),
            axis=2,
        )
        values *= filled
        return values

    def logits(
        self,
        values: npt.NDArray[np.float32],
        filled: npt.NDArray[np.float32],
        reading: str,
        room: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.float32]:
        """(pieces, length, labels); those where nothing stands mean nothing.

        `filled` and `room` are those of `voc.privacy.ner.layers.convolve`.
        """
        weight, bias = self._heads[reading]
        logits: npt.NDArray[np.float32] = convolve(values, self._layers, filled, room) @ weight
        logits += bias
        return logits
