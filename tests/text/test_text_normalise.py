"""The normaliser: what looks like a digit is one, and every span leads back to the original."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.text.normalise import FOLDABLE_CLASS, fold

NOISE = "\u200b\u200d\ufeff\u2060\u00ad\ufe0f\u0301"
STYLES = ["0123456789", "０１２３４５６７８９", "⓪①②③④⑤⑥⑦⑧⑨", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"]

texts = st.text(
    alphabet=st.one_of(
        st.sampled_from("东西不错，ＡＢｃ１２３①②⑴❶⓵🅰𝟏＠．： \u3000" + NOISE + "12345\u20e3"),
        st.characters(exclude_categories=()),
    ),
    max_size=40,
)


@pytest.mark.parametrize("style", STYLES, ids=["plain", "full-width", "circled", "bold", "super", "sub"])
def test_every_style_of_digit_becomes_a_plain_digit(style):
    written = "".join(style[int(digit)] for digit in "13800138000")
    folded = fold(f"打{written}找我")
    assert folded.text == "打13800138000找我"
    assert folded.original(1, 12) == (1, 12)


def test_keycap_digits_become_digits_and_their_marks_lie_inside_the_span():
    written = "".join(f"{digit}\ufe0f\u20e3" for digit in "13800138000")
    folded = fold(f"打{written}找我")
    assert folded.text == "打13800138000找我"
    assert folded.original(1, 12) == (1, 34)


@pytest.mark.parametrize("mark", ["①", "⑴", "❶", "1\ufe0f\u20e3"])
def test_a_mark_that_numbers_an_item_does_not_join_the_number_behind_it(mark):
    assert "13800138000" in fold(f"{mark}13800138000").text
    assert "113800138000" not in fold(f"{mark}13800138000").text


def test_noise_inside_a_number_lies_inside_the_span_and_noise_outside_does_not():
    text = "电\u200b话\u200b138\u200b0013\u200d8000\u200b。"
    folded = fold(text)
    assert folded.text == "电话13800138000。"
    start, end = folded.original(2, 13)
    assert text[start:end] == "138\u200b0013\u200d8000"


def test_chinese_punctuation_and_case_stay():
    assert fold("好，ＶＸ：ａｂ。！（x）").text == "好，VX：ab。！（x）"


def test_a_plain_text_is_returned_as_it_is():
    text = "东西不错，物流很快，下次还来！12345 abc 😀"
    folded = fold(text)
    assert folded.text is text
    assert folded.starts is None
    assert folded.original(3, 7) == (3, 7)


def test_numerals_become_digits_in_long_runs_only():
    assert fold("打幺三八零零壹叁捌零零零").text == "打13800138000"
    assert fold("一三八 零零一三").text == "138 0013"
    assert fold("一二三四五六上山").text == "一二三四五六上山"
    assert fold("打幺三八零零壹叁捌零零零").original(1, 12) == (1, 12)


def test_emoji_stay():
    assert fold("好评👍🏻😀").text == "好评👍🏻😀"


@given(texts)
def test_spans_of_the_shadow_slice_back_to_the_original(text):
    folded = fold(text)
    assert folded.original(0, 0)[0] in range(len(text) + 1)
    if folded.starts is None:
        assert len(folded.text) == len(text)
        return
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    previous = 0
    for index, char in enumerate(folded.text):
        start, end = folded.original(index, index + 1)
        assert previous <= start < end <= len(text)
        previous = end
        assert text[start] == char or fold(text[start]).text in (char, text[start]) or char.isdigit()


@given(texts)
def test_folding_twice_changes_nothing_more(text):
    once = fold(text).text
    assert fold(once).text == once


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=30))
def test_a_text_without_foldable_characters_is_left_alone(text):
    import re

    if not re.search(f"[{FOLDABLE_CLASS}]", text):
        assert fold(text).text == text


@given(texts, st.integers(0, 40), st.integers(0, 40))
def test_any_span_maps_inside_the_text(text, first, second):
    folded = fold(text)
    start, end = sorted((min(first, len(folded.text)), min(second, len(folded.text))))
    mapped = folded.original(start, end)
    assert 0 <= mapped[0] <= mapped[1] <= len(text)


def test_a_million_characters_fold_in_bounded_time():
    text = "①\u200b１3\ufe0f\u20e3好" * 150_000
    began = time.process_time()
    fold(text)
    assert time.process_time() - began < 20


def test_a_run_of_invisible_characters_costs_linear_time():
    text = "①" + "\u200b" * 300_000 + "①"
    began = time.process_time()
    assert fold(text).text == "11"
    assert time.process_time() - began < 10
