"""The tagger `names.conv.v1`: a convolutional network over characters, computed with numpy alone.

At each character it sees the character, its two pairs and its word (`characters`), then three layers with
gaps of 1, 2 and 4 look eight characters far (dilated convolution: Yu & Koltun 2016; for tagging: Strubell et
al. 2017, arXiv:1702.02098). One trunk serves several *readings*, one for each convention of what a person or
a place is: `voc` for tickets and reviews, and one for each data set that it learnt from. Trained by
`scripts/train_names.py`; model card: `docs/models/names.md`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from voc.errors import InputError
from voc.io.artefacts import read_artefact
from voc.privacy.ner.characters import CHARACTERS, CLASSES, EDGE, PAIRS, WORDS, Seen, look_at
from voc.privacy.ner.labels import Tagged, best_path, labels_of, spans_of
from voc.privacy.ner.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["NAME", "NameTagger", "artefact_path", "name_tagger"]

NAME: Final = "names.conv.v1"
_REACH: Final = 8
"""So many characters on each side decide the labels of one."""
_PIECE: Final = 512
"""Longer texts are read in pieces, which overlap by the reach."""
_HALF: Final = float(np.log(0.5))
"""Characters that likelier belong to nothing begin no span."""
_TOGETHER: Final = 1024
"""Characters of short texts that are read at once."""
_TABLES: Final = {"characters": CHARACTERS, "pairs": PAIRS, "words": WORDS, "classes": CLASSES}


class _Layer(NamedTuple):
    weight: npt.NDArray[np.float32]
    """(3 × inputs, outputs)"""
    bias: npt.NDArray[np.float32]
    gap: int


def artefact_path() -> Path:
    """Path of the weights."""
    return Path(__file__).resolve().parent / "artefacts" / f"{NAME}.npz"


@cache
def name_tagger() -> NameTagger:
    """Return the tagger that ships with voc; its weights are read on the first call."""
    return NameTagger(read_artefact(artefact_path()))


class NameTagger:
    """Tags people and places in texts.

    Parameters
    ----------
    arrays
        Tables of numbers for characters, pairs, words and classes as int8 with a scale each (or as floats),
        weights and biases of the layers, and `meta`: a JSON text of the readings and gaps.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        try:
            meta = json.loads(bytes(arrays["meta"]).decode())
            self._tables = [_floats(arrays, name)[: size + 1] for name, size in _TABLES.items()]
            self._layers = [
                _Layer(_floats(arrays, f"weight{i}"), _floats(arrays, f"bias{i}"), gap)
                for i, gap in enumerate(meta["gaps"])
            ]
            out, bias = _floats(arrays, "out_weight"), _floats(arrays, "out_bias")
            self.screen = Screen(arrays)
        except (KeyError, ValueError, UnicodeDecodeError):
            raise InputError("model weights are damaged", where=NAME, hint="install voc again") from None
        self._gaps = tuple(layer.gap for layer in self._layers)
        self._wide = len(self._layers[0].weight) // 3
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

    def tag(self, text: str, reading: str = "voc") -> list[Tagged]:
        """Return what a text holds after one reading, in order; the spans do not overlap.

        Parameters
        ----------
        text
            Any string; offsets are its code points.
        reading
            One of `readings`.
        """
        if not text:
            return []
        kinds = self.readings[reading]
        found: list[Tagged] = []
        scores = self._scores(text, reading)
        for start, end in _runs(np.flatnonzero(scores[:, 0] < _HALF), len(text)):
            rows = scores[start:end].tolist()
            found += spans_of(best_path(rows, kinds), rows, kinds, start)
        return found

    def may_hold(self, texts: Sequence[str], least: float, reading: str = "voc") -> npt.NDArray[np.bool_]:
        """Tell for each of many short texts at once whether `tag` may find a span of two characters and more.

        Parameters
        ----------
        least
            Score of the spans that count. A little less is enough here, as sums differ in their last digits.
        """
        flags = np.zeros(len(texts), dtype=np.bool_)
        first, size = 0, 0
        for place, text in enumerate(texts):
            size += len(text) + max(self._gaps)
            if size > _TOGETHER or place == len(texts) - 1:
                flags[first : place + 1] = self._together(texts[first : place + 1], least - 0.02, reading)
                first, size = place + 1, 0
        return flags

    def _together(self, texts: Sequence[str], least: float, reading: str) -> npt.NDArray[np.bool_]:
        """Lay texts one behind the other, so far apart that none decides over another."""
        between = EDGE * max(self._gaps)
        starts = np.cumsum([0, *(len(text) + len(between) for text in texts)])
        values = self._seen(look_at(between.join((*texts, ""))))
        ends = starts[1:] - len(between)
        steps = np.zeros(len(values) + 1, dtype=np.float32)
        np.add.at(steps, starts[:-1], 1)
        np.subtract.at(steps, ends, 1)
        filled = np.cumsum(steps)[:-1, None]
        values *= filled
        scores = self._read(values, reading, filled)
        inside = (scores[:, 0] < np.log(1 - least)) & (filled[:, 0] > 0)
        likely = np.flatnonzero(inside[:-1] & inside[1:])
        flags = np.zeros(len(texts), dtype=np.bool_)
        flags[np.searchsorted(starts, likely, side="right") - 1] = True
        return flags

    def _scores(self, text: str, reading: str) -> npt.NDArray[np.float32]:
        """Log probability of each label at each character."""
        values = self._seen(look_at(text))
        if len(values) <= _PIECE:
            return self._read(values, reading)
        parts = []
        for start in range(0, len(values), _PIECE):
            first = max(0, start - _REACH)
            part = self._read(values[first : start + _PIECE + _REACH], reading)
            parts.append(part[start - first : start - first + _PIECE])
        return np.concatenate(parts)

    def _seen(self, seen: Seen) -> npt.NDArray[np.float32]:
        own, two, word, kind = self._tables
        both = two[seen.pairs]
        parts = (own[seen.characters], both[:-1], both[1:], word[seen.words], kind[seen.classes])
        return np.concatenate(parts, axis=1)

    def _read(
        self, values: npt.NDArray[np.float32], reading: str, filled: npt.NDArray[np.float32] | None = None
    ) -> npt.NDArray[np.float32]:
        """Log probabilities; where `filled` is 0 nothing stands."""
        for place, layer in enumerate(self._layers):
            new = np.maximum(_convolve(values, layer), 0)
            if filled is not None:
                new *= filled
            values = new if place == 0 else values + new
        weight, bias = self._heads[reading]
        logits = values @ weight + bias
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logits


