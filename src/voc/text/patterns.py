"""Finds phrases with gaps in a buffer: `*` stands for up to 8 characters of a clause, `#` for a number.

A phrase is looked for around its longest literal piece. Whether its first and its last piece stand near
enough is asked for all places at once; only where they do, a regular expression decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.text.terms import Codes, TermHits, TermIndex

__all__ = ["PatternBook"]

_GAP: Final = r"[^\s，。！？；：,!?;:…]{0,8}?"
_NUMBER: Final = r"[0-9一二三四五六七八九十两几半多好百千.:：~到-]{1,8}?"
_SLOT: Final = 8
"""Characters that a gap or a number may have."""
_AHEAD: Final = 40
"""How far behind the end of its anchor a match may end."""

Offsets = npt.NDArray[np.int64]


class _Pattern(NamedTuple):
    anchor: str
    """The longest literal piece, of several the last."""
    first: str | None
    """The literal that the pattern begins with."""
    last: str | None
    """The literal that it ends with."""
    reach: int
    """How far before its anchor a match may begin."""
    longest: int
    """Characters that a match may have."""
    expression: str


class PatternBook:
    """All patterns of a lexicon.

    Parameters
    ----------
    terms
        Phrases with at least one `*` or `#` and one other character each.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        patterns = [_compiled(term) for term in terms]
        self._expressions = [pattern.expression for pattern in patterns]
        self._compiled: dict[int, re.Pattern[str]] = {}
        """Expressions that were needed; most texts need few of them, and all take a while."""
        literals = sorted({text for pattern in patterns for text in pattern[:3] if text is not None})
        place = {text: number for number, text in enumerate(literals)}
        self._literals = TermIndex(literals)
        # patterns by anchor, in the order of the list
        anchors = np.array([place[pattern.anchor] for pattern in patterns], dtype=np.int64)
        self._by_anchor = np.argsort(anchors, kind="stable")
        self._count = np.bincount(anchors, minlength=len(literals))
        self._offset = np.cumsum(self._count) - self._count
        self._first = np.array([_place(place, pattern.first) for pattern in patterns], dtype=np.int64)
        self._last = np.array([_place(place, pattern.last) for pattern in patterns], dtype=np.int64)
        self._last_length = np.array([len(pattern.last or "") for pattern in patterns], dtype=np.int64)
        self._reach = np.array([pattern.reach for pattern in patterns], dtype=np.int64)
        self._longest = np.array([pattern.longest for pattern in patterns], dtype=np.int64)

    def find(self, codes: Codes, text: str) -> TermHits:
        """Find patterns in a text or a buffer of texts, `codes` being its code points.

        Of one place of an anchor the longer anchors come first, then patterns in the order of the list.
        """
        hits = self._literals.find_all(codes)
        order = np.lexsort((hits.starts, hits.ends))
        anchors = hits.take(order)
        times = self._count[anchors.terms]
        place = np.repeat(np.arange(len(times)), times)
        inner = np.arange(len(place)) - np.repeat(np.cumsum(times) - times, times)
        patterns = self._by_anchor[self._offset[anchors.terms[place]] + inner]
        starts, ends = anchors.starts[place], anchors.ends[place]
        begins = np.maximum(starts - self._reach[patterns], 0)
        stops = ends - 1 + _AHEAD
        width = len(codes) + 1
        known = np.sort(hits.terms * width + hits.starts)
        likely = _any_between(known, self._first[patterns], width, begins, starts)
        latest = np.minimum(starts + self._longest[patterns], stops)
        length = self._last_length[patterns]
        likely &= _any_between(known, self._last[patterns], width, starts + 1 - length, latest - length)
        chosen = np.flatnonzero(likely)
        columns = (column[chosen].tolist() for column in (patterns, starts, begins, stops))
        found = list(self._checked(text, zip(*columns, strict=True)))
        table = np.array(found, dtype=np.int64).reshape(-1, 3)
        return TermHits(table[:, 0], table[:, 1], table[:, 2])

    def _checked(
        self, text: str, places: Iterator[tuple[int, int, int, int]]
    ) -> Iterator[tuple[int, int, int]]:
        for pattern, anchor, begin, stop in places:
            expression = self._compiled.get(pattern)
            if expression is None:
                expression = self._compiled[pattern] = re.compile(self._expressions[pattern])
            match = expression.search(text, begin, stop)
            if match and match.start() <= anchor < match.end():
                yield match.start(), match.end(), pattern


def _any_between(
    known: Offsets, terms: Offsets, width: int, first: Offsets, last: Offsets
) -> npt.NDArray[np.bool_]:
    """Whether each term begins somewhere in [first, last]; true for a term of -1.

    `known` holds term * width + start of all hits, ascending.
    """
    low = np.searchsorted(known, terms * width + np.maximum(first, 0), side="left")
    high = np.searchsorted(known, terms * width + np.minimum(last, width - 1), side="right")
    result: npt.NDArray[np.bool_] = (high > low) | (terms < 0)
    return result


def _place(place: dict[str, int], literal: str | None) -> int:
    return -1 if literal is None else place[literal]


def _compiled(term: str) -> _Pattern:
    """Take a pattern apart and write it as a regular expression."""
    pieces = [piece for piece in re.split(r"([*#])", term) if piece]
    literals = [piece for piece in pieces if piece not in "*#"]
    anchor = max(reversed(literals), key=len)
    sizes = [_SLOT if piece in "*#" else len(piece) for piece in pieces]
    written = {"*": _GAP, "#": _NUMBER}
    expression = "".join(written.get(piece, re.escape(piece)) for piece in pieces)
    return _Pattern(
        anchor,
        pieces[0] if pieces[0] not in "*#" else None,
        pieces[-1] if pieces[-1] not in "*#" else None,
        sum(sizes[: pieces.index(anchor)]),
        sum(sizes),
        expression,
    )
