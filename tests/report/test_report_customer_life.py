"""Customer tables of a report: the line of all customers gives no small group away."""

from __future__ import annotations

import itertools
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.report.customer_life import read_customer_life
from voc.report.customer_model import CustomerLife, StayCurve, StayGrouping, StayPoint
from voc.report.customer_tables import cohorts as cohort_table
from voc.report.customer_tables import staying as stay_table
from voc.report.intervals import wilson
from voc.report.names import TagNames
from voc.report.sections import method_notes
from voc.report.segments import hidden_shares
from voc.report.staying import read_exits, read_staying
from voc.report.strings import load_strings


def _rating(segment, ratings):
    return {
        "segment": segment,
        "ratings": ratings,
        "with_sentiment": ratings,
        "pleased_but_negative": 0,
        "displeased_but_positive": 0,
        **dict.fromkeys(
            ("nps", "nps_ci_lower", "nps_ci_upper", "csat", "csat_ci_lower", "csat_ci_upper"), 0.5
        ),
    }


def test_ratings_of_a_small_segment_cannot_be_had_from_those_of_all(tmp_path):
    rows = [_rating(None, 104), _rating("vip", 4), _rating("growth", 30), _rating("general", 70)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "s.parquet")
    life = read_customer_life({"satisfaction": tmp_path / "s.parquet"}, {}, TagNames({}), 10)
    assert [(row.segment, row.ratings) for row in life.satisfaction] == [
        (None, 104),
        ("vip", None),
        ("growth", None),
        ("general", 70),
    ]


def _cohort(month, active):
    return {
        "cohort": date(2024, month, 1),
        "customers": active[0],
        "active": active,
        "retention": [None if count is None else count / active[0] for count in active],
        "churn_3": 0.02,
        "churn_6": 0.5,
    }


def test_retention_of_a_cohort_cannot_be_had_from_that_of_all():
    cohorts = [_cohort(1, [100, 4, 50]), _cohort(2, [60, 30, 30]), _cohort(3, [80, 40, None])]
    overall = [(0, 240, 240), (1, 240, 74), (2, 160, 80)]
    life = read_customer_life({}, {"cohorts": {"overall": overall, "cohorts": cohorts}}, TagNames({}), 10)
    second = [row.retention[1] for row in life.cohorts]
    assert second == [None, None, 0.5]  # 74 - 40 is known of the first two together, and no more
    assert [row.retention[2] for row in life.cohorts] == [0.5, 0.5, None]
    assert [row.churn_3 for row in life.cohorts] == [None] * 3  # two people of a hundred
    assert [point.months for point in life.retention] == [0, 1, 2]


def test_shares_of_few_customers_have_their_intervals(report):
    cohorts = [_cohort(1, [400, 300, 200]), _cohort(2, [60, 20, 30]), _cohort(3, [80, 40, None])]
    facts = {"cohorts": {"overall": [], "cohorts": cohorts}}
    life = read_customer_life({}, facts, TagNames({}), 10)
    shown = report.model_copy(update={"life": life, "notes": ("cohort_intervals",)})
    table = cohort_table(shown, load_strings("zh"))
    second = dict(zip((column.title for column in table.columns), table.rows[1], strict=False))
    first_month = [column.title for column in table.columns].index("第 1 月")
    lower, upper, _ = wilson(20, 60)
    assert second["第 1 月"] == pytest.approx(1 / 3)
    assert table.rows[1][first_month + 1] == pytest.approx((lower, upper))
    assert method_notes(shown, load_strings("zh")) == [
        "留存各比例的 95% 区间（Wilson）见 Excel 的“留存”表；人数越少越宽：列出比例的最小一组有 60 人，"
        "区间可宽至 ±12 个百分点。"
    ]


def test_share_of_ratings_against_their_text_has_its_interval(tmp_path):
    rows = [_rating(None, 40), _rating("vip", 40)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "s.parquet")
    life = read_customer_life({"satisfaction": tmp_path / "s.parquet"}, {}, TagNames({}), 10)
    both = rows[0]["pleased_but_negative"] + rows[0]["displeased_but_positive"]
    lower, upper, _ = wilson(both, rows[0]["with_sentiment"])
    found = life.satisfaction[0]
    assert (found.disagreement_ci_lower, found.disagreement_ci_upper) == pytest.approx((lower, upper))