def _convolve(values: npt.NDArray[np.float32], layer: _Layer) -> npt.NDArray[np.float32]:
    """One-dimensional convolution of width 3, zeros beyond both ends."""
    gap, length, wide = layer.gap, *values.shape
    beside = np.zeros((length, 3 * wide), dtype=np.float32)
    beside[gap:, :wide] = values[:-gap]
    beside[:, wide : 2 * wide] = values
    beside[:-gap, 2 * wide :] = values[gap:]
    beside = beside @ layer.weight
    beside += layer.bias
    return beside


def _floats(arrays: dict[str, npt.NDArray[Any]], name: str) -> npt.NDArray[np.float32]:
    values = arrays[name].astype(np.float32)
    scale = arrays.get(f"{name}_scale")
    return values if scale is None else values * scale.astype(np.float32)


def _runs(places: npt.NDArray[np.int64], length: int) -> list[tuple[int, int]]:
    """Runs of neighbouring places, each with one more character on both sides; close ones are one."""
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(places) > 3)
    firsts = places[np.concatenate(([0], cuts + 1))]
    lasts = places[np.concatenate((cuts, [len(places) - 1]))]
    return [(max(0, a - 1), min(length, b + 2)) for a, b in zip(firsts.tolist(), lasts.tolist(), strict=True)]
