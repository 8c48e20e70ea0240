"""Writes texts in which it is known where people and addresses stand: for training, and other ones for tests.

Sentences of `templates.yaml` are filled with drawn names and addresses and put into texts that people wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import yaml

from voc.privacy.lexicon import person_words, surnames
from voc.simulator.grammar import Piece, expand
from voc.text.segment import dictionary_has, dictionary_words

__all__ = ["Marked", "Names", "Places", "Writer", "is_chinese_name"]

_TEMPLATES: Final = Path(__file__).with_name("templates.yaml")
_COMMON: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向汤"
)
"""The hundred most frequent family names of 2020 by rank."""


_ROOMS: Final = (
    *("h栋u单元r", "h号楼r室", "h幢r", "h号楼u单元", "h-u-r", "h栋r房", "h座r", "r室", "h号", "L座r", "L栋"),
    *("h号楼", "u期h栋r", "h楼u门r", "H栋U单元", "u区h号", "h层", "h号楼u单元r室"),
)
"""House, unit, room; a letter or Chinese numerals."""
_TWO: Final = 2


class Marked(NamedTuple):
    """A text and its (start, end, kind) of people (PER) and addresses (ADR)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def is_chinese_name(name: str) -> bool:
    """Whether a name is written like 王小明 or 欧阳静."""
    lexicon = surnames()
    head = 2 if name[:2] in lexicon.compound else 1
    known = head == 2 or name[:1] in lexicon.frequent | lexicon.rare
    return (
        2 <= len(name) <= 4 and known and 1 <= len(name) - head <= 2 and all("一" <= c <= "鿿" for c in name)
    )


@dataclass
class Names:
    """Draws names: whole ones that were met, and family names by frequency with met given names."""

    met: Sequence[str]
    """Names in Chinese characters without a dot."""
    foreign: Sequence[str]
    """Names with a dot or of more than four characters."""

    def __post_init__(self) -> None:
        lexicon = surnames()
        self._compound = tuple(lexicon.compound)
        self._rare = tuple(sorted((lexicon.frequent | lexicon.rare) - set(_COMMON)))
        self._chars = tuple(sorted(lexicon.given))
        self._given = [name[2 if name[:2] in self._compound else 1 :] for name in self.met]
        self._twos = [given for given in self._given if len(given) == _TWO]
        is_word = dictionary_has()
        family = sorted(lexicon.frequent | lexicon.rare)
        self._words = [word for head in family for char in self._chars if is_word(word := head + char)]
        words = person_words()
        self._titles = tuple(words.titles)
        self._usual = (
            "先生",
            "女士",
            "小姐",
            "师傅",
            "经理",
            "老师",
            "主管",
            "主任",
            "店长",
            "医生",
            "阿姨",
            "律师",
        )

    def surname(self, rng: Random) -> str:
        """Draw a family name."""
        form = rng.random()
        if form < 0.86:
            return _COMMON[min(int(rng.expovariate(1 / 24)), len(_COMMON) - 1)]
        return rng.choice(self._rare) if form < 0.965 else rng.choice(self._compound)

    def full(self, rng: Random) -> str:
        """Draw a whole name."""
        form = rng.random()
        if form < 0.22:
            return rng.choice(self.met)
        if form < 0.62:
            return self.surname(rng) + rng.choice(self._given)
        if form < 0.95:
            given = rng.choice(self._given)[:1] if rng.random() < 0.5 else rng.choice(self._chars)
            return self.surname(rng) + given + (rng.choice(self._chars) if rng.random() < 0.72 else "")
        return rng.choice(self.foreign)

    def titled(self, rng: Random) -> str:
        """Draw 王先生, 李明女士, 张师傅, 刘姐."""
        title = rng.choice(self._usual if rng.random() < 0.7 else self._titles)
        form = rng.random()
        if form < 0.68:
            return self.surname(rng) + title
        if form < 0.9:
            return self.full(rng) + title
        return self.surname(rng)[:1] + rng.choice("总姐哥工叔姨队")

    def little(self, rng: Random) -> str:
        """Draw 小王, 老张, 小李师傅, 阿强."""
        head = rng.choices(("小", "老", "阿"), (12, 3, 1))[0]
        tail = rng.choice(self._chars) if head == "阿" else self.surname(rng)[:1]
        return head + tail + (rng.choice(("师傅", "老师", "经理", "姐", "哥")) if rng.random() < 0.15 else "")

    def called(self, rng: Random) -> str:
        """Draw what those who know people call them, or a name that is a word: 佩佩, 大斌, 凯子, 安宁."""
        char = rng.choice(self._chars)
        form = rng.random()
        if form < 0.25:
            return rng.choice(self._twos)
        if form < 0.5:
            return rng.choice(self._words)
        if form < 0.65:
            return char + char
        if form < 0.85:
            return rng.choices("阿小老大二", (4, 6, 3, 3, 1))[0] + char
        return char + rng.choice("子哥姐儿妹叔姨爷")


