"""Number plates after GA 36."""

from __future__ import annotations

import pytest

from voc.privacy.recognizers.plate import serial_holds


@pytest.mark.parametrize(
    "value",
    [
        "京A12345",
        "京A·12345",
        "沪B·D1234",
        "粤BD12345",
        "粤B12345D",
        "川A1234警",
        "粤Z1234港",
        "鲁A1234学",
        "苏e5k66f",
        "WJ京1234A",
    ],
)
@pytest.mark.parametrize("sides", [("", ""), ("车牌", "停在门口"), ("，", "。"), ("😀", "😀")])
def test_found(found, value, sides):
    assert found(sides[0] + value + sides[1]) == [("CN_PLATE", value)]


@pytest.mark.parametrize(
    "text",
    ["京东快递", "川A级景区", "新款A12345678", "京A1234", "京AIO123", "豫A", "津津有味ABCDE", "港A12345B6"],
)
def test_no_plate(found, text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("serial", "holds"),
    [
        ("12345", True),
        ("A123B", True),
        ("ABCD1", False),
        ("I2345", False),
        ("D12345", True),
        ("12345F", True),
        ("Z12345", False),
    ],
)
def test_serials(serial, holds):
    assert serial_holds(serial) is holds
