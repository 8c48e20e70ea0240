from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.io.amounts import parse_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        ("￥1,234.50", 1234.5),
        ("¥ 1,234,567", 1234567.0),
        ("１２３．５元", 123.5),
        ("1，234.5", 1234.5),
        ("1,2345,6789", 123456789.0),
        ("-5", -5.0),
        ("−5", -5.0),
        ("¥-3.00", -3.0),
        ("(12.00)", -12.0),
        ("（12.00）", -12.0),
        ("1.2万", 12000.0),
        ("RMB 3", 3.0),
        ("3.5e2", 350.0),
        ("5星", 5.0),
        ("4.5分", 4.5),
        (".5", 0.5),
        ("5.", 5.0),
        (" 7 ", 7.0),
    ],
)
def test_spellings(text, expected):
    parsed = parse_numbers(pa.array([text, "0元"]))
    assert parsed.values.to_pylist() == [expected, 0.0]
    assert parsed.reasons == {}


@pytest.mark.parametrize("text", ["", " ", "NULL", "nan", "-", "无", None])
def test_nothing_is_null_without_a_reason(text):
    parsed = parse_numbers(pa.array([text, "1"]))
    assert parsed.values.to_pylist() == [None, 1.0]
    assert parsed.reasons == {}


@pytest.mark.parametrize(
    "text", ["abc", "元", "1.234,50", "12,34", "1_000", "1 2", "(5", "5)", "--5", "inf", "0x1f", "."]
)
def test_what_is_no_number_is_refused(text):
    parsed = parse_numbers(pa.array([text, "1元"]))
    assert parsed.values.to_pylist() == [None, 1.0]
    assert list(parsed.reasons) == [0]


def test_columns_that_are_numbers_already():
    assert parse_numbers(pa.array([1, None])).values.to_pylist() == [1.0, None]
    assert parse_numbers(pa.array([Decimal("1.50")])).values.to_pylist() == [1.5]
    endless = parse_numbers(pa.array([1.5, float("nan"), float("inf")]))
    assert endless.values.to_pylist() == [1.5, None, None]
    assert list(endless.reasons) == [2]


@given(st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_every_number_survives_being_written(value, beside_yuan):
    texts = [repr(value), "1元"] if beside_yuan else [repr(value)]
    assert parse_numbers(pa.array(texts)).values[0].as_py() == value


@given(st.integers(-(10**12), 10**12))
def test_grouped_thousands(value):
    assert parse_numbers(pa.array([f"￥{value:,}"])).values[0].as_py() == value