@dataclass
class Places:
    """Draws addresses: whole ones that were met, and new ones of met roads, communities and divisions."""

    whole: Sequence[str]
    heads: Sequence[str]
    """Province to town as one writes them together."""
    roads: Sequence[str]
    sites: Sequence[str]

    def draw(self, rng: Random) -> str:
        """Draw an address that tells a place finer than a district."""
        form = rng.random()
        if form < 0.3:
            return self._digits(rng.choice(self.whole), rng)
        head = rng.choice(self.heads) if rng.random() < 0.6 else ""
        if form < 0.4:
            return head + self._village(rng)
        if form < 0.6:
            return head + rng.choice(self.roads) + self._number(rng, "号")
        if form < 0.78:
            return (
                head
                + rng.choice(self.roads)
                + self._number(rng, "号")
                + rng.choice(self.sites)
                + self._room(rng)
            )
        return head + rng.choice(self.sites) + self._room(rng)

    def _digits(self, text: str, rng: Random) -> str:
        return "".join(str(rng.randint(1, 9)) if char.isdigit() else char for char in text)

    def _number(self, rng: Random, unit: str) -> str:
        number = str(rng.randint(1, 999))
        if rng.random() < 0.1:
            number += f"-{rng.randint(1, 30)}"
        return number + unit + (rng.choice(("附1号", "院", "东侧", "")) if rng.random() < 0.15 else "")

    def _room(self, rng: Random) -> str:
        numbers = {
            "h": str(rng.randint(1, 60)),
            "u": str(rng.randint(1, 6)),
            "r": str(rng.randint(1, 33) * 100 + rng.randint(1, 12)),
            "L": rng.choice("ABCD"),
            "H": rng.choice("一二三四五六七八"),
            "U": rng.choice("一二三"),
        }
        return "".join(numbers.get(char, char) for char in rng.choice(_ROOMS))

    def _village(self, rng: Random) -> str:
        name = "".join(
            rng.choice("柳石红新丰东西王李张家桥河塘沙山坪井湾杨上下大小高岭泉龙凤田庄")
            for _ in range(rng.randint(2, 3))
        )
        name += rng.choice(("村", "村", "村", "庄", "屯", "寨"))
        number = rng.choice((str(rng.randint(1, 20)), rng.choice("一二三四五六七八九十")))
        return name + rng.choice(
            (
                f"{number}组",
                f"{number}组{rng.randint(1, 90)}号",
                f"{number}队",
                f"{number}社",
                f"{rng.randint(1, 300)}号",
            )
        )


