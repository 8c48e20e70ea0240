"""Labelled cases for the recognisers.

Every kind of value beside every kind of neighbour, disguised, in sentences of customers, with a wrong check
digit; and sentences that hold nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from random import Random
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from voc.config.loader import load
from voc.config.resources import lexicon
from voc.privacy.evaluation.disguises import CUE_SPELLINGS, DISGUISES
from voc.privacy.evaluation.spellings import SPELLINGS
from voc.privacy.evaluation.values import CUED, SHAPED, digits
from voc.privacy.lexicon import Words

__all__ = ["Case", "Label", "cases", "clean_sentences", "tickets"]


class Label(NamedTuple):
    """A value in a text."""

    start: int
    end: int
    entity: str


class Case(NamedTuple):
    """A text and what it holds."""

    part: str
    """`shaped`, `links`, `disguised`, `cued`, `spelling`, `written`, `near_miss`, `negative`, `names` or
    `tickets`."""
    group: str
    """Entity, family or kind of neighbour within the part."""
    text: str
    labels: tuple[Label, ...]


class _Sentences(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int
    dev: dict[str, list[str]]
    test: dict[str, list[str]]
    before: Words
    after: Words
    negatives: list[str]


@cache
def _sentences() -> _Sentences:
    return load(_Sentences, lexicon("evaluation/pii.yaml"))


_NEIGHBOURS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "start and end": (("", ""),),
    "Han": (("找我", "谢谢"), ("号码是", "麻烦登记"), ("的", "一直没人理")),
    "Latin": (("abc ", " xyz"), ("OK ", " ok")),
    "digit": (("3 ", " 8"), ("12，", "，34"), ("共5。", "；6")),
    "punctuation": (("，", "。"), ("：", "！"), ("（", "）"), ("“", "”"), ("[", "]"), ("/", "/")),
    "full-width": (("ＡＢ：", "，ＣＤ"), ("　", "　"), ("３，", "；４")),
    "emoji": (("😀", "😀"), ("👉", "👈")),
    "line": (("第一行\n", "\n第三行"),),
}
_TOUCHES_LATIN: Final = frozenset(["CN_MOBILE", "CN_RESIDENT_ID", "CN_BANK_CARD"])
"""Numbers that Latin letters may touch; to other values a letter belongs."""


def cases(seed: int, size: int, *, split: str = "test") -> Iterator[Case]:
    """Yield the labelled cases, always the same for a seed.

    Parameters
    ----------
    size
        Values of each entity beside each kind of neighbour; the other parts follow it.
    split
        Sentences of `dev` or of `test`.
    """
    yield from _shaped(Random(f"{seed}/shaped"), size)
    yield from _links(Random(f"{seed}/links"), size)
    yield from _disguised(Random(f"{seed}/disguised"), size)
    yield from _spelling(Random(f"{seed}/spelling"), size)
    yield from _written(Random(f"{seed}/written"), size)
    yield from _cued(Random(f"{seed}/cued"), size, split)
    yield from _near_misses(Random(f"{seed}/near_miss"), size)
    yield from _negatives(Random(f"{seed}/negative"))


def _around(part: str, group: str, sentence: tuple[str, str, str], entity: str) -> Case:
    """A case of what stands before a value, the value, and what stands behind it."""
    before, value, after = sentence
    start = len(before)
    return Case(part, group, before + value + after, (Label(start, start + len(value), entity),))


def _shaped(rng: Random, size: int) -> Iterator[Case]:
    for entity, make in SHAPED.items():
        for pairs in _NEIGHBOURS.values():
            for _ in range(size):
                before, after = rng.choice(pairs)
                yield _around("shaped", entity, (before, make(rng), after), entity)
        if entity in _TOUCHES_LATIN:
            for _ in range(size):
                yield _around("shaped", entity, ("abc", make(rng), "yz"), entity)
    for _ in range(size * 4):
        yield _abutting(rng)


def _abutting(rng: Random) -> Case:
    """Several values with a mark between."""
    text, labels = "", []
    for entity in rng.sample(sorted(SHAPED), 3):
        value = SHAPED[entity](rng)
        labels.append(Label(len(text), len(text) + len(value), entity))
        text += value + rng.choice(["，", "；", "、", "和", "/", "\n", " | "])
    return Case("shaped", "beside each other", text, tuple(labels))


def _links(rng: Random, size: int) -> Iterator[Case]:
    for _ in range(size * 4):
        key = rng.choice(
            ["token", "uid", "phone", "openid", "access_token", "userId", "sid", "tk", "share_uid"]
        )
        value = digits(rng.choice([8, 11, 16]), rng)
        host = rng.choice(
            ["https://m.example.com/p", "http://t.example.cn/a/b.html", "www.example.com/share"]
        )
        parameters = f"{key}={value}" if rng.random() < 0.5 else f"from=app&{key}={value}&v=2"
        before = rng.choice(["点这里", "链接：", ""]) + host + "?"
        yield _around(
            "links", "URL_TOKEN", (before, parameters, rng.choice(["", " 看看", "，打不开"])), "URL_TOKEN"
        )


def _disguised(rng: Random, size: int) -> Iterator[Case]:
    leads = {
        "CN_MOBILE": ("电话", "打", "手机号："),
        "CN_RESIDENT_ID": ("身份证", "身份证号："),
        "CN_BANK_CARD": ("卡号", "银行卡"),
    }
    for family, disguise in DISGUISES.items():
        for _ in range(size * 4):
            entity = rng.choice(sorted(leads))
            value = SHAPED[entity](rng)
            if family != "full-width":
                value = value.lower() if value[-1] in "xX" else value
            written = disguise(value, rng)
            before, after = rng.choice(leads[entity]), rng.choice(["", "，谢谢", "找我", "。", "\n"])
            yield _around("disguised", family, (before, written, after), entity)


def _spelling(rng: Random, size: int) -> Iterator[Case]:
    for entity, spellings in CUE_SPELLINGS.items():
        for spelling in spellings:
            for _ in range(max(1, size // 2)):
                link = "" if spelling[-1] in ":：" else rng.choice([" ", "：", ":", "是", "号", "号："])
                before = rng.choice(["", "加我", "麻烦联系，", "有事请", "我的"]) + spelling + link
                yield _around(
                    "spelling", entity, (before, CUED[entity](rng), rng.choice(["", "，谢谢", "。"])), entity
                )


def _written(rng: Random, size: int) -> Iterator[Case]:
    for group, spelling in SPELLINGS.items():
        for _ in range(size):
            around = rng.choice(spelling.before), spelling.make(rng), rng.choice(spelling.after)
            yield _around("written", group, around, spelling.entity)


def _cued(rng: Random, size: int, split: str) -> Iterator[Case]:
    sentences = _sentences()
    templates = sentences.dev if split == "dev" else sentences.test
    for entity, wordings in templates.items():
        for _ in range(size * 4):
            before, _, after = rng.choice(wordings).partition("{}")
            before = (rng.choice(sentences.before) if rng.random() < 0.6 else "") + before
            after += rng.choice(sentences.after) if rng.random() < 0.6 else ""
            yield _around("cued", entity, (before, CUED[entity](rng), after), entity)


def _near_misses(rng: Random, size: int) -> Iterator[Case]:
    cues: Sequence[tuple[str, str, Callable[[Random], str]]] = (
        ("CN_RESIDENT_ID", "身份证号", SHAPED["CN_RESIDENT_ID"]),
        ("CN_BANK_CARD", "银行卡号", SHAPED["CN_BANK_CARD"]),
        ("CN_USCC", "统一社会信用代码", SHAPED["CN_USCC"]),
        ("VIN", "车架号", SHAPED["VIN"]),
        ("IMEI", "IMEI", CUED["IMEI"]),
        ("HK_ID", "香港身份证", SHAPED["HK_ID"]),
        ("TW_ID", "台湾身份证", SHAPED["TW_ID"]),
    )
    for entity, cue, make in cues:
        for _ in range(size * 2):
            before = rng.choice(["", "我的", "本人"]) + cue + rng.choice(["", "：", "是"])
            yield _around("near_miss", entity, (before, _mistyped(make(rng), rng), "，查一下"), entity)


def _mistyped(value: str, rng: Random) -> str:
    """One of the digits behind the first three is another."""
    at = rng.choice([at for at in range(3, len(value)) if value[at].isdigit()])
    other = rng.choice([digit for digit in "0123456789" if digit != value[at]])
    return value[:at] + other + value[at + 1 :]


def _negatives(rng: Random) -> Iterator[Case]:
    sentences = _sentences()
    for sentence in sentences.negatives:
        yield Case("negative", "sentence", sentence, ())
        text = f"{rng.choice(sentences.before)}{sentence}{rng.choice(sentences.after)}"
        yield Case("negative", "sentence", text, ())


def tickets(seed: int, count: int, *, split: str = "test") -> Iterator[Case]:
    """Yield tickets of a few sentences that hold one to three values each."""
    rng = Random(f"{seed}/tickets")
    sentences = _sentences()
    templates = sentences.dev if split == "dev" else sentences.test
    for _ in range(count):
        text, labels = rng.choice(sentences.before), []
        for entity in rng.sample(sorted({*SHAPED, *templates}), rng.choice([1, 1, 2, 3])):
            cued = entity in templates and (entity not in SHAPED or rng.random() < 0.5)
            wording = rng.choice(templates[entity]) if cued else rng.choice(_PLAIN_WORDINGS)
            before, _, after = wording.partition("{}")
            value = (CUED if cued else SHAPED)[entity](rng)
            start = len(text) + len(before)
            labels.append(Label(start, start + len(value), entity))
            text += before + value + after + rng.choice(sentences.after)
        yield Case("ticket", "ticket", text, tuple(labels))


_PLAIN_WORDINGS: Final = ("这是{}", "我的信息：{}", "{}", "资料里写的{}，请核对", "（{}）", "登记为{}，不对")


def clean_sentences() -> tuple[str, ...]:
    """Sentences that hold no identifier."""
    return tuple(_sentences().negatives)
