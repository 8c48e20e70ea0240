"""Reads the measure behind praise of speed, which may mock it.

A long time mocks (`真快，从下单到收货只用了半个月`), and so does a slow animal (`快得像蜗牛`), or that
what goes fast is the breaking (`坏得比别人快`). A short time bears the praise out, and is no complaint
of waiting (`物流真快，才走了一天`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.cue_table import CueTable
from voc.tagging.lexicon.cues import CueHits

__all__ = ["Speed", "SpeedRead"]

_SPEED: Final = "logistics.delay"
_DEFECT: Final = "quality.defect"
_BEFORE: Final = 10
_BEHIND: Final = 36
"""Characters before and behind a praise of speed that are looked at."""
_NUMBER: Final = "[0-9一二两三四五六七八九十几数好]"
_LONG: Final = (
    f"(?:(?:半个?|{_NUMBER}+个)多?半?月|(?:{_NUMBER}+个?|半个?)多?(?:周|星期|礼拜)"
    "|(?:[二三四五六]?十[一二三四五六七八九几多]?|[1-9][0-9]多?|[七八九789])天)"
)
_SHORT: Final = "(?:(?:半|[0-9一二两三四五六七八九十]+)个?半?多?(?:小时|钟头|分钟)|半天|[一两12]天)"
_ONLY: Final = "(?:只|仅仅|仅|才|就)"
_AT_LENGTH: Final = f"(?:{_ONLY}|足足|整整|居然|竟然)"
_ARRIVED: Final = "(?:才|就|终于|总算|刚)[^，。！!,]{0,2}[到收送发拿]"
_TURN: Final = "但|可是|不过|只是|就是|结果|然而|却|除了|国外|海外|国际|进口"
_GAP: Final = f"[^，。！？,!?~～ \n]{{0,5}}[，。！,!～~… ]+(?P<measure>(?:(?!{_TURN})[^。！？!?\n]){{0,16}}?"
_LAPSED: Final = re.compile(
    f"{_GAP}(?:(?:{_AT_LENGTH}+(?:用|花|耗|过)|{_AT_LENGTH}*(?:走|等))了?{_LONG}"
    f"(?=[^，。！!,\n]{{0,4}}[到收送发拿]|[，。！!,~…\\s]|$)|{_LONG}{_ARRIVED}))"
)
_BRIEF: Final = re.compile(
    f"{_GAP}(?:{_ONLY}+(?:用|花|走|等)了?{_SHORT}|{_SHORT}就[^，。！!,]{{0,2}}[到收送发拿]))"
)
_ON_ITS_WAY: Final = re.compile("[收到送发邮运等走]|下单|物流|快递|配")
_SLOW: Final = "(?:像|跟|如|似|和|比得上)[^，。！,!\n]{0,3}(?:蜗牛|乌龟|老牛)"
_LIKE: Final = re.compile(f"[^，。！,! \n]{{0,3}}(?P<measure>{_SLOW})")
_ALIKE: Final = re.compile(f"(?P<measure>{_SLOW})[^，。！,!\n]{{0,4}}$")
_BROKEN: Final = re.compile("(?P<measure>[坏烂裂破]得[^，。！,!\n]{0,6})$")
_FAST: Final = re.compile("[快速迅]|[及准按]时|准点")
_NEGATIONS: Final = "不没未无别非"

Offsets = npt.NDArray[np.int64]
_Span = tuple[int, int] | None


class SpeedRead(NamedTuple):
    """Praises of speed that are none, and times that are no complaint. Places are among the cues found."""

    mocking: Offsets
    """Praises that mock, in order."""
    starts: Offsets
    """Where what mocks each begins."""
    ends: Offsets
    tags: Offsets
    """What each complains of, as the table counts tags."""
    brief: Offsets
    """Complaints of a time that is told as short, in order."""


class Speed:
    """Reads what stands around praises of speed.

    Parameters
    ----------
    table
        The parts that cues play.
    terms
        The cues themselves.
    """

    def __init__(self, table: CueTable, terms: Sequence[str]) -> None:
        self._praising, self._blaming = table.says(_SPEED, 1), table.says(_SPEED, -1)
        fast = np.array([_FAST.search(term) is not None for term in terms], dtype=np.bool_)
        self._fast = self._praising & fast
        self._tags = tuple(table.tags.index(tag) if tag in table.tags else -1 for tag in (_SPEED, _DEFECT))

    def read(self, text: str, hits: CueHits, ends: Offsets) -> SpeedRead:
        """Read a batch.

        Parameters
        ----------
        text
            The buffer, in lower case.
        hits
            Cues found in it.
        ends
            Where the rows end.
        """
        speed, defect = self._tags
        praising = np.flatnonzero(self._praising[hits.cues])
        fast = self._fast[hits.cues[praising]]
        stops = ends[np.searchsorted(ends, hits.starts[praising], side="right")]
        mocking: list[tuple[int, int, int, int]] = []
        brief: list[tuple[int, int]] = []
        columns = (praising, hits.starts[praising], hits.ends[praising], stops, fast)
        for hit, start, end, stop, is_fast in zip(*(column.tolist() for column in columns), strict=True):
            if mocking and start < mocking[-1][2]:  # 二十天就到 behind 好快啊
                mocking.append((hit, *mocking[-1][1:]))
            elif is_fast and (not start or text[start - 1] not in _NEGATIONS):
                slow, broken, short = _around(text, start, end, stop)
                if slow is not None:
                    mocking.append((hit, *slow, speed))
                elif broken is not None and defect >= 0:
                    mocking.append((hit, *broken, defect))
                elif short is not None:
                    brief.append(short)
        places, starts, stops, tags = np.array(mocking, dtype=np.int64).reshape(-1, 4).T
        return SpeedRead(places, starts, stops, tags, self._within(hits, brief))

    def _within(self, hits: CueHits, spans: Sequence[tuple[int, int]]) -> Offsets:
        """Complaints of delay inside the spans, as places among the cues found."""
        first = [np.searchsorted(hits.starts, start) for start, _ in spans]
        last = [np.searchsorted(hits.starts, end) for _, end in spans]
        inside = [np.arange(begin, stop) for begin, stop in zip(first, last, strict=True)]
        places = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *inside]))
        blaming: Offsets = places[self._blaming[hits.cues[places]]]
        return blaming


def _around(text: str, start: int, end: int, stop: int) -> tuple[_Span, _Span, _Span]:
    """What stands around a praise: what mocks its speed, what breaks so fast, a time that is short."""
    first, last = max(start - _BEFORE, 0), min(stop, end + _BEHIND)
    first = max(first, text.rfind("\n", first, start) + 1)
    slow = _LIKE.match(text, end, last) or _ALIKE.search(text, first, start)
    lapsed = None if slow else _LAPSED.match(text, end, last)
    if lapsed is not None and _ON_ITS_WAY.search(text, first, lapsed.end()):
        slow = lapsed
    broken = _BROKEN.search(text, first, start)
    short = _BRIEF.match(text, end, last)
    return (
        slow.span("measure") if slow else None,
        (broken.start("measure"), end) if broken else None,
        short.span("measure") if short else None,
    )
