"""Detailed addresses by their grammar: a place, then numbers, down to the room."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from voc.privacy.lexicon import address_words, cue_words
from voc.privacy.recognizers.cue import LINK, any_of
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["AddressFinder"]

_NUMBER: Final = (
    r"(?:[0-9]{1,5}|[一二三四五六七八九十百]{1,4}|[A-Za-z](?:[0-9]{1,3})?)(?:[\-—－~][0-9A-Za-z]{1,5}){0,3}"
)
_DIVISION: Final = re.compile("[\u4e00-\u9fff]{2,7}?(?:省|自治区|特别行政区|市|自治州|州|盟|区|县|旗)")
_LONG_NUMBER: Final = re.compile("(?s:.*)[0-9A-Za-z]{6}")
_LONGEST: Final = 36
"""Longest place before the first number, in characters."""


class AddressFinder(Finder):
    """Anything finer than a district: road and number, community and building, unit, room, village group.

    The span begins at the province or city where the writer does. Province, city and district alone stay in
    clear, and so do a road without a number and a number without a place (3号楼, 二楼).
    """

    name = "address.v1"
    entities = ("CN_ADDRESS",)

    def __init__(self) -> None:
        words = address_words()
        road = "|".join(_longest_first((*words.roads, *words.weak_roads)))
        community = "|".join(_longest_first(words.communities))
        unit = "|".join(_longest_first(words.number_units))
        numbered = rf"{_NUMBER}(?:{unit})(?:[东西南北]侧?)?"
        part = rf"[\s,，]?{numbered}"
        room = r"(?:[\s,，\-]?[A-Za-z]?[0-9]{2,4}(?:室|房|户|号)?(?![0-9元块年月日天个点分:：]))?"
        # a road needs a number; a community needs a building, a unit or a room
        self._anchor = re.compile(
            rf"(?P<place>{road}|{community})(?:[东西南北中]段)?(?P<fine>\s?{numbered}(?:{part}){{0,5}}{room})"
            rf"|(?P<hall>{community})(?P<bare>[A-Za-z]?[0-9]{{1,3}}(?:[\-—－][0-9]{{1,4}}){{1,3}})(?![0-9])"
        )
        self._roads, self._weak = frozenset(words.roads), frozenset(words.weak_roads)
        self._provinces = tuple(words.provinces)
        self._cue = re.compile(rf"{any_of(cue_words('address'))}{LINK}$")
        self._starts = re.compile(
            rf"{any_of(words.starts)}|[0-9]{{1,4}}[年月日]|[(（](?![^()（）]{{0,40}}[)）])"
        )
        inner = rf"[\u4e00-\u9fff]{{1,8}}(?:{community})[\u4e00-\u9fff]{{0,4}}"
        shop = r"[\u4e00-\u9fff]{2,10}店(?=[，。,\s]|$)"
        self._tail = re.compile(rf"(?:[\s,，]?(?:{inner})?(?:{part}){{1,4}}{room}|[\s,，]?{shop}){{0,3}}")
        places = "|".join(_longest_first({*words.roads, *words.weak_roads, *words.communities}))
        self.gate = rf"(?:{places})(?:[东西南北中]段)?[\s,，]?(?:[0-9一二三四五六七八九十百]|[A-Za-z])"

    def find(self, text: str) -> list[Candidate]:
        """Return detailed addresses."""
        return list(overlapping(self._anchor, text, lambda match: self._extend(text, match)))

    def _extend(self, text: str, match: re.Match[str]) -> Candidate | None:
        start = self._begin(text, match.start())
        name = match.start() - start
        cued = self._cue.search(text[max(0, start - 16) : start]) is not None
        admin = _DIVISION.match(text, start, match.end()) is not None
        if not any("\u4e00" <= char <= "\u9fff" for char in text[start : match.start()]):
            return None
        if name < 2 and not cued:
            return None
        if not self._fine(match, cued=cued or admin):
            return None
        tail = self._tail.match(text, match.end())
        end = tail.end() if tail else match.end()
        score = 0.9 if cued or admin else 0.75
        return self.candidate(start, end, score, "place and number")

    def _fine(self, match: re.Match[str], *, cued: bool) -> bool:
        """Whether the numbers tell a house: not merely a floor, a phase or a district of something."""
        if match["bare"] is not None:
            return cued
        fine = match["fine"]
        if not cued and match["place"] in self._weak:
            return False
        if not cued and len(match["place"]) == 1 and match["place"] not in self._roads:
            return re.search("号楼|号院|号房|栋|幢|座|单元|室|组|队|社", fine) is not None
        if re.search("号|栋|幢|座|单元|室|弄|户|组|社|队|排", fine):
            return True
        return cued and re.search("[0-9](?:楼|层|房|门|巷)", fine) is not None

    def _begin(self, text: str, anchor: int) -> int:
        """Where the address with its first place word at `anchor` begins."""
        floor = max(0, anchor - _LONGEST)
        at = anchor
        while at > floor and _belongs(text, at - 1):
            at -= 1
        if number := _LONG_NUMBER.search(text, at, anchor):  # a phone before the place is none of it
            at = number.end()
        lead = text[at:anchor]
        province = min((i for name in self._provinces if (i := lead.find(name)) >= 0), default=-1)
        if province >= 0:
            return at + province
        last = 0
        for match in self._starts.finditer(lead):
            last = match.end()
        return at + last


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _belongs(text: str, at: int) -> bool:
    """Whether a character can be part of a place: Han, digits, letters, a blank after a division."""
    char = text[at]
    if "\u4e00" <= char <= "\u9fff" or char in "()（）·" or (char.isascii() and char.isalnum()):
        return True
    return char in " ,，、-" and at > 0 and text[at - 1] in "省市区县镇乡州盟旗道村"
