"""Tables of one report share margins: none gives away what another hides."""

from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from report_sample import causes_document, effects, silence, write_taxonomy

from voc.report.build import ReportInputs, build_report
from voc.report.causes import read_causes
from voc.report.customer_tables import actions as action_table
from voc.report.excel import render_excel
from voc.report.markdown import render_markdown
from voc.report.names import load_tag_names
from voc.report.segments import hidden_everywhere
from voc.report.staying import read_staying
from voc.report.strings import load_strings
from voc.report.tables import segments

TAGS = pa.list_(pa.struct([("tag", pa.string()), ("polarity", pa.int8())]))
SIZES = {"vip": 5, "growth": 20, "general": 21, "churn_risk": 90}
VALUED = {"vip": 5, "growth": 20, "general": 19, "churn_risk": 90}
"""Two of general have no value: alone, the one table would hide growth beside vip, the other general."""


@pytest.fixture
def names(tmp_path):
    return load_tag_names(write_taxonomy(tmp_path))


def _keys(sizes):
    return [(f"{name}{at}", name) for name, size in sizes.items() for at in range(size)]


@pytest.fixture
def report(tmp_path):
    def write(name, rows):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
        return tmp_path / f"{name}.parquet"

    customers = write(
        "customers",
        [
            {"customer_key": key, "segment": name, "revenue": 1.0, "churned": False}
            for key, name in _keys(SIZES)
        ],
    )
    figures = {"p_alive": 0.5, "expected_orders": 1.0, "expected_value": 9.0}
    clv = write("clv", [{"customer_key": key, **figures} for key, _ in _keys(VALUED)])
    money = dict.fromkeys(("saving", "saving_ci_lower", "saving_ci_upper"), 1.0)
    actions = write(
        "actions",
        [
            {"segment": name, "tag": None, "action": "a", "owner": "o", "evidence_level": "none",
             "customers": size, "cost": size * 2.0, **money}
            for name, size in SIZES.items()
        ],
    )  # fmt: skip
    risk = write(
        "risk",
        [
            {"rank": 1 + at, "customer_key": key, "risk": 0.5, "reasons": ["order_gap"], "tag": None,
             "evidence": None}
            for at, key in enumerate(("vip0", "churn_risk0"))
        ],
    )  # fmt: skip
    feedback = pa.table({"feedback_id": ["a"], "customer_key": ["vip0"], "tags": pa.array([[]], TAGS)})
    pq.write_table(feedback, tmp_path / "tagged.parquet")
    return build_report(
        ReportInputs(
            tagged=[tmp_path / "tagged.parquet"],
            customers=customers,
            customer_tables={"customers": customers, "clv": clv, "actions": actions, "risk": risk},
            taxonomy=write_taxonomy(tmp_path),
        )
    )


def test_a_segment_hidden_in_one_table_is_hidden_in_all(report):
    told = [
        {row.name: row.customers for row in report.segments.rows},
        {row.segment: row.customers for row in report.life.values},
        {row.segment: row.customers for row in report.life.actions},
        {row.segment: row.cost for row in report.life.actions},
    ]
    for table in told:
        assert [name for name in SIZES if table[name] is None] == ["vip", "growth"]
    assert {row.segment for row in report.life.at_risk} == {None, "churn_risk"}


def test_a_hidden_cell_does_not_say_that_it_is_small(report):
    """Growth has twenty customers: hidden for vip's sake, not few."""
    for lang, word in (("zh", "隐去"), ("en", "hidden")):
        assert [row[1] for row in segments(report, load_strings(lang)).rows] == [word, word, 21, 90]


COUNTS = st.lists(st.integers(0, 30), min_size=4, max_size=4)


@given(tables=st.lists(COUNTS, min_size=1, max_size=3))
def test_what_is_hidden_everywhere_protects_every_table(tables):
    named = [dict(zip("abcd", counts, strict=True)) for counts in tables]
    hidden = hidden_everywhere(named, 10)
    for table in named:
        kept = np.array([count for name, count in table.items() if name in hidden])
        assert all(count == 0 or count >= 10 for name, count in table.items() if name not in hidden)
        if any(0 < count < 10 for count in kept) and len(hidden) < 4:
            assert len(kept) > 1
            assert kept.sum() - (len(kept) - 1) >= 10  # the most of one less its least, the others being 1


