"""Digits as people write them: with blanks, hyphens, dots and emoji between, and with clear ends.

A digit boundary is a place with no ASCII digit beyond it. `\\b` is no digit boundary in Chinese text, since
Han characters count as word characters and a number may touch them.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "FOUR_OCTETS",
    "GAP",
    "GAP_CLASS",
    "GATE_GAP",
    "LEFT",
    "RIGHT",
    "compact",
    "group_lengths",
    "groups_naturally",
    "run",
]

_EMOJI: Final = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
GAP_CLASS: Final = f" \\-‐-―−.·•・‧~_{_EMOJI}"
"""Inside of a bracket class (for `re` and RE2): what may stand between two digits of one number."""

GAP: Final = f"(?:[{GAP_CLASS}]{{0,3}}|[ \\t]?\\r?\\n[ \\t]?)"
"""Up to three separators between two digits, or the end of a line."""

GATE_GAP: Final = f"[{GAP_CLASS}\\t\\r\\n]{{0,4}}"
"""The same for a gate: simpler, and more generous."""

LEFT: Final = "(?<![0-9])"
RIGHT: Final = "(?![0-9])"

FOUR_OCTETS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
"""An address of the internet, whose digits are no number of another kind."""

_NOT_ALNUM: Final = re.compile(r"[^0-9A-Za-z]+")
_EMOJI_PATTERN: Final = re.compile(f"[{_EMOJI}]")
_LINE_END: Final = re.compile(r"[ \t]?\r?\n[ \t]?")
_GROUPS: Final = re.compile("[0-9]+")


def run(least: int, most: int | None = None) -> str:
    """Pattern of so many further digits, each with an optional gap before it."""
    return f"(?:{GAP}[0-9]){{{least},{most if most is not None else least}}}"


def compact(raw: str) -> str:
    """Leave letters and digits only, letters in upper case; the multiplication sign counts as an X."""
    return _NOT_ALNUM.sub("", raw.replace("×", "X")).upper()


def group_lengths(raw: str) -> tuple[int, ...]:
    """Lengths of the groups of digits: (3, 4, 4) for `138 0013 8000`."""
    return tuple(len(group) for group in _GROUPS.findall(raw))


def groups_naturally(raw: str, usual: frozenset[tuple[int, ...]]) -> bool:
    """Whether a number is written as one does on purpose.

    True for one unbroken group, for the `usual` groupings, for digits spaced out one by one, and where
    emoji stand between digits, which nobody does except to hide a number. A number may be broken at the end
    of one line.
    """
    if raw.count("\n") == 1:
        raw = _LINE_END.sub("", raw)
    lengths = group_lengths(raw)
    return (
        len(lengths) == 1 or lengths in usual or set(lengths) == {1} or _EMOJI_PATTERN.search(raw) is not None
    )
