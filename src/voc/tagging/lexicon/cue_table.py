"""The parts that cues play, as arrays: what the lexicon tagger asks of thousands of cues at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.cues import Cue, Kind

__all__ = ["CueTable", "Told", "Unfolded"]

_UNSAID: Final = 9
"""Stands in `CueTable.opinions` for a tag of which a cue says nothing."""
_DEEDS: Final = frozenset("给退让发回接送管理换修赔")
"""Behind 不, what was not done: 不是不退 promises nothing good, while 不是不好吃 is praise."""

_NEGATORS: Final = frozenset(
    (
        *("没有", "没", "不", "无", "也没有", "也没", "都没有", "都没"),
        *("没有想象中", "没有想象的", "没想象中", "没想象的"),
    )
)
"""Cues that may complain of a lack (早餐没有), or deny what follows them (房间没有异味)."""

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Unfolded(NamedTuple):
    """Lists of some cues, laid end to end."""

    places: Offsets
    """Which of the cues asked for each element belongs to."""
    order: Offsets
    """Place of the element in the list of its cue."""
    tags: Offsets
    polarities: Offsets


class Told(NamedTuple):
    """What opinions say of aspects."""

    tags: Offsets
    """-1 where an opinion says nothing of its aspect."""
    polarities: Offsets
    specific: Flags
    """Whether the two were made for each other."""


class _Lists(NamedTuple):
    """A list of (tag, polarity) for each cue."""

    offsets: Offsets
    counts: Offsets
    tags: Offsets
    polarities: Offsets

    @classmethod
    def of(cls, lists: Sequence[Sequence[tuple[int, int]]]) -> _Lists:
        counts = np.array([len(items) for items in lists], dtype=np.int64)
        flat = np.array([item for items in lists for item in items], dtype=np.int64).reshape(-1, 2)
        return cls(np.cumsum(counts) - counts, counts, flat[:, 0], flat[:, 1])

    def unfold(self, cues: Offsets) -> Unfolded:
        counts = self.counts[cues]
        places = np.repeat(np.arange(len(cues)), counts)
        order = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        at = self.offsets[cues[places]] + order
        return Unfolded(places, order, self.tags[at], self.polarities[at])


class CueTable:
    """Parts of all cues of a book, by the cue's place in it."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self.tags = tuple(sorted({tag for cue in cues for tag in _tags_of(cue)}))
        """Tags that any cue speaks of."""
        place = {tag: number for number, tag in enumerate(self.tags)}
        self.user = np.array([cue.user for cue in cues], dtype=np.bool_)
        self.direct = np.array([bool(cue.direct) for cue in cues], dtype=np.bool_)
        self.general = np.array([cue.general for cue in cues], dtype=np.int64)
        self.aspect = np.array([bool(cue.aspects) for cue in cues], dtype=np.bool_)
        self.opinion = np.array([bool(cue.opinions or cue.general) for cue in cues], dtype=np.bool_)
        self.fallback = np.array([bool(cue.fallback) for cue in cues], dtype=np.bool_)
        kinds = np.array([cue.kind for cue in cues], dtype=np.int64)
        self.guard = kinds == Kind.GUARD
        self.turn = (kinds == Kind.TURN) & ~self.direct
        self.irrealis = kinds == Kind.IRREALIS
        self.praises = np.array([_praises(cue) for cue in cues], dtype=np.bool_)
        self.tails = np.array([_tail(cue.term) for cue in cues], dtype=np.int64)
        """Characters behind the last gap of a phrase, 0 where it has none."""
        self.denials = np.array([_denies(cue) for cue in cues], dtype=np.bool_)
        self.undeniable = np.array([len(set(cue.opinions.values())) > 1 for cue in cues], dtype=np.bool_)
        """Cues that are bad of one thing and good of another: 不大 need not be praise."""
        self.asks = np.array([cue.term.startswith("是不是正") for cue in cues], dtype=np.bool_)
        """Complaints that are but questions where the clause asks: 是不是正品？"""
        self.blames = np.array([_blames(cue) for cue in cues], dtype=np.bool_)
        self.negators = np.array([cue.term in _NEGATORS for cue in cues], dtype=np.bool_)
        self.praisable = np.array([_praisable(cue) for cue in cues], dtype=np.bool_)
        self.directs = _Lists.of([[(place[tag], polarity) for tag, polarity in cue.direct] for cue in cues])
        self.fallbacks = _Lists.of([[(place[tag], -1) for tag in cue.fallback] for cue in cues])
        longest = max((max(len(cue.aspects), len(cue.direct)) for cue in cues), default=0)
        self._aspects = np.full((len(cues), max(longest, 1)), -1, dtype=np.int64)
        self._opinions = np.full((len(cues), max(len(place), 1)), _UNSAID, dtype=np.int8)
        for number, cue in enumerate(cues):
            named = cue.aspects or [tag for tag, _ in cue.direct]
            self._aspects[number, : len(named)] = [place[tag] for tag in named]
            for tag, polarity in cue.opinions.items():
                self._opinions[number, place[tag]] = polarity

    def says(self, tag: str, polarity: int) -> Flags:
        """Which cues say this of a tag, by themselves or beside an aspect."""
        if tag not in self.tags:
            return np.zeros(len(self.general), dtype=np.bool_)
        number, directs = self.tags.index(tag), self.directs
        says: Flags = self._opinions[:, number] == polarity
        cues = np.repeat(np.arange(len(says)), directs.counts)
        says[cues[(directs.tags == number) & (directs.polarities == polarity)]] = True
        return says

    def judged(self, aspects: Offsets, opinions: Offsets) -> Told:
        """Return what each opinion says of its aspect: of the first tag it was made for, or in general."""
        general = self.general[opinions]
        tags = np.where(general != 0, self._aspects[aspects, 0], -1)
        polarities = general.copy()
        specific = np.zeros(len(aspects), dtype=np.bool_)
        for column in self._aspects.T:
            tag = column[aspects]
            said = self._opinions[opinions, tag]
            news = ~specific & (tag >= 0) & (said != _UNSAID)
            tags[news], polarities[news] = tag[news], said[news]
            specific |= news
        return Told(tags, polarities, specific)


def _tags_of(cue: Cue) -> set[str]:
    return {*cue.aspects, *cue.opinions, *cue.fallback, *(tag for tag, _ in cue.direct)}


def _praises(cue: Cue) -> bool:
    return cue.general > 0 or any(polarity > 0 for _, polarity in cue.direct) or 1 in cue.opinions.values()


def _tail(term: str) -> int:
    gap = max(term.rfind("*"), term.rfind("#"))
    return len(term) - gap - 1 if gap >= 0 else 0


def _blames(cue: Cue) -> bool:
    return cue.general < 0 or any(polarity < 0 for _, polarity in cue.direct) or -1 in cue.opinions.values()


def _denies(cue: Cue) -> bool:
    """Whether a praise says that something bad is not there: 没有破损, 不掉色; 不错 is praise itself."""
    term = cue.term.lstrip("也都")
    return term.startswith(("没", "无", "不", "未")) and not term.startswith("不错") and _praises(cue)


def _praisable(cue: Cue) -> bool:
    """Whether the denial of a complaint is worth a praise: 没有破损 is, 不退款 denied is not."""
    first, second = cue.term[0], cue.term[1:2]
    return first not in "没无未" and (first != "不" or second not in _DEEDS)
