"""Numbers in disguise become plain digits, words stay words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voc.text.numerals import plain_digits


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("打幺三八零零壹叁捌零零零", "打13800138000"),
        ("1三8零0138000", "13800138000"),
        ("一三八 零零一三 八零零零", "138 0013 8000"),
        ("l38OOl38OOO", "13800138000"),
        ("138-OO13-8OOO", "138-0013-8000"),
        ("身份证11O1O1199OO3O7123X。", "身份证11010119900307123X。"),
        ("洞两幺六六六七八八八八", "02166678888"),
    ],
)
def test_disguised(written, plain):
    assert plain_digits(written) == plain


@pytest.mark.parametrize(
    "text",
    [
        "电话13800138000一直打不通",
        "统一13800138000",
        "身份证110101199003071234一直",
        "IP 223.150.18.78一直",
        "一二三四五六上山",
        "Hello1234567",
        "a1234567oo1",
        "138oo138ol1@qq.com",
        "3000一5000元",
        "lol这也太好看了",
        "iPhone12 lol 8888",
    ],
)
def test_left_alone(text):
    assert plain_digits(text) == text


@example("000000000l一")
@example("一二三四五六七l")
@given(st.text(alphabet="0123456789零一二三八幺oOlIX. -abc，"))
def test_the_length_stays_and_a_second_time_changes_nothing(text):
    once = plain_digits(text)
    assert len(once) == len(text)
    assert plain_digits(once) == once
