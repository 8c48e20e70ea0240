"""Homes, codes and birthdays that count where something private stands in the text: 8-1502, KQ3T8M."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from voc.privacy.recognizers.finder import Candidate

__all__ = ["NAME", "birthdays", "codes", "homes"]

NAME: Final = "likely_value.v1"
"""Stands with what is found here; raised when that changes."""
_SCORE: Final = 0.65
_HAN: Final = "\u4e00-\u9fff"
_ROOM: Final = re.compile(
    rf"(?<![0-9A-Za-z{_HAN}.\-/~])(?:(?<![:：])[0-9]{{1,2}}-|[0-9]{{1,2}}-[0-9]{{1,2}}-)[0-9]{{3,4}}(?![0-9A-Za-z.\-/~元块号年月天分人])"
)
"""A home by its numbers alone: 8-1502, 11-1-902."""
_KINDS: Final = "小区|社区|花园|家园|新村|花苑|嘉园|佳苑|雅苑|名苑|华庭|豪庭|新苑|公馆|家属院"
_PROPER: Final = f"(?:(?![这那哪个的了一我你您他她们在是有离附近旁边到住去来从每各全某本该几家送])[{_HAN}])"
_COMMUNITY: Final = re.compile(
    rf"(?:(?<![{_HAN}])|(?<=[在到住是去来从]))(?P<value>{_PROPER}{{2,8}}(?:{_KINDS})(?:[东西南北]?门(?!店)口?)?)"
    rf"(?![{_HAN}]?(?:酒店|超市|医院))"
)
_DATE: Final = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})[\-/.年]?(?P<month>1[0-2]|0?[1-9])[\-/.月]?(?P<day>3[01]|[12][0-9]|0?[1-9])日?"
    r"(?![0-9])"
)
_END: Final = "(?![0-9A-Za-z])"
_CODES: Final = (
    (rf"(?<![A-Za-z0-9])[A-Z]{{1,3}}[0-9]{{10,18}}{_END}", "ORDER_NO", "letters and a long number"),
    (
        rf"(?<![0-9A-Za-z.])(?!69[0-9]{{11}}{_END})[0-9]{{12,22}}(?![0-9A-Za-z.元])",
        "ORDER_NO",
        "a long number",
    ),
    (rf"单[:：\s]?(?P<value>[A-Z]{{1,4}}-?[0-9]{{8,18}}){_END}", "ORDER_NO", "letters and a long number"),
    (
        rf"微信[^\n]{{0,20}}?是(?P<value>[A-Za-z][A-Za-z0-9]{{0,12}}[_\-][A-Za-z0-9_\-]{{3,16}}){_END}",
        "WECHAT_ID",
        "a handle behind the word",
    ),
    (
        rf"[座订定认票录]编?[号码]码?[:：是\s]{{0,3}}(?P<value>(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-Z0-9]{{5,8}}){_END}",
        "ORDER_NO",
        "the record of a booking",
    ),
    (
        rf"(?i:booking|order|reservation|ref)[\s:#.]{{1,3}}(?:(?i:no|id)[\s:#.]{{0,3}})?"
        rf"(?P<value>[A-Z]{{1,4}}[0-9]{{5,12}}(?:[A-Z][0-9]{{0,6}})?){_END}",
        "ORDER_NO",
        "the record of a booking",
    ),
    (
        r"(?:小红书|抖音|快手|微博|[Bb]站|闲鱼)[^\n0-9A-Za-z]{0,12}号[:：是\s]{0,2}(?P<value>[0-9A-Za-z_]{6,16})"
        r"(?![0-9A-Za-z_])",
        "SOCIAL_ACCOUNT",
        "a number behind its platform",
    ),
    (
        rf"(?<![A-Za-z])(?:[Qq]{{2}}[^\n0-9A-Za-z]{{1,8}}|Q[:：]?)(?P<value>[1-9][0-9]{{5,10}}){_END}",
        "QQ_ID",
        "a number behind QQ",
    ),
    (
        rf"(?<![{_HAN}])编号[:：是\s]{{0,2}}(?P<value>(?=[A-Z\-]{{0,6}}[0-9]{{4}})[A-Z0-9\-]{{7,20}}){_END}",
        "ACCOUNT_NO",
        "a number of something not named",
    ),
    (
        r"(?:保单|合同|协议|会员卡?|公积金|社保卡?|客户|档案|学籍|工牌|病历|缴费|户)号?[:：是\s]{0,3}"
        rf"(?P<value>[A-Z]{{0,4}}[ \-]?[0-9]{{3,6}}(?:[ \-][0-9]{{2,6}}){{1,4}}){_END}(?!元|块)",
        "ACCOUNT_NO",
        "digits in groups behind a paper",
    ),
    (rf"(?<![A-Za-z0-9])[PSD]E[0-9]{{7}}{_END}", "CN_PASSPORT", "form of a passport for public affairs"),
    (
        rf"(?:香港|澳门|港澳)[{_HAN}]{{0,6}}\s?(?P<value>[HM][0-9]{{8}}){_END}",
        "CN_HKMO_PERMIT",
        "form of a permit behind the place",
    ),
)
_COMPILED: Final = tuple((re.compile(shape), entity, reason) for shape, entity, reason in _CODES)
_MONTH: Final = re.compile(
    r"(?<=[男女])[\s，,、|｜/]{1,3}(?P<value>(?:19|20)[0-9]{2}[.\-/年](?:1[0-2]|0?[1-9])月?)(?![0-9.\-/])"
)
"""A month behind the sex, in a form."""
_SEX: Final = re.compile(r"[\s，,、|｜/]{1,3}(?:[男女][\s，,、|｜/]{1,3})?")
"""Between a name and the day of birth in a form."""
_YOUNGEST: Final = 2022
"""Years from which a date behind a name is hardly somebody's birthday."""
_ACCOUNT: Final = re.compile(
    r"(?:小红书|抖音|快手|微博|[Bb]站|闲鱼)[^\n0-9A-Za-z]{0,12}号[:：是\s]{0,2}(?P<value>[0-9A-Za-z_]{6,16})(?![0-9A-Za-z_])"
)


