"""Tells at once which rows of a batch can hold anything at all, so that the others cost next to nothing.

A few linear passes of RE2, one for each kind of pattern, over the bytes of all rows together, which Arrow
keeps beside each other anyway. No separator is needed: a match across a row's end flags the rows on both
sides, which is generous but never misses, as the gates look at nothing outside their match.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import re2

from voc.privacy.recognizers.digits import GATE_GAP
from voc.privacy.recognizers.finder import Finder, GateGroup
from voc.text.normalise import FOLDABLE_CLASS
from voc.text.numerals import DISGUISED_RUN
from voc.text.traditional import traditional_class

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["ALL_OPEN", "FOLDS", "Gate", "GatedFinders", "Pattern", "compile_gate", "encode"]


class Pattern(Protocol):
    """A compiled RE2 pattern; the library has no type information."""

    def search(self, text: bytes, pos: int | None = None, endpos: int | None = None) -> Match | None:
        """Find the first match in `text[pos:endpos]`."""
        ...


class Match(Protocol):
    """A match; offsets are bytes."""

    def span(self) -> tuple[int, int]:
        """First byte, and one past the last byte."""
        ...


class PatternSet(Protocol):
    """Several compiled RE2 patterns."""

    def Match(self, text: bytes) -> Sequence[int] | None:  # noqa: N802 - the library's name
        """Return the numbers of the patterns that match somewhere, in one pass."""
        ...


FOLDS = 1 << 61
"""Bit of a row that folding may change."""
ALL_OPEN = (1 << 62) - 1
"""Bits of a row of which nothing is known."""

_MEMORY = 64 << 20
_LONG = 1000
"""Characters of a gate that is searched for by itself."""
_FOUR_DIGITS = f"[0-9](?:[()（）\\[\\]【】]?{GATE_GAP}[0-9]){{3}}"
_VALUE = "[0-9A-Za-z_]{3}|[0-9][\\-_ ][0-9]|@|[零〇一二三四五六七八九幺]{4}"


def compile_gate(pattern: str) -> Pattern:
    """Compile an RE2 pattern for bytes."""
    return cast("Pattern", re2.compile(pattern, _options()))


def _compile_set(patterns: Sequence[str]) -> PatternSet:
    compiled = re2.Set.SearchSet(_options())
    for pattern in patterns:
        compiled.Add(pattern)
    compiled.Compile()
    return cast("PatternSet", compiled)


def _options() -> re2.Options:
    """Room for a large automaton, and no logging."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.never_capture = True
    return options


def encode(text: str) -> bytes:
    """UTF-8 bytes of a text; lone surrogates become bytes that no gate matches."""
    return text.encode("utf-8", "surrogatepass")


class GatedFinders:
    """Finders with their gates: a coarse pattern for all of a group, then one for each."""

    def __init__(self, group: GateGroup, finders: Sequence[Finder]) -> None:
        patterns = (_FOUR_DIGITS,) if group is GateGroup.NUMBER else _passes(finders)
        self._coarse = [compile_gate(pattern) for pattern in patterns]
        self._value = compile_gate(_VALUE) if group is GateGroup.CUED else None
        self._finders = tuple(finders)
        self._gates = _compile_set([finder.gate for finder in finders])

    def rows(self, data: bytes, offsets: npt.NDArray[np.int64]) -> Sequence[int]:
        """Return the rows in which something may be found; all of them where that cannot be told."""
        try:
            screened = self._finders[0].screen(data, offsets) if len(self._finders) == 1 else None
        except Exception:
            return range(len(offsets) - 1)
        if screened is not None:
            return np.flatnonzero(screened).tolist()
        bounds = offsets.tolist()
        if self._value is None:
            return [row for coarse in self._coarse for row in _matching(coarse, data, bounds)]
        valued = _matching(self._value, data, bounds)
        parts = [data[bounds[row] : bounds[row + 1]] for row in valued]
        ends = [0, *accumulate(map(len, parts))]
        joined = b"".join(parts)
        return [valued[place] for coarse in self._coarse for place in _matching(coarse, joined, ends)]

    def that_may_find(self, data: bytes) -> Sequence[Finder]:
        """Finders that may find something in one folded text, of which `rows` says that one of them may."""
        if len(self._finders) == 1:
            return self._finders
        if self._value is not None and self._value.search(data) is None:
            return ()
        return [self._finders[index] for index in sorted(self._gates.Match(data) or ())]


