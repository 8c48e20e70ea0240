"""From tables to effects: joins, limits, and the planted cause found through real tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from voc.config.pipeline import CustomersConfig, RfmConfig, RootCauseConfig
from voc.errors import ColumnError, GateError, InputError, UsageError
from voc.pipeline.causes import (
    EFFECTS_SCHEMA,
    CauseResult,
    CauseSettings,
    cause_effects,
    effects_to_arrow,
)
from voc.pipeline.causes.evidence import read_experiments, read_tagger_scores
from voc.pipeline.causes.output import causes_document
from voc.rootcause.design import Design
from voc.rootcause.effect import EFFECT_COLUMNS, Effect
from voc.rootcause.misclassification import TaggerScore

START = pd.Timestamp("2023-01-01")
LENGTH = 400
SHORT = CauseSettings(design=Design(horizon_days=60, every_days=60, active_days=60))


def in_memory(frame: pd.DataFrame) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def company(
    seed: int, *, n: int = 1500, harm: float = 1.0
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Orders, tags and churn. A complaint of delay multiplies the risk of leaving by `harm` for good."""
    rng = np.random.default_rng(seed)
    rate = rng.choice([0.02, 0.08], n)
    gone, delayed = np.full(n, LENGTH), np.zeros(n, np.bool_)
    orders, tags = [], []
    for day in range(LENGTH):
        here = gone > day
        leaves = (
            here & (day > 0) & (rng.random(n) < np.where(delayed, harm, 1.0) * 0.0008 * (0.08 / rate) ** 0.5)
        )
        gone[leaves] = day
        buys = np.flatnonzero(here & ~leaves & ((rng.random(n) < rate) | (day == 0)))
        orders += [(who, day) for who in buys]
        for tag, share in (("logistics.delay", 0.03), ("price.high", 0.05), ("service.attitude", 0.05)):
            writes = buys[rng.random(len(buys)) < share]
            tags += [(who, day, tag) for who in writes]
            if tag == "logistics.delay":
                delayed[writes] = True
    order_frame = pd.DataFrame(orders, columns=["customer_id", "day"])
    order_frame["order_id"] = np.arange(len(order_frame)).astype(str)
    order_frame["ts"] = START + pd.to_timedelta(order_frame.pop("day"), unit="D")
    order_frame["amount"] = np.round(rng.gamma(2, 40, len(order_frame)) + 1, 2)
    tag_frame = pd.DataFrame(tags, columns=["customer_id", "day", "tag"])
    tag_frame["feedback_id"] = np.arange(len(tag_frame)).astype(str)
    tag_frame["ts"] = START + pd.to_timedelta(tag_frame.pop("day"), unit="D")
    tag_frame["polarity"] = -1
    churned = START + pd.to_timedelta(np.where(gone == LENGTH, np.nan, gone), unit="D")
    churn_frame = pd.DataFrame({"customer_id": np.arange(n), "churned_at": churned})
    return order_frame, tag_frame, churn_frame


def run(
    orders: pd.DataFrame,
    tags: pd.DataFrame,
    churn: pd.DataFrame | None = None,
    settings: CauseSettings = SHORT,
) -> CauseResult:
    tables = [None if frame is None else in_memory(frame) for frame in (orders, tags, churn)]
    assert tables[0] is not None
    assert tables[1] is not None
    return cause_effects(tables[0], tables[1], tables[2], settings)


def overall(result: CauseResult) -> dict[str, Effect]:
    return {effect.tag: effect for effect in result.effects if effect.segment is None}


WORLD = company(5, harm=5.0)


@pytest.mark.parametrize("source", ["table", "inactivity"])
def test_planted_cause_comes_out_on_top(source):
    orders, tags, churn = WORLD
    result = run(orders, tags, churn if source == "table" else None)
    first = result.effects[0]
    assert first.tag == "logistics.delay"
    assert first.segment is None
    assert first.q_value < 0.01
    assert first.adjusted_rr_ci_lower > 1.2
    others = [effect for tag, effect in overall(result).items() if tag != "logistics.delay"]
    assert all(effect.q_value > 0.05 for effect in others)
    assert result.match_rate == 1.0
    assert result.dropped == {}
    assert len(result.landmarks) == 5


def test_every_tag_has_a_row_for_all_and_for_each_segment():
    orders, tags, churn = WORLD
    rows = run(orders, tags, churn).effects
    assert len({(row.tag, row.segment) for row in rows}) == len(rows) == 3 * 5
    assert {row.segment for row in rows} == {None, "churn_risk", "vip", "growth", "general"}
    for tag, row in overall(run(orders, tags, churn)).items():
        by_segment = [other for other in rows if other.tag == tag and other.segment and other.n_exposed]
        assert sum(other.n_exposed for other in by_segment) <= row.n_exposed


