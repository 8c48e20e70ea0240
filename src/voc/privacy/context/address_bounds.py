"""Where an address begins and ends when a rule and the tagger both found it.

The rule knows by a list which words before a place are none of it; the tagger reads the words. Where it is
sure and begins later or ends earlier, it is nearly always right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voc.privacy.recognizers.address import AddressFinder
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.tagged import TaggedFinder

__all__ = ["bounded"]

_SURE: Final = 0.9
"""Score of the tagger from which its bounds count."""
_LEAD: Final = re.compile(r"[^0-9A-Za-z]*")
"""What may be cut off before: words without numbers, so that none of an address stays in clear by a slip."""
_REST: Final = re.compile(r"[\s,，、;；。].*|[^0-9A-Za-z一二三四五六七八九十百零〇]*", re.DOTALL)
"""The same behind: what a comma parts, and words without numbers."""


_FURTHER: Final = re.compile(
    r"(?:附[0-9]{1,3}号?|(?<=[0-9A-Z])-[0-9]{3,4}(?![0-9\-])|[东西南北]门(?![店诊票口])"
    r"|[往向]?[东西南北]{1,2}(?:侧|边)?[0-9一二三四五六七八九十百]{1,5}米(?:左右|处)?"
    r"|(?<=米)[\u4e00-\u9fff]{2,6}(?:小区|花园|家园|大厦|广场)){1,3}"
)
"""What still tells the place behind an address: 188号附12, 交叉口东50米, 南门."""


def bounded(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Cut the addresses of the rule to the bounds of the tagger's where that one is sure of them.

    All addresses take along what still tells the place behind them.
    """
    return [_with_further(text, one) for one in _cut_to_tagged(text, candidates)]


def _with_further(text: str, one: Candidate) -> Candidate:
    further = _FURTHER.match(text, one.end) if one.entity == "CN_ADDRESS" else None
    return one._replace(end=further.end()) if further else one


def _cut_to_tagged(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    sure = [
        one
        for one in candidates
        if one.entity == "CN_ADDRESS" and one.recognizer == TaggedFinder.name and one.score >= _SURE
    ]
    if not sure:
        return list(candidates)
    return [_cut(text, one, sure) if one.recognizer == AddressFinder.name else one for one in candidates]


def _cut(text: str, address: Candidate, sure: Sequence[Candidate]) -> Candidate:
    inside = [one for one in sure if one.start < address.end and address.start < one.end]
    if not inside:
        return address
    first, last = min(one.start for one in inside), max(one.end for one in inside)
    start = first if _LEAD.fullmatch(text, address.start, first) else address.start
    end = last if _REST.fullmatch(text, last, address.end) else address.end
    return address._replace(start=start, end=end)
