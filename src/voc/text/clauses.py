"""Clauses and what turns a judgement over: negation, comparison, hypotheses.

A clause ends at punctuation, white space or the end of a line; `、` and a full stop between digits do not
end one. Negation reaches over words of degree ("不是很快", "一点都不贵"), two negations cancel
("不是不快"), and "没有京东快" says less of the writer's own side, as "不如" does. What stands behind 希望,
如果, 担心, 以为 has not happened. All words come from `lexicons/tagging/clauses.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.text.lexicons import read_lexicon, split_words

__all__ = ["ClauseRules", "ClauseSpan", "Scope", "clause_ends", "clauses", "load_clause_rules"]

_END_MARKS: Final = '，。！？；：,!?;:…~～\n\r\t \u3000【】[]()（）「」“”"|｜/'
_LONGEST: Final = 5

_ENDS: Final = np.zeros(0x10000, dtype=bool)
_ENDS[[ord(mark) for mark in _END_MARKS]] = True
_ENDS[0x1F000:] = False


class ClauseSpan(NamedTuple):
    """A clause of a text, without the mark that ends it."""

    start: int
    end: int


class Scope(NamedTuple):
    """What stands before a judgement and bears on it."""

    flips: int
    """How many negations; odd turns the judgement over."""
    start: int
    """Where the words that bear on it begin."""


def clause_ends(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Positions of the marks that end clauses, in a buffer of code points.

    Emoji and other characters above U+FFFF end a clause too; a full stop does unless digits stand on both
    sides.
    """
    astral = codes > 0xFFFF
    marks = _ENDS[np.where(astral, 0, codes)] | astral
    dots = np.flatnonzero(codes == ord("."))
    if len(dots):
        before = codes[np.maximum(dots - 1, 0)]
        after = codes[np.minimum(dots + 1, len(codes) - 1)]
        inner = (before >= 48) & (before <= 57) & (after >= 48) & (after <= 57)
        marks[dots[~inner]] = True
    return np.flatnonzero(marks)


def clauses(text: str) -> list[ClauseSpan]:
    """Clauses of one text; empty ones are left out."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    spans: list[ClauseSpan] = []
    start = 0
    for end in [*clause_ends(codes).tolist(), len(text)]:
        if end > start:
            spans.append(ClauseSpan(start, end))
        start = end + 1
    return spans


class ClauseRules:
    """The words of `clauses.yaml`, arranged for asking what bears on a judgement."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.negators = frozenset(split_words(document["negators"]))
        self.double_negators = frozenset(split_words(document["double_negators"]))
        self.degrees = frozenset(split_words(document["degrees"]))
        self.turns = frozenset(split_words(document["turns"]))
        self.irrealis = frozenset(split_words(document["irrealis"]))
        self.comparers = split_words(document["comparers"])
        self.equalizers = split_words(document["equalizers"])
        self.standards = split_words(document["standards"])
        self.own_side = split_words(document["own_side"])
        self.guards = frozenset(split_words(document["guards"]))
        self._weight = dict.fromkeys(self.degrees, 0)
        self._weight.update(dict.fromkeys(self.negators, 1))
        self._weight.update(dict.fromkeys(self.double_negators, 2))
        self._last = frozenset(word[-1] for word in self._weight)
        self._strict_equalizers = tuple(word for word in self.equalizers if not word.startswith("没"))

    def scope(self, text: str, start: int, floor: int) -> Scope:
        """Count the negations right before `start`, not looking before `floor`."""
        flips = 0
        at = start
        while at > floor and text[at - 1] in self._last:
            for size in range(min(_LONGEST, at - floor), 0, -1):
                weight = self._weight.get(text[at - size : at])
                if weight is not None:
                    flips += weight
                    at -= size
                    break
            else:
                break
        return Scope(flips, at) if flips else Scope(0, start)

    def compared(self, text: str, start: int, floor: int) -> Scope:
        """Look for a comparison before a judgement: `比…`, `没有…`, `不如…` in the same clause.

        `比京东` leaves the judgement as it is, `比你们` turns it over, and so do `没有以前` and `不如京东`.
        """
        for word in self.comparers:
            at = text.rfind(word, floor, start)
            if at >= 0:
                other = text[at + len(word) : start]
                if len(other) > 12 or text[max(at - 2, floor) : at] == "没有":
                    continue
                return Scope(int(other.startswith(self.own_side)), at)
        for word in self.equalizers:
            at = text.rfind(word, floor, start)
            if at >= 0 and 0 < start - at - len(word) <= 10:
                other = text[at + len(word) : start]
                if word in self._strict_equalizers or any(standard in other for standard in self.standards):
                    return Scope(1, at)
        return Scope(0, start)


def load_clause_rules() -> ClauseRules:
    """Read the packed clause words."""
    return ClauseRules(read_lexicon("tagging/clauses.yaml"))
