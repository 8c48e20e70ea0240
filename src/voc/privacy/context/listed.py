"""Finds who stands among other people in a list: 张伟、李强和王芳女士; 史蕾、阎锐、景甜甜、常乐.

A rule or the tagger may doubt one name of a list, as it is a word or a public person's; its neighbours tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from voc.privacy.lexicon import person_words
from voc.privacy.recognizers.familiar_name import ALL_TWINS
from voc.privacy.recognizers.figures import figures
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.names import NameRules, is_han
from voc.text.segment import dictionary_has, tagged_words

__all__ = ["NAME", "listed"]

NAME: Final = "listed.v2"
"""Stands with what is found here; raised when that changes."""
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
_AND: Final = re.compile(r"\s?(?:、|以及|和|与|及|跟)\s?")
_AND_BEFORE: Final = re.compile(r"(?:、|以及|和|与|及|跟)\s?$")
_ANDS: Final = "、和与及跟"
_LONGEST_AND: Final = 4
_LENGTHS: Final = (4, 3, 2)
_MOST: Final = 12
"""Names on each side of a known one: longer lists are none of people."""
_NAME_CLASSES: Final = frozenset({"nr", "nrfg", "nrt"})
_AFTER_A: Final = "强芳丽明华珍英兰伟军勇敏霞玲娟燕梅秀云凤杰辉峰龙虎彪豪飞文武生福贵财宝"
"""Characters of familiar names behind 阿."""
_MOST_PEOPLE: Final = 64
"""Names of a text beside which further ones are looked for."""


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
    more = []
    for start, end in (
        *_between(text, people),
        *_behind(text, people),
        *_beside(text, people[:_MOST_PEOPLE]),
    ):
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            more.append(Candidate(start, end, "PERSON", 0.7, NAME, "among the people of a list"))
    return more


def _beside(text: str, people: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    for one in people:
        yield from _neighbours().beside(text, one.start, one.end)


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


class _Neighbours:
    """Finds the neighbours of a name: a family name with a usual given name and clear ends."""

    def __init__(self) -> None:
        rules = _rules()
        self._rules, self._figures = rules, figures()
        self._is_word = dictionary_has()
        sure, family = "".join(sorted(rules.sure)), "".join(sorted(rules.surnames - rules.never))
        given = "".join(sorted(char for char in _AFTER_A if rules.is_usual(char)))
        titles = "".join(person_words().short_titles)
        self._short = re.compile(f"[{sure}][{titles}董]|[小老][{family}]|阿[{given}]")

    def beside(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where names stand that marks of a list join to the name at [start, end)."""
        at = end
        for _ in range(_MOST):
            if (behind := self._behind(text, at)) is None:
                break
            yield behind
            at = behind[1]
        at = start
        for _ in range(_MOST):
            if (before := self._before(text, at)) is None:
                break
            yield before
            at = before[0]

    def _behind(self, text: str, end: int) -> tuple[int, int] | None:
        join = _AND.match(text, end)
        if join is None:
            return None
        start = join.end()
        places = ((start, start + length) for length in _LENGTHS)
        return next(
            (place for place in places if self._ends(text, place[1]) and self._holds(text, *place)), None
        )

    def _before(self, text: str, start: int) -> tuple[int, int] | None:
        join = _AND_BEFORE.search(text, max(0, start - _LONGEST_AND), start)
        if join is None:
            return None
        end = join.start()
        places = ((end - length, end) for length in _LENGTHS if end >= length)
        return next(
            (place for place in places if self._begins(text, place[0]) and self._holds(text, *place)), None
        )

    def _ends(self, text: str, end: int) -> bool:
        return self._rules.closes(text, end) or text[end : end + 1] in _ANDS

    def _begins(self, text: str, start: int) -> bool:
        return self._rules.opens(text, start) or text[start - 1] in _ANDS

    def _holds(self, text: str, start: int, end: int) -> bool:
        """Whether a name stands there that is no figure's and no other word of the dictionary."""
        name = text[start:end]
        if len(name) < end - start or not all(map(is_han, name)):
            return False
        if self._short.fullmatch(name):
            return not self._rules.stays_clear(name)
        family = 2 if name[:2] in self._rules.compound else 1
        usual = self._rules.is_sure(name, named=True) and self._rules.is_usual(name[family:])
        if not usual or self._figures.stays_clear(text, start, end):
            return False
        return not self._is_word(name) or tagged_words(name)[0][1] in _NAME_CLASSES


@cache
def _rules() -> NameRules:
    return NameRules()


@cache
def _neighbours() -> _Neighbours:
    return _Neighbours()
