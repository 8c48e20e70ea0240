"""Numbers of what concerns one person, whatever it is: 业务号码…, 门禁卡…, 户口本号…; deeds by their form."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.cued import END, NO_UNIT
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["NumberedFinder"]

_NUMBERED: Final = re.compile(
    r"(?=[号编码证卡本Ii])(?<=[\u4e00-\u9fff])(?:(?<!编)号码?|编号|编码|(?<![编代密])码|证号?|卡号?|本号?|[Ii][Dd])"
    r"(?:[\s:：=是为（(|｜\"]|填的?|写的?|应该是){0,4}"
    rf"(?P<value>(?=(?:[A-Za-z\-_]{{0,6}}[0-9]){{6}})[A-Za-z0-9][A-Za-z0-9\-_]{{5,30}}){END}{NO_UNIT}"
)
_NAMED: Final = re.compile(
    r"(?=[单险票条户表宽专固])(?<=[\u4e00-\u9fff])(?:[单险票条户表]|宽带|专线|固话)[\s:：]?"
    rf"(?P<value>(?=(?:[A-Za-z\-_]{{0,6}}[0-9]){{9}})[A-Za-z0-9][A-Za-z0-9\-_]{{8,30}}){END}{NO_UNIT}"
)
"""The paper or the service itself, and so long a number that it counts nothing: 行程单31565587548644."""
_TELEPHONE: Final = re.compile(
    r"(?:400|800)-?[0-9]{3,4}-?[0-9]{3,4}|(?:\+?86-?)?1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}"
)
"""Hotlines are nobody's, and other rules know the rest."""
_DAY: Final = re.compile(r"(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{2}){0,3}")
_LEAST: Final = 7
_DEVICES: Final = frozenset({"imsi", "imei"})
"""Digits of a number without letters; shorter ones are counts and codes."""
_BEFORE: Final = 10
"""Characters before the value in which the word for a thing stands."""
_DEED: Final = re.compile(
    r"(?:[\u4e00-\u9fff][(（](?:19|20)[0-9]{2}[)）][\u4e00-\u9fff]{2,10})?不动产(?:权|证明)第[0-9]{5,10}号"
    r"|[\u4e00-\u9fff]房地?权证[\u4e00-\u9fff]{0,6}第?[0-9]{5,12}号"
    r"|(?:[0-9]{2,6}|[(（][0-9]{4}[)）])年?[\u4e00-\u9fff]?[借贷抵押担保]{1,2}字?第[0-9]{4,14}号"
)
"""Deeds of houses and contracts of loans: 粤（2021）深圳市不动产权第0123456号, 2023贷字第0815号."""


class NumberedFinder(Finder):
    """What stands behind …号, …卡, …证 and the like, unless that is a thing's: 型号, 商品编码."""

    name = "numbered.v2"
    entities = ("ACCOUNT_NO",)
    group = GateGroup.NUMBER
    gate = r"[0-9A-Za-z][0-9A-Za-z_\-]{5}|[0-9]{4}号"

    def __init__(self) -> None:
        things = any_of(cue_words("numbered_thing"))
        self._thing = re.compile(rf"{things}[^0-9A-Za-z]{{0,5}}$", re.IGNORECASE)

    def find(self, text: str) -> list[Candidate]:
        """Return numbers and deeds; the word before is not part of the span."""
        found = list(overlapping(_NUMBERED, text, self._number))
        found += overlapping(_NAMED, text, self._number)
        reason = "form of a deed or a contract of a loan"
        return found + [self.candidate(*match.span(), 0.85, reason) for match in _DEED.finditer(text)]

    def _number(self, match: re.Match[str]) -> Candidate | None:
        start, end = match.span("value")
        value = match["value"]
        if _TELEPHONE.fullmatch(value) or _DAY.fullmatch(value) or len(set(value)) < 3:
            return None
        if (value.isdigit() and len(value) < _LEAST) or value[:4].lower() in _DEVICES:
            return None
        if self._thing.search(match.string[max(0, start - _BEFORE) : start]):
            return None
        return self.candidate(start, end, 0.5, "behind the word for what is numbered")
