"""Finds who stands among other people in a list: 史蕾、阎锐、景甜甜、常乐.

A rule or the tagger may doubt one name of a list, as it is a word or a public person's; its neighbours tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from voc.privacy.recognizers.familiar_name import ALL_TWINS
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.names import NameRules

__all__ = ["listed"]

_NAME: Final = "listed.v1"
_MARK: Final = r"\s?[、,，/|;；]\s?|\s"
_HAN: Final = "[\u4e00-\u9fff]"
_BETWEEN: Final = re.compile(rf"(?:(?:{_MARK}){_HAN}{{2,4}}){{1,3}}(?:{_MARK})")
_ONE: Final = re.compile(f"{_HAN}{{2,4}}")
_JOIN: Final = re.compile(_MARK)
_LAST: Final = re.compile(
    rf"(?:\s?[、/]\s?)(?P<value>{_HAN}{{2,3}}?)(?=等|[两二三四五六七八九十几][名位个人]|都|$|[^\u4e00-\u9fff])"
)
_LONGEST: Final = 16
_SHORT: Final = 2


def listed(text: str, found: Sequence[Candidate]) -> list[Candidate]:
    """Return what stands between, or behind, the people of a list.

    Parameters
    ----------
    text
        The folded text that was searched.
    found
        Candidates that do not overlap.
    """
    people = sorted(one for one in found if one.entity == "PERSON")
    taken = {at for one in found for at in range(one.start, one.end)}
    return [
        Candidate(start, end, "PERSON", 0.7, _NAME, "among the people of a list")
        for start, end in (*_between(text, people), *_behind(text, people))
        if taken.isdisjoint(range(start, end))
    ]


def _between(text: str, people: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    for one, other in pairwise(people):
        if other.start - one.end > _LONGEST or not _BETWEEN.fullmatch(text, one.end, other.start):
            continue
        for match in _ONE.finditer(text, one.end, other.start):
            if _may_be_name(match[0]) or _has_family_name(match[0]):
                yield match.span()


def _behind(text: str, people: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    """The last one of a list whose others are known."""
    for before, one in pairwise((None, *people)):
        if one is None or (match := _LAST.match(text, one.end)) is None:
            continue
        counted = text[match.end() : match.end() + 2]
        joined = before is not None and _JOIN.fullmatch(text, before.end, one.start) is not None
        if (joined or counted[1:] in ("名", "位", "人")) and _may_be_name(match["value"]):
            yield match.span("value")


def _may_be_name(value: str) -> bool:
    rules = _rules()
    if value[:2] in rules.compound or (len(value) == _SHORT and value[0] == value[1] in ALL_TWINS):
        return True
    return len(value) <= _SHORT + 1 and rules.is_full(value)


def _has_family_name(value: str) -> bool:
    """Whether it begins with a family name, be that a function word as well: 于果, between two names."""
    rules = _rules()
    return len(value) <= _SHORT + 1 and value[0] in rules.surnames and rules.stops.isdisjoint(value[1:])


@cache
def _rules() -> NameRules:
    return NameRules()
