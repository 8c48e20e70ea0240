"""The one normaliser of voc: a shadow text to search in, with an exact map back to the original.

`fold` removes what makes equal things look different and leaves the rest alone:

- full-width letters and digits and ＠．－＿＋＝＃＆％＊／ become ASCII, U+3000 and other spaces a blank;
- mathematical, superscript and subscript letters and digits, Kangxi radicals and compatibility ideographs
  become the plain character (Unicode NFKC, UAX #15);
- circled (①❶⓵), parenthesised (⑴) and keycap (1️⃣) digits become ASCII where they stand in a run of digits; one
  that merely numbers an item (①13800138000) stays, so that it does not become part of the number behind it;
- Chinese numerals and letters that look like digits become digits in runs of seven and more
  (`voc.text.numerals`);
- zero-width characters, variation selectors, bidirectional controls and combining marks are removed.

Chinese punctuation (，。：；！？（）) stays full-width, because clauses end at it. Case stays. Unlike full
NFKC, the length changes only where something is removed, and one set operation tells that a text needs no
folding at all.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

from voc.text.numerals import plain_digits

__all__ = ["FOLDABLE", "FOLDABLE_CLASS", "Folded", "fold"]

_RANGES: Final = (
    (0x00A0, 0x00A0),  # no-break space
    (0x00AD, 0x00AD),  # soft hyphen
    (0x00B2, 0x00B3),  # superscript 2 and 3
    (0x00B9, 0x00B9),  # superscript 1
    (0x0300, 0x036F),  # combining marks
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers, invisible
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x2000, 0x200F),  # spaces, zero-width, direction marks
    (0x202A, 0x202F),  # direction embedding, narrow no-break space
    (0x205F, 0x2064),  # medium space, word joiner, invisible operators
    (0x2066, 0x2071),  # direction isolates, superscripts
    (0x2074, 0x209C),  # superscripts and subscripts
    (0x20D0, 0x20FF),  # combining marks for symbols, keycap
    (0x2100, 0x214F),  # letter-like symbols
    (0x2460, 0x24FF),  # enclosed digits and letters
    (0x2776, 0x2793),  # dingbat circled digits
    (0x2E80, 0x2FDF),  # CJK and Kangxi radicals
    (0x3000, 0x3000),  # ideographic space
    (0x3164, 0x3164),  # Hangul filler
    (0xF900, 0xFAFF),  # CJK compatibility ideographs
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),  # combining half marks
    (0xFEFF, 0xFEFF),  # zero-width no-break space (BOM)
    (0xFF01, 0xFF5E),  # full-width ASCII
    (0xFFA0, 0xFFA0),  # half-width Hangul filler
    (0xFFF9, 0xFFFB),  # interlinear annotation
    (0x1D400, 0x1D7FF),  # mathematical letters and digits
    (0x1F100, 0x1F10A),  # digits with full stop or comma
    (0x1F110, 0x1F189),  # parenthesised, squared and negative letters
    (0x1FBF0, 0x1FBF9),  # segmented digits
    (0x2F800, 0x2FA1D),  # CJK compatibility ideographs supplement
    (0xE0001, 0xE007F),  # tags
    (0xE0100, 0xE01EF),  # variation selectors supplement
)
_SPACES: Final = frozenset(map(chr, (0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
_WIDE_SYMBOLS: Final = frozenset("＠．－＿＋＝＃＆％＊／")
_KEYCAP: Final = "\u20e3"
_MARKS: Final = (
    (0x0300, 0x036F),
    (0x180B, 0x180D),
    (0x180F, 0x180F),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xE0100, 0xE01EF),
)
"""Marks that belong to the character before them and go into its span."""


def _negative_circled(code: int) -> str | None:
    """Digits that Unicode gives no compatibility mapping: ❶…❾, ➀…➈, ➊…➒, ⓵…⓽, ⓿."""
    for first in (0x2776, 0x2780, 0x278A, 0x24F5):
        if first <= code < first + 9:
            return str(code - first + 1)
    return "0" if code == 0x24FF else None


def _enclosed_letter(code: int) -> str | None:
    """Squared and negative letters without a compatibility mapping: 🄰 🅐 🅰."""
    for first in (0x1F130, 0x1F150, 0x1F170):
        if first <= code < first + 26:
            return chr(ord("A") + code - first)
    return None


def _folded_character(char: str) -> str | None:
    """What `char` becomes; None when it stays, the empty string when it goes."""
    code = ord(char)
    if char in _SPACES:
        return " "
    if char in _FILLERS or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return ""
    if char in _WIDE_SYMBOLS:
        return unicodedata.normalize("NFKC", char)
    plain = _negative_circled(code) or _enclosed_letter(code) or unicodedata.normalize("NFKC", char)
    plain = plain.strip("(),.")  # ⑴ → 1, 🄁 → 0
    if plain != char and len(plain) == 1 and (plain.isalnum() and (plain.isascii() or "一" <= plain <= "鿿")):
        return plain
    return None


def _table() -> tuple[dict[str, str], frozenset[str]]:
    plain: dict[str, str] = {}
    for first, last in _RANGES:
        for code in range(first, last + 1):
            becomes = _folded_character(chr(code))
            if becomes is not None:
                plain[chr(code)] = becomes
    enclosed = (*range(0x2460, 0x2500), *range(0x2776, 0x2794), *range(0x1F100, 0x1F10B))
    digits = frozenset(chr(code) for code in enclosed if plain.get(chr(code), "x").isdigit())
    return plain, digits


_TABLE, _ENCLOSED_DIGITS = _table()


def _class_of(characters: frozenset[str] | dict[str, str]) -> str:
    """Write a set of characters as the inside of a bracket class."""
    codes = sorted(map(ord, characters))
    parts: list[str] = []
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code == previous + 1:
            previous = code
            continue
        parts.append(chr(start) if start == previous else f"{chr(start)}-{chr(previous)}")
        start = previous = code
    return "".join(parts)


FOLDABLE_CLASS: Final = _class_of(_TABLE)
"""Inside of a bracket class, for `re` and for RE2: a text without any of these folds to itself."""

FOLDABLE: Final = frozenset(_TABLE)
"""A text without any of these folds to itself, numbers in disguise apart."""
_WHOLE_NUMBER: Final = re.compile("[0-9]{11}")
_UNIT: Final = re.compile(f"[0-9]\ufe0f?{_KEYCAP}|[{FOLDABLE_CLASS}]")


class Folded(NamedTuple):
    """A shadow text and the way back to the original. Offsets count code points."""

    text: str
    """The text to search in."""
    starts: array[int] | None = None
    """For each character of `text` the index in the original where it begins; None when all are the same."""
    ends: array[int] | None = None
    """For each character of `text` the index after its last code point in the original, marks included."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the shadow text to the span of the original that it stands for.

        Whatever was removed inside the span lies inside the result; whatever was removed outside does not,
        except the marks of the last character. An empty span maps to an empty span.
        """
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Fold a text for searching. Costs one search when there is nothing to fold.

    Parameters
    ----------
    text
        Any string; lone surrogates are left as they are.
    """
    if text.isascii() or FOLDABLE.isdisjoint(text):
        return Folded(plain_digits(text))
    out: list[str] = []
    starts: array[int] = array("q")
    ends: array[int] = array("q")
    done = 0
    for first, last, plain in _replacements(text):
        out.append(text[done:first])
        starts.extend(range(done, first))
        ends.extend(range(done + 1, first + 1))
        if plain:
            out.append(plain)
            starts.append(first)
            ends.append(last)
        elif ends and _is_mark(text[first]) and ends[-1] == first:
            ends[-1] = last
        done = last
    out.append(text[done:])
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return Folded(plain_digits("".join(out)), starts, ends)


