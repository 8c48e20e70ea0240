"""What people call the moods, in labels that they wrote or that a model gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["MOOD_NAMES", "mood_of"]

MOOD_NAMES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("-1", "neg", "negative", "very negative", "负面", "负", "差评", "消极"), -1),
    **dict.fromkeys(("neu", "neutral", "中性", "中", "中评", "中立"), 0),
    **dict.fromkeys(("1", "+1", "pos", "positive", "very positive", "正面", "正", "好评", "积极"), 1),
}
"""Names in lower case. A plain 0 is not among them: beside -1 it is neutral, beside 1 alone negative."""

_STARS: Final = re.compile(r"([1-5])\s*(?:stars?|星)")
_OF_STARS: Final = (-1, -1, 0, 1, 1)
_BRACKETS: Final = re.compile(r"\s*[(（].*[)）]\s*$")


def mood_of(name: str) -> int | None:
    """Mood that a name says, or None: `Very_Negative`, `负面`, `positive (stars 4 and 5)`, `4 stars`."""
    plain = _BRACKETS.sub("", name).strip().lower().replace("_", " ")
    if stars := _STARS.fullmatch(plain):
        return _OF_STARS[int(stars[1]) - 1]
    return MOOD_NAMES.get(plain)
