"""Numbers of orders and parcels: by cue, or by the shape that a carrier gives its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import LINK_PART, any_of, cue, cue_near, ends_with_cue
from voc.privacy.recognizers.cued import BEFORE_CUE, NOT_OF_NEXT
from voc.privacy.recognizers.digits import GATE_GAP
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["TransactionFinder", "postal_check_holds"]

_CARRIERS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:SF ?[0-9]{12,15}|YT ?[0-9]{13,15}|JT ?[0-9]{13}"
    r"|JD(?:[A-Z]{1,3}|X)?[0-9]{11,15}(?:-[0-9]{1,3}){0,3}"
    r"|ZTO?[0-9]{12,14}|STO?[0-9]{12,13}|YD[0-9]{13}|DPK[0-9]{12,14}|DP[LK]?[0-9]{9,14}|HTKY[0-9]{13}|EMS[0-9]{11,13})"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CARRIERS_APART: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:SF|YT|JT|ZTO?|STO?|YD)[ \-]?[0-9]{3,5}(?:[ \-][0-9]{3,5}){2}(?:[ \-][0-9]{1,5})?"
    r"(?![A-Za-z0-9]|[ \-][0-9])"
)
"""A carrier's letters and 12 to 15 digits in groups, as they stand on the label: SF 1234 5678 9012 3."""
_UPS: Final = re.compile(r"(?<![A-Za-z0-9])1Z[0-9A-Z]{6}[0-9]{10}(?![A-Za-z0-9])", re.IGNORECASE)
_APART: Final = range(12, 16)
_LONG: Final = re.compile(
    r"(?<![0-9A-Za-z.])(?!62|[1-8][0-9]{5}(?:19|20)[0-9]{10}(?![0-9]))[0-9]{17,22}(?![0-9A-Za-z.])"
)
_DISTINCT: Final = 4
_POSTAL: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{9}[A-Z]{2}(?![A-Za-z0-9])", re.IGNORECASE)
_SERVICES: Final = frozenset("CELRUV")
"""First letters of postal numbers: parcels, EMS, letters (UPU S10)."""
_POSTAL_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
_PARCEL_SHAPE: Final = re.compile(
    r"7[0-9]{12,14}|4[36][0-9]{13}|9[0-9]{12}|[A-Z]{2}[0-9]{9}[A-Z]{2}", re.IGNORECASE
)
_SHOPS: Final = re.compile(
    r"(?<![0-9A-Za-z\-])(?:[0-9]{3,4}-[0-9]{7}-[0-9]{7}|2[0-9]{5}-[0-9]{15}|PO-[0-9]{3}-[0-9]{17})(?![0-9A-Za-z\-])"
)
"""Order numbers of Amazon, Pinduoduo (the day first) and Temu, as their buyers see them."""
_DATED: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,4}[\-_]?20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{4,12}"
    r"|20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{8,16})(?![A-Za-z0-9])"
)
_FILLER: Final = (
    r"(?:[\s，,。.！!?？~～、:：…]|喏|给你?|就?是?这个|你?查(?:一?下)?|看(?:一?下)?|[的哦呢吧啊]|谢谢|麻烦|发错"
    r"|(?:收[件货]人|联系人)[\u4e00-\u9fff]{2,4}){0,8}"
)
_ALONE: Final = re.compile(
    rf"{_FILLER}(?P<value>(?!qq|vx|wx|v信|im[es]i|mac|vin)(?:[A-Za-z]{{2,4}})?[0-9]{{12,22}}){_FILLER}",
    re.IGNORECASE,
)
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}[\-./]?(?:0?[1-9]|1[0-2])[\-./]?(?:0?[1-9]|[12][0-9]|3[01])")
_SAID: Final = (
    "尾?号|#|no\\.?|number|我的|我|单|号码|这个|应该|写的|显示|分别|就|查一?下|在此|给你|发你|的|了|后面"
)
"""Alternatives of what people say between a cue and its number."""
_ANOTHER: Final = re.compile(r"(?P<first>[A-Za-z]{0,6}[0-9]{10,}) [0-9]{1,4}")
"""A whole number, and behind a blank another one."""
_PLAIN: Final = r"(?:[A-Za-z]{1,6}[\-_]?)?(?:[0-9]{7,24}|[0-9]{4,8}(?:-[0-9]{3,8}){1,3})"
_MOBILE: Final = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}")


