"""Names that count in a text in which something private stands: 老撒, 珊姐, 浩宇爸爸, CHAN TAI LONG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from voc.privacy.lexicon import latin_names, person_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.names import NameRules, is_han
from voc.text.segment import dictionary_has

__all__ = ["LikelyNames"]

_NAME: Final = "likely_name.v1"
_SCORE: Final = 0.65
_HAN: Final = "\u4e00-\u9fff"
_SHORT: Final = 2
_TITLES: Final = "姐哥太嫂姨叔婶总工导董"
_BEFORE: Final = frozenset("吧呢啊吗了的是和跟找给叫问让请谢个位由被替帮与及对向")
"""Han characters directly behind which a name with a short title may begin."""
_BEHIND: Final = frozenset("的是说在来去帮给把被也都就还您你我他她很已和跟、")
"""Those that may follow it."""
_PARENT: Final = "(?:妈妈|爸爸|奶奶|爷爷|妈咪|家长|妈|爸)"
_CALLED: Final = r"[\s,，、(（]{0,2}(?:电话|手机号?|联系方式|号码|身份证号?)?[:：\s]{0,2}(?=[0-9]{7})"
"""Between a person and a long number."""
_ROLES: Final = ("新客", "老客", "受让", "转让", "实名都是")
_UPPER: Final = "[A-Z]{2,12}"
_APART: Final = "(?<![A-Za-z0-9_@.\\-/])"
_ENDS: Final = "(?![A-Za-z0-9_@.\\-/])"


class LikelyNames:
    """Finds names by shapes that mean something else in a text that holds nothing private."""

    def __init__(self) -> None:
        self._rules, self._is_word = NameRules(), dictionary_has()
        words, people = latin_names(), person_words()
        self._public = frozenset(words.public)
        surname = "".join(sorted(self._rules.surnames - self._rules.never))
        begins = "".join(sorted(self._rules.surnames | self._rules.given))
        roles = any_of({*people.before_names, *people.roles, *_ROLES})
        families = any_of({word.upper() for word in words.families})
        self._familiar = re.compile(f"[小老][{surname}]")
        self._titled = re.compile(f"[{begins}][{_TITLES}]")
        self._in_role = re.compile(f"{roles}(?:是|叫|：|:)?(?P<value>[{_HAN}]{{2,3}}?){_CALLED}")
        self._of_child = re.compile(
            f"(?<![{_HAN}])(?P<name>[{begins}]{{2,3}}?){_PARENT}(?![{_HAN}]?[买用穿吃])"
        )
        self._latin = (
            re.compile(f"{_APART}(?:{any_of(words.given)})(?: [A-Z][a-z'’]{{1,12}}){{1,2}}{_ENDS}"),
            re.compile(f"{_APART}{families}(?: {_UPPER}){{1,3}}{_ENDS}"),
            re.compile(f"{_APART}{_UPPER}/[A-Z]{{3,20}}(?: (?:MR|MS|MRS|MISS|CHD))?{_ENDS}"),
        )

    def find(self, text: str) -> Iterator[Candidate]:
        """Return the names in a folded text; they may overlap."""
        for match in self._familiar.finditer(text):
            if self._is_familiar(text, *match.span()):
                yield _person(*match.span(), "a familiar name in a private text")
        for match in self._titled.finditer(text):
            if self._is_addressed(text, *match.span()):
                yield _person(*match.span(), "a short title in a private text")
        for match in self._in_role.finditer(text):
            if self._may_be_name(match["value"]):
                yield _person(*match.span("value"), "between a role and a number")
        for match in self._of_child.finditer(text):
            if not self._is_word(match["name"]) or self._rules.is_sure(match["name"], named=True):
                yield _person(*match.span(), "a child's parent in a private text")
        for pattern in self._latin:
            for match in pattern.finditer(text):
                if match[0].replace(" ", "") not in self._public:
                    yield _person(*match.span(), "Latin letters in a private text")

    def _is_familiar(self, text: str, start: int, end: int) -> bool:
        """Whether 小 or 老 and a family name are no part of a word or of a public person's name."""
        value, before, behind = text[start:end], text[max(0, start - 1) : start], text[end : end + 1]
        words = (value, before + value[0], value[1] + behind, value + behind)
        clear = self._rules.stays_clear(value, before + value)
        return not clear and not any(len(word) > 1 and self._is_word(word) for word in words)

    def _is_addressed(self, text: str, start: int, end: int) -> bool:
        """Whether a character and a title stand by themselves and make no word."""
        before, behind = text[start - 1 : start], text[end : end + 1]
        opens = not before or not is_han(before) or before in _BEFORE
        closes = not behind or not is_han(behind) or behind in _BEHIND
        value = text[start:end]
        return opens and closes and not self._is_word(value) and not self._rules.stays_clear(value)

    def _may_be_name(self, value: str) -> bool:
        """Whether characters that are no word are a name, or one without its family name: 嘉欣."""
        if self._is_word(value) or not self._rules.stops.isdisjoint(value):
            return False
        begins = value[0] in self._rules.surnames or value[0] in self._rules.given
        return (len(value) == _SHORT and begins) or self._rules.is_sure(value, named=True)


def _person(start: int, end: int, reason: str) -> Candidate:
    return Candidate(start, end, "PERSON", _SCORE, _NAME, reason)
