"""The tagger `names.conv.v3`: a convolutional network over characters, computed with numpy alone.

At each character it sees the character, its two pairs and its word (`characters`), then five layers with
gaps of 1, 1, 2, 4 and 8 look sixteen characters far (dilated convolution: Yu & Koltun 2016; for tagging:
Strubell et al. 2017, arXiv:1702.02098). One trunk serves several *readings*, one for each convention of what
a person or a place is: `voc` for tickets and reviews, and one for each data set that it learnt from. Trained
by `scripts/train_names.py`; model card: `docs/models/names.conv.v3.md`.
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
from voc.privacy.ner.layers import Layer, convolve, floats
from voc.privacy.ner.screen import Screen
from voc.privacy.ner.sieve import Sieve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

__all__ = ["NAME", "NameTagger", "artefact_path", "name_tagger"]

NAME: Final = "names.conv.v3"
_REACH: Final = 16
"""So many characters on each side decide the labels of one."""
_PIECE: Final = 512
"""Longer texts are read in pieces, which overlap by the reach."""
_HALF: Final = float(np.log(0.5))
"""Characters that likelier belong to nothing begin no span."""
_STEP: Final = 12
"""Lengths are rounded up to a multiple of this. More than the widest gap of a layer."""
_TOGETHER: Final = 512
"""Characters that are read at once: their numbers fit the cache of a core."""
_LOOKED_AT: Final = 1 << 16
"""Characters of a group of texts; a longer text is a group of its own."""
_SLACK: Final = 0.01
"""Added to a logarithm, so that no rounding leaves out what counts."""
_TABLES: Final = {"characters": CHARACTERS, "pairs": PAIRS, "words": WORDS, "classes": CLASSES}


class _Piece(NamedTuple):
    """A stretch of the texts of a group that is read by itself."""

    text: int
    """Place of its text in the group."""
    start: int
    end: int
    own: int
    """Where the part begins of which it tells the labels; what is around was read with it only."""
    size: int


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
            self.tables = [floats(arrays, name)[: size + 1] for name, size in _TABLES.items()]
            self._layers = [
                Layer(floats(arrays, f"weight{i}"), floats(arrays, f"bias{i}"), gap)
                for i, gap in enumerate(meta["gaps"])
            ]
            out, bias = floats(arrays, "out_weight"), floats(arrays, "out_bias")
            self.screen = Screen(arrays)
            self._sieve = Sieve(arrays) if "sieve_least" in arrays else None
        except (KeyError, ValueError, UnicodeDecodeError):
            raise InputError("model weights are damaged", where=NAME, hint="install voc again") from None
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
        kinds = self.readings[reading]
        return [
            tag for _, scores in self._scores([text], reading, _HALF + _SLACK) for tag in _tags(scores, kinds)
        ]

    def log_probabilities(self, texts: Sequence[str], reading: str = "voc") -> list[npt.NDArray[np.float32]]:
        """Log probabilities of the labels of each text after one reading: shape (characters, labels)."""
        told = dict(self._scores(texts, reading, float(np.log(np.finfo(np.float32).max))))
        none = np.zeros((0, len(labels_of(self.readings[reading]))), dtype=np.float32)
        return [told.get(place, none) for place in range(len(texts))]

    def likely_tags(self, texts: Sequence[str], least: float, reading: str = "voc") -> list[list[Tagged]]:
        """For each of many texts the tags of `tag` that are surer than `least` and longer than a character.

        Each text is read by itself, whatever stands beside it, to the last digit.
        """
        kinds = self.readings[reading]
        found: list[list[Tagged]] = [[] for _ in texts]
        for place, scores in self._scores(texts, reading, float(np.log(1 - least)) + _SLACK, pairs=True):
            found[place] = [
                tag for tag in _tags(scores, kinds) if tag.score >= least and tag.end - tag.start > 1
            ]
        return found

    def _scores(
        self, texts: Sequence[str], reading: str, most: float, *, pairs: bool = False
    ) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        """Log probabilities (characters, labels) of the texts that hold something, with their places.

        Parameters
        ----------
        most
            A character belongs to something where the first label, which stands for nothing, is less likely.
        pairs
            Leave out texts in which no two such characters stand beside each other.
        """
        for first, last in _groups([len(text) for text in texts]):
            parts: dict[int, dict[int, npt.NDArray[np.float32]]] = {}
            for piece, scores in self._read_group(texts[first:last], reading, most, pairs=pairs):
                if len(texts[first + piece.text]) > _PIECE:
                    parts.setdefault(first + piece.text, {})[piece.own] = scores
                else:
                    yield first + piece.text, scores
            for place, scores_of in parts.items():
                yield place, np.concatenate([scores_of[own] for own in sorted(scores_of)])

    def _read_group(
        self, texts: Sequence[str], reading: str, most: float, *, pairs: bool
    ) -> Iterator[tuple[_Piece, npt.NDArray[np.float32]]]:
        """Log probabilities of the own part of each piece of the texts that may hold something, in no order.

        Pieces of one length, rounded up, are read together. Each is a matrix of its own in a stack, so that
        the digits of the sums depend on its length alone. All pieces of a long text are told.
        """
        seen = look_at(EDGE.join((*texts, "")))
        by_length: dict[int, list[_Piece]] = {}
        for piece in _pieces(texts):
            by_length.setdefault(-(-(piece.end - piece.start) // _STEP) * _STEP, []).append(piece)
        widest = max(len(layer.weight) for layer in self._layers)
        room = np.empty(max(_TOGETHER, *by_length, 0) * widest, dtype=np.float32)
        for length, pieces in sorted(by_length.items()):
            count = max(1, _TOGETHER // length)
            for first in range(0, len(pieces), count):
                some = pieces[first : first + count]
                values, filled = self._values(seen, some, length)
                whole = np.array([len(texts[piece.text]) > _PIECE for piece in some])
                if pairs and self._sieve is not None and reading == "voc":
                    kept = np.flatnonzero(whole | self._sieve.keeps(values, filled, room))
                    some = [some[place] for place in kept.tolist()]
                    values, filled, whole = values[kept], filled[kept], whole[kept]
                logits = self._logits(values, filled, reading, room)
                chosen = np.flatnonzero(whole | _may_hold(logits, filled, most, pairs=pairs))
                for place, scores in zip(chosen.tolist(), _log_probabilities(logits[chosen]), strict=True):
                    piece = some[place]
                    at = piece.own - piece.start
                    yield piece, scores[at : at + piece.size]

    def _values(
        self, seen: Seen, pieces: Sequence[_Piece], length: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Numbers of the characters (pieces, length, inputs), and 1 where one stands inside its piece."""
        starts, ends = (
            np.array(ends, dtype=np.int64)[:, None]
            for ends in zip(*((piece.start, piece.end) for piece in pieces), strict=True)
        )
        at = starts + np.arange(length)
        filled = (at < ends).astype(np.float32)[:, :, None]
        at = np.minimum(at, len(seen.characters) - 1)
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
        return values, filled

    def _logits(
        self,
        values: npt.NDArray[np.float32],
        filled: npt.NDArray[np.float32],
        reading: str,
        room: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.float32]:
        """(pieces, length, labels); those where nothing stands mean nothing."""
        weight, bias = self._heads[reading]
        logits: npt.NDArray[np.float32] = convolve(values, self._layers, filled, room) @ weight
        logits += bias
        return logits


