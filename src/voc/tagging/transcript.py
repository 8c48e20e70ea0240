"""Transcripts in one cell: of a chat whose lines name their speakers, only the customer's lines are
judged.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["BLANK", "customer_part"]

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