def _is_mark(char: str) -> bool:
    code = ord(char)
    return any(first <= code <= last for first, last in _MARKS)


def _replacements(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, what it becomes) in order, leaving out enclosed digits that only number an item."""
    for match in _UNIT.finditer(text):
        first, last = match.span()
        unit = match[0]
        enclosed = len(unit) > 1 or unit in _ENCLOSED_DIGITS
        if enclosed and not _in_digit_run(text, first, last):
            continue
        yield first, last, unit[0] if len(unit) > 1 else _TABLE[unit]


def _in_digit_run(text: str, first: int, last: int) -> bool:
    """Whether the enclosed digit at [first, last) is part of a run of digits.

    It is when an enclosed digit follows, or a digit stands before it; but behind a whole plain number it
    numbers the next item (…8000②139…).
    """
    after = last
    while after < len(text) and _TABLE.get(text[after]) == "":
        after += 1
    if after < len(text) and (text[after] in _ENCLOSED_DIGITS or _KEYCAP in text[after + 1 : after + 3]):
        return True
    before = first - 1
    while before >= 0 and _TABLE.get(text[before]) == "":
        before -= 1
    if before < 0 or not _is_plain_digit(text[before]):
        return False
    return _WHOLE_NUMBER.fullmatch(text[max(0, before - 10) : before + 1]) is None


def _is_plain_digit(char: str) -> bool:
    """Whether `char` is or folds to an ASCII digit."""
    plain = _TABLE.get(char, char)
    return plain.isascii() and plain.isdigit()