def test_rows_may_come_in_any_order():
    orders, tags, churn = WORLD
    shuffled = [frame.sample(frac=1, random_state=3) for frame in (orders, tags, churn)]
    assert run(*shuffled) == run(orders, tags, churn)


def test_praise_and_neutral_mentions_are_no_complaints():
    orders, tags, churn = WORLD
    more = pd.concat([tags, tags.assign(polarity=1, tag="price.high"), tags.assign(polarity=0)])
    assert run(orders, more, churn) == run(orders, tags, churn)


@pytest.mark.parametrize(
    ("ids", "name"),
    [(str, "customer_id"), (float, "customer_id"), (str, "customer_key")],
    ids=["str", "float", "key"],
)
def test_customers_are_joined_whatever_the_type_of_their_number(ids, name):
    orders, tags, churn = WORLD
    other = tags.assign(customer_id=tags["customer_id"].astype(ids)).rename(columns={"customer_id": name})
    result = run(orders, other, churn)
    assert result.match_rate == 1.0
    assert result.effects == run(orders, tags, churn).effects


def test_too_few_matches_stop_with_counts_and_no_names():
    orders, tags, churn = WORLD
    foreign = tags.assign(customer_id="U-" + tags["customer_id"].astype(str))
    with pytest.raises(
        GateError, match=rf"0 of {len(tags):,} complaint tags \(0\.0%\).* limit is 50\.0%"
    ) as caught:
        run(orders, foreign, churn)
    assert "U-" not in str(caught.value)
    assert caught.value.exit_code == 1


def test_match_rate_and_what_was_left_out_is_told():
    orders, tags, churn = WORLD
    some = tags.astype({"customer_id": object}).copy()
    some.loc[some.index[:50], "customer_id"] = None
    some["customer_id"] = some["customer_id"].astype("Int64")
    stranger = tags.assign(customer_id=10**6).iloc[:100]
    result = run(orders, pd.concat([some, stranger]), churn)
    assert result.complaints == len(tags) + 100
    assert result.match_rate == pytest.approx((len(tags) - 50) / (len(tags) + 50))
    assert result.dropped == {"tags.missing_customer": 50, "tags.unmatched_customer": 100}


def test_complaints_without_customer_give_a_result_that_says_so():
    orders, tags, churn = WORLD
    result = run(orders, tags.assign(customer_id=pd.NA).astype({"customer_id": "string"}), churn)
    assert (result.effects, result.match_rate) == ([], None)
    assert result.notes == ("no complaint names a customer",)
    assert result.n_customers > 0


def test_no_complaint_at_all_gives_a_result_that_says_so():
    orders, tags, churn = WORLD
    result = run(orders, tags.assign(polarity=1), churn)
    assert (result.effects, result.notes) == ([], ("no complaint was found in the feedback",))


def test_tag_that_nobody_at_risk_has_is_told():
    orders, tags, churn = WORLD
    late = tags.iloc[:30].assign(tag="price.drop", ts=START + pd.Timedelta(days=LENGTH))
    row = overall(run(orders, pd.concat([tags, late]), churn))["price.drop"]
    assert (row.reason, row.n_exposed, row.adjusted_rr) == ("no_exposed", 0, None)


def test_small_tag_is_held_back():
    orders, tags, churn = WORLD
    rare = tags.assign(tag=np.where(np.arange(len(tags)) % 400 == 0, "price.drop", tags["tag"]))
    row = overall(run(orders, rare, churn))["price.drop"]
    assert (row.reason, row.n_exposed) == ("few_exposed", None)


@pytest.mark.parametrize("day", [None, 399], ids=["nobody left", "everybody left at the end"])
def test_no_churn_inside_any_horizon_is_told(day):
    orders, tags, churn = WORLD
    stays = pd.NaT if day is None else START + pd.Timedelta(days=LENGTH + day)
    result = run(
        orders, tags, churn.assign(churned_at=pd.Series(stays, index=churn.index, dtype="datetime64[us]"))
    )
    assert result.n_churned == 0
    assert {row.reason for row in overall(result).values()} == {"no_churn"}