class Writer:
    """Fills the sentences of `templates.yaml`; gives `voc.simulator.grammar` its words and values."""

    def __init__(self, names: Names, places: Places) -> None:
        self._names, self._places = names, places
        content: dict[str, Any] = yaml.safe_load(_TEMPLATES.read_text(encoding="utf-8"))
        self._words: dict[str, list[str]] = content["words"]
        self._train = {group: tuple(rows) for group, rows in content["train"].items()}
        self._clear = {part: tuple(rows) for part, rows in content["clear"].items()}
        self._test = tuple(content["test"])

    def word(self, name: str, rng: Random) -> str:
        """Return the word of a slot."""
        made = {
            "phone": lambda: "1" + "".join(rng.choice("3456789012") for _ in range(10)),
            "order": lambda: "".join(rng.choice("0123456789") for _ in range(rng.randint(8, 18))),
            "card": lambda: "62" + "".join(rng.choice("0123456789") for _ in range(17)),
            "id": lambda: "".join(rng.choice("0123456789") for _ in range(18)),
            "staff": lambda: str(rng.randint(100, 99999)),
            "room": lambda: str(rng.randint(101, 2850)),
            "month": lambda: str(rng.randint(1, 12)),
            "day": lambda: str(rng.randint(1, 28)),
        }
        return made[name]() if name in made else rng.choice(self._words[name])

    def number(self, low: int, high: int, rng: Random) -> str:
        """Return a number between two bounds."""
        return str(rng.randint(low, high))

    def personal(self, name: str, rng: Random) -> list[Piece]:
        """Return a drawn name or address."""
        if name == "addr":
            return [Piece(self._places.draw(rng), "ADR")]
        draw = {"name": self._names.full, "title": self._names.titled, "little": self._names.little}[name]
        return [Piece(draw(rng), "PER")]

    def sentence(self, rng: Random, *, test: bool = False) -> Marked:
        """Draw a sentence with people or addresses."""
        if test:
            return self._fill(rng.choice(self._test), rng)
        group = rng.choices(("fields", "people", "places"), (3, 5, 2))[0]
        return self._fill(rng.choice(self._train[group]), rng)

    def clear(self, rng: Random, *, test: bool = False) -> Marked:
        """Draw a sentence that looks like one and holds nothing personal."""
        return self._fill(rng.choice(self._clear["test" if test else "train"]), rng)

    def ticket(self, around: str, rng: Random, *, test: bool = False) -> Marked:
        """Put one to three sentences into a text that holds nothing personal."""
        clauses = [Marked(part, ()) for part in _clauses(around)]
        for _ in range(rng.choices((1, 2, 3), (6, 3, 1))[0]):
            new = self.sentence(rng, test=test) if rng.random() < 0.8 else self.clear(rng, test=test)
            clauses.insert(rng.randint(0, len(clauses)), new)
        return join(clauses, rng)

    def strewn(self, text: str, rng: Random) -> Marked:
        """Put a name or an address, or two, between any two words of a text, so that its shape tells too."""
        words = dictionary_words(text)
        clauses = [Marked(word, ()) for word in words]
        draws = (self._names.full, self._names.titled, self._names.little, self._places.draw)
        for _ in range(rng.choice((1, 1, 2))):
            draw = rng.choices(draws, (8, 1, 1, 4))[0]
            value, kind = draw(rng), "ADR" if draw == self._places.draw else "PER"
            clauses.insert(rng.randint(0, len(clauses)), Marked(value, ((0, len(value), kind),)))
        return _run_together(clauses)

    def renamed(
        self, text: str, spans: Sequence[tuple[int, int, str]], rng: Random, *, called: float = 0.0
    ) -> Marked:
        """Put drawn names in the place of the people and figures of a text.

        A family name alone stays, unmarked.

        Parameters
        ----------
        called
            Share of what people are called among the drawn names, where no title goes with the name.
        """
        out, marks, done = "", [], 0
        for start, end, kind in spans:
            out += text[done:start]
            value = text[start:end]
            person = kind in {"PER", "FIG"}
            if person and end - start > 1 and (is_chinese_name(value) or rng.random() < 0.5):
                value = self._names.called(rng) if rng.random() < called else self._names.full(rng)
            if not person or end - start > 1:
                marks.append((len(out), len(out) + len(value), kind))
            out += value
            done = end
        return Marked(out + text[done:], tuple(marks))

    def _fill(self, template: str, rng: Random) -> Marked:
        text, spans = "", []
        for piece in expand(template.replace("]?{", "]{").replace("\\n", "\n"), self, rng):
            if piece.entity:
                spans.append((len(text), len(text) + len(piece.text), piece.entity))
            text += piece.text
        return Marked(text, tuple(spans))


def _run_together(parts: Sequence[Marked]) -> Marked:
    text, spans = "", []
    for part in parts:
        spans += [(start + len(text), end + len(text), kind) for start, end, kind in part.spans]
        text += part.text
    return Marked(text, tuple(spans))


def _clauses(text: str) -> list[str]:
    parts, start = [], 0
    for at, char in enumerate(text):
        if char in "，。！？；,!?\n~ ":
            parts.append(text[start : at + 1])
            start = at + 1
    return [part for part in (*parts, text[start:]) if part]


def join(clauses: Sequence[Marked], rng: Random) -> Marked:
    """Put clauses together; between two that do not end in punctuation a mark, a blank or nothing."""
    text, spans = "", []
    for clause in clauses:
        if text and text[-1] not in "，。！？；,!?\n~ ：:":
            text += rng.choices(("，", "。", " ", ",", "", "\n", "！", "；"), (40, 20, 12, 8, 8, 4, 4, 4))[0]
        spans += [(start + len(text), end + len(text), kind) for start, end, kind in clause.spans]
        text += clause.text
    return Marked(text, tuple(spans))
