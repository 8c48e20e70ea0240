"""Texts in which not only the customer speaks: of a chat whose lines name their speakers only the customer's
lines are judged, and of a review not what the merchant replied below it.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["BLANK", "customer_part", "own_words"]

BLANK: Final = "\ue000"
"""Stands for every character that is not the customer's, so that offsets stay."""

_CUSTOMER: Final = "客户|用户|顾客|买家|消费者|会员|访客|我|customer|user|client|buyer"
_OTHER: Final = (
    "客服|坐席|座席|商家|卖家|店家|店铺|系统|机器人|智能助手|人工|专员|顾问|agent|bot|robot|system|seller"
)
_LINE: Final = re.compile(
    rf"^[ \t\[【(（]*(?:(?P<own>{_CUSTOMER})|(?P<other>{_OTHER}))[^\n：:。，,]{{0,24}}[：:]",
    re.IGNORECASE | re.MULTILINE,
)
_REPLIED: Final = ("反馈", "回复", "回应", "答复")
_DAY: Final = r"\d{4}[年./-]\d{1,2}[月./-]\d{1,2}日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
_REPLY: Final = re.compile(
    r"(?P<head>(?:宾馆|酒店|饭店|旅馆|客栈|民宿|餐厅|商家|卖家|店家|店主|店铺|掌柜|商户|官方)"
    rf"(?:{'|'.join(_REPLIED)}))"
    rf"(?:\s*{_DAY}\s*[：:]|(?:(?<=^....)|(?<=[\s。！？!?~…].{{4}}))\s*[：:]"
    r"(?=\s*(?:非常|十分|衷心|多谢|感谢|谢谢|尊敬|您好|你好|亲|抱歉|很抱歉|对不起)))"
    r".*?(?=补充点评|追评|追加评[论价]|\Z)",
    re.DOTALL,
)
"""A heading with a date, or one that begins a sentence before a greeting, and what stands below."""


def own_words(text: str) -> str:
    """Blank what is not the customer's: the other lines of a chat, and replies of the merchant."""
    if "\n" in text:
        text = customer_part(text)
    if any(word in text for word in _REPLIED):
        text = _REPLY.sub(lambda match: _blanked(match[0]), text)
    return text


def customer_part(text: str) -> str:
    """Blank the lines of everybody but the customer, and the speakers' names.

    A line without a name belongs to who spoke before. A text in which not both sides are named is
    returned as it is.
    """
    marks = list(_LINE.finditer(text))
    if not any(mark["own"] for mark in marks) or not any(mark["other"] for mark in marks):
        return text
    parts = [text[: marks[0].start()]]
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        said = text[mark.end() : end]
        parts.append(BLANK * (mark.end() - mark.start()))
        parts.append(said if mark["own"] else _blanked(said))
    return "".join(parts)


def _blanked(text: str) -> str:
    """As many blanks, with the line ends left where they are."""
    return re.sub(r"[^\n]", BLANK, text)
