"""Dates of birth, by cue."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.cued import beside_cue, gate_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.resident_id import birth_date_holds

__all__ = ["BirthDateFinder"]

_NUMERALS: Final = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
}
_DIGIT: Final = f"[{''.join(_NUMERALS)}]"
_TENS: Final = "[一二三四五六七八九十]{1,3}"
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ENGLISH: Final = "(?i:" + "|".join(_MONTHS) + ")"
_DATE: Final = (
    r"(?:(?P<year>(?:18|19|20)[0-9]{2})"
    r"(?:\s?[年.\-/]\s?(?P<month>[0-9]{1,2})\s?[月.\-/]\s?(?P<day>[0-9]{1,2})(?:\s?[日号])?|(?P<packed>[0-9]{4}))"
    r"|(?P<short>[0-9]{2})\s?[年.\-/]\s?(?P<month2>[0-9]{1,2})\s?[月.\-/]\s?(?P<day2>[0-9]{1,2})(?:\s?[日号])?"
    r"|(?P<day3>[0-9]{1,2})/(?P<month3>[0-9]{1,2})/(?P<year3>(?:19|20)[0-9]{2})"
    rf"|(?P<day5>[0-9]{{1,2}})[\s\-]?(?P<month5>{_ENGLISH})[a-z]{{0,6}}[\s\-,.]{{0,2}}(?P<year5>(?:19|20)[0-9]{{2}})"
    rf"|(?P<written>{_DIGIT}{{4}}|{_DIGIT}{{2}}|[0-9]{{4}}|[0-9]{{2}})年的?农?历?"
    rf"(?P<month4>{_TENS}|[正冬腊]|[0-9]{{1,2}})月(?P<day4>初?{_TENS}|廿[一二三四五六七八九]?|[0-9]{{1,2}})(?:\s?[日号])?)"
)
_MONTH: Final = (
    rf"(?P<written>(?:19|20)[0-9]{{2}}|[0-9]{{2}}|{_DIGIT}{{4}}|{_DIGIT}{{2}})\s?年\s?"
    rf"(?P<month4>{_TENS}|[0-9]{{1,2}})\s?月(?:份)?(?!\s?[0-9初廿])"
)
_POINTED: Final = r"(?P<written>(?:19|20)[0-9]{2})[.\-/](?P<month4>1[0-2]|0?[1-9])(?![0-9]|[.\-/][0-9])"
_DAY: Final = (
    rf"(?P<month4>{_TENS}|[正冬腊]|[0-9]{{1,2}})\s?月\s?"
    rf"(?P<day4>初?{_TENS}|廿[一二三四五六七八九]?|[0-9]{{1,2}})\s?[日号]?"
)
_END: Final = r"(?![0-9])"
_BORN: Final = r"(?:(?:出生|生的|生人)(?![率地产证])|生(?=[，,。；;）)\s]|$))"
_CALENDAR: Final = r"\s?(?:[（(]?(?:阳历|阴历|农历|公历)[）)]?)?"
_IS: Final = r"(?:是|为|[:：=])\s?(?:阳历|阴历|农历|公历)?"


class BirthDateFinder(Finder):
    """A real day in one of the usual spellings, behind 生日 and the like or a sex, or before 出生 and 生的.

    A month of a year, or a day without one, is enough where the cue says that it is the birth's: 90年3月出生,
    生日是三月七号.
    """

    name = "birth_date.v5"
    entities = ("DATE_OF_BIRTH",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        cue = any_of(cue_words("birth_date"))
        self._days = (
            beside_cue(["birth_date"], _DATE, end=_END, back=False, free=True),
            re.compile(rf"[男女]性?[\s/|，,、]{{1,3}}(?P<value>{_DATE}){_END}"),
            re.compile(
                rf"(?<![0-9.〇零一二三四五六七八九])(?P<value>{_DATE}){_END}{_CALENDAR}"
                r"(?:出生|生的|生人|的?生日|诞生|生于|生(?![产效成活意]))"
            ),
        )
        self._parts = (
            re.compile(rf"{cue}\s?(?:{_IS})?\s?(?P<value>{_MONTH})", re.IGNORECASE),
            re.compile(rf"{cue}\s?(?:{_IS})?\s?(?P<value>{_POINTED})", re.IGNORECASE),
            re.compile(rf"(?<![0-9.一二三四五六七八九])(?P<value>{_MONTH}){_CALENDAR}{_BORN}"),
            re.compile(
                rf"(?<![年0-9〇零一二三四五六七八九])(?P<value>(?:[农阴]历)?{_DAY})(?:过生|过寿|做寿|的寿辰|的?生日)"
            ),
            re.compile(
                rf"{cue}\s?{_IS}\s?(?P<value>{_DAY}){_END}(?![a-zA-Z]|\s?[折送去买吃])", re.IGNORECASE
            ),
        )
        self.gate = (
            f"{gate_of('birth_date')}|[0-9][日号]?\\s?(?:[（(]?[阳阴农公]历)?[）)]?(?:出生|生)"
            "|[日号月份一二三四五六七八九十]\\s?(?:[（(]?[阳阴农公]历)?[）)]?(?:出生|生[的人于，,。；;）)\\s])|[月份]\\s?生"
            "|[男女]性?[\\s/|，,、]{1,3}[0-9]{2}"
            "|月[初廿二三十]?[一二三四五六七八九十0-9]{1,2}[日号]?(?:的?生|过生|过寿|做寿|的寿)"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return dates of birth; the cue is not part of the span."""
        found: list[Candidate] = []
        for pattern in self._days:
            found += overlapping(pattern, text, self._day)
        for pattern in self._parts:
            found += overlapping(pattern, text, self._part)
        return found

    def _day(self, match: re.Match[str]) -> Candidate | None:
        if not any(birth_date_holds(plain) for plain in _readings(match)):
            return None
        return self.candidate(*match.span("value"), 0.9, "a day beside the cue")

    def _part(self, match: re.Match[str]) -> Candidate | None:
        told = match.groupdict()
        year = _year(told["written"]) if told.get("written") else "2000"
        day = _number(told["day4"]) if told.get("day4") else 1
        if not birth_date_holds(f"{year}{_number(told['month4']):02d}{day:02d}"):
            return None
        return self.candidate(*match.span("value"), 0.85, "a month or a day beside the cue")


