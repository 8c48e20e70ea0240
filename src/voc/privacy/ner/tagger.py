"""The tagger `names.conv.v8`: convolutional networks over characters, computed with numpy alone.

A first network reads everything; where it sees something, a second one, wider and trained apart, reads the
same stretch, and their mean counts. So errors that only one of them makes cost little, and nearly no time.

At each character a network sees the character, its two pairs and its word (`characters`), then five layers
with gaps of 1, 1, 2, 4 and 8 look sixteen characters far (dilated convolution: Yu & Koltun 2016; for tagging:
Strubell et al. 2017, arXiv:1702.02098). One trunk serves several *readings*, one for each convention of what
a person or a place is: `voc` for tickets and reviews, and one for each data set that it learnt from. Trained
by `scripts/train_names.py`; model card: `docs/models/names.conv.v8.md`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from voc.errors import InputError
from voc.io.artefacts import read_artefact
from voc.privacy.ner.characters import EDGE, look_at
from voc.privacy.ner.labels import Tagged, best_path, labels_of, spans_of
from voc.privacy.ner.network import SECOND, Network
from voc.privacy.ner.screen import Screen
from voc.privacy.ner.sieve import Sieve
from voc.text.lexicons import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

__all__ = ["NAME", "NameTagger", "artefact_path", "name_tagger", "weights_digest"]

NAME: Final = "names.conv.v8"
_REACH: Final = 16
"""So many characters on each side decide the labels of one."""
_PIECE: Final = 512
"""Longer texts are read in pieces, which overlap by the reach."""
_HALF: Final = float(np.log(0.5))
"""Characters that likelier belong to nothing begin no span."""
_MAYBE: Final = 0.3
"""Where the first network sees something so likely, the second one is asked for many texts."""
_STEP: Final = 4
"""Lengths are rounded up to a multiple of this."""
_SHORTEST: Final = 12
"""Length of the shortest matrices: more than the widest gap of a layer."""
_TOGETHER: Final = 512
"""Characters that are read at once: their numbers fit the cache of a core."""
_LOOKED_AT: Final = 1 << 16
"""Characters of a group of texts; a longer text is a group of its own."""
_SLACK: Final = 0.01
"""Added to a logarithm, so that no rounding leaves out what counts."""


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
def weights_digest() -> str:
    """Hex digest of the weights."""
    return digest([artefact_path()])


@cache
def name_tagger() -> NameTagger:
    """Return the tagger that ships with voc; its weights are read on the first call."""
    return NameTagger(read_artefact(artefact_path()))


class NameTagger:
    """Tags people and places in texts.

    Parameters
    ----------
    arrays
        Those of one or two networks (`voc.privacy.ner.network`), of the screen and of the sieve.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        try:
            self._first = Network(arrays)
            self._second = Network(arrays, SECOND) if f"{SECOND}meta" in arrays else None
            self.screen = Screen(arrays)
            self._sieve = Sieve(arrays, self._first.tables) if "sieve_least" in arrays else None
        except (KeyError, ValueError, UnicodeDecodeError):
            raise InputError("model weights are damaged", where=NAME, hint="install voc again") from None
        self.readings = self._first.readings
        """What each reading tells apart."""
        self.tables = self._first.tables
        """Numbers of characters, pairs, words and classes, which the sieve reads too."""

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
        return [tag for _, scores in self._scores([text], reading, _MAYBE) for tag in _tags(scores, kinds)]

    def log_probabilities(self, texts: Sequence[str], reading: str = "voc") -> list[npt.NDArray[np.float32]]:
        """Log probabilities of the labels of each text after one reading: shape (characters, labels)."""
        told = dict(self._scores(texts, reading, 0.0))
        none = np.zeros((0, len(labels_of(self.readings[reading]))), dtype=np.float32)
        return [told.get(place, none) for place in range(len(texts))]

    def likely_tags(self, texts: Sequence[str], least: float, reading: str = "voc") -> list[list[Tagged]]:
        """For each of many texts the tags of `tag` that are surer than `least` and longer than a character.

        Each text is read by itself, whatever stands beside it, to the last digit.
        """
        kinds = self.readings[reading]
        found: list[list[Tagged]] = [[] for _ in texts]
        for place, scores in self._scores(texts, reading, min(least, _MAYBE), pairs=True):
            found[place] = [
                tag for tag in _tags(scores, kinds) if tag.score >= least and tag.end - tag.start > 1
            ]
        return found

    def _scores(
        self, texts: Sequence[str], reading: str, least: float, *, pairs: bool = False
    ) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        """Log probabilities (characters, labels) of the texts that hold something, with their places.

        Parameters
        ----------
        least
            A character may belong to something where that is at least so likely after the first network.
        pairs
            Leave out texts in which no two such characters stand beside each other.
        """
        most = float(np.log(1 - least)) + _SLACK
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
            length = max(_SHORTEST, -(-(piece.end - piece.start) // _STEP) * _STEP)
            by_length.setdefault(length, []).append(piece)
        widest = max(network.widest for network in (self._first, self._second) if network is not None)
        room = np.empty(max(_TOGETHER, *by_length, 0) * widest, dtype=np.float32)
        for length, pieces in sorted(by_length.items()):
            count = max(1, _TOGETHER // length)
            for first in range(0, len(pieces), count):
                some = pieces[first : first + count]
                at, filled = _places_of(some, length, len(seen.characters))
                whole = np.array([len(texts[piece.text]) > _PIECE for piece in some])
                if pairs and self._sieve is not None and reading == "voc":
                    kept = np.flatnonzero(whole | self._sieve.keeps(seen, at, filled, room))
                    some = [some[place] for place in kept.tolist()]
                    at, filled, whole = at[kept], filled[kept], whole[kept]
                if not some:
                    continue
                logits = self._first.logits(self._first.values(seen, at, filled), filled, reading, room)
                chosen = np.flatnonzero(whole | _may_hold(logits, filled, most, pairs=pairs))
                told = _log_probabilities(logits[chosen])
                if self._second is not None and len(chosen):
                    values = self._second.values(seen, at[chosen], filled[chosen])
                    told += _log_probabilities(self._second.logits(values, filled[chosen], reading, room))
                    told = _log_probabilities(told * np.float32(0.5))
                for place, scores in zip(chosen.tolist(), told, strict=True):
                    piece = some[place]
                    begin = piece.own - piece.start
                    yield piece, scores[begin : begin + piece.size]


def _places_of(
    pieces: Sequence[_Piece], length: int, size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Places of the characters (pieces, length), and 1 where one stands inside its piece, else 0."""
    starts, ends = (
        np.array(ends, dtype=np.int64)[:, None]
        for ends in zip(*((piece.start, piece.end) for piece in pieces), strict=True)
    )
    at = starts + np.arange(length)
    filled = (at < ends).astype(np.float32)[:, :, None]
    return np.minimum(at, size - 1), filled


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