def _may_hold(
    logits: npt.NDArray[np.float32], filled: npt.NDArray[np.float32], most: float, *, pairs: bool
) -> npt.NDArray[np.bool_]:
    """Tell of each matrix of a stack whether a row of it, or two neighbours, are likely to be something."""
    with np.errstate(over="ignore"):
        odds = np.exp(logits - logits[:, :, :1]) @ np.ones(logits.shape[2], dtype=np.float32)
    likely = (odds > np.exp(-most)) & (filled[:, :, 0] > 0)
    told: npt.NDArray[np.bool_] = (likely[:, :-1] & likely[:, 1:] if pairs else likely).any(axis=1)
    return told


def _log_probabilities(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    logits -= logits.max(axis=2, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=2, keepdims=True))
    return logits


def _groups(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last place of texts that are looked at together."""
    first, size = 0, 0
    for place, length in enumerate(lengths):
        size += length
        if size > _LOOKED_AT or place == len(lengths) - 1:
            yield first, place + 1
            first, size = place + 1, 0


def _pieces(texts: Sequence[str]) -> Iterator[_Piece]:
    """Pieces of texts that lie one behind the other, one character apart."""
    begin = 0
    for place, text in enumerate(texts):
        for own in range(0, len(text), _PIECE):
            start, end = max(0, own - _REACH), min(len(text), own + _PIECE + _REACH)
            size = min(_PIECE, len(text) - own)
            yield _Piece(place, begin + start, begin + end, begin + own, size)
        begin += len(text) + 1


def _tags(scores: npt.NDArray[np.float32], kinds: tuple[str, ...]) -> list[Tagged]:
    """Spans of the labels of one text."""
    found: list[Tagged] = []
    rows = scores.tolist()
    for start, end in _runs([at for at, row in enumerate(rows) if row[0] < _HALF], len(rows)):
        run = rows[start:end]
        found += spans_of(best_path(run, kinds), run, kinds, start)
    return found


def _runs(places: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring places, each with one more character on both sides; close ones are one."""
    first = 0
    for place, at in enumerate(places):
        if place == len(places) - 1 or places[place + 1] - at > 3:
            yield max(0, places[first] - 1), min(length, at + 2)
            first = place + 1
