"""Telephone numbers of Hong Kong, Macao, Taiwan and other countries."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import GATE_GAP, LEFT, RIGHT, compact
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.names import is_han

__all__ = ["PhoneAbroadFinder"]

_MARK: Final = r"[ \-.]{0,2}"
_REST: Final = rf"[)）]?(?:{_MARK}[(（]?[0-9][)）]?){{7,12}}{RIGHT}"
_COUNTRIES: Final = (
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[124]|9[0-58]|3[578][0-9]|420|421|85[2356]|88[06]"
    "|9[67][0-9]|99[2-68]"
)
_INTERNATIONAL: Final = re.compile(
    rf"(?<![0-9A-Za-z+])[(（]?(?:\+{_MARK}|{LEFT}00)(?!86)(?P<country>{_COUNTRIES}){_REST}"
)
_EIGHT: Final = r"[2-9][0-9]{3}[ \-]?[0-9]{4}"
_HONG_KONG: Final = re.compile(rf"{LEFT}[(（]?(?:852|853)[)）]?[ \-]?{_EIGHT}{RIGHT}")
_NAMED: Final = re.compile(
    rf"(?:香港|澳门|港澳|澳門|(?<![A-Za-z])HK)的?(?:手机|手機|电话|電話|移动电话|联系电话|座机|号码|號碼)"
    rf"(?:号码?)?[\s:：是为]{{0,3}}(?P<value>{_EIGHT}){RIGHT}"
)
_TAIWAN: Final = re.compile(rf"{LEFT}09[0-9]{{2}}(?P<mark>[ \-]?)[0-9]{{3}}(?P=mark)[0-9]{{3}}{RIGHT}")
_TAIWAN_LANDLINE: Final = re.compile(
    rf"{LEFT}(?:[(（]0[2-8][)）][ \-]?|0[2-8][ \-])[2-8][0-9]{{2,3}}[ \-][0-9]{{4}}{RIGHT}"
)
_AROUND: Final = re.compile("香港|澳[门門]|港澳|台湾|台北|臺|HK")
_REACH: Final = 16
_MOST: Final = 15
_LEAST_UNCUED: Final = 11
_LEAST_DIFFERENT: Final = 4


class PhoneAbroadFinder(Finder):
    """A plus or 00, the code of a country and 7 to 12 digits; national spellings beside a word for them.

    Source: ITU-T E.164 (country codes, 15 digits at most); Hong Kong's and Macao's numbers have eight digits,
    Taiwan's mobile ones ten, the first two of them 09.
    """

    name = "phone_abroad.v1"
    entities = ("CN_MOBILE",)
    group = GateGroup.NUMBER
    gate = f"(?:[0-9][)）]?{GATE_GAP}[(（]?){{8}}"

    def find(self, text: str) -> list[Candidate]:
        """Return numbers with the code of their country, where they have it."""
        cues = Cues(text, "mobile", "landline")
        found = list(overlapping(_INTERNATIONAL, text, lambda match: self._international(match, cues)))
        for pattern in (_HONG_KONG, _TAIWAN, _TAIWAN_LANDLINE):
            found += overlapping(pattern, text, lambda match: self._cued(text, match, cues))
        found += [
            self.candidate(
                *match.span("value"), 0.85, "eight digits, said to be a number of Hong Kong or Macao"
            )
            for match in _NAMED.finditer(text)
        ]
        return found

    def _international(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        digits = compact(match[0]).removeprefix("00")
        if len(digits) > _MOST or len(set(digits)) < _LEAST_DIFFERENT:
            return None
        touched = match.start() > 0 and is_han(match.string[match.start() - 1])
        if touched and len(digits) < _LEAST_UNCUED and not cues.near(*match.span()):
            return None  # 积分+20 2024 0101
        return self.candidate(*match.span(), 0.85, "plus, code of a country and digits")

    def _cued(self, text: str, match: re.Match[str], cues: Cues) -> Candidate | None:
        start, end = match.span()
        place = _AROUND.search(text, max(0, start - _REACH), start) is not None
        grouped = match.re is _TAIWAN and match["mark"] == "-"
        if grouped or cues.near(start, end) or (place and match.re is not _HONG_KONG):
            return self.candidate(start, end, 0.96, "national spelling, and a word for it")
        return None