def test_everybody_is_there_on_the_first_day_and_that_is_no_estimate(report):
    start = StayPoint(day=0, at_risk=29, stayed=1.0, ci_lower=1.0, ci_upper=1.0)
    later = StayPoint(day=60, at_risk=28, stayed=0.9, ci_lower=0.8, ci_upper=0.95)
    curve = StayCurve(group=None, customers=29, left=3, points=(start, later))
    grouping = StayGrouping(
        grouping="all", curves=(curve,), log_rank=None, degrees_of_freedom=None, p_value=None
    )
    shown = report.model_copy(update={"life": CustomerLife(staying=(grouping,))})
    assert [row[-1] for row in stay_table(shown, load_strings("zh")).rows] == [None, (0.8, 0.95)]


def test_where_no_cohort_shows_a_month_all_together_do_not():
    cohorts = [_cohort(1, [100, 4]), _cohort(2, [60, 7])]
    life = read_customer_life(
        {}, {"cohorts": {"overall": [(0, 160, 160), (1, 160, 11)], "cohorts": cohorts}}, TagNames({}), 10
    )
    assert hidden_shares([4, 7], [100, 60], 10) == {0, 1}
    assert [point.months for point in life.retention] == [0]


def test_the_end_of_the_curve_does_not_tell_the_size_of_a_small_cohort():
    """The youngest cohort has four people: 164 customers in its first month and 160 later would say so."""
    cohorts = [_cohort(1, [100, 40]), _cohort(2, [60, 30]), _cohort(3, [4, None])]
    overall = [(0, 164, 164), (1, 160, 70)]
    life = read_customer_life({}, {"cohorts": {"overall": overall, "cohorts": cohorts}}, TagNames({}), 10)
    assert [point.customers for point in life.retention] == [160, 160]
    assert life.cohorts[2].customers is None


def _stay(grouping, group, customers, events):
    """A row every ten days; `events` leave at each of them."""
    rows, there = [], customers
    for step, left in enumerate(events):
        share = (there - left) / customers
        rows.append(
            {
                "grouping": grouping,
                "group": group,
                "time": 10.0 * step,
                "at_risk": there,
                "events": left,
                "survival": share,
                "ci_lower": share,
                "ci_upper": share,
            }
        )
        there -= left
    return rows


@given(
    st.lists(st.sampled_from([0, 0, 1, 3, 7, 12]), min_size=1, max_size=60),
    st.integers(min_value=0, max_value=40),
)
def test_no_step_of_a_curve_tells_of_few_people(events, stay):
    rows = _stay("all", None, sum(events) + max(stay, 10), events)
    [found] = read_staying(rows, {}, 10)
    [curve] = found.curves
    left = [round(curve.customers * (1 - point.stayed)) for point in curve.points]
    steps = [later - before for before, later in itertools.pairwise(left)]
    assert curve.points[0].stayed == 1
    assert all(step == 0 or step >= 10 for step in steps)
    drops = [before.at_risk - later.at_risk for before, later in itertools.pairwise(curve.points)]
    assert all(drop == 0 or drop >= 10 for drop in drops)
    assert all(point.at_risk == 0 or point.at_risk >= 10 for point in curve.points)
    assert curve.left == left[-1]


def test_curve_that_many_left_keeps_its_round_days():
    [found] = read_staying(_stay("all", None, 900, [0] + [4] * 24), {}, 10)
    days = [point.day for point in found.curves[0].points]
    assert {0, 60, 120, 180, 240} <= set(days)
    assert len(days) > 5


def test_groups_with_a_small_one_among_them_are_left_out_together():
    rows = [
        *_stay("complaint", "no", 300, [0, 12, 12]),
        *_stay("complaint", "yes", 40, [0, 12, 0]),
        *_stay("segment", "vip", 4, [0, 1, 0]),
        *_stay("segment", "general", 336, [0, 20, 12]),
    ]
    assert [one.grouping for one in read_staying(rows, {}, 10)] == ["complaint"]


def test_group_that_few_left_shows_its_size_only_and_one_that_nobody_left_its_line():
    rows = [*_stay("segment", "vip", 40, [0, 0, 2]), *_stay("segment", "growth", 40, [0, 0, 0])]
    [found] = read_staying(rows, {}, 10)
    assert [(curve.group, curve.left, len(curve.points)) for curve in found.curves] == [
        ("vip", 0, 1),
        ("growth", 0, 3),
    ]


def test_way_out_that_few_took_is_not_told():
    rows = [
        {"exit": name, "time": 10.0 * step, "at_risk": 100, "events": n, "incidence": n * step / 100}
        for name, n in (("a", 6), ("b", 2))
        for step in range(1, 5)
    ]
    [curve] = read_exits(rows, 10)
    assert (curve.name, curve.left, [point.day for point in curve.points]) == ("a", 24, [0, 20, 40])
