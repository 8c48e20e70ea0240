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
from voc.text.terms import Codes, TermHits, TermIndex, code_points

__all__ = [
    "Bearings",
    "ClauseRules",
    "ClauseSpan",
    "Openings",
    "Scope",
    "Scopes",
    "asking",
    "clause_ends",
    "clauses",
    "load_clause_rules",
]

_END_MARKS: Final = '，。！？；：,!?;:…~～\n\r\t \u3000【】[]()（）「」“”"|｜/'
_QUESTION_MARKS: Final = code_points("?？")
_PARTICLES: Final = code_points("吗么嘛啥")
"""Characters before the end of a clause that asks."""
_LONGEST: Final = 5

_ENDS: Final = np.zeros(0x10000, dtype=bool)
_ENDS[[ord(mark) for mark in _END_MARKS]] = True
_ENDS[0x1F000:] = False


Offsets = npt.NDArray[np.int64]


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


class Scopes(NamedTuple):
    """What stands before each of many judgements: columns of `Scope`."""

    flips: Offsets
    starts: Offsets


class Openings(NamedTuple):
    """Words by which a clause of somebody else, or of hearsay, is known, in order."""

    starts: Offsets
    of_others: npt.NDArray[np.bool_]
    """Which speak of somebody else."""


def clause_ends(codes: Codes) -> Offsets:
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


def asking(codes: Codes, ends: Offsets) -> npt.NDArray[np.bool_]:
    """Which clauses ask, given where they end in a buffer of code points: `解决了吗`, `这不是欺诈？`."""
    asks: npt.NDArray[np.bool_] = np.isin(np.append(codes, 0)[ends], _QUESTION_MARKS)
    return asks | np.isin(codes[np.maximum(ends - 1, 0)], _PARTICLES)


def clauses(text: str) -> list[ClauseSpan]:
    """Clauses of one text; empty ones are left out."""
    codes = code_points(text)
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
        self.others = frozenset(split_words(document["others"]))
        self.ours = frozenset(split_words(document["ours"]))
        self.heard = frozenset(split_words(document["heard"]))
        self.leads = frozenset(split_words(document["leads"]))
        self.found = frozenset(split_words(document["found"]))
        self.confirmed = frozenset(split_words(document["confirmed"]))
        weight = dict.fromkeys(self.degrees, 0)
        weight.update(dict.fromkeys(self.negators, 1))
        weight.update(dict.fromkeys(self.double_negators, 2))
        bearing = {word for word in weight if len(word) <= _LONGEST}
        comparing, opening = {*self.comparers, *self.equalizers}, {*self.others, *self.heard}
        words = sorted(bearing | comparing | opening)
        self._words = TermIndex(words)
        self._bearing, self._comparing, self._opening = (
            np.array([word in part for word in words], dtype=np.bool_)
            for part in (bearing, comparing, opening)
        )
        self._weights = np.array([weight.get(word, 0) for word in words], dtype=np.int64)
        self._of_others = np.array([word in self.others for word in words], dtype=np.bool_)
        self._strict_equalizers = tuple(word for word in self.equalizers if not word.startswith("没"))

    def scope(self, text: str, start: int, floor: int) -> Scope:
        """Count the negations right before `start`, not looking before `floor`."""
        told = self.read(code_points(text), text).scopes(np.array([start]), np.array([floor]))
        return Scope(int(told.flips[0]), int(told.starts[0]))

    def read(self, codes: Codes, text: str) -> Bearings:
        """Find all words of a buffer that may bear on a judgement; `codes` are its code points."""
        hits = self._words.find_all(codes)
        bearing, comparing, opening = (
            hits.take(part[hits.terms]) for part in (self._bearing, self._comparing, self._opening)
        )
        openings = Openings(opening.starts, self._of_others[opening.terms])
        return Bearings(self, text, bearing, self._weights, comparing, openings=openings)

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
                if "过" in other[:3]:  # 没吃过这么差的
                    continue
                if word in self._strict_equalizers or any(standard in other for standard in self.standards):
                    return Scope(1, at)
        return Scope(0, start)


class Bearings:
    """Words of a buffer that may bear on judgements in it. From `ClauseRules.read`."""

    def __init__(
        self,
        rules: ClauseRules,
        text: str,
        bearing: TermHits,
        weights: Offsets,
        comparing: TermHits,
        *,
        openings: Openings,
    ) -> None:
        self._rules = rules
        self._text = text
        self.openings = openings
        # ends with lengths, and what the words weigh
        keys = bearing.ends * (_LONGEST + 1) + bearing.ends - bearing.starts
        order = np.argsort(keys)
        self._keys, self._weights = keys[order], weights[bearing.terms[order]]
        order = np.argsort(comparing.ends)
        self._compared_ends = comparing.ends[order]
        self._compared_latest = np.maximum.accumulate(comparing.starts[order])

    def scopes(self, starts: Offsets, floors: Offsets) -> Scopes:
        """Count the negations right before each judgement, each with a floor of its own.

        From the judgement backwards, the longest word of negation or degree that ends there is taken, as
        long as there is one.
        """
        keys = self._keys
        at, flips = starts.copy(), np.zeros(len(starts), dtype=np.int64)
        moving = np.arange(len(starts) if len(keys) else 0)
        while len(moving):
            here = at[moving]
            room = np.minimum(here - floors[moving], _LONGEST)
            place = np.searchsorted(keys, here * (_LONGEST + 1) + room, side="right") - 1
            going = np.flatnonzero((place >= 0) & (keys[place] // (_LONGEST + 1) == here))
            moving, place = moving[going], place[going]
            at[moving] -= keys[place] % (_LONGEST + 1)
            flips[moving] += self._weights[place]
        return Scopes(flips, np.where(flips > 0, at, starts))

    def comparisons(self, starts: Offsets, floors: Offsets) -> Scopes:
        """Look for a comparison before each judgement, as `ClauseRules.compared` does before one."""
        flips, begins = np.zeros(len(starts), dtype=np.int64), starts.copy()
        if len(self._compared_ends):
            place = np.searchsorted(self._compared_ends, starts, side="right") - 1
            likely = (place >= 0) & (self._compared_latest[place] >= floors)
            for at in np.flatnonzero(likely).tolist():
                flips[at], begins[at] = self._rules.compared(self._text, int(starts[at]), int(floors[at]))
        return Scopes(flips, begins)


def load_clause_rules() -> ClauseRules:
    """Read the packed clause words."""
    return ClauseRules(read_lexicon("tagging/clauses.yaml"))
