"""Children under fourteen: a child's name, age and school told together."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping
from voc.privacy.recognizers.names import NameRules, is_han

__all__ = ["MinorFinder"]

_AGE: Final = re.compile(r"(?<![0-9])(?P<years>[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:周岁|岁)半?")
_SCHOOL: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,14}?|第?[一二三四五六七八九十0-9]{1,3})(?:小学|幼儿园|托儿所|早教中心|实验学校|附小|一小|二小|三小|中学|学校)"
    r"(?:[\u4e00-\u9fff]{0,6}?[一二三四五六七八九大中小0-9（(]{1,3}[)）]?年?级?[（(]?[0-9一二三四五六七八九十]{0,2}[)）]?班?)?"
    r"|[一二三四五六1-6]年级[（(]?[0-9一二三四五六七八九十]{0,2}[)）]?班?"
    r"|(?<![一二三四五六七八九十])[读上在]初[一二三]|第?[一二三四五六七八九十]{1,2}中(?![\u4e00-\u9fff])"
)
_NUMERALS: Final = {char: value for value, char in enumerate("零一二三四五六七八九十")}
_LEAD: Final = re.compile(r"(?:姓名|名字|名叫|[叫是名为：:，, （(「“\"]){0,4}")
_PRIMARY: Final = re.compile("小学|附小|幼儿园|托儿所|早教|[一二三四五六1-6]年级")
"""Schools at which nobody is fourteen yet."""
_LITTLE: Final = re.compile(
    r"(?<![0-9])(?P<years>[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:周岁|岁)半?(?:大?的)?"
    r"(?:小朋友|孩子|宝宝)?(?P<name>(?P<half>[\u4e00-\u9fff])(?P=half)|小[\u4e00-\u9fff])(?=[在读上于就，,])"
)
"""An age and a pet name: 5岁的乐乐."""
_PET_WORDS: Final = frozenset(
    [
        *("小孩", "小朋", "小学", "小区", "小宝", "小时", "小班", "小狗", "小猫", "小车", "小店"),
        *("宝宝", "娃娃", "囡囡", "妹妹", "弟弟", "哥哥", "姐姐", "刚刚", "常常", "天天", "渐渐"),
    ]
)
"""Words that are made like a pet name."""
_CALLED: Final = re.compile("名叫|叫|姓名|名字")
_ADULT: Final = 14
_WITHIN: Final = 60
"""Characters in which name, age and school must stand."""
_BEFORE: Final = 8
"""Characters before the word for the child in which the age may stand: 10岁的女儿."""
_SENTENCE: Final = re.compile(r"[。！？!?\n]")


class MinorFinder(Finder):
    """A word for one's child, its name, an age below fourteen and a school or class in one sentence.

    The span goes from the first of name, age and school to the last of them.

    Source: 个人信息保护法 art. 28 and 31: personal information of minors under fourteen is sensitive.
    """

    name = "minor.v3"
    entities = ("MINOR",)

    def __init__(self) -> None:
        self._child = re.compile(any_of(cue_words("child")))
        self._rules = NameRules()
        self.gate = "小学|幼儿园|托儿所|年级|学校|附小|中学|[读上在]初[一二三]|[一二三四五六七八九十]中"

    def find(self, text: str) -> list[Candidate]:
        """Return the stretch that tells name, age and school."""
        found = []
        done = 0
        for match in self._child.finditer(text):
            if match.start() < done:
                continue
            candidate = self._of_child(text, match)
            if candidate is not None:
                found.append(candidate)
                done = candidate.end
        return found + list(overlapping(_LITTLE, text, lambda match: self._little(text, match)))

    def _little(self, text: str, match: re.Match[str]) -> Candidate | None:
        """A pet name behind the age and before the school: 5岁的乐乐在阳光幼儿园."""
        if match["name"] in _PET_WORDS or _years(match["years"]) >= _ADULT:
            return None
        stop = _SENTENCE.search(text, match.end(), match.end() + _WITHIN)
        school = _SCHOOL.search(text, match.end(), stop.start() if stop else match.end() + _WITHIN)
        if school is None:
            return None
        return self.candidate(match.start(), school.end(), 0.8, "a child's age, pet name and school")

    def _of_child(self, text: str, child: re.Match[str]) -> Candidate | None:
        stop = _SENTENCE.search(text, child.end(), child.end() + _WITHIN)
        end = stop.start() if stop else min(len(text), child.end() + _WITHIN)
        name = self._name(text, child.end(), end)
        if name is None:
            return None
        begin = max(0, child.start() - _BEFORE)
        age = next((one for one in _AGE.finditer(text, begin, end) if _years(one["years"]) < _ADULT), None)
        school = _SCHOOL.search(text, child.end(), end)
        if school is None or (age is None and not self._is_at_primary(text, child, name, school)):
            return None
        start = min(name[0], age.start() if age else name[0])
        last = max(name[1], age.end() if age else 0, school.end())
        return self.candidate(start, last, 0.85, "a child's name, age and school")

    def _is_at_primary(
        self, text: str, child: re.Match[str], name: tuple[int, int], school: re.Match[str]
    ) -> bool:
        """Whether a word says that it is the name, which is a sure one, and the school is for children."""
        said = _CALLED.search(text, child.end(), name[0]) is not None
        sure = self._rules.is_sure(text[name[0] : name[1]], named=True)
        return said and sure and _PRIMARY.search(school[0]) is not None

    def _name(self, text: str, at: int, end: int) -> tuple[int, int] | None:
        """Span of the name at `at`, after what leads to it, or behind 叫 and the like before `end`."""
        places = [at, *(match.end() for match in _CALLED.finditer(text, at, end))]
        return next((found for place in places if (found := self._name_at(text, place))), None)

    def _name_at(self, text: str, at: int) -> tuple[int, int] | None:
        lead = _LEAD.match(text, at)
        start = lead.end() if lead else at
        length = 0
        while length < 3 and start + length < len(text) and is_han(text[start + length]):
            length += 1
        value = text[start : start + length]
        pet = value[:2]
        if len(pet) == 2 and pet not in _PET_WORDS and pet[0] == pet[1]:
            return start, start + 2
        for size in (3, 2):
            name = value[:size]
            if len(name) == size and self._rules.is_full(name) and not self._rules.stays_clear(name):
                return start, start + size
        return None


def _years(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _NUMERALS.get(text[-1], 99)
    return 10 * (_NUMERALS[tens] if tens else 1) + (_NUMERALS[ones] if ones else 0)