def test_who_left_with_a_complaint_cannot_be_had_from_who_left_without(names):
    """All who left are in the design: less those without the complaint they would be those with it."""
    rows = {row.tag: row for row in read_causes(effects(), names, 10).rows}
    assert rows["experience.bug"].churn_exposed is rows["experience.bug"].churn_unexposed is None
    assert rows["logistics.delay"].churn_unexposed is not None
    few_stayed = {**effects()[0], "n_exposed": 400, "churn_exposed": 396}
    [row] = read_causes([few_stayed], names, 10).rows
    assert row.churn_exposed is row.churn_unexposed is None


def test_a_curve_does_not_end_at_a_hidden_count(tmp_path, names):
    path = tmp_path / "causes.json"
    path.write_text(json.dumps(causes_document()), encoding="utf-8")
    few, *others = effects()
    found = read_causes([{**few, "churn_exposed": 7}, *others], names, 10, path)
    assert few["tag"] in [row.tag for row in found.clear()]
    assert [curve.tag for curve in found.curves] == ["aftersales.refund"]
    [row] = [row for row in found.rows if row.tag == few["tag"]]
    assert row.adjusted_rr is not None
    assert row.attributable_churners is row.paf is row.adjusted_rd is None


def test_causes_by_segment_do_not_count_segments_that_other_tables_hide(names):
    rows = [effects()[0]]
    sizes = {"vip": 60, "growth": 90, "general": 300}
    rows += [{**effects()[0], "segment": name, "n_exposed": size} for name, size in sizes.items()]
    found = read_causes(rows, names, 10, elsewhere={"vip", "growth"}).segment_rows
    assert {row.segment: row.n_exposed for row in found} == {"vip": None, "growth": None, "general": 300}
    assert all(row.churn_unexposed is row.n_unexposed is None for row in found[:2])
    assert all(row.adjusted_rr is not None for row in found)


def test_two_hidden_rows_that_leave_hardly_anything_are_joined_by_a_third(names):
    whole = {**effects()[0], "n_exposed": 310}
    rows = [whole] + [
        {**whole, "segment": name, "n_exposed": size}
        for name, size in {"a": 5, "b": 5, "c": 40, "d": 260}.items()
    ]
    found = {row.segment: row.n_exposed for row in read_causes(rows, names, 10).segment_rows}
    assert found == {"a": None, "b": None, "c": None, "d": 260}  # of a and b, 10 together, each is 1 to 9


def test_who_left_of_a_small_segment_cannot_be_had_from_the_design(tmp_path, names):
    document = causes_document()
    document["doubts"]["unheard"] = [
        silence(None, 1500, 420, 369, 320),
        silence("vip", 25, 0, 3, 1),
        silence("growth", 397, 119, 136, 108),
        silence("general", 467, 179, 138, 120),
        silence("churn_risk", 416, 183, 92, 60),
    ]
    path = tmp_path / "causes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    everybody, *parts = read_causes(effects(), names, 10, path).doubts.unheard
    assert (everybody.churned, everybody.silent_churned) == (369, 320)
    assert {row.segment: row.churned for row in parts} == {
        "vip": None,
        "growth": 136,
        "general": 138,
        "churn_risk": None,
    }
    assert all(row.silent_customers is None for row in parts if row.churned is None)


def test_curves_of_segments_are_left_out_where_another_table_hides_one():
    rows = [
        {"grouping": name, "group": group, "time": time, "at_risk": at_risk, "events": 0, "survival": 1.0,
         "ci_lower": 1.0, "ci_upper": 1.0}
        for name, groups in (("all", [None]), ("segment", ["vip", "growth"]))
        for group in groups
        for time, at_risk in ((0.0, 50), (90.0, 40))
    ]  # fmt: skip
    assert [one.grouping for one in read_staying(rows, {}, 10)] == ["all", "segment"]
    assert [one.grouping for one in read_staying(rows, {}, 10, {"vip"})] == ["all"]


COUNTED = {"vip": 6, "growth": 90, "general": 300, "churn_risk": 16}
"""Those with the complaint: vip is small, and churn_risk is hidden beside it."""
LEFT = {"vip": 3, "growth": 40, "general": 73, "churn_risk": 2}
SUGGESTED = {"vip": 71, "growth": 72, "general": 73, "churn_risk": 74}
"""Customers of the actions: numbers that no other table has."""


