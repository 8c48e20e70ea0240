"""Dates of birth in every spelling: numerals, a month alone, a day alone, the foreign order."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("出生日期一九九〇年三月七日", "一九九〇年三月七日"),
        ("出生年月：1990年3月", "1990年3月"),
        ("出生于1990年3月", "1990年3月"),
        ("90年3月出生", "90年3月"),
        ("一九五八年十月生人", "一九五八年十月"),
        ("生日是三月七号", "三月七号"),
        ("生日：3月7日", "3月7日"),
        ("农历生日是正月十五", "正月十五"),
        ("八五年三月初七出生", "八五年三月初七"),
        ("我是1985年腊月廿三生的", "1985年腊月廿三"),
        ("birthday: 03/07/1990", "03/07/1990"),
        ("birthday: 23/07/1990", "23/07/1990"),
    ],
)
def test_spellings_of_a_birth_date(found, text, value):
    assert found(text) == [("DATE_OF_BIRTH", value)]


@pytest.mark.parametrize(
    "text",
    [
        "生日3月7日去吃的",
        "生日那天三月七号下雨了",
        "生日是周三",
        "生日是9月送的优惠",
        "生日是5月8折",
        "生日是二月三十号",
        "2019年3月生产的",
        "生产日期2019年3月",
        "2021年3月生日蛋糕",
        "出生率2020年3月下降",
        "出生证3月7日办的",
        "birthday: 33/17/1990",
        "03/07/1990下单",
        "90年代出生",
        "三月生的孩子",
        "今日生意好",
    ],
)
def test_no_birth_date(found, text):
    assert found(text) == []
