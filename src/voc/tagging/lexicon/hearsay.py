"""Finds clauses that say nothing of the matter itself, because the next clause says otherwise of it.

Two kinds are known: a clause of somebody else before one of the writer's own side
(`隔壁桌的菜上得慢，我们的很快`), and one of what was heard, thought or feared before what was found
(`听说这家服务差，去了才知道其实不错`), unless that bears it out (`果然很差`). What such a clause names
is what the next one judges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.text.clauses import ClauseRules, Openings

__all__ = ["Answered", "Hearsay"]

_LEAD: Final = 5
"""Characters that may stand before the word by which such a clause is known: 虽然别家…."""
_DEEP: Final = 4
"""Characters of a clause before the word that says what was found."""
_SENTENCE_ENDS: Final = "。！!？?"
_ASIDE: Final = 8
"""A clause of at most so many characters may stand between (去了之后)."""

Offsets = npt.NDArray[np.int64]


class Answered(NamedTuple):
    """Clauses that the next one answers."""

    clauses: Offsets
    """Their numbers, as places of their marks."""
    of_others: npt.NDArray[np.bool_]
    """Which speak of somebody else."""


class Hearsay:
    """Knows such clauses by the words around them."""

    def __init__(self, rules: ClauseRules) -> None:
        turns = _any_of(rules.turns)
        self._leads = re.compile(f"(?:{_any_of(rules.leads)})*")
        self._ours = re.compile(f"(?:{turns}|而|就)?(?:{_any_of(rules.ours)})")
        self._found = re.compile(f".{{0,{_DEEP}}}(?:{_any_of(rules.found)})")
        self._confirmed = re.compile(f".*(?:{_any_of(rules.confirmed)})")

    def clauses(
        self, text: str, openings: Openings, rows: tuple[Offsets, Offsets], marks: Offsets
    ) -> Answered:
        """Return such clauses, in order.

        Parameters
        ----------
        text
            A buffer of texts in lower case, parted by line feeds.
        openings
            Words of it by which such clauses are known.
        rows
            Where the rows begin and end.
        marks
            Positions at which clauses end, the ends of the rows among them.
        """
        begins, ends = rows
        numbers = np.searchsorted(marks, openings.starts)
        starts = np.where(numbers > 0, marks[np.maximum(numbers - 1, 0)] + 1, 0)
        first = np.flatnonzero(openings.starts - starts <= _LEAD)
        stops = ends[np.searchsorted(begins, openings.starts[first], side="right") - 1]
        chosen: dict[int, bool] = {}
        columns = (starts[first], openings.starts[first], numbers[first], stops, openings.of_others[first])
        for start, at, number, stop, others in zip(*(column.tolist() for column in columns), strict=True):
            if number in chosen or self._leads.fullmatch(text, start, at) is None:
                continue
            if self._is_answered(text, marks, number, stop, of_others=others):
                chosen[number] = others
        answered = np.array(sorted(chosen), dtype=np.int64)
        return Answered(answered, np.array([chosen[number] for number in answered.tolist()], dtype=np.bool_))

    def _is_answered(self, text: str, marks: Offsets, number: int, stop: int, *, of_others: bool) -> bool:
        """Whether the clause behind this one, in the row that ends at `stop`, says otherwise."""
        start = int(marks[number])
        while start < stop and number + 1 < len(marks) and (of_others or text[start] not in _SENTENCE_ENDS):
            number += 1
            clause = text[start + 1 : marks[number]]
            if of_others:
                said = self._ours.match(clause) is not None
            else:
                said = self._found.match(clause) is not None and self._confirmed.match(clause) is None
            if said or len(clause) > _ASIDE or (clause and of_others):
                return said
            start = int(marks[number])
        return False


def _any_of(words: Sequence[str] | frozenset[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
