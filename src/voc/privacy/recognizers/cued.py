"""Values that mean something beside their cue only: the shapes of such sentences, shared by the families."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import LINK_PART, any_of

__all__ = ["BEFORE_CUE", "END", "NOT_OF_NEXT", "NO_UNIT", "beside_cue", "gate_of", "span_of"]

_SAID: Final = (
    rf"{LINK_PART}|我们|我的|你们|你的|您的|他的|她的|孩子|本人|[我你您他她的了呢啊哦哈吧]|登记|预留|绑定|填写?|显示|报|留"
    r"|证号|卡号|证件号码?|编码|[号码成]|正确的?|原来的?|就是|应该|好像|写成?|改成|改为|换成|设为|设成|设置|输入|收到|分别|如下|在此|附上|给[你您]|发[你您]|查一?下"
)
"""Alternatives of what people say between a cue and its value: 我的社保号应该是…, 密码改成了…."""

_LOOSE: Final = f"(?:{_SAID}){{0,6}}"
_OTHER: Final = r"(?:(?![号码卡证话箱信价额元共群第])[\u4e00-\u9fff])"
_FREE: Final = (
    rf"号?码?{_OTHER}{{0,8}}(?:(?:编号|号码?|ID)?[是为:：\s]{{0,2}}"
    rf"|[，,]{_OTHER}{{0,6}}(?:编号|号码?)?[是为:：]?\s?)"
)
"""Some other words, none of which names another kind of number."""
BEFORE_CUE: Final = r"(?:[\s（(【\[]{0,2}|[，,]\s?(?=这|那|就?是|为))"
"""Between a value and a cue behind it: a comma only before 这是我的 and the like, else a clause begins."""

_BACK: Final = rf"{BEFORE_CUE}(?:这个?|那个?)?(?:就?是)?(?:我们?|本人|他|她|孩子)?的?"
"""What people say between a value and the cue behind it: 12345678 是我的病历号."""

NOT_OF_NEXT: Final = r"(?!(?:号码?|编号|账号|是|为|填|写|[\s:：=（(，,]){0,4}[A-Za-z0-9\ufffc])"
"""Behind a cue that follows a value: the cue does not introduce another value."""

END: Final = r"(?![A-Za-z0-9_*\ufffc])"
"""The value ends here: no letter or digit, no mask and no value that was found before goes on."""

NO_UNIT: Final = r"(?!\.[0-9]|\s?(?:[元块年月日天个万亿条件次秒分折倍期位岁%]|多[元块年天个万]))"
"""No unit follows, which would make an amount of the value."""


def beside_cue(
    groups: Iterable[str],
    value: str,
    *,
    start: str = r"(?<![A-Za-z0-9_])",
    end: str = END,
    back: bool = True,
    free: bool = False,
) -> re.Pattern[str]:
    """Compile: a cue, a few words, the value; with `back` also the value and a cue directly behind it.

    The few words are such as lead to a value; with `free` any eight characters will do.

    Parameters
    ----------
    groups
        Groups of `lexicons/privacy/cues.yaml`.
    value
        Pattern of the value; the match has it as the group `value` or `value2` (behind it the cue).
    """
    cue = any_of([word for group in groups for word in cue_words(group)])
    link = f"(?:{_LOOSE}|{_FREE})" if free else _LOOSE
    before = rf"{cue}{link}(?P<value>{value}){end}"
    behind = rf"|{start}(?P<value2>{value}){end}{_BACK}{cue}{NOT_OF_NEXT}" if back else ""
    return re.compile(before + behind, re.IGNORECASE)


def gate_of(*groups: str) -> str:
    """RE2 pattern: any cue word of the groups. A single Latin letter needs a sign that a value follows."""
    words = sorted({word for group in groups for word in cue_words(group)})
    letters = "".join(word for word in words if len(word) == 1 and word.isascii())
    longer = "|".join(re.escape(word) for word in words if len(word) > 1 or not word.isascii())
    single = rf"|[{letters}][ :：=是号我]{{1,3}}[A-Za-z0-9]" if letters else ""
    return f"(?i:{longer}{single})"


def span_of(match: re.Match[str]) -> tuple[int, int]:
    """Span of the value of a match of `beside_cue`."""
    return match.span("value") if match["value"] is not None else match.span("value2")
