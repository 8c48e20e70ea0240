"""Names that count in a text in which something private stands: 老撒, 珊姐, 浩宇爸爸, CHAN TAI LONG."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from voc.privacy.lexicon import latin_names, person_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.names import NameRules, is_han
from voc.text.segment import dictionary_has, tagged_words

__all__ = ["NAME", "LikelyNames"]

NAME: Final = "likely_name.v2"
"""Stands with what is found here; raised when that changes."""
_SCORE: Final = 0.65
_HAN: Final = "\u4e00-\u9fff"
_SHORT: Final = 2
_TITLES: Final = "姐哥太嫂姨叔婶总工导董"
_BEFORE: Final = frozenset("吧呢啊吗了的是和跟找给叫问让请谢个位由被替帮与及对向")
"""Han characters directly behind which a name with a short title may begin."""
_BEHIND: Final = frozenset("的是说在来去帮给把被也都就还您你我他她很已和跟、要查值取送到催问接签")
"""Those that may follow it."""
_PARENT: Final = "(?:妈妈|爸爸|奶奶|爷爷|妈咪|家长|妈|爸)"
_CALLED: Final = r"[\s,，、(（]{0,2}(?:电话|手机号?|联系方式|号码|身份证号?)?[:：\s]{0,2}(?=[0-9]{7})"
"""Between a person and a long number."""
_PART: Final = r"[\s,，、|｜:：\-—]{1,3}"
"""Parts the cells of a line."""
_CELL_MARKS: Final = frozenset("-—|｜\t")
"""Those of them that stand between cells only; between two, a name may be a word as well."""
_ROLES: Final = ("新客", "老客", "受让", "转让")
_NO_NAMES: Final = frozenset({"ns", "v", "vn", "nz", "nt"})
"""Classes of words that are no names, though they begin with a family name: 安徽, 包装."""
_PAPERS: Final = frozenset({"CN_PASSPORT", "CN_FOREIGNER_ID", "CN_HKMO_PERMIT", "CN_TW_PERMIT"})
"""Papers of people whose names are written in Latin letters."""
_UPPER: Final = "[A-Z]{2,12}"
_WORD: Final = "[A-Z][a-z'’]{1,12}(?:-[A-Za-z][a-z]{1,10})?"
_FORM: Final = "(?:MR|MS|MRS|MISS|CHD)"
_APART: Final = "(?<![A-Za-z0-9_@.\\-/])"
_ENDS: Final = "(?![A-Za-z0-9_@.\\-/])"

Check = Callable[[str, int, int], bool]


class LikelyNames:
    """Finds names by shapes that mean something else in a text that holds nothing private."""

    def __init__(self) -> None:
        self._rules, self._is_word = NameRules(), dictionary_has()
        words, people = latin_names(), person_words()
        self._public = frozenset(words.public)
        surname = "".join(sorted(self._rules.surnames - self._rules.never))
        begins = "".join(sorted(self._rules.surnames | self._rules.given))
        self._roles = frozenset({*people.before_names, *people.roles, *_ROLES})
        roles = any_of(self._roles)
        given, families = any_of(words.given), any_of(words.families)
        upper = any_of({word.upper() for word in words.families})
        cell = f"[{surname}][{_HAN}]{{1,2}}"
        shapes: tuple[tuple[str, Check, str], ...] = (
            (f"[小老][{surname}]", self._is_familiar, "a familiar name"),
            (f"[{begins}][{_TITLES}]", self._is_addressed, "a short title"),
            (f"{roles}[是叫：:]?(?P<value>[{_HAN}]{{2,3}}?){_CALLED}", self._may_be_name, "a role, a number"),
            (f"(?<![{_HAN}]){cell}(?={_PART}[0-9]{{11}})", self._is_cell, "before a number"),
            (f"(?<=[{_HAN}]){cell}(?=1[3-9][0-9]{{9}})", self._is_glued, "glued to a number"),
            (f"(?<![{_HAN}])(?P<value>[{begins}]{{2,3}}?{_PARENT})", self._is_parent, "a child's parent"),
            (f"{_APART}{given}(?: {_WORD}){{1,2}}{_ENDS}", self._is_private, "Latin letters"),
            (f"{_APART}{families}(?: {_WORD}){{1,3}}{_ENDS}", self._is_private, "Latin letters"),
            (f"{_APART}{upper}(?: {_UPPER}){{1,3}}{_ENDS}", self._is_private, "capitals"),
            (f"{_APART}{_UPPER}/[A-Z]{{3,20}}(?: {_FORM})?{_ENDS}", self._is_private, "capitals"),
        )
        self._shapes = tuple((re.compile(shape), check, reason) for shape, check, reason in shapes)
        self._foreign = re.compile(f"{_APART}[A-Z][a-z]{{2,12}}(?: [A-Z][a-z]{{2,12}}){{1,3}}{_ENDS}")

    def find(self, text: str, found: Sequence[Candidate]) -> Iterator[Candidate]:
        """Return the names in a folded text, of which some candidates are known; they may overlap."""
        for pattern, check, reason in self._shapes:
            for match in pattern.finditer(text):
                place = match.span("value") if "value" in pattern.groupindex else match.span()
                if check(text, *place):
                    yield Candidate(*place, "PERSON", _SCORE, NAME, f"{reason}, in a private text")
        if any(one.entity in _PAPERS for one in found):
            for match in self._foreign.finditer(text):
                yield Candidate(*match.span(), "PERSON", _SCORE, NAME, "Latin letters beside a passport")

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

    def _may_be_name(self, text: str, start: int, end: int) -> bool:
        """Whether characters that are no word are a name, or one without its family name: 嘉欣."""
        value = text[start:end]
        if self._is_word(value) or not self._rules.stops.isdisjoint(value):
            return False
        begins = value[0] in self._rules.surnames or value[0] in self._rules.given
        return (len(value) == _SHORT and begins) or self._rules.is_sure(value, named=True)

    def _is_cell(self, text: str, start: int, end: int) -> bool:
        """Whether a name stands between marks, before a number; some are words as well: -原野-183…."""
        value = text[start:end]
        if self._rules.stays_clear(value) or value in self._roles:
            return False
        if len(value) > _SHORT and self._is_word(value[:_SHORT]):
            return False  # 麻烦打：139…
        named = text[start - 1 : start] in _CELL_MARKS and tagged_words(value)[0][1] not in _NO_NAMES
        return named or not self._is_word(value)

    def _is_glued(self, text: str, start: int, end: int) -> bool:
        """Whether words go over into a usual name, and that into a number: 冰箱窦莉185…."""
        value = text[start:end]
        clear = value[0] not in self._rules.careful or self._is_word(text[max(0, start - 2) : start])
        usual = self._rules.is_usual(value[1:]) and clear
        word = self._is_word(value) or self._is_word(text[start - 1 : start + 1])
        return usual and not word and not self._rules.stays_clear(value)

    def _is_parent(self, text: str, start: int, end: int) -> bool:
        name = re.sub(f"{_PARENT}$", "", text[start:end])
        return not self._is_word(name) or self._rules.is_sure(name, named=True)

    def _is_private(self, text: str, start: int, end: int) -> bool:
        """Whether Latin letters are no brand's and no public person's."""
        return text[start:end].replace(" ", "") not in self._public
