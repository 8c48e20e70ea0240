"""Segmenting: joined tokens are the text, placeholders stay whole, and jieba says the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.segment import ReferenceSegmenter, Segmenter

TEXTS = [
    "物流太慢了，等了五天才到货",
    "手机屏幕2.5D，价格1999元，型号A60-70",
    "客服小姐姐态度很好，下次还会来的",
    "用了iPhone15 Pro Max一周，发热严重",
    "邮箱abc@qq.com，真的服了！！！",
    "酒店在中山路，离地铁站步行10分钟左右",
]


@pytest.fixture(scope="module")
def reference() -> ReferenceSegmenter:
    return ReferenceSegmenter()


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_jieba(reference: ReferenceSegmenter, text: str):
    assert Segmenter().cut(text) == reference.cut(text)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=st.sampled_from("物流慢好的了不，。 aB1.-<>手机号😀é\n"), max_size=40))
def test_joined_tokens_are_the_text(text: str):
    assert "".join(Segmenter().cut(text)) == text


def test_placeholders_are_one_token():
    assert "<手机号>" in Segmenter().cut("打<手机号>没人接")


def test_own_words_are_one_token():
    assert "降噪蓝牙耳机T2" in Segmenter(["降噪蓝牙耳机T2"]).cut("新买的降噪蓝牙耳机T2坏了")
    assert "降噪蓝牙耳机T2" not in Segmenter().cut("新买的降噪蓝牙耳机T2坏了")


def test_a_batch_is_cut_like_its_texts():
    segmenter = Segmenter()
    assert segmenter.cut_batch(TEXTS) == [segmenter.cut(text) for text in TEXTS]
