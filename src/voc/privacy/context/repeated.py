"""Finds a person again wherever the same name stands in the same text.

A name is told by what stands beside it, and a long text says it in many places, of which some tell nothing:
客服李秀娟态度恶劣……李秀娟挂了电话.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.names import NameRules, is_han
from voc.text.segment import dictionary_has

__all__ = ["NAME", "repeats"]

NAME: Final = "repeated.v1"
"""Stands with what is found here; raised when that changes."""
_SHORT: Final = 2
_MOST: Final = 64
"""Names of a text that are looked for again: the work stays within so many passes over it."""


def repeats(text: str, found: Sequence[Candidate]) -> list[Candidate]:
    """Return where else the people among the candidates stand; of very many people, the first.

    Parameters
    ----------
    text
        The folded text that was searched.
    found
        Candidates that do not overlap.
    """
    people = {text[one.start : one.end]: one for one in reversed(found) if one.entity == "PERSON"}
    names = [name for name in list(people)[-_MOST:] if _tells(name) and text.count(name) > 1]
    if not names:
        return []
    taken = bytearray(len(text))
    for one in found:
        taken[one.start : one.end] = b"\1" * (one.end - one.start)
    more: list[Candidate] = []
    for name in names:
        for start, end in _places(text, name):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                reason = "a name that is found elsewhere in the text"
                more.append(Candidate(start, end, "PERSON", people[name].score, NAME, reason))
    return more


def _places(text: str, value: str) -> Iterator[tuple[int, int]]:
    at = text.find(value)
    while at >= 0:
        yield at, at + len(value)
        at = text.find(value, at + len(value))


def _tells(value: str) -> bool:
    """Whether a name is hardly anything else: three characters, or two that are no word."""
    if len(value) < _SHORT or not (is_han(value[0]) and is_han(value[-1])):
        return False
    return len(value) > _SHORT or (value[0] in _rules().sure and not dictionary_has()(value))


@cache
def _rules() -> NameRules:
    return NameRules()
