"""Cue words: what a writer puts beside a value to say what it is. A cue counts inside its sentence only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from typing import Final

from voc.privacy.lexicon import cue_words

__all__ = ["LINK", "LINK_PART", "Cues", "any_of", "cue", "cue_near", "ends_with_cue"]

LINK_PART: Final = r"[\s:：=＝是为即叫（(【\[「\"“'’,，|｜>→\-—_/]|号码?|编号|账号|帐号|id"
"""Alternatives of what may stand between a cue and its value: a colon, 号码, 是 and the like."""

LINK: Final = f"(?:{LINK_PART}){{0,4}}"
"""Up to four link parts."""

_SENTENCE_END: Final = re.compile(r"[。！？!?；;\n\r\u2028\u2029]")


def any_of(words: Iterable[str]) -> str:
    """Alternation of literal words, the longest first; a Latin word may not touch further Latin letters.

    The words are grouped by their first character, and a look ahead for one of these comes before all, so
    that a place at which no word begins costs one comparison.
    """
    groups: dict[str, list[str]] = {}
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        groups.setdefault(word[0].lower(), []).append(word)
    firsts = "".join(sorted({re.escape(char) for word in groups for char in (word, word.upper())}))
    return f"(?=[{firsts}])(?:{'|'.join(_group(members) for members in groups.values())})"


def _group(words: list[str]) -> str:
    """Alternation of words with the same first character."""
    before = "(?<![A-Za-z0-9])" if _latin(words[0][0]) else ""
    rests = [re.escape(word[1:]) + ("(?![A-Za-z])" if _latin(word[-1]) else "") for word in words]
    first = words[0][0]
    either = re.escape(first) if first.lower() == first.upper() else f"[{first.lower()}{first.upper()}]"
    return f"{before}{either}(?:{'|'.join(rests)})"


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


@cache
def cue(*groups: str) -> re.Pattern[str]:
    """Compile the cue words of the named groups of `lexicons/privacy/cues.yaml`, regardless of case."""
    words = [word for group in groups for word in cue_words(group)]
    return re.compile(any_of(words), re.IGNORECASE)


@cache
def _ending(*groups: str) -> re.Pattern[str]:
    return re.compile(f"{cue(*groups).pattern}{LINK}$", re.IGNORECASE)


class Cues:
    """Cue words of one text. A text without any, the usual case, costs one search, when first asked for.

    Parameters
    ----------
    text
        The folded text.
    groups
        Groups of `lexicons/privacy/cues.yaml`.
    """

    def __init__(self, text: str, *groups: str) -> None:
        self._text = text
        self._groups = groups

    @cached_property
    def any(self) -> bool:
        """Whether the text holds a cue at all."""
        return cue(*self._groups).search(self._text) is not None

    def near(self, start: int, end: int) -> bool:
        """Whether a cue stands near [start, end)."""
        return self.any and cue_near(cue(*self._groups), self._text, start, end)

    def before(self, start: int) -> bool:
        """Whether a cue stands directly before `start`."""
        return self.any and ends_with_cue(self._text, start, *self._groups)


def cue_near(
    pattern: re.Pattern[str], text: str, start: int, end: int, *, left: int = 20, right: int = 12
) -> bool:
    """Whether a cue stands in the same sentence, so many characters before or behind."""
    before = text[max(0, start - left) : start]
    if pattern.search(_SENTENCE_END.split(before)[-1]):
        return True
    after = text[end : end + right]
    return pattern.search(_SENTENCE_END.split(after, maxsplit=1)[0]) is not None


def ends_with_cue(text: str, start: int, *groups: str) -> bool:
    """Whether a cue word of the groups stands directly before `start`, with nothing but a link between."""
    return _ending(*groups).search(text[max(0, start - 16) : start]) is not None
