from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_sample import effects, write_taxonomy

from voc.errors import ColumnError, InputError
from voc.report.causes import read_causes
from voc.report.names import load_tag_names


@pytest.fixture
def names(tmp_path):
    return load_tag_names(write_taxonomy(tmp_path))


def test_only_intervals_without_one_and_small_q_values_are_told_as_higher(names):
    rows = {row.tag: row for row in read_causes(effects(), names, 10).rows}
    assert rows["logistics.delay"].verdict == "higher"
    assert rows["quality.defect"].verdict == "inconclusive"  # the interval covers 1
    unsure = {**effects()[0], "q_value": 0.08}
    [row] = read_causes([unsure], names, 10).rows
    assert row.verdict == "inconclusive"


def test_few_exposed_are_suppressed_and_come_last(names):
    row = read_causes(effects(), names, 10).rows[-1]
    assert (row.tag, row.suppressed, row.verdict) == ("logistics.lost", True, "suppressed")
    assert row.n_exposed is row.adjusted_rr is row.p_value is None


def test_a_small_count_of_churned_exposed_cannot_be_worked_out(names):
    row = next(row for row in read_causes(effects(), names, 10).rows if row.tag == "experience.bug")
    assert row.n_exposed == 95
    assert row.churn_exposed is None
    assert row.crude_rr is None


def test_the_strongest_lower_bound_comes_first(names):
    lowers = [row.adjusted_rr_ci_lower for row in read_causes(effects(), names, 10).rows[:-1]]
    assert lowers == sorted(lowers, reverse=True)


def test_rows_of_single_segments_are_left_out(names):
    rows = [effects()[0], {**effects()[0], "segment": "vip"}]
    assert len(read_causes(rows, names, 10).rows) == 1


def test_a_parquet_file_and_typed_rows_give_the_same(tmp_path, names):
    class Row(NamedTuple):
        tag: str
        n_exposed: int
        churn_exposed: int
        adjusted_rr: float
        adjusted_rr_ci_lower: float
        adjusted_rr_ci_upper: float
        q_value: float

    plain = [{key: row[key] for key in Row._fields} for row in effects()]
    pq.write_table(pa.Table.from_pylist(plain), tmp_path / "effects.parquet")
    expected = read_causes(plain, names, 10)
    assert read_causes(tmp_path / "effects.parquet", names, 10) == expected
    assert read_causes([Row(**row) for row in plain], names, 10) == expected


def test_infinite_and_absent_figures_are_not_known(names):
    row = {**effects()[0], "crude_rr": float("inf"), "adjusted_rr_ci_upper": float("nan")}
    [found] = read_causes([row], names, 10).rows
    assert found.crude_rr is None
    assert found.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("associated", "associated"),
        ("调整后相关", "adjusted"),
        ("experiment", "experiment"),
        (None, "adjusted"),
    ],
)
def test_the_ladder_of_evidence(names, written, level):
    [row] = read_causes([{**effects()[0], "evidence_level": written}], names, 10).rows
    assert row.evidence_level == level


def test_rows_without_a_tag_are_refused(names):
    with pytest.raises(ColumnError, match="tag"):
        read_causes([{"tags": "a"}], names, 10)


def test_a_file_that_is_no_parquet_is_told(tmp_path, names):
    (tmp_path / "effects.parquet").write_text("等了九天", encoding="utf-8")
    with pytest.raises(InputError) as failure:
        read_causes(tmp_path / "effects.parquet", names, 10)
    assert "等了" not in str(failure.value)
