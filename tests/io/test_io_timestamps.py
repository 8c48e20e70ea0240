from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.io.timestamps import parse_times

WHEN = dt.datetime(2024, 1, 31, 8, 5, 9)
DAY = dt.datetime(2024, 1, 31)
MINUTE = dt.datetime(2024, 1, 31, 8, 5)


def one(value, **options):
    # in company, so that Arrow's own parser is not enough; a column of one spelling is tested below
    parsed = parse_times(pa.array([value, "2024年2月1日"]), **options)
    return parsed.values[0].as_py(), parsed.reasons.get(0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31", DAY),
        ("2024/1/31 8:05", MINUTE),
        ("2024.1.31", DAY),
        ("2024年1月31日", DAY),
        ("2024年1月31日 8时5分9秒", WHEN),
        ("2024年1月31日8点5分", MINUTE),
        ("2024-01-31 星期三 08:05:09", WHEN),
        ("20240131", DAY),
        ("20240131080509", WHEN),
        ("202401310805", MINUTE),
        ("20240131T080509Z", dt.datetime(2024, 1, 31, 16, 5, 9)),
        ("2024-01-31 08:05:09", WHEN),
        ("2024-01-31T08:05:09.250", WHEN.replace(microsecond=250_000)),
        ("2024-01-31T08:05:09.123456789", WHEN.replace(microsecond=123_456)),
        ("2024-01-31T08:05:09+08:00", WHEN),
        ("2024-01-31T00:05:09Z", WHEN),
        ("2024-01-30 19:05:09 -0500", WHEN),
        ("2024-01-31 00:05:09 UTC", WHEN),
        ("2024/1/31 上午 8:05", MINUTE),
        ("2024/1/31 下午 3:05", dt.datetime(2024, 1, 31, 15, 5)),
        ("2024/1/31 3:05 PM", dt.datetime(2024, 1, 31, 15, 5)),
        ("2024/1/31 12:05 AM", dt.datetime(2024, 1, 31, 0, 5)),
        ("２０２４-０１-３１", DAY),
        (" 2024-01-31\u3000", DAY),
        ("31.01.2024", DAY),
        ("31/01/2024 08:05", MINUTE),
        ("01/31/2024", DAY),
        ("05/05/2024", dt.datetime(2024, 5, 5)),
        ("1706659509", WHEN),
        ("1706659509250", WHEN.replace(microsecond=250_000)),
        ("1706659509000001", WHEN.replace(microsecond=1)),
        ("2024-02-29", dt.datetime(2024, 2, 29)),
    ],
)
def test_spellings(text, expected):
    assert one(text) == (expected, None)
    alone = parse_times(pa.array([text]))
    assert (alone.values[0].as_py(), alone.reasons) == (expected, {})


@pytest.mark.parametrize(
    "text", ["", "  ", "NULL", "null", "NaT", "-", "无", "0000-00-00 00:00:00", "0000-00-00", None]
)
def test_nothing_is_null_without_a_reason(text):
    assert one(text) == (None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2024-02-30", "impossible date or time"),
        ("2023-02-29", "impossible date or time"),
        ("2024-13-01", "impossible date or time"),
        ("2024-00-10", "impossible date or time"),
        ("20241301", "impossible date or time"),
        ("2024-01-31 25:00", "impossible date or time"),
        ("2024-01-31 08:61", "impossible date or time"),
        ("31.02.2024", "impossible date or time"),
        ("1024-01-31", "year out of range"),
        ("9999-12-31", "year out of range"),
        ("03/04/2024", "ambiguous date: day and month cannot be told apart"),
        ("3.4.2024", "ambiguous date: day and month cannot be told apart"),
        ("昨天吧", "not a date"),
        ("13912345678", "not a date"),
        ("20241", "not a date"),
        ("29999", "not a date"),
        ("70000", "not a date"),
        ("4532.5", "not a date"),
        ("24-01-31", "not a date"),
        ("2024", "not a date"),
        ("2024-01", "not a date"),
    ],
)
def test_what_cannot_be_a_date_has_a_reason(text, reason):
    assert one(text) == (None, reason)
    alone = parse_times(pa.array([text]))
    assert (alone.values[0].as_py(), alone.reasons) == (None, {0: reason})


def test_serial_days_of_spreadsheets():
    assert one("45322.5", serials=True) == (dt.datetime(2024, 1, 31, 12), None)
    assert one("45322", serials=True) == (DAY, None)
    assert one("3653", serials=True) == (dt.datetime(1909, 12, 31), None)


def test_serial_days_of_our_time_are_dates_in_any_file():
    assert one("45322.5") == (dt.datetime(2024, 1, 31, 12), None)
    assert one("45322") == (DAY, None)
    assert parse_times(pa.array([45322.5, None, 45322.0])).values.to_pylist() == [
        dt.datetime(2024, 1, 31, 12),
        None,
        DAY,
    ]


def test_columns_that_are_times_already():
    aware = pa.array([WHEN], pa.timestamp("ns", tz="UTC"))
    assert parse_times(aware).values.to_pylist() == [WHEN + dt.timedelta(hours=8)]
    assert parse_times(pa.array([WHEN.date()])).values.to_pylist() == [DAY]
    assert parse_times(pa.array([WHEN], pa.timestamp("s"))).values.type == pa.timestamp("us")


def test_numbers():
    assert parse_times(pa.array([1706659509, None, 20240131])).values.to_pylist() == [WHEN, None, DAY]
    assert parse_times(pa.array([1706659509.0, 1706659509.5])).values.to_pylist() == [
        WHEN,
        WHEN.replace(microsecond=500_000),
    ]
    assert parse_times(pa.array([7])).reasons == {0: "not a date"}


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2199, 12, 31)))
def test_every_moment_in_every_spelling(moment):
    second = m = moment.replace(microsecond=0)
    column = pa.array(
        [
            moment.isoformat(),
            f"{m.year}年{m.month}月{m.day}日 {m.hour}时{m.minute}分{m.second}秒",
            f"{m.year:04}/{m.month}/{m.day} {m.hour}:{m.minute:02}:{m.second:02}",
            second.strftime("%Y%m%d%H%M%S"),
            second.isoformat() + "+08:00",
        ]
    )
    parsed = parse_times(column)
    assert parsed.reasons == {}
    assert parsed.values.to_pylist() == [moment, second, second, second, second]


@given(
    st.lists(
        st.text(max_size=30) | st.from_regex(r"[0-9]{1,5}[-/.][0-9]{1,3}[-/.][0-9]{1,5}.{0,9}"), max_size=5
    )
)
def test_any_text_is_read_or_refused(texts):
    parsed = parse_times(pa.array(texts, pa.string()), serials=True)
    assert len(parsed.values) == len(texts)
    assert all(parsed.values[row].as_py() is None for row in parsed.reasons)
