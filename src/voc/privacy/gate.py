"""Tells at once which rows of a batch can hold anything at all, so that the others cost next to nothing.

One linear pass of RE2 over the bytes of all rows together, which Arrow keeps beside each other anyway. No
separator is needed: a match across a row's end flags the rows on both sides, which is generous but never
misses, as the gates look at nothing outside their match.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import re2

from voc.privacy.recognizers.finder import Finder
from voc.text.normalise import FOLDABLE_CLASS, NUMERAL_RUN

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Gate", "Pattern", "compile_gate", "encode"]


class Pattern(Protocol):
    """A compiled RE2 pattern; the library has no type information."""

    def search(self, text: bytes, pos: int | None = None, endpos: int | None = None) -> Match | None:
        """Find the first match in `text[pos:endpos]`."""
        ...


class Match(Protocol):
    """A match; offsets are bytes."""

    def start(self) -> int:
        """First byte."""
        ...

    def end(self) -> int:
        """One past the last byte."""
        ...


_MEMORY = 64 << 20


def compile_gate(pattern: str) -> Pattern:
    """Compile an RE2 pattern for bytes, with room for a large automaton and without logging."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.never_capture = True
    return cast("Pattern", re2.compile(pattern, options))


def encode(text: str) -> bytes:
    """UTF-8 bytes of a text; lone surrogates become bytes that no gate matches."""
    return text.encode("utf-8", "surrogatepass")


class Gate:
    """All finders' gates as one."""

    def __init__(self, finders: Sequence[Finder]) -> None:
        either = "|".join(f"(?:{finder.gate})" for finder in finders)
        self._any = compile_gate(either)
        self._foldable = compile_gate(f"[{FOLDABLE_CLASS}]|{NUMERAL_RUN}")

    def passes(self, data: bytes) -> bool:
        """Whether any finder could find anything in one folded text."""
        return self._any.search(data) is not None

    def rows(self, data: bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Flag the rows that need a closer look.

        Parameters
        ----------
        data
            UTF-8 bytes of all rows, one after the other.
        offsets
            Byte offsets of the rows in `data`: one more than there are rows.
        """
        flags = np.zeros(len(offsets) - 1, dtype=np.bool_)
        for pattern in (self._any, self._foldable):
            _flag(pattern, data, offsets, flags)
        return flags


def _flag(
    pattern: Pattern, data: bytes, offsets: npt.NDArray[np.int64], flags: npt.NDArray[np.bool_]
) -> None:
    position, end = int(offsets[0]), int(offsets[-1])
    while position < end:
        match = pattern.search(data, position, end)
        if match is None:
            return
        first = int(np.searchsorted(offsets, match.start(), side="right")) - 1
        last = int(np.searchsorted(offsets, max(match.end() - 1, match.start()), side="right")) - 1
        flags[first : last + 1] = True
        position = int(offsets[last + 1])  # one match in a row is enough
