from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import write_taxonomy

from voc.report.build import ReportInputs, build_report
from voc.report.segments import hidden_cells


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 15))
def test_no_small_count_can_be_read_or_worked_out(counts, min_cell):
    hidden = hidden_cells(counts, min_cell)
    assert all(count == 0 or count >= min_cell for i, count in enumerate(counts) if i not in hidden)
    shown_positive = [i for i, count in enumerate(counts) if i not in hidden and count > 0]
    assert len(hidden) != 1 or not shown_positive


def _report(tmp_path, sizes, churned=0, min_cell=10):
    rows = [
        {"customer_key": f"{name}{i}", "segment": name, "revenue": 10.0, "churned": i < churned}
        for name, size in sizes.items()
        for i in range(size)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "customers.parquet")
    feedback = pa.table({"feedback_id": ["a"], "customer_key": ["vip0"], "tags": pa.array([[]], TAGS)})
    pq.write_table(feedback, tmp_path / "tagged.parquet")
    return build_report(
        ReportInputs(
            tagged=[tmp_path / "tagged.parquet"],
            customers=tmp_path / "customers.parquet",
            taxonomy=write_taxonomy(tmp_path),
            min_cell=min_cell,
        )
    )


TAGS = pa.list_(pa.struct([("tag", pa.string()), ("polarity", pa.int8())]))


def test_a_small_segment_is_suppressed_together_with_the_next_smallest(tmp_path):
    segments = _report(tmp_path, {"vip": 4, "growth": 30, "general": 60}).segments
    assert [(row.name, row.suppressed) for row in segments.rows] == [
        ("vip", True),
        ("growth", True),
        ("general", False),
    ]
    assert all(row.customers is None and row.revenue is None for row in segments.rows[:2])
    assert segments.rows[2].customers == 60
    assert segments.rows[2].customer_share == pytest.approx(60 / 94)


def test_a_small_number_of_churned_customers_is_not_told(tmp_path):
    report = _report(tmp_path, {"vip": 40, "growth": 40}, churned=4)
    assert all(row.churn is None for row in report.segments.rows)
    assert report.headline.churn is None


def test_segments_come_in_order_of_worth_and_shares_sum_to_one(tmp_path):
    segments = _report(tmp_path, {"general": 50, "churn_risk": 20, "vip": 20, "growth": 30}).segments
    assert [row.name for row in segments.rows] == ["vip", "growth", "general", "churn_risk"]
    assert abs(sum(row.customer_share for row in segments.rows) - 1) < 1e-8
    assert abs(sum(row.revenue_share for row in segments.rows) - 1) < 1e-8