def test_everybody_gone_inside_the_horizon_is_told():
    orders, tags, churn = WORLD
    one = CauseSettings(design=Design(every_days=400))
    last = START + pd.Timedelta(days=int((orders["ts"].max() - START).days) - 20)
    result = run(orders, tags, churn.assign(churned_at=last.as_unit("us")), one)
    assert len(result.landmarks) == 1
    assert result.n_churned == result.n_observations == result.n_customers
    assert {row.reason for row in overall(result).values()} == {"all_churned"}


def test_customers_who_left_before_every_landmark_leave_nobody_at_risk():
    orders, tags, churn = WORLD
    result = run(orders, tags, churn.assign(churned_at=START.as_unit("us")))
    assert (result.effects, result.notes) == ([], ("no customer is at risk at a landmark",))


def test_history_too_short_for_the_design_is_told():
    orders, tags, churn = WORLD
    early = orders[orders["ts"] < START + pd.Timedelta(days=100)]
    with pytest.raises(UsageError, match="the orders cover 100 days, the design needs 134"):
        run(early, tags, churn, CauseSettings())


def test_orders_that_are_none_are_told():
    orders, tags, churn = WORLD
    with pytest.raises(InputError, match="no order has a customer, a time and a positive amount"):
        run(orders.assign(amount=0.0), tags, churn)


def test_orders_of_the_future_change_nothing_when_the_day_is_set():
    orders, tags, churn = WORLD
    settings = CauseSettings(design=SHORT.design, as_of=orders["ts"].max().date())
    later = orders.iloc[:20].assign(ts=pd.Timestamp("2031-01-01"), order_id="late")
    result = run(pd.concat([orders, later]), tags, churn, settings)
    assert result.dropped.pop("orders.future") == 20
    assert result.effects == run(orders, tags, churn).effects


def test_churn_rows_that_fit_no_customer_are_told():
    orders, tags, churn = WORLD
    odd = pd.concat(
        [churn.iloc[100:], churn.iloc[200:201], pd.DataFrame({"customer_id": [10**6], "churned_at": [START]})]
    )
    dropped = run(orders, tags, odd).dropped
    assert dropped["churn.without_orders"] == 1
    assert dropped["churn.repeated"] == 1
    assert dropped["churn.customers_without_row"] == 100


@pytest.mark.parametrize("column", ["ts", "tag", "polarity", "customer_id"])
def test_missing_column_is_told(column):
    orders, tags, churn = WORLD
    with pytest.raises(ColumnError, match="no column"):
        run(orders, tags.drop(columns=column), churn)


def test_table_of_effects_has_the_published_columns():
    orders, tags, churn = WORLD
    effects = run(orders, tags, churn).effects
    table = effects_to_arrow(effects)
    assert tuple(table.column_names) == EFFECT_COLUMNS
    assert table.schema == EFFECTS_SCHEMA
    assert table.to_pylist() == [
        {name: getattr(effect, name) for name in EFFECT_COLUMNS} for effect in effects
    ]
    assert effects_to_arrow([]).schema == EFFECTS_SCHEMA


def test_settings_come_from_the_pipeline_file():
    rootcause = RootCauseConfig(gap_days=7, horizon_days=60, every_days=30, min_cell=5, min_match_rate=0.8)
    customers = CustomersConfig(as_of=date(2024, 1, 1), rfm=RfmConfig(recency_near_days=3))
    settings = CauseSettings.from_config(rootcause, customers)
    assert (settings.design.gap_days, settings.design.horizon_days, settings.design.every_days) == (7, 60, 30)
    assert (settings.min_cell, settings.min_match_rate, settings.as_of) == (5, 0.8, date(2024, 1, 1))
    assert settings.rules.recency_near_days == 3
    assert CauseSettings.from_config(RootCauseConfig()) == CauseSettings()


def test_churn_rows_that_fit_no_customer_stop_the_analysis():
    orders, tags, churn = WORLD
    foreign = churn.assign(customer_id="U-" + churn["customer_id"].astype(str))
    with pytest.raises(
        GateError, match=r"join of churn and orders: 0 of 1,500 churn rows \(0\.0%\)"
    ) as caught:
        run(orders, tags, foreign)
    assert "U-" not in str(caught.value)


QUICK = replace(SHORT, permutations=2, draws=50)


def test_values_of_other_customers_stop_the_analysis():
    values = pd.DataFrame({"customer_id": ["U-1", "U-2"], "expected_value": [10.0, 20.0]})
    tables = [in_memory(table) for table in WORLD]
    with pytest.raises(GateError, match=r"join of values and orders: 0 of 2 customers \(0\.0%\)"):
        cause_effects(*tables, QUICK, in_memory(values))


