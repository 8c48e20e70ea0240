"""Customer tables of a report: the line of all customers gives no small group away."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from voc.report.customer_life import read_customer_life
from voc.report.names import TagNames
from voc.report.segments import hidden_shares


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
