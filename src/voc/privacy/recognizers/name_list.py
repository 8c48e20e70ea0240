"""Names in a list of which another one is known: 张伟、李强和王芳女士."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from voc.privacy.lexicon import person_words
from voc.privacy.recognizers.figures import figures
from voc.privacy.recognizers.names import NameRules, is_han
from voc.text.segment import dictionary_has, tagged_words

__all__ = ["NameList"]

_JOIN: Final = re.compile(r"\s?(?:、|以及|和|与|及|跟)\s?")
_JOINED: Final = re.compile(r"(?:、|以及|和|与|及|跟)\s?$")
_MARKS: Final = "、和与及跟"
_LONGEST_JOIN: Final = 4
_LENGTHS: Final = (4, 3, 2)
_MOST: Final = 12
"""Names on each side of a known one: longer lists are none of people."""
_NAME_CLASSES: Final = frozenset({"nr", "nrfg", "nrt"})
_AFTER_A: Final = "强芳丽明华珍英兰伟军勇敏霞玲娟燕梅秀云凤杰辉峰龙虎彪豪飞文武生福贵财宝"
"""Characters of familiar names behind 阿."""


class NameList:
    """Finds the neighbours of a name: a family name with a usual given name and clear ends."""

    def __init__(self, rules: NameRules) -> None:
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
        join = _JOIN.match(text, end)
        if join is None:
            return None
        start = join.end()
        places = ((start, start + length) for length in _LENGTHS)
        return next(
            (place for place in places if self._ends(text, place[1]) and self._holds(text, *place)), None
        )

    def _before(self, text: str, start: int) -> tuple[int, int] | None:
        join = _JOINED.search(text, max(0, start - _LONGEST_JOIN), start)
        if join is None:
            return None
        end = join.start()
        places = ((end - length, end) for length in _LENGTHS if end >= length)
        return next(
            (place for place in places if self._begins(text, place[0]) and self._holds(text, *place)), None
        )

    def _ends(self, text: str, end: int) -> bool:
        return self._rules.closes(text, end) or text[end : end + 1] in _MARKS

    def _begins(self, text: str, start: int) -> bool:
        return self._rules.opens(text, start) or text[start - 1] in _MARKS

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