def test_value_of_customers_comes_from_a_table_or_from_spend():
    orders, tags, churn = WORLD
    tables = [in_memory(frame) for frame in (orders, tags, churn)]
    spend = cause_effects(*tables, QUICK)
    ids = np.arange(1500)
    values = pd.DataFrame({"customer_id": ids, "expected_value": 200.0, "p_alive": 0.5})
    valued = cause_effects(*tables, QUICK, in_memory(values))
    first = valued.effects[0]
    assert (spend.value_source, valued.value_source) == ("spend", "table")
    assert first.mean_value == pytest.approx(400.0)
    assert first.revenue_at_risk == pytest.approx(400.0 * first.attributable_churners)
    # a customer of this world spends 80 on each of 7 to 29 orders a year
    assert 300 < spend.effects[0].mean_value < 3000
    assert spend.effects[0].adjusted_rr == first.adjusted_rr


def test_links_that_are_missing_in_one_channel_show_in_the_segments_that_use_it():
    orders, tags, churn = WORLD
    busy = orders.groupby("customer_id").size()
    channel = np.where(tags["customer_id"].map(busy) > busy.median(), "app", "phone")
    lost = (channel == "phone") & (np.arange(len(tags)) % 2 == 0)
    frame = tags.astype({"customer_id": "Int64"}).assign(channel=channel)
    frame.loc[lost, "customer_id"] = pd.NA
    rows = run(orders, frame, churn, QUICK).doubts.missing_links
    assert rows[0].segment is None
    assert rows[0].rate == pytest.approx(lost.mean())
    by_segment = [row.rate for row in rows[1:] if row.rate is not None]
    assert all(row.estimated for row in rows[1:])
    assert max(by_segment) > rows[0].rate > min(by_segment)


def test_channel_of_the_last_order_is_compared_by():
    orders, tags, churn = WORLD
    frame = orders.assign(channel=np.where(orders["customer_id"] % 2 == 0, "app", "shop"))
    assert "channel" in run(frame, tags, churn, QUICK).strata
    assert "channel" not in run(orders, tags, churn, QUICK).strata


def test_doubts_and_pictures_come_with_the_effects():
    orders, tags, churn = WORLD
    result = run(orders, tags, churn, replace(QUICK, negative_controls=("price.high",)))
    assert [control.tag for control in result.doubts.negative_controls] == ["price.high"]
    assert result.doubts.placebo_days == SHORT.design.span_days
    assert result.doubts.permutations.tests == 6
    assert set(result.overlaps) == set(result.curves) == set(overall(result))
    curve = result.curves["logistics.delay"]
    assert curve.days[0] == 14
    assert curve.days[-1] == 74
    assert curve.exposed == sorted(curve.exposed)
    assert curve.exposed[-1] == pytest.approx(overall(result)["logistics.delay"].rate_exposed)
    assert curve.exposed[-1] > curve.unexposed[-1]
    silent = run(orders, tags, None, replace(QUICK, permutations=0))
    assert silent.curves == {}
    assert silent.doubts.permutations is None


def test_document_behind_the_effects_is_plain_json():
    orders, tags, churn = WORLD
    result = run(orders, tags, churn, QUICK)
    document = json.loads(json.dumps(causes_document(result, QUICK), allow_nan=False))
    assert [(row["tag"], row["segment"]) for row in document["effects"]] == [
        (effect.tag, effect.segment) for effect in result.effects
    ]
    assert document["design"]["studied_days"] == 300
    assert document["design"]["strata"][:2] == ["landmark", "rfm"]


def test_evidence_from_files_is_read_and_faults_are_told(tmp_path):
    scores = tmp_path / "scores.csv"
    scores.write_text("tag,precision,recall,n_found,n_true\na.b,0.9,0.8,100,90\n", encoding="utf-8")
    assert read_tagger_scores(str(scores)) == {"a.b": TaggerScore(0.9, 0.8, 100, 90)}
    scores.write_text("tag,precision,recall,n_found,n_true\na.b,good,0.8,100,90\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 0: holds no number"):
        read_tagger_scores(str(scores))
    scores.write_text("tag,precision\na.b,0.9\n", encoding="utf-8")
    with pytest.raises(ColumnError, match="no column 'recall'"):
        read_tagger_scores(str(scores))
    test = tmp_path / "test.json"
    test.write_text('{"tag": "a.b", "segment": null, "supports_cause": false}', encoding="utf-8")
    assert read_experiments([str(test)]) == ()
    test.write_text('{"tag": "a.b"}', encoding="utf-8")
    with pytest.raises(InputError, match="is no result of `voc abtest`"):
        read_experiments([str(test)])