class Gate:
    """All finders behind their gates."""

    def __init__(self, finders: Sequence[Finder]) -> None:
        self._groups = tuple(GatedFinders(group, members) for group, members in _grouped(finders))
        self._foldable = compile_gate(f"[{FOLDABLE_CLASS}{traditional_class()}]|{DISGUISED_RUN}")

    def rows(self, data: bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Tell for each row which groups of finders need a closer look at it, as bits; 0 for none.

        Rows that folding may change have the bit `FOLDS` as well: what is told of them holds only where it
        changes nothing.

        Parameters
        ----------
        data
            UTF-8 bytes of all rows, one after the other.
        offsets
            Byte offsets of the rows in `data`: one more than there are rows.
        """
        opened = self._opened(data, offsets)
        opened[_matching(self._foldable, data, offsets.tolist())] |= FOLDS
        return opened

    def folded_rows(self, texts: Sequence[str]) -> list[int]:
        """Tell the same of folded texts: which groups of finders need a closer look at each."""
        if not texts:
            return []
        encoded = [encode(text) for text in texts]
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum([len(data) for data in encoded], out=offsets[1:])
        opened: list[int] = self._opened(b"".join(encoded), offsets).tolist()
        return opened

    def texts_of(self, texts: Sequence[str], opened: Sequence[int]) -> dict[Finder, list[int]]:
        """Return each finder that may find something, with the places of the folded texts in which it may.

        Parameters
        ----------
        opened
            What `rows` or `folded_rows` says of each text.
        """
        asked: dict[Finder, list[int]] = {}
        for place, (text, bits) in enumerate(zip(texts, opened, strict=True)):
            data = encode(text) if bits else b""
            for bit, group in enumerate(self._groups):
                if bits >> bit & 1:
                    for finder in group.that_may_find(data):
                        asked.setdefault(finder, []).append(place)
        return asked

    def _opened(self, data: bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        opened = np.zeros(len(offsets) - 1, dtype=np.int64)
        for bit, group in enumerate(self._groups):
            opened[group.rows(data, offsets)] |= 1 << bit
        return opened


def _grouped(finders: Sequence[Finder]) -> list[tuple[GateGroup, tuple[Finder, ...]]]:
    joined = [
        (group, tuple(finder for finder in finders if finder.group is group))
        for group in GateGroup
        if group is not GateGroup.ALONE
    ]
    alone = [(GateGroup.ALONE, (finder,)) for finder in finders if finder.group is GateGroup.ALONE]
    return [(group, members) for group, members in (*joined, *alone) if members]


def _passes(finders: Sequence[Finder]) -> list[str]:
    """Few patterns that together tell where one of the finders may find something, none a huge automaton.

    RE2 builds automata as it meets texts: those of two long lists of words in one pattern grow with both.
    """
    if len(finders) == 1 and finders[0].gate_passes:
        return list(finders[0].gate_passes)
    gates = [finder.gate for finder in finders]
    short = [gate for gate in gates if len(gate) <= _LONG]
    joined = ["|".join(f"(?:{gate})" for gate in short)] if short else []
    return joined + [gate for gate in gates if len(gate) > _LONG]


def _matching(pattern: Pattern, data: bytes, offsets: Sequence[int]) -> list[int]:
    """Return the rows in which a pattern matches, in order."""
    rows: list[int] = []
    position, end = offsets[0], offsets[-1]
    while position < end and (match := pattern.search(data, position, end)) is not None:
        start, stop = match.span()
        first = bisect_right(offsets, start) - 1
        last = first if stop <= offsets[first + 1] else bisect_right(offsets, stop - 1) - 1
        rows += range(first, last + 1)
        position = offsets[last + 1]  # one match in a row is enough
    return rows