def postal_check_holds(number: str) -> bool:
    """Whether the ninth digit of a postal item number is right.

    Source: UPU standard S10: the first eight digits weighted 8 6 4 2 3 5 9 7, 11 minus the sum modulo 11,
    where 10 becomes 0 and 11 becomes 5.
    """
    digits = [int(char) for char in number if char.isdigit()]
    check = 11 - sum(d * w for d, w in zip(digits[:8], _POSTAL_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(check, check) == digits[8]


class TransactionFinder(Finder):
    """Order and parcel numbers. A bare 单号 is a parcel's where the sentence speaks of delivery."""

    name = "transaction.v6"
    entities = ("ORDER_NO", "WAYBILL_NO")
    group = GateGroup.NUMBER

    def __init__(self) -> None:
        waybill, order = any_of(cue_words("waybill")), any_of(cue_words("order"))
        value = (
            r"(?P<value>(?:[A-Za-z]{1,6}[\-_]?)?[0-9](?:[\-_ ]?[0-9]){6,27}(?:[\-_]?[A-Za-z0-9]{1,4})?"
            r"|[A-Za-z]{1,6}(?:[\-_]?[0-9]{2,}){1,5}"
            r"|(?=(?:[A-Z]{0,6}[0-9]){7})[A-Z0-9]{10,24})(?![A-Za-z0-9])"
        )
        between = rf"(?:{_SAID}|{LINK_PART}){{0,6}}"
        self._cued = re.compile(
            rf"(?:(?P<waybill>{waybill})|(?P<order>{order})){between}{value}", re.IGNORECASE
        )
        self._after_words = re.compile(
            rf"(?:(?P<waybill>{waybill}|包裹|邮件)|(?P<order>{order}))[\u4e00-\u9fff]{{0,6}}(?P<value>(?:[A-Za-z]{{1,4}})?[0-9]{{10,24}})"
            r"(?![A-Za-z0-9.])",
            re.IGNORECASE,
        )
        # so long a number hardly counts anything: it may stand a few words behind, answering a question
        self._answered = re.compile(
            rf"(?:(?P<waybill>{waybill})|(?P<order>{order}))[^。！？!?；;\r\n0-9]{{3,24}}"
            r"(?P<value>[0-9]{15,22})(?![A-Za-z0-9.])",
            re.IGNORECASE,
        )
        self._before_cue = re.compile(
            rf"(?<![A-Za-z0-9_\-])(?P<value>{_PLAIN})(?![A-Za-z0-9]){BEFORE_CUE}"
            r"(?:这个|这是|这就是|就是|是|那个|这|那|为)?(?:我们?|你们|他)?的?"
            rf"(?:(?P<waybill>{waybill})|(?P<order>{order}|单子|(?<=[个这])单(?![位价人元]))){NOT_OF_NEXT}",
            re.IGNORECASE,
        )
        self._before_words = re.compile(
            r"(?<![A-Za-z0-9_.\-])(?P<value>[0-9]{12,22})[\u4e00-\u9fff]{1,4}(?P<order>单子|订单)(?P<waybill>(?!)x)?"
            rf"{NOT_OF_NEXT}"
        )
        self._next = re.compile(
            rf"\s?(?:和|、|，|,|/|；|;|及|以及|跟|与|还有|\s)\s?(?P<value>{_PLAIN})(?![A-Za-z0-9.])"
        )
        self.gate = f"(?:[0-9]{GATE_GAP}){{7}}|[0-9]{{4}}[0-9A-Z]{{6}}"

    def find(self, text: str) -> list[Candidate]:
        """Return order and parcel numbers; the cue is not part of the span."""
        found = list(overlapping(self._cued, text, lambda match: self._behind_cue(text, match)))
        found += overlapping(self._after_words, text, lambda match: self._behind_cue(text, match))
        found += overlapping(self._answered, text, lambda match: self._behind_cue(text, match))
        found += overlapping(self._before_words, text, lambda match: self._behind_cue(text, match))
        found += overlapping(self._before_cue, text, lambda match: self._behind_cue(text, match))
        found += [other for one in found for other in self._following(text, one)]
        found += [
            self._waybill(match, 0.95, "shape of a carrier's numbers") for match in _CARRIERS.finditer(text)
        ]
        found += [self._waybill(match, 0.95, "shape of the numbers of UPS") for match in _UPS.finditer(text)]
        found += [
            self._waybill(match, 0.85, "letters of a carrier and digits in groups")
            for match in _CARRIERS_APART.finditer(text)
            if sum(char.isdigit() for char in match[0]) in _APART
        ]
        found += overlapping(_POSTAL, text, self._postal)
        found += [
            self.candidate(*match.span(), 0.55, "so many digits count nothing")
            for match in _LONG.finditer(text)
            if len(set(match[0])) >= _DISTINCT and not ends_with_cue(text, match.start(), "numbered_thing")
        ]
        found += [
            self.candidate(*match.span(), 0.7, "letters, a day and more digits")
            for match in _DATED.finditer(text)
            if not ends_with_cue(text, match.start(), "numbered_thing")
        ]
        found += [
            self.candidate(*match.span(), 0.85, "shape of a shop's order numbers")
            for match in _SHOPS.finditer(text)
        ]
        return found + self._alone(text)

    def _following(self, text: str, first: Candidate) -> Iterator[Candidate]:
        """Further numbers of the same length that stand in a row with the first: 订单号A和B."""
        end = first.end
        while match := self._next.match(text, end):
            start, end = match.span("value")
            if end - start != first.end - first.start:
                return
            yield self.candidate(
                start, end, 0.8, "in a row with a number behind the cue", entity=first.entity
            )

    def _alone(self, text: str) -> list[Candidate]:
        """A number that is all that a message says: the answer to a question for it."""
        match = _ALONE.fullmatch(text)
        if match is None or len(set(match["value"])) < _DISTINCT or _MOBILE.fullmatch(match["value"]):
            return []
        return [self.candidate(*match.span("value"), 0.55, "a long number that is the whole message")]

    def _postal(self, match: re.Match[str]) -> Candidate | None:
        if postal_check_holds(match[0]):
            return self._waybill(match, 0.97, "postal item number, check digit holds")
        if match[0].isupper() and match[0][0] in _SERVICES:
            reason = "shape of a postal item number, but the check digit fails"
            return self.candidate(*match.span(), 0.6, reason, entity="WAYBILL_NO", miss=True)
        return None

    def _waybill(self, match: re.Match[str], score: float, reason: str) -> Candidate:
        return self.candidate(*match.span(), score, reason, entity="WAYBILL_NO")

    def _behind_cue(self, text: str, match: re.Match[str]) -> Candidate | None:
        value = match["value"]
        digits = re.sub(r"[^0-9]", "", value)
        if len(digits) < 7 or "尾号" in match[0] or _DATE.fullmatch(value):
            return None
        if _MOBILE.fullmatch(value) and match["waybill"] is not None:
            return None  # 快递 13800138000 is a phone
        start, end = match.span("value")
        if another := _ANOTHER.fullmatch(value):
            end = start + another.end("first")
        parcel = match["waybill"] is not None
        if not parcel and match["order"] == "单号":
            parcel = _PARCEL_SHAPE.fullmatch(value) is not None or cue_near(cue("waybill"), text, start, end)
        entity = "WAYBILL_NO" if parcel else "ORDER_NO"
        return self.candidate(start, end, 0.88, "digits behind the cue", entity=entity)
