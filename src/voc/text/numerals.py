"""Numbers in disguise: read aloud in Chinese numerals, or typed with letters that look like digits.

幺三八零零一三八零零零, 1三8零013八000 and l38OOl38OOO are telephone numbers to a reader. `plain_digits`
writes them so, and leaves the length as it is. Only runs of seven and more change, as shorter ones are
words (一二三四五六) and model numbers.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DISGUISED_RUN", "DISGUISES", "plain_digits"]

_NUMERALS: Final = dict(
    zip(
        "零〇○◯一二三四五六七八九幺壹贰叁肆伍陆柒捌玖貳叄陸两兩洞拐勾",
        "0000123456789112345678923622079",
        strict=True,
    )
)
_DIGITS: Final = str.maketrans(_NUMERALS)
_LOOK_ALIKES: Final = {"O": "0", "o": "0", "О": "0", "о": "0", "l": "1", "I": "1"}
_SEPARATOR: Final = "[ \\-.·]?"
_HAN: Final = "".join(_NUMERALS)
_LETTERS: Final = "".join(_LOOK_ALIKES)
DISGUISES: Final = _HAN + _LETTERS
"""Characters that stand for a digit in a long run."""

_DISGUISED: Final = frozenset(DISGUISES)

_IN_GROUPS: Final = f"[1一幺][3-9三四五六七八九][0-9{_HAN}][，,、][0-9{_HAN}]{{4}}[，,、][0-9{_HAN}]{{4}}"
"""A mobile number that is read aloud in its three groups, with commas between."""

DISGUISED_RUN: Final = f"(?:[0-9{_HAN}{_LETTERS}]{_SEPARATOR}){{6}}[0-9{_HAN}{_LETTERS}]|{_IN_GROUPS}"
"""Pattern, for `re` and for RE2: a text in which it does not match holds no number in disguise."""

# possessive, so that the end of the run is its real end and the search stays linear
_ALOUD: Final = re.compile(f"(?<![0-9{_HAN}])[0-9{_HAN}](?:{_SEPARATOR}[0-9{_HAN}]){{6,}}+")
_LOOKING_ALIKE: Final = re.compile(
    rf"(?<![A-Za-z0-9_@])[0-9{_LETTERS}](?:{_SEPARATOR}[0-9{_LETTERS}]){{6,}}+"
    r"(?=(?:[Xx](?![A-Za-z0-9_@]))?(?![A-Wa-wYyZz_@]))"
)
_GROUPS: Final = re.compile(f"(?<![0-9{_HAN}]){_IN_GROUPS}(?![0-9{_HAN}])")
_NUMERAL: Final = re.compile(f"[{_HAN}]")
_TOKEN: Final = re.compile("[^ \\-.·]+")


def plain_digits(text: str) -> str:
    """Write numbers in disguise with plain digits. The length stays; a text without any comes back itself."""
    if _DISGUISED.isdisjoint(text):
        return text
    text = _GROUPS.sub(lambda match: match[0].translate(_DIGITS), text)
    before = None
    while text != before:  # one disguise may hide another: each round turns characters into digits, or ends
        before = text
        if _ALOUD.search(text):
            text = _ALOUD.sub(_read_aloud, text)
        if _LOOKING_ALIKE.search(text):
            text = _LOOKING_ALIKE.sub(_looking_alike, text)
    return text


def _read_aloud(match: re.Match[str]) -> str:
    run = match[0]
    if run.isascii():  # plain already
        return run
    first, last = _inside(run)
    inner = run[first:last]
    numerals = sum(char in _NUMERALS for char in inner)
    characters = numerals + sum(char.isdigit() and char.isascii() for char in inner)
    if characters < 7 or (numerals == 1 and characters < 11):
        return run
    return run[:first] + "".join(_NUMERALS.get(char, char) for char in inner) + run[last:]


def _inside(run: str) -> tuple[int, int]:
    """Leave numerals out that are words beside a number: …8000一直, 统一138…."""
    middle = run.strip(_HAN + " -.·")
    total = sum(char in _NUMERALS or char.isdigit() for char in run)
    if middle and _NUMERAL.search(middle) is None and not (middle.isdigit() and total in (11, 18)):
        first = run.index(middle)
        return first, first + len(middle)
    one_more = total == 12 and run[0] in "1一幺壹" and run[-1] in "一两"
    return 0, len(run) - one_more


def _looking_alike(match: re.Match[str]) -> str:
    run = match[0]
    if sum(char.isdigit() for char in run) < 4 or not any(char in _LOOK_ALIKES for char in run):
        return run
    return _TOKEN.sub(_plain_token, run)


def _plain_token(match: re.Match[str]) -> str:
    """Leave words such as `lol` alone: a token holds a digit, or nothing but O."""
    token = match[0]
    if any(char.isdigit() for char in token) or set(token) <= set("OoОо"):
        return "".join(_LOOK_ALIKES.get(char, char) for char in token)
    return token
