"""Evidence begins and ends where words do, and shows no mark at its ends."""

from __future__ import annotations

from unicodedata import category

import numpy as np
import pytest

from voc.privacy.masked import masked_text
from voc.tagging.evidence import whole_words
from voc.tagging.reader import read_batch
from voc.tagging.tagger import Tagger

TEXTS = [
    "买完就降价200块，不给价保",
    "少了两个杯子。\n\t\t打包也不好",
    "维修需要好长时间",
    "人工客服根本打不通，气人",
    "。？味道很淡，分量只有一点点！",
    "ｗｉｆｉ信号太差，上网要等20.5秒才打开",
    "房间很小…… 隔音也差~~",
    "收费350元，比说好的多了100元",
    "👎质量太差，穿了3次就开线了",
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.parametrize("text", TEXTS)
def test_no_word_or_number_is_cut(tagger: Tagger, text: str):
    bounds = {0}
    for word in read_batch([text], tagger.segmenter).tokens[0]:
        bounds.add(max(bounds) + len(word))
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.tags
    for tag in told.tags:
        evidence = text[tag.start : tag.end]
        assert {tag.start, tag.end} <= bounds
        assert not {category(evidence[0])[0], category(evidence[-1])[0]} & set("PZC")


def spans_of(text: str, *spans: tuple[int, int]) -> list[str]:
    reading = read_batch(["前一行", text])
    starts, ends = (np.array(column, dtype=np.int64) for column in zip(*spans, strict=True))
    starts, ends = whole_words(reading, np.ones(len(spans), dtype=np.int64), starts, ends)
    return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def test_spans_are_widened_to_words_and_stripped_of_marks():
    assert spans_of("降价200块，很差。", (0, 3), (5, 9), (6, 7)) == ["降价200", "块，很差", "，"]
