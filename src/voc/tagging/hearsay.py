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

from voc.text.clauses import ClauseRules
from voc.text.terms import Codes, TermIndex

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
    """The words that open such clauses, ready for searching."""

    def __init__(self, rules: ClauseRules) -> None:
        words = sorted({*rules.others, *rules.heard})
        self._openers = TermIndex(words)
        self._of_others = np.array([word in rules.others and word not in rules.heard for word in words])
        turns = _any_of(rules.turns)
        self._leads = re.compile(f"(?:{_any_of(rules.leads)})*")
        self._ours = re.compile(f"(?:{turns}|而|就)?(?:{_any_of(rules.ours)})")
        self._found = re.compile(f".{{0,{_DEEP}}}(?:{_any_of(rules.found)})")
        self._confirmed = re.compile(f".*(?:{_any_of(rules.confirmed)})")

    def clauses(self, codes: Codes, text: str, begins: Offsets, marks: Offsets) -> Answered:
        """Return such clauses, in order.

        Parameters
        ----------
        codes, text
            A buffer of texts in lower case, parted by line feeds; its code points and itself.
        begins
            Where the rows begin.
        marks
            Positions at which clauses end, the ends of the rows among them.
        """
        hits = self._openers.find_all(codes)
        numbers = np.searchsorted(marks, hits.starts)
        starts = np.where(numbers > 0, marks[np.maximum(numbers - 1, 0)] + 1, 0)
        first = np.flatnonzero(hits.starts - starts <= _LEAD)
        stops = np.append(begins[1:] - 1, len(codes))
        stops = stops[np.searchsorted(begins, hits.starts[first], side="right") - 1]
        of_others = self._of_others[hits.terms[first]]
        chosen: dict[int, bool] = {}
        columns = (starts[first], hits.starts[first], numbers[first], stops, of_others)
        for start, at, number, stop, others in zip(*(column.tolist() for column in columns), strict=True):
            led = self._leads.fullmatch(text, start, at) is not None
            if (
                number not in chosen
                and led
                and self._is_answered(text, marks, number, stop, of_others=others)
            ):
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
