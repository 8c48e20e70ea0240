from __future__ import annotations

import json
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_sample import causes_document, effects, effects_by_segment, worth, write_taxonomy

from voc.errors import ColumnError, InputError
from voc.report.cause_tables import cause_worth
from voc.report.cause_tables import causes as causes_table
from voc.report.causes import read_causes
from voc.report.markdown import render_markdown
from voc.report.names import load_tag_names
from voc.report.strings import load_strings


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


@pytest.fixture
def causes(tmp_path, names):
    path = tmp_path / "causes.json"
    path.write_text(json.dumps(causes_document()), encoding="utf-8")
    rows = [{**row, **worth()} for row in (*effects(), *effects_by_segment())]
    return read_causes(rows, names, 10, path)


def test_what_stands_behind_the_effects_comes_along(causes):
    first = causes.rows[0]
    assert (first.tag, first.dr_rr, first.attributable_churners) == ("logistics.delay", 1.71, 57.3)
    assert causes.rows[-1].attributable_churners is None  # suppressed rows hold nothing back elsewhere
    assert causes.study.landmarks == 2
    assert [curve.tag for curve in causes.curves] == ["logistics.delay", "aftersales.refund"]
    assert [one.tag for one in causes.overlaps] == ["logistics.delay", "aftersales.refund"]


@pytest.mark.parametrize("every_days", [30, 90])
def test_attributable_churn_and_its_share_have_one_denominator(report, every_days):
    causes = report.causes
    study = causes.study.model_copy(update={"every_days": every_days})
    scale = every_days / study.exposure_days
    row = causes.rows[0]
    ends = ("paf", "paf_ci_lower", "paf_ci_upper")
    churners = [getattr(row, name) * study.churned * scale for name in ends]
    names = [f"attributable_churners{end}" for end in ("", "_ci_lower", "_ci_upper")]
    rows = (row.model_copy(update=dict(zip(names, churners, strict=True))), *causes.rows[1:])
    shown = report.model_copy(update={"causes": causes.model_copy(update={"study": study, "rows": rows})})
    number, bounds, share, shares = cause_worth(shown, load_strings("en")).rows[0][1:5]
    assert number == round(share * study.churned)
    assert bounds == pytest.approx([end * study.churned for end in shares])
    assert f"{study.churned} times in all" in render_markdown(shown, "en").decode()


def test_a_rate_of_nobody_among_few_has_its_interval(report):
    counts = {
        "n_exposed": 11,
        "churn_exposed": 0,
        "rate_exposed_ci_lower": 0.0,
        "rate_exposed_ci_upper": 0.2588,
    }
    few = report.causes.rows[0].model_copy(update=counts)
    shown = report.model_copy(update={"causes": report.causes.model_copy(update={"rows": (few,)})})
    table = causes_table(shown, load_strings("zh"))
    place = [column.title for column in table.columns].index("流失率")
    rate, interval = table.rows[0][place : place + 2]
    assert rate == 0.0
    assert interval == pytest.approx((0.0, 0.2588), abs=1e-4)
    assert not table.columns[place + 1].spare


def test_segments_are_kept_for_complaints_with_a_clear_relation(causes):
    clear = [row.tag for row in causes.clear()]
    assert clear == ["logistics.delay", "aftersales.refund", "service.unresolved"]
    assert [row.tag for row in causes.segment_rows] == [tag for tag in clear for _ in range(2)]
    assert {row.segment for row in causes.segment_rows} == {"vip", "growth"}


def test_one_suppressed_segment_cannot_be_worked_out_from_the_others(names):
    rows = [effects()[0]]
    sizes = {"vip": 6, "growth": 90, "general": 300}
    shares = {"overlap": 89 / 90, "trimmed_share": 1 / 90}
    rows += [{**effects()[0], **shares, "segment": name, "n_exposed": size} for name, size in sizes.items()]
    found = {row.segment: row for row in read_causes(rows, names, 10).segment_rows}
    assert found["vip"].suppressed
    assert found["growth"].n_exposed is found["growth"].crude_rr is None
    assert found["growth"].overlap is found["growth"].trimmed_share is None
    assert found["growth"].adjusted_rr is not None
    assert found["general"].n_exposed == 300


def test_small_counts_of_silent_customers_are_held_back(causes):
    everybody, vip = causes.doubts.unheard
    assert everybody.silent_customers == 420
    assert vip.silent_customers is None


def test_pooled_ratio_is_not_told_where_segments_differ(tmp_path, names):
    document = causes_document()
    for row in document["effects"]:
        row["differs_by_segment"] = row["tag"] == "logistics.delay" and row["segment"] is None
    path = tmp_path / "causes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    rows = {row.tag: row for row in read_causes(effects(), names, 10, path).rows}
    assert rows["logistics.delay"].verdict == "differs"
    assert rows["aftersales.refund"].verdict == "higher"


def test_file_of_another_version_is_told(tmp_path, names):
    path = tmp_path / "causes.json"
    path.write_text('{"effects": []}', encoding="utf-8")
    with pytest.raises(InputError, match="is no file of causes of this version"):
        read_causes(effects(), names, 10, path)
