"""People and addresses that the shipped tagger finds by their context (`voc.privacy.ner.tagger`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from voc.privacy.lexicon import surnames
from voc.privacy.ner.convention import convention
from voc.privacy.ner.tagger import name_tagger
from voc.privacy.recognizers.finder import Candidate, Finder

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LEAST_ADDRESS", "LEAST_PERSON", "TaggedFinder"]

LEAST_PERSON: Final = 0.6
LEAST_ADDRESS: Final = 0.6
"""Probability from which a tag counts; chosen on reviews of the training half."""
_HAN: Final = "\u4e00-\u9fff"
_NUMBERED: Final = "(?:[0-9A-Za-z]|[一二三四五六七八九十])(?:号楼|号院|弄|栋|幢|座|单元|室|组|队|社|号)"
_ROADS: Final = "[路街道巷里村苑园区城府庄厦场寓湾郡居院][0-9一二三四五六七八九十A-Z]"
_OTHER: Final = f"[{_HAN}][·•・‧][{_HAN}]|{_NUMBERED}|{_ROADS}"
_BESIDE_NAME, _BEHIND_NAME = 9, 13
_BEFORE_NUMBER, _BEHIND_NUMBER = 28, 24
"""So many characters around a place where one may stand are read."""


_REMEMBERED: Final = 256


class TaggedFinder(Finder):
    """Names and addresses without a cue that a rule could name: 昨天王建国来过, 放在阳光家园3栋."""

    name = "tagged.v1"
    entities = ("PERSON", "CN_ADDRESS")
    gate = f"[{_HAN}][{_HAN}]|{_OTHER}"

    def __init__(self) -> None:
        self._tagger = name_tagger()
        # the engine asks again once it has blanked what was found, and most of the text is as before
        self._tags = lru_cache(maxsize=_REMEMBERED)(self._tagger.tag)
        self._empty: frozenset[str] = (
            frozenset()
        )  # windows of the last batch's flagged rows that hold nothing
        self._convention = convention()
        names = surnames()
        familiar = "".join(sorted(names.frequent - names.never))
        self._other = re.compile(f"[小老][{familiar}]|{_OTHER}")

    def screen(self, data: bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Flag the rows in which the tagger may find something: it reads all places of all rows at once."""
        flags = np.zeros(len(offsets) - 1, dtype=np.bool_)
        text = data.decode("utf-8", "surrogatepass")
        places = self._places(text)
        if not len(places):
            return flags
        firsts = np.flatnonzero((np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80)  # of characters
        bounds = np.searchsorted(firsts, offsets)
        rows = np.searchsorted(bounds, places[:, 0], side="right") - 1
        windows = _joined(places, bounds[rows], bounds[rows + 1])
        parts = [text[start:end] for start, end in windows]
        likely = self._tagger.may_hold(parts, min(LEAST_PERSON, LEAST_ADDRESS))
        starts = np.array([start for start, _ in windows], dtype=np.int64)
        held = np.searchsorted(bounds, starts, side="right") - 1
        flags[held[likely]] = True
        again = flags[held] & ~likely
        self._empty = frozenset(parts[place] for place in np.flatnonzero(again).tolist())
        return flags

    def find(self, text: str) -> list[Candidate]:
        """Return names and addresses."""
        places = self._places(text)
        windows = _joined(places, np.zeros_like(places[:, 0]), np.full_like(places[:, 0], len(text)))
        return [found for start, end in windows for found in self._read(text, start, end)]

    def _places(self, text: str) -> npt.NDArray[np.int64]:
        """(where something may stand, begin and end of what has to be read for it), in order."""
        names = self._tagger.screen.places(text)
        rows = np.stack((names, names - _BESIDE_NAME, names + _BEHIND_NAME), axis=1)
        others = [
            (match.start(), match.start() - _BEFORE_NUMBER, match.end() + _BEHIND_NUMBER)
            for match in self._other.finditer(text)
        ]
        if not others:
            return rows
        rows = np.concatenate((rows, np.array(others, dtype=np.int64)))
        return rows[np.argsort(rows[:, 0], kind="stable")]

    def _read(self, text: str, start: int, end: int) -> list[Candidate]:
        found: list[Candidate] = []
        part = text[start:end]
        if part in self._empty:
            return found
        for tag in self._tags(part):
            person = tag.kind == "PER"
            if tag.score < (LEAST_PERSON if person else LEAST_ADDRESS):
                continue
            judge = self._convention.person if person else self._convention.address
            place = judge(text, start + tag.start, start + tag.end)
            if place is not None:
                entity = self.entities[0] if person else self.entities[1]
                score = round(min(tag.score, 0.95), 2)
                found.append(self.candidate(*place, score, "tagged by its context", entity=entity))
        return found


def _joined(
    places: npt.NDArray[np.int64], lower: npt.NDArray[np.int64], upper: npt.NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Windows inside their bounds; those of one text that touch are one."""
    starts, ends = np.maximum(places[:, 1], lower), np.minimum(places[:, 2], upper)
    joined: list[tuple[int, int]] = []
    text = -1
    for start, end, low in zip(starts.tolist(), ends.tolist(), lower.tolist(), strict=True):
        if low == text and start <= joined[-1][1]:
            joined[-1] = (min(joined[-1][0], start), max(joined[-1][1], end))
        else:
            joined.append((start, end))
            text = low
    return joined