def homes(text: str) -> Iterator[Candidate]:
    """Return homes that are told by numbers alone, and communities without a building."""
    for match in _ROOM.finditer(text):
        yield Candidate(*match.span(), "CN_ADDRESS", _SCORE, NAME, "numbers of a home in a private text")
    for match in _COMMUNITY.finditer(text):
        yield Candidate(*match.span("value"), "CN_ADDRESS", _SCORE, NAME, "a community in a private text")


def codes(text: str) -> Iterator[Candidate]:
    """Return numbers of orders, accounts and papers that no word, or only a vague one, tells to be such."""
    for pattern, entity, reason in _COMPILED:
        for match in pattern.finditer(text):
            place = match.span("value") if "value" in pattern.groupindex else match.span()
            yield Candidate(*place, entity, _SCORE, NAME, f"{reason}, in a private text")


def birthdays(text: str, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Return dates that a resident identity number of the text holds, or that follow a name."""
    born = {
        "".join(re.findall("[0-9Xx]", text[one.start : one.end]))[6:14]
        for one in found
        if one.entity == "CN_RESIDENT_ID"
    }
    for match in _MONTH.finditer(text):
        yield Candidate(*match.span("value"), "DATE_OF_BIRTH", _SCORE, NAME, "a month behind the sex")
    ends = [one.end for one in found if one.entity == "PERSON"]
    for match in _DATE.finditer(text) if born or ends else ():
        if f"{match['year']}{int(match['month']):02}{int(match['day']):02}" in born:
            yield Candidate(*match.span(), "DATE_OF_BIRTH", 0.9, NAME, "the date in the identity number")
        elif int(match["year"]) < _YOUNGEST and any(_SEX.fullmatch(text, end, match.start()) for end in ends):
            yield Candidate(*match.span(), "DATE_OF_BIRTH", _SCORE, NAME, "a date directly behind a name")
