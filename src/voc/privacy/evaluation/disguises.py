"""The ways in which people write a number so that a machine does not see it, by family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

__all__ = ["CUE_SPELLINGS", "DISGUISES"]

_FULL: Final = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ",
)
_CIRCLED: Final = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_NUMERALS: Final = str.maketrans("0123456789", "零一二三四五六七八九")
_ALOUD: Final = str.maketrans("0123456789", "零幺二三四五六七八九")
_FORMAL: Final = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
_EMOJI: Final = "😀❤👍🌹🔥✨"
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"


def _keycap(value: str, rng: Random) -> str:
    mark = rng.choice(["\ufe0f\u20e3", "\u20e3"])
    return "".join(char + mark if char.isdigit() else char for char in value)


def _look_alike(value: str, rng: Random) -> str:
    swap = {"0": rng.choice("Oo"), "1": rng.choice("lI")}
    kept = 0
    out = []
    for char in value:
        if char in swap and (rng.random() < 0.7 or kept > 6):
            out.append(swap[char])
        else:
            kept += 1
            out.append(char)
    return "".join(out)


def _mixed(value: str, rng: Random) -> str:
    swapped = [char.translate(_NUMERALS) if rng.random() < 0.4 else char for char in value]
    return "".join(swapped)


def _between(value: str, rng: Random, marks: str) -> str:
    """Put marks between the digits, in the usual groups or one by one."""
    if rng.random() < 0.5:
        return rng.choice(marks).join(value)
    mark = rng.choice(marks)
    first = 3 if len(value) == 11 else 4 if len(value) != 18 else 6
    groups = [value[:first], *(value[at : at + 4] for at in range(first, len(value), 4))]
    return mark.join(groups)


def _two_lines(value: str, rng: Random) -> str:
    at = rng.randint(3, len(value) - 3)
    return value[:at] + rng.choice(["\n", "\r\n", " \n"]) + value[at:]


DISGUISES: Final[Mapping[str, Callable[[str, Random], str]]] = {
    "full-width": lambda value, _: value.translate(_FULL),
    "circled": lambda value, _: value.translate(_CIRCLED),
    "keycap": _keycap,
    "numerals": lambda value, _: value.translate(_NUMERALS),
    "read aloud": lambda value, _: value.translate(_ALOUD),
    "formal numerals": lambda value, _: value.translate(_FORMAL),
    "mixed numerals": _mixed,
    "look-alike letters": _look_alike,
    "spaces": lambda value, rng: _between(value, rng, " \u3000\u00a0"),
    "hyphens": lambda value, rng: _between(value, rng, "-－—"),
    "dots": lambda value, rng: _between(value, rng, ".·•"),
    "zero-width": lambda value, rng: rng.choice(_INVISIBLE).join(value),
    "emoji": lambda value, rng: _between(value, rng, _EMOJI),
    "two lines": _two_lines,
}
"""Changes of a number of digits, by family."""

CUE_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "WECHAT_ID": (
        *("微信", "V信", "v信", "薇信", "威信", "徽信", "维信", "wei信", "w信", "weixin", "微xin", "wechat"),
        *("微❤️信", "微.信", "威❤", "薇❤", "V❤", "微❤", "微芯", "薇芯", "威芯", "卫星", "绿泡泡"),
        *("VX", "vx", "Vx", "wx", "WX", "ＶＸ", "V X", "v-x", "V：", "v:"),
        *("加V", "加v", "加薇", "加威", "+v", "➕V"),
    ),
    "QQ_ID": (
        *("QQ", "qq", "Qq", "ＱＱ", "Q Q", "Q：", "q:", "加Q", "加q"),
        *("扣扣", "扣扣号", "抠抠", "叩叩", "蔻蔻", "秋秋", "球球", "企鹅", "企鹅号", "🐧"),
    ),
}
"""Spellings of the cue of an account."""
