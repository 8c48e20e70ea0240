"""Tells where a name may begin, for whole batches at once, so that the network reads a sixth of all reviews.

A pair of characters opens when it is a good deal likelier to begin a name than to stand in a review: for
most pairs that depends on the second character alone, for others it is kept. Of pairs in between the third
character decides. Names without a family name open where a text, a line, a clause or the object of a verb
begins (晚晴说, 给晓云) with a pair that reviews do not know. `scripts/names/openings.py` counts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

__all__ = ["CLOSED", "DOES", "NAME_FOLLOWS", "OPEN", "THIRD", "Screen", "code_points"]

CLOSED: Final = 0
THIRD: Final = 1
"""Opens where the third character is usual in given names."""
OPEN: Final = 2
NAME_FOLLOWS: Final = '，。！？、；：,!?;: ~（(“"—\t|/+＋把被让给跟帮陪找替叫喊问托和说是的了'
"""Marks, verbs and particles behind which a name may begin that has no family name."""
DOES: Final = "说问让叫帮替"
"""What somebody does whose name opens a text or a line, be it a word as well: 时光说, 温馨让."""
_PLANE: Final = 1 << 16
_OUTSIDE: Final = np.uint16(0)
"""Stands for whatever is no character of the basic plane."""
_EDGE: Final = 1
"""Parts texts (`voc.privacy.ner.characters.EDGE`)."""
_LINE_END: Final = 10
_HAN: Final = (0x4E00, 0x9FFF)
_FAMILY: Final = 1
_COMPOUND: Final = 2


class Screen:
    """Finds the places where a name may begin.

    Parameters
    ----------
    arrays
        `screen_first`: code points of family names; `screen_second`: for each code point of the basic plane
        CLOSED, THIRD or OPEN; `screen_third`: code points that are usual as third characters; `screen_pairs`
        and `screen_pair_kinds`: pairs, as first * 65536 + second in order, that differ; `screen_compounds`:
        family names of two characters, likewise; `screen_usual`: pairs that several reviews know, likewise;
        `screen_met`: those that any review knows.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        first = arrays["screen_first"].astype(np.int64)
        compounds = arrays["screen_compounds"].astype(np.int64)
        self._compounds = _Pairs(compounds)
        self._begins = np.zeros(_PLANE, dtype=np.uint8)
        self._begins[first] |= _FAMILY
        self._begins[compounds // _PLANE] |= _COMPOUND
        self._third = _flags(arrays["screen_third"])
        self._usual = _Pairs(arrays["screen_usual"].astype(np.int64))
        self._met = _Pairs(arrays["screen_met"].astype(np.int64))
        self._does = _flags(np.array(list(map(ord, DOES))))
        self._follows = _flags(np.array(list(map(ord, NAME_FOLLOWS))))
        self._row, self._column, self._kinds = _table(
            first, arrays["screen_second"], arrays["screen_pairs"], arrays["screen_pair_kinds"]
        )

    def places(self, codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
        """Offsets at which a name may begin, in order.

        Parameters
        ----------
        codes
            Code points of the text, as `code_points` gives them.
        """
        may_begin = self._begins.take(codes)
        second = np.append(codes[1:], _OUTSIDE)
        at = np.flatnonzero(may_begin & _FAMILY)
        kinds = self._kinds.take(self._row.take(codes[at]) + self._column.take(second[at]))
        at, kinds = at[kinds != CLOSED], kinds[kinds != CLOSED]
        third = np.append(codes[2:], (_OUTSIDE, _OUTSIDE))[at]
        opened: npt.NDArray[np.int64] = at[(kinds == OPEN) | self._third[third]]
        rare = np.flatnonzero(may_begin & _COMPOUND)
        compound = rare[self._compounds.holds(codes[rare], second[rare])]
        others = np.concatenate((compound, *self._unusual(codes)))
        return np.union1d(opened, others) if len(others) else opened

    def _unusual(self, codes: npt.NDArray[np.uint16]) -> Iterator[npt.NDArray[np.int64]]:
        """Offsets of pairs of Han characters that reviews hardly know, where texts or parts of them begin."""
        before = codes[:-2]
        starts = np.flatnonzero((before == _EDGE) | (before == _LINE_END)) + 1
        if len(codes) > 1:
            starts = np.append(0, starts)
        yield _without(self._usual, codes, starts)
        inside = starts[starts + 2 < len(codes)]
        yield inside[self._does.take(codes[inside + 2]) & _is_han(codes[inside]) & _is_han(codes[inside + 1])]
        yield _without(self._met, codes, np.flatnonzero(self._follows.take(before)) + 1)


class _Pairs:
    """A set of pairs of characters, as bits of a square of the characters that stand in any of them.

    Parameters
    ----------
    pairs
        As first * 65536 + second.
    """

    def __init__(self, pairs: npt.NDArray[np.int64]) -> None:
        first, second = pairs // _PLANE, pairs % _PLANE
        characters = np.union1d(first, second)
        self._places = np.zeros(_PLANE, dtype=np.int64)
        self._places[characters] = np.arange(1, len(characters) + 1)
        self._side = len(characters) + 1
        self._bits = np.zeros(self._side * self._side // 8 + 1, dtype=np.uint8)
        at = self._at(first, second)
        np.bitwise_or.at(self._bits, at >> 3, np.uint8(1) << (at & 7).astype(np.uint8))

    def holds(self, first: npt.NDArray[np.uint16], second: npt.NDArray[np.uint16]) -> npt.NDArray[np.bool_]:
        """Tell which pairs are in the set."""
        at = self._at(first, second)
        held: npt.NDArray[np.bool_] = (self._bits.take(at >> 3) >> (at & 7).astype(np.uint8) & 1).astype(
            np.bool_
        )
        return held

    def _at(self, first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        at: npt.NDArray[np.int64] = self._places.take(first) * self._side + self._places.take(second)
        return at


def _without(
    pairs: _Pairs, codes: npt.NDArray[np.uint16], places: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Places at which a pair of Han characters stands that is not in a set."""
    first, second = codes[places], codes[places + 1]
    han = _is_han(first) & _is_han(second)
    places = places[han]
    return places[~pairs.holds(first[han], second[han])]


def _is_han(codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.bool_]:
    told: npt.NDArray[np.bool_] = (codes >= _HAN[0]) & (codes <= _HAN[1])
    return told


def code_points(text: str) -> npt.NDArray[np.uint16]:
    """Code points of a text; those beyond the basic plane are 0."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return np.where(codes < _PLANE, codes, _OUTSIDE).astype(np.uint16)


def _table(
    first: npt.NDArray[np.int64],
    second: npt.NDArray[Any],
    pairs: npt.NDArray[Any],
    pair_kinds: npt.NDArray[Any],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Kinds of all pairs, and where to look for one: its first character has a place, its second one to add.

    Second characters that open nothing share one column.
    """
    known = np.union1d(np.flatnonzero(second), pairs % _PLANE)
    column = np.full(_PLANE, len(known), dtype=np.int32)
    column[known] = np.arange(len(known))
    width = len(known) + 1
    row = np.zeros(_PLANE, dtype=np.int32)
    row[first] = np.arange(len(first)) * width
    kinds = np.tile(np.append(second[known], CLOSED).astype(np.uint8), len(first))
    kinds[row[pairs // _PLANE] + column[pairs % _PLANE]] = pair_kinds
    return row, column, kinds


def _flags(codes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    flags = np.zeros(_PLANE, dtype=np.bool_)
    flags[codes.astype(np.int64)] = True
    return flags