def _readings(match: re.Match[str]) -> list[str]:
    """What the date may be, as YYYYMMDD or YYMMDD: two where the month may stand first or second."""
    if match["packed"] is not None:
        return [match["year"] + match["packed"]]
    if match["year"] is not None:
        return [f"{match['year']}{int(match['month']):02d}{int(match['day']):02d}"]
    if match["short"] is not None:
        return [f"{match['short']}{int(match['month2']):02d}{int(match['day2']):02d}"]
    if match["year3"] is not None:
        one, other = int(match["day3"]), int(match["month3"])
        return [f"{match['year3']}{month:02d}{day:02d}" for month, day in ((one, other), (other, one))]
    if match["year5"] is not None:
        month = _MONTHS.index(match["month5"].upper()) + 1
        return [f"{match['year5']}{month:02d}{int(match['day5']):02d}"]
    return [f"{_year(match['written'])}{_number(match['month4']):02d}{_number(match['day4']):02d}"]


def _year(text: str) -> str:
    return "".join(_NUMERALS.get(char, char) for char in text)


def _number(text: str) -> int:
    """Number of a month or a day: 正月, 十二月, 初七, 廿三, 二十一."""
    plain = text.removeprefix("初").translate({ord("正"): "一", ord("廿"): "二十"})
    if plain in ("冬", "腊"):
        return {"冬": 11, "腊": 12}[plain]
    if plain.isdigit() and plain.isascii():
        return int(plain)
    tens, ten, ones = plain.partition("十")
    if not ten:
        return int(_NUMERALS[plain]) if plain in _NUMERALS else 0
    return 10 * int(_NUMERALS.get(tens, "1")) + int(_NUMERALS.get(ones, "0"))
