from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.report.model import Grain, Period, TrendPoint
from voc.report.trend import MAX_POINTS, _compared, _full, grain_of, period_starts


def test_half_a_year_is_shown_by_week_and_more_by_month():
    start = date(2025, 1, 1)
    assert grain_of(Period(start=start, end=start + timedelta(days=181))) is Grain.WEEK
    assert grain_of(Period(start=start, end=start + timedelta(days=182))) is Grain.MONTH


@given(st.dates(date(1, 1, 1), date(2400, 1, 1)), st.integers(0, 20_000), st.sampled_from(list(Grain)))
def test_periods_follow_each_other_up_to_the_last_day(start, days, grain):
    period = Period(start=start, end=start + timedelta(days=days))
    starts = period_starts(period, grain)
    assert 1 <= len(starts) <= MAX_POINTS
    assert starts == sorted(set(starts))
    assert starts[-1] <= period.end
    if grain is Grain.WEEK:
        assert all(day.weekday() == 0 for day in starts)
        assert all(later - day == timedelta(days=7) for day, later in pairwise(starts))
    else:
        assert all(day.day == 1 for day in starts)


@pytest.mark.parametrize(
    ("end", "full"),
    [
        (date(2025, 3, 31), True),
        (date(2025, 3, 29), True),
        (date(2025, 3, 28), False),
        (date(2025, 4, 2), True),
    ],
)
def test_a_month_is_full_when_the_data_reach_its_last_days(end, full):
    assert _full(date(2025, 3, 1), Grain.MONTH, Period(start=date(2024, 1, 1), end=end)) is full


def _points(full_and_n):
    starts = (date(2025, month, 1) for month in range(1, 13))
    return [
        TrendPoint(start=start, full=full, n=n, complaint=None, negative=None)
        for start, (full, n) in zip(starts, full_and_n, strict=False)
    ]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(False, 3), (True, 5), (True, 6), (False, 1)], (date(2025, 3, 1), date(2025, 2, 1))),
        ([(True, 5), (True, 6)], (date(2025, 2, 1), date(2025, 1, 1))),
        ([(False, 5), (True, 6)], None),
        ([(True, 0), (True, 6)], None),
        ([(True, 6)], None),
        ([(False, 6), (False, 6), (False, 6)], None),
    ],
)
def test_the_last_full_period_is_compared_with_the_full_one_before(points, expected):
    assert _compared(_points(points)) == expected