@pytest.fixture
def with_actions(tmp_path):
    whole = {**effects()[0], "n_exposed": 412, "churn_exposed": 118}
    rows = [
        whole,
        *(
            {**whole, "segment": name, "n_exposed": COUNTED[name], "churn_exposed": LEFT[name]}
            for name in COUNTED
        ),
        {**whole, "tag": "experience.bug", "n_exposed": 40, "churn_exposed": 4},
        {**whole, "tag": "experience.bug", "segment": "general", "n_exposed": 40, "churn_exposed": 4},
    ]
    actions = [
        {
            "segment": name, "tag": tag, "action": "a", "owner": "o", "evidence_level": "adjusted",
            "customers": customers, "cost": customers * 1000.0, "saving": customers * 100_000.0,
            "saving_ci_lower": customers * 50_000.0, "saving_ci_upper": customers * 200_000.0,
        }
        for name, tag, customers in (
            *((name, whole["tag"], customers) for name, customers in SUGGESTED.items()),
            ("general", "experience.bug", 39),
        )
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(actions[::-1]), tmp_path / "actions.parquet")
    feedback = pa.table({"feedback_id": ["a"], "customer_key": ["vip0"], "tags": pa.array([[]], TAGS)})
    pq.write_table(feedback, tmp_path / "tagged.parquet")
    return build_report(
        ReportInputs(
            tagged=[tmp_path / "tagged.parquet"],
            customer_tables={"actions": tmp_path / "actions.parquet"},
            effects=rows,
            taxonomy=write_taxonomy(tmp_path),
        )
    )


def test_actions_tell_nothing_that_the_table_of_causes_hides(with_actions):
    found = {(row.tag, row.segment): row for row in with_actions.life.actions}
    causes = {row.segment: row for row in with_actions.causes.segment_rows}
    assert {name for name, row in causes.items() if row.n_exposed is None} == {"vip", "churn_risk"}
    for name in SUGGESTED:
        row = found["logistics.delay", name]
        assert (row.customers is None) == (row.cost is None) == (causes[name].n_exposed is None)
        assert (row.saving is None) == (row.saving_ci_upper is None) == (causes[name].churn_exposed is None)
    assert found["logistics.delay", "general"].saving == 7_300_000


def test_a_saving_does_not_tell_how_few_left_where_no_table_by_segment_has_the_complaint(with_actions):
    [row] = [row for row in with_actions.life.actions if row.tag == "experience.bug"]
    assert (row.customers, row.saving, row.saving_ci_lower) == (39, None, None)


def test_actions_without_a_saving_stand_in_an_order_that_does_not_tell_it(with_actions):
    rows = [(row.segment, row.tag) for row in with_actions.life.actions if row.saving is None]
    order = ["vip", "growth", "general", "churn_risk"]
    assert rows == sorted(rows, key=lambda pair: (order.index(pair[0]), pair[1]))


def test_an_action_says_where_its_ratio_is_that_of_all_customers(with_actions):
    first = with_actions.life.actions[0]
    rows = [first, first.model_copy(update={"basis": "overall"})]
    shown = with_actions.model_copy(
        update={"life": with_actions.life.model_copy(update={"actions": tuple(rows)})}
    )
    cells = [row[-1] for row in action_table(shown, load_strings("zh")).rows]
    assert cells == ["调整后相关", "调整后相关（全体）"]


def test_hidden_figures_of_actions_are_in_no_rendering(with_actions):
    sheets = _cells(render_excel(with_actions))
    texts = [with_actions.to_json().decode(), render_markdown(with_actions).decode(), sheets]
    for text in texts:
        plain = text.replace(",", "")
        assert "73" in plain
        for customers in (SUGGESTED["vip"], SUGGESTED["churn_risk"]):
            assert f"{customers}000" not in plain
            assert f"{customers * 100_000}" not in plain


def _cells(workbook):
    book = CalamineWorkbook.from_filelike(BytesIO(workbook))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return "\n".join(str(int(cell)) if isinstance(cell, float) else str(cell) for row in rows for cell in row)
