"""People and addresses that the shipped tagger finds by their context (`voc.privacy.ner.tagger`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from string import ascii_letters, ascii_uppercase, digits
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from voc.privacy.lexicon import address_words, cue_words, person_words, surnames
from voc.privacy.ner.characters import EDGE
from voc.privacy.ner.convention import convention
from voc.privacy.ner.labels import Tagged
from voc.privacy.ner.screen import code_points
from voc.privacy.ner.tagger import NameTagger, name_tagger
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.familiar_name import TWINS
from voc.privacy.recognizers.finder import Candidate, Finder
from voc.privacy.recognizers.names import DOTS, is_han

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LEAST", "LEAST_ADDRESS", "LEAST_PERSON", "Places", "Stretch", "TaggedFinder"]

LEAST_PERSON: Final = 0.6
LEAST_ADDRESS: Final = 0.6
"""Probability from which a tag counts; chosen on reviews of the training half."""
LEAST: Final = min(LEAST_PERSON, LEAST_ADDRESS)
LEAST_BESIDE: Final = 0.4
"""The same in a text in which something private has been found."""
_SCORE_BESIDE: Final = 0.55
"""Score of what counts there: that something private stands beside it speaks for it as well."""
_HAN: Final = "\u4e00-\u9fff"
_DAY: Final = "(?<!月)(?<!月[0-9一二三十])"
"""Before the last digit of a number: no day of a month, as in 5月12号."""
_NUMBERED: Final = (
    f"{_DAY}(?:[0-9A-Za-z]|[一二三四五六七八九十])(?:号楼|号院|弄|栋|幢|座|单元|室|组|队|社|号|楼|层|床)"
)
_ROOMS: Final = "[0-9]-[0-9]{1,3}(?:-[0-9]|[0-9]?(?![0-9天日月号年折成个]))"
_ROADS: Final = "[路街道巷里村苑园区城府庄厦场寓湾郡居院][0-9一二三四五六七八九十A-Z]"
_DIVISIONS: Final = f"[省州盟市县区旗镇乡][{_HAN}]{{1,6}}(?:[县区市旗镇乡村屯寨庄组]|街道)"
_NOT_BEHIND_A: Final = "里姨胶迪玛拉尔根富斯司莫维道弥克卡萨旺童凡布联波甘门奇法特伦米"
"""Characters that make something else of 阿 than a familiar name: 阿里, 阿迪."""
_SHORT: Final = "哥姐叔姨队"
"""Titles of one character behind a family name that is hardly anything else."""
_KIN: Final = "姐哥嫂婶"
"""Those behind any character, where a name may begin: 花姐, but not 小姐 or 表哥."""
_NO_KIN: Final = "姐哥嫂婶小大表堂老二三四五六七八九各"
_STAFF: Final = "总导工厨"
"""Those behind any family name: 常总, but neither 王导致 nor 高工作."""
_NO_STAFF: Final = "程作具资店卖是体理统裁游师致航弹购员期地厂艺业人房"
"""Characters that make another word of these."""
_CLAIM: Final = "我是"
_NAMED: Final = f"(?:[：:]|{_CLAIM})[{_HAN}]{{2,4}}(?![{_HAN}])"
_SPARSE: Final = f"[{_HAN}][{DOTS}][{_HAN}]|{_NUMBERED}|{_ROADS}|{_ROOMS}"
_OTHER: Final = f"{_SPARSE}|{_DIVISIONS}"
_ALL_HAN: Final = "".join(map(chr, range(0x4E00, 0xA000)))
_OTHER_PAIRS: Final = (
    (_ALL_HAN, DOTS),
    (f"{digits}{ascii_letters}一二三四五六七八九十", "号弄栋幢座单室组队社楼层床"),
    ("路街道巷里村苑园区城府庄厦场寓湾郡居院", f"{digits}一二三四五六七八九十{ascii_uppercase}"),
    ("省州盟市县区旗镇乡：:阿", _ALL_HAN),
    (digits, "-"),
)
"""Characters with which the pattern begins: the first and the second."""
_BESIDE_NAME, _BEHIND_NAME = 9, 13
_BEFORE_NUMBER, _BEHIND_NUMBER = 22, 22
"""So many characters around a place where one may stand are read."""


_PIECE, _SHARED = 24, 8
"""Characters of a piece that is read between windows, and those on each side that are read with it."""
_AROUND: Final = 80
"""Characters on each side of something private that are read: a ticket is short, a review may be long."""
_REMEMBERED: Final = 1 << 14
"""Windows whose tags are kept: the engine asks for them again, and other rows hold the same words."""


Places = Callable[["npt.NDArray[np.uint16]"], "npt.NDArray[np.int64]"]
"""Finds the offsets at which something may begin in the code points of a text, in order."""


class TaggedFinder(Finder):
    """Names and addresses without a cue that a rule could name: 昨天王建国来过, 放在阳光家园3栋.

    Parameters
    ----------
    tagger
        The one that ships with voc when not given.
    """

    name = "tagged.v11"
    entities = ("PERSON", "CN_ADDRESS")
    gate = f"[{_HAN}]|[0-9]-[0-9]"

    def __init__(self, tagger: NameTagger | None = None) -> None:
        self._tagger = tagger or name_tagger()
        self._known: dict[str, list[Tagged]] = {}
        self._convention = convention()
        names, words = surnames(), person_words()
        family = "".join(sorted(names.frequent | names.rare))
        fields = {
            word for group in ("name_field", "name_phrase") for word in cue_words(group) if is_han(word[0])
        }
        people, places = {*words.titles, *words.near, *fields}, set(address_words().near)
        near = people | places
        never = any_of(word for word in words.not_names if word[0] in "小老阿")  # 小时
        sure = "".join(sorted(names.frequent - names.careful - names.never))
        named = "".join(sorted((names.frequent | names.rare) - names.never))
        familiar = (
            f"(?!{never})[小老][{family}]|阿(?![{_NOT_BEHIND_A}])[{_HAN}]|[{sure}][{_SHORT}]"
            f"|[{named}][{_STAFF}](?![{_NO_STAFF}])"
            f"|(?:(?<![{_HAN}])|(?<=[给找跟和让叫问被喊替帮]))[^{_NO_KIN}][{_KIN}](?![{_KIN}夫妹弟])|(?P<twin>[{TWINS}])(?P=twin)"
        )
        self._other = re.compile(f"(?P<name>{familiar}|{any_of(people)}|{_NAMED})|{any_of(places)}|{_OTHER}")
        self._first, self._second = _pair_flags(
            ((_ALL_HAN, _KIN), ("小老", family), (sure, _SHORT), (named, _STAFF), *_OTHER_PAIRS)
        )
        self._twins = np.zeros(1 << 16, dtype=np.bool_)
        self._twins[code_points(TWINS)] = True
        self._near, self._alone = np.zeros((2, 1 << 16), dtype=np.bool_)
        begins = code_points("".join(word[:2] for word in (*near, _CLAIM) if len(word) > 1))
        self._near[_hashed(begins[::2], begins[1::2])] = True
        self._alone[code_points("".join(word for word in near if len(word) == 1))] = True

    def screen(self, data: bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Flag the rows in which the tagger may find something: it reads all places of all rows at once."""
        flags = np.zeros(len(offsets) - 1, dtype=np.bool_)
        texts = [
            data[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(offsets.tolist())
        ]
        sure = (one.row for one in self._windows(texts) if any(tag.score >= LEAST for tag in one.tags))
        flags[list(sure)] = True
        return flags

    def find(self, text: str) -> list[Candidate]:
        """Return names and addresses."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[list[Candidate]]:
        """Return names and addresses of each text."""
        found: list[list[Candidate]] = [[] for _ in texts]
        for window in self._windows(texts):
            found[window.row] += self._judged(texts[window.row], window)
        return found

    def read_around(
        self, texts: Sequence[str], private: Sequence[Sequence[Candidate]]
    ) -> list[list[Candidate]]:
        """Return what the tagger sees around something private in texts, with lower bars."""
        windows = self.windows(texts)
        stretches = (*windows, *_between(windows, [len(text) for text in texts]))
        near = [one for one in stretches if _is_near(one, private[one.row])]
        found: list[list[Candidate]] = [[] for _ in texts]
        for window in self._read(near, texts):
            found[window.row] += self._judged(texts[window.row], window, beside_private=True)
        return found

    def windows(self, texts: Sequence[str], names: Places | None = None) -> list[Stretch]:
        """Stretches of the texts that the tagger reads, in order.

        Parameters
        ----------
        names
            Finds where a name may begin; the tagger's screen when not given.
        """
        ends = np.cumsum([len(text) + len(EDGE) for text in texts], dtype=np.int64) - len(EDGE)
        starts = np.append(0, ends[:-1] + len(EDGE))
        places = self._places(EDGE.join((*texts, "")), names or self._tagger.screen.places)
        rows = np.searchsorted(starts, places[:, 0], side="right") - 1
        places[:, 1:] -= starts[rows, None]
        return _joined(rows, places, (ends - starts)[rows])

    def _windows(self, texts: Sequence[str]) -> list[_Window]:
        """Windows of the texts with their tags, in order."""
        return self._read(self.windows(texts), texts)

    def _read(self, stretches: Sequence[Stretch], texts: Sequence[str]) -> list[_Window]:
        parts = [texts[row][start:end] for row, start, end in stretches]
        return [
            _Window(row, start, tags)
            for (row, start, _), tags in zip(stretches, self._tags(parts), strict=True)
        ]

    def _places(self, text: str, names: Places) -> npt.NDArray[np.int64]:
        """(where something may stand, begin and end of what has to be read for it), in order."""
        codes = code_points(text)
        begins = names(codes)
        rows = np.stack((begins, begins - _BESIDE_NAME, begins + _BEHIND_NAME), axis=1)
        others = list(self._others(text, codes))
        if not others:
            return rows
        rows = np.concatenate((rows, np.array(others, dtype=np.int64)))
        return rows[np.argsort(rows[:, 0], kind="stable")]

    def _others(self, text: str, codes: npt.NDArray[np.uint16]) -> Iterator[tuple[int, int, int]]:
        """Other places, as `_places` tells them, by the pattern; where none can begin is seen at once."""
        done = 0
        first, second = codes[:-1], codes[1:]
        may = (self._first.take(first) & self._second.take(second)).astype(np.bool_)
        may |= (first == second) & self._twins.take(first)
        may |= self._near.take(_hashed(first, second)) | self._alone.take(first)
        for at in np.flatnonzero(may).tolist():
            if at >= done and (match := self._other.match(text, at)):
                start, done = match.span()
                name = match["name"] is not None
                before, behind = (_BESIDE_NAME, _BEHIND_NAME) if name else (_BEFORE_NUMBER, _BEHIND_NUMBER)
                yield start, start - before, done + behind

    def _tags(self, parts: Sequence[str]) -> list[list[Tagged]]:
        """Tags that count of each part; each is read once, by itself."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        new = [part for part in dict.fromkeys(parts) if part not in self._known]
        self._known.update(zip(new, self._tagger.likely_tags(new, LEAST_BESIDE), strict=True))
        return [self._known[part] for part in parts]

    def _judged(self, text: str, window: _Window, *, beside_private: bool = False) -> Iterator[Candidate]:
        for tag in window.tags:
            person = tag.kind == "PER"
            if not beside_private and tag.score < (LEAST_PERSON if person else LEAST_ADDRESS):
                continue
            start, end = window.start + tag.start, window.start + tag.end
            if person:
                place = self._convention.person(text, start, end, tag.score, beside_private=beside_private)
            else:
                place = self._convention.address(text, start, end, tag.score, beside_private=beside_private)
            if place is not None:
                entity = self.entities[0] if person else self.entities[1]
                least = _SCORE_BESIDE if beside_private else 0.0
                score = round(min(max(tag.score, least), 0.95), 2)
                yield self.candidate(*place, score, "tagged by its context", entity=entity)


class Stretch(NamedTuple):
    """A part of a text."""

    row: int
    """Place of the text."""
    start: int
    end: int


class _Window(NamedTuple):
    """A stretch of a text that the tagger reads by itself."""

    row: int
    """Place of the text."""
    start: int
    """Its offset in the text."""
    tags: Sequence[Tagged]


def _between(windows: Sequence[Stretch], lengths: Sequence[int]) -> Iterator[Stretch]:
    """Stretches between the windows of texts, with some of what is beside them; long ones in pieces."""
    known: list[list[Stretch]] = [[] for _ in lengths]
    for window in windows:
        known[window.row].append(window)
    for row, (own, length) in enumerate(zip(known, lengths, strict=True)):
        begins, stops = (0, *(window.end for window in own)), (*(window.start for window in own), length)
        for begin, stop in zip(begins, stops, strict=True):
            for start in range(begin, stop - 1, _PIECE):
                end = min(start + _PIECE, stop) + _SHARED
                yield Stretch(row, max(0, start - _SHARED), min(length, end))


def _is_near(stretch: Stretch, private: Sequence[Candidate]) -> bool:
    return any(one.start - _AROUND < stretch.end and stretch.start < one.end + _AROUND for one in private)


def _hashed(first: npt.NDArray[np.uint16], second: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Places of pairs of code points in a table of all pairs; few pairs share one."""
    places: npt.NDArray[np.uint16] = first * np.uint16(31) ^ second
    return places


def _pair_flags(pairs: Iterable[tuple[str, str]]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """For each code point the pairs of which it may be the first, or the second, as bits."""
    first, second = np.zeros(1 << 16, dtype=np.uint16), np.zeros(1 << 16, dtype=np.uint16)
    for bit, (one, other) in enumerate(pairs):
        first[list(map(ord, one))] |= 1 << bit
        second[list(map(ord, other))] |= 1 << bit
    return first, second


def _joined(
    rows: npt.NDArray[np.int64], places: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]
) -> list[Stretch]:
    """Windows inside their texts; those of one text that touch are one."""
    starts, ends = np.maximum(places[:, 1], 0), np.minimum(places[:, 2], sizes)
    joined: list[Stretch] = []
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        if joined and joined[-1].row == row and start <= joined[-1].end:
            last = joined[-1]
            joined[-1] = Stretch(row, min(last.start, start), max(last.end, end))
        else:
            joined.append(Stretch(row, start, end))
    return joined
