"""Homes and birthdays that count where something private stands in the text: 8-1502."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from voc.privacy.recognizers.finder import Candidate

__all__ = ["NAME", "birthdays", "homes"]

NAME: Final = "likely_value.v3"
"""Stands with what is found here; raised when that changes."""
_SCORE: Final = 0.65
_HAN: Final = "\u4e00-\u9fff"
_ROOM: Final = re.compile(
    rf"(?<![0-9A-Za-z{_HAN}.\-/~])(?:(?<![:：])[0-9]{{1,2}}-|[0-9]{{1,2}}-[0-9]{{1,2}}-)[0-9]{{3,4}}(?![0-9A-Za-z.\-/~元块号年月天分人])"
)
"""A home by its numbers alone: 8-1502, 11-1-902."""
_KINDS: Final = "小区|社区|花园|家园|新村|花苑|嘉园|佳苑|雅苑|名苑|华庭|豪庭|新苑|公馆|家属院"
_PROPER: Final = f"(?:(?![这那哪个的了一我你您他她们在是有离附近旁边到住去来从每各全某本该几家送])[{_HAN}])"
_GATE: Final = re.compile(
    rf"(?<![{_HAN}])[放在到住送于]{{0,2}}(?P<value>{_PROPER}{{2,6}}[苑府庭邸轩郡湾][东西南北]门(?:岗亭|口|外)?)"
)
"""The gate of a community, where one waits."""
_COMMUNITY: Final = re.compile(
    rf"(?:(?<![{_HAN}])|(?<=[在到住是去来从]))(?!感谢|对面|隔壁|整个)(?P<value>{_PROPER}{{2,8}}(?:{_KINDS})(?:[东西南北]?门(?!店)口?)?)"
    rf"(?![{_HAN}]?(?:酒店|超市|医院))"
)
_DATE: Final = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})[\-/.年]?(?P<month>1[0-2]|0?[1-9])[\-/.月]?(?P<day>3[01]|[12][0-9]|0?[1-9])日?"
    r"(?![0-9])"
)
_MONTH: Final = re.compile(
    r"(?<=[男女])[\s，,、|｜/]{1,3}(?P<value>(?:19|20)[0-9]{2}[.\-/年](?:1[0-2]|0?[1-9])月?)(?![0-9.\-/])"
)
"""A month behind the sex, in a form."""
_SEX: Final = re.compile(r"[\s，,、|｜/]{1,3}(?:[男女][\s，,、|｜/]{1,3})?")
"""Between a name and the day of birth in a form."""
_YOUNGEST: Final = 2022
"""Years from which a date behind a name is hardly somebody's birthday."""
_LUNAR: Final = re.compile(
    r"(?<![0-9〇零一二三四五六七八九])(?:(?:[0-9]{2}){1,2}|(?:[〇零一二三四五六七八九]{2}){1,2})年(?:农历)?(?:[正冬腊]|[一二三四五六七八九十]{1,2})月"
    r"(?:初[一二三四五六七八九十]|[十廿][一二三四五六七八九]?|二十)(?![0-9])"
)
"""A day of the old calendar with its year: 81年腊月初八."""
_SHORT: Final = re.compile(
    r"(?<![0-9〇零一二三四五六七八九])(?:19)?[4-9][0-9]\s?年\s?(?:1[0-2]|0?[1-9])\s?月\s?(?:3[01]|[12][0-9]|0?[1-9])[日号]?"
    r"(?![0-9])(?!.{0,3}(?:入职|入伍|参军|参加|成立|建成|开业|结婚|登记|毕业|签|购|买|办|起|以前|之前))"
)
"""A day of last century, at which hardly anything else begins that a ticket tells of: 95年10月13日."""
_ASKED: Final = re.compile(
    r"(?:(?:生日|出生)[^0-9\n]{0,10}[\n？?：:]|身份证上?(?:写的|登记的)?(?:应该)?是)\s?(?:[^\s0-9：:]{1,6}[：:]\s?)?"
    r"(?P<value>(?:(?:19|20)?[0-9]{2}\s?[年.\-/]\s?)?(?:1[0-2]|0?[1-9])\s?[月.\-/]\s?(?:3[01]|[12][0-9]|0?[1-9])[日号]?"
    r"|(?:19|20)?[0-9]{2}年(?:1[0-2]|0?[1-9])月|(?:[4-9][0-9]|[01][0-9])(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9]))(?![0-9.元块])"
)
"""The answer to who asks for a birthday: 报生日领券？92年11.23."""
_GROWN: Final = 2013
"""Years up to this one seldom stand between the marks of a ticket but as those of birth."""


def homes(text: str) -> Iterator[Candidate]:
    """Return homes that are told by numbers alone, and communities without a building."""
    for match in _ROOM.finditer(text):
        yield Candidate(*match.span(), "CN_ADDRESS", _SCORE, NAME, "numbers of a home in a private text")
    for pattern in (_COMMUNITY, _GATE):
        for match in pattern.finditer(text):
            yield Candidate(*match.span("value"), "CN_ADDRESS", _SCORE, NAME, "a community in a private text")


def birthdays(text: str, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Return dates that a resident identity number of the text holds, or that follow a name."""
    born = {
        "".join(re.findall("[0-9Xx]", text[one.start : one.end]))[6:14]
        for one in found
        if one.entity == "CN_RESIDENT_ID"
    }
    for match in _MONTH.finditer(text):
        yield Candidate(*match.span("value"), "DATE_OF_BIRTH", _SCORE, NAME, "a month behind the sex")
    for match in _LUNAR.finditer(text):
        yield Candidate(*match.span(), "DATE_OF_BIRTH", _SCORE, NAME, "a day of the old calendar")
    for match in _SHORT.finditer(text):
        yield Candidate(*match.span(), "DATE_OF_BIRTH", _SCORE, NAME, "a day of last century")
    for match in _ASKED.finditer(text):
        yield Candidate(
            *match.span("value"), "DATE_OF_BIRTH", _SCORE, NAME, "a day where a birthday is asked for"
        )
    ends = [one.end for one in found if one.entity == "PERSON"]
    for match in _DATE.finditer(text):
        if f"{match['year']}{int(match['month']):02}{int(match['day']):02}" in born:
            yield Candidate(*match.span(), "DATE_OF_BIRTH", 0.9, NAME, "the date in the identity number")
        elif int(match["year"]) < _GROWN and _stands_alone(text, match):
            yield Candidate(*match.span(), "DATE_OF_BIRTH", _SCORE, NAME, "a day long ago, in a private text")
        elif int(match["year"]) < _YOUNGEST and any(_SEX.fullmatch(text, end, match.start()) for end in ends):
            yield Candidate(*match.span(), "DATE_OF_BIRTH", _SCORE, NAME, "a date directly behind a name")


def _stands_alone(text: str, date: re.Match[str]) -> bool:
    """Whether a day is written with marks between its parts, and stands between marks itself."""
    before, behind = text[: date.start()].rstrip(" \t"), text[date.end() :].lstrip(" \t")
    beside = before[-1:] + behind[:1]
    return not date[0][4].isdigit() and not any(char.isalnum() or char in "：:" for char in beside)
