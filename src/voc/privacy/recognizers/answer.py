"""Values that answer a question of the turn before, which alone says what they are.

请报一下保单号。客户：P20231234 — the cues of other finders count inside their sentence only.
"""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["AnswerFinder"]

_ASKED: Final = (
    ("secret", "SECRET"),
    ("hkmo_permit", "CN_HKMO_PERMIT"),
    ("tw_permit", "CN_TW_PERMIT"),
    ("passport", "CN_PASSPORT"),
    ("driver_file", "CN_DRIVER_FILE"),
    ("medical_no", "CN_MEDICAL_NO"),
    ("social_security", "CN_SOCIAL_SECURITY"),
    ("bank_card", "CN_BANK_CARD"),
    ("waybill", "WAYBILL_NO"),
    ("order", "ORDER_NO"),
    ("wechat", "WECHAT_ID"),
    ("qq", "QQ_ID"),
    ("alipay", "ALIPAY_ID"),
    ("account", "ACCOUNT_NO"),
    ("login", "ACCOUNT_NO"),
    ("device", "ACCOUNT_NO"),
    ("social", "SOCIAL_ACCOUNT"),
    ("birth_date", "DATE_OF_BIRTH"),
)
"""Groups of cues and what they ask for. The last cue of a question counts, 保单号 before 单号."""
_FILLER: Final = (
    r"(?:[\s,，、~～]|嗯+|哦|好的?|[是就的]|我的?|这个|应该|稍等|等[一下]+|你好|您好|给你?|发你了?|喏|有的?|行"
    r"|报一?下|号码?|整个|在这里?|记一下|拿好)"
)
_VALUE: Final = r"[0-9]{3,5}(?: [0-9]{3,5}){1,5}|[A-Za-z0-9][A-Za-z0-9_\-]{3,31}"
_ANSWER: Final = re.compile(
    r"(?:[\n。？?！!][”\"」]?\s{0,4}[“\"「]?(?P<speaker>[^\s\d:：，,。“”\"]{1,8}[:：])\s{0,2}|[\n？?][”\"」]?\s{0,4}[—\-]{0,2}\s{0,2})[“\"「]?"
    rf"(?P<filler>{_FILLER}{{0,6}})(?P<value>{_VALUE})(?![A-Za-z0-9_*@.]|[:：]| [0-9])"
    r"(?=[\s,，。!！?？~～;；、（(#”\"」]|[\u4e00-\u9fff]|$)"
)
_AMOUNT: Final = re.compile(r"\s?[元块年月日天个万亿条件次秒分折倍期位岁%]")
_TELEPHONE: Final = re.compile(r"(?:\+?86-?)?1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}|(?:400|95)[0-9]{3,7}")
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}[\-./]?(?:0?[1-9]|1[0-2])[\-./]?(?:0?[1-9]|[12][0-9]|3[01])")
_TURN: Final = re.compile("[\n。！!；;]")
_ASKING: Final = 60
"""Characters of a question in which its cue stands."""
_BIRTH: Final = "DATE_OF_BIRTH"
_LEAST: Final = {"SECRET": 2, "WECHAT_ID": 1, "SOCIAL_ACCOUNT": 2, "QQ_ID": 5}
"""Digits of an answer; else five."""


class AnswerFinder(Finder):
    """A value that opens a turn, and in the turn before the words for what it is."""

    name = "answer.v3"
    entities = tuple(dict.fromkeys(entity for _, entity in _ASKED))
    group = GateGroup.CUED
    gate = (
        rf"[:：\n?？][”\"」]?\s{{0,4}}[—\-]{{0,2}}\s{{0,2}}[“\"「]?{_FILLER}{{0,6}}"
        r"[A-Za-z0-9][A-Za-z0-9_\- ]{3}"
    )

    def __init__(self) -> None:
        self._cues = tuple(
            (re.compile(any_of(cue_words(group)), re.IGNORECASE), entity) for group, entity in _ASKED
        )

    def find(self, text: str) -> list[Candidate]:
        """Return answers; a number that its own shape tells apart is left to its finder."""
        return list(overlapping(_ANSWER, text, self._check))

    def _check(self, match: re.Match[str]) -> Candidate | None:
        start, end = match.span("value")
        value = match["value"]
        before = match.string[max(0, match.start() - _ASKING) : match.start()].rstrip('\n。？?！!”"')
        entity = self._asked(match["speaker"] or "") or self._asked(_TURN.split(before)[-1])
        if entity is None or _TELEPHONE.fullmatch(value):
            return None
        if (_DATE.fullmatch(value) is not None) != (entity == _BIRTH):
            return None
        if sum(char.isdigit() for char in value) < _LEAST.get(entity, 5) or _AMOUNT.match(match.string, end):
            return None
        return self.candidate(start, end, 0.75, "answers the question before", entity=entity)

    def _asked(self, question: str) -> str | None:
        """Which entity the last cue of a question names."""
        last, asked = (0, 0), None
        for pattern, entity in self._cues:
            for cue in pattern.finditer(question):
                word = cue[0].rstrip("是为")
                place = cue.start() + len(word), len(word)
                if place > last:
                    last, asked = place, entity
        return asked
