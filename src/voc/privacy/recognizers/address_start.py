"""Where a detailed address begins: behind the words before it, at its province, city or district."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from voc.privacy.lexicon import AddressWords
from voc.text.segment import tagged_words

__all__ = ["AddressStart"]

_LONG_NUMBER: Final = re.compile("(?s:.*)[0-9A-Za-z]{6}")
_LONGEST: Final = 36
"""Longest place before the first number, in characters."""
_DIVISION_ENDS: Final = "省市区县旗州盟"
_PLACE_ENDS: Final = _DIVISION_ENDS + "镇乡村路街巷"
_CROSSINGS: Final = ("交叉", "交汇", "交界")
_JOINS: Final = frozenset({"与", "和", "跟"})
"""What stands between two roads that cross."""
_LONGEST_START: Final = 4
_VERB_ENDS: Final = ("在", "到", "至", "往", "给", "是")
"""What verbs end in before a place: 留在, 带到."""


class AddressStart:
    """Finds the first character of the address whose first place word is known.

    A province, and a word that no place begins with, counts only where it is a word, so that 解放路 and
    黄河北大街 stay whole.
    """

    def __init__(self, words: AddressWords) -> None:
        self._provinces = words.provinces
        self._communities = frozenset(words.communities)
        self._starts, self._breaks = frozenset(words.starts), frozenset(words.breaks)
        self._before = re.compile(r"[0-9]{1,4}[年月日]|[(（](?![^()（）]{0,40}[)）])")

    def before(self, text: str, anchor: int, behind: int) -> int:
        """Where the address begins of which a place word stands from `anchor` to `behind`."""
        floor = max(0, anchor - _LONGEST)
        at = anchor
        while at > floor and _belongs(text, at - 1):
            at -= 1
        if at and text[at - 1] == "\\" and text[at] in "nrt":  # a line end that was written out
            at += 1
        if number := _LONG_NUMBER.search(text, at, anchor):  # a phone before the place is none of it
            at = number.end()
        words = tagged_words(text[at:behind])
        lead, edges = text[at:anchor], [0, *accumulate(len(word) for word, _ in words)]
        joins = _JOINS if text[anchor : anchor + 2] in _CROSSINGS else frozenset[str]()
        broken = _last_end(lead, edges, self._breaks - joins)
        provinces = (i for name in self._provinces if (i := lead.find(name, broken)) in edges)
        if (province := min(provinces, default=-1)) >= 0:
            return at + province
        if (division := self._division(words, lead, broken)) is not None:
            return at + division
        ends = [match.end() for match in self._before.finditer(lead)]
        return at + max(broken, _last_end(lead, edges, self._starts - joins), *ends)

    def _division(self, words: Sequence[tuple[str, str]], lead: str, floor: int) -> int | None:
        """Where a city or district begins that the dictionary knows, unless a place stands before it."""
        at = 0
        for word, kind in words:
            if at >= len(lead):
                return None
            if at >= floor:
                named = len(word) >= 3 and kind.startswith("n") and word not in self._communities
                if named and word[-1] in _DIVISION_ENDS:
                    return at
                if any(char in _PLACE_ENDS for char in word):
                    return None
            at += len(word)
        return None


def _last_end(lead: str, edges: Sequence[int], chosen: frozenset[str]) -> int:
    """Where the last of the chosen words ends that is a word of the text, or the end of a verb; else 0."""
    return max(
        (
            edge
            for edge in edges
            if edge <= len(lead)
            for start in range(max(0, edge - _LONGEST_START), edge)
            if (word := lead[start:edge]) in chosen and (start in edges or word in _VERB_ENDS)
        ),
        default=0,
    )


def _belongs(text: str, at: int) -> bool:
    """Whether a character can be part of a place: Han, digits, letters, a blank after a division."""
    char = text[at]
    if "\u4e00" <= char <= "\u9fff" or char in "()（）·" or (char.isascii() and char.isalnum()):
        return True
    return char in " ,，、-" and at > 0 and text[at - 1] in "省市区县镇乡州盟旗道村"
