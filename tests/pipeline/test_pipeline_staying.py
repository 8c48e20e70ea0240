"""Curves of staying: groups are what was known at the landmark, and time runs from the end of the gap."""

from __future__ import annotations

from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pytest

from voc.customers.orders import clean
from voc.errors import GateError, InputError
from voc.pipeline.customers.exits import exit_curves
from voc.pipeline.customers.spans import customer_spans
from voc.pipeline.customers.staying import GAP_DAYS, staying

START = np.datetime64("2024-01-01", "us")
DAYS = 500


def at(day):
    return (START + np.timedelta64(int(day), "D")).item()


def world(*, leave=0.0, seed=1, customers=600):
    """Orders every ten days until leaving on a day drawn at random; complaints on days drawn at random."""
    rng = np.random.default_rng(seed)
    leaving = np.where(rng.random(customers) < leave, rng.integers(30, DAYS, customers), 10_000)
    orders = [
        {"customer_id": f"c{who}", "order_id": f"{who}-{day}", "ts": at(day), "amount": 50.0}
        for who in range(customers)
        for day in range(who % 10, min(DAYS, int(leaving[who])), 10)
    ]
    tags = [
        {"customer_id": f"c{who}", "ts": at(day), "tag": "logistics.delay", "polarity": -1}
        for who in range(customers)
        for day in rng.integers(0, DAYS, 2)
        if day < leaving[who]
    ]
    churn = [
        {"customer_id": f"c{who}", "churned_at": at(day), "reason": "price" if who % 3 else "moved"}
        for who, day in enumerate(leaving)
        if day < DAYS
    ]
    return orders, tags, churn


def curves(orders, tags, churn, *, follow=180, min_match=0.3):
    cleaned = clean(ibis.memtable(pa.Table.from_pylist(orders)))[0]
    schema = pa.schema(
        [("customer_id", pa.string()), ("churned_at", pa.timestamp("us")), ("reason", pa.string())]
    )
    left = ibis.memtable(pa.Table.from_pylist(churn, schema=schema))
    spans = customer_spans(cleaned, left, as_of=None, inactive_days=180, min_match=0.0)
    tagged = ibis.memtable(pa.Table.from_pylist(tags)) if tags else None
    return staying(cleaned, spans, tagged, follow_days=follow, min_match=min_match), left, cleaned


def groups(found, grouping):
    return {one.group: one.curve for one in found.groups if one.grouping == grouping}


def test_groups_part_those_who_are_there_and_nobody_is_lost_sight_of_early():
    orders, tags, churn = world(leave=0.5)
    found = curves(orders, tags, churn)[0]
    assert (found.landmark, found.follow_days) == (date(2024, 11, 1), 180)
    start = (found.landmark - date(2024, 1, 1)).days + GAP_DAYS
    left_by_then = sum((row["churned_at"] - at(0)).days <= start for row in churn)
    for grouping in ("complaint", "segment"):
        here = groups(found, grouping).values()
        assert sum(curve[0].at_risk for curve in here) == 600 - left_by_then
        for curve in here:
            assert [row.time for row in curve] == list(range(0, 181, 10))
            gone = sum(row.events for row in curve)
            assert curve[-1].survival == pytest.approx(1 - gone / curve[0].at_risk)
    assert groups(found, "all")[None][0].at_risk == 600


def test_only_complaints_before_the_landmark_make_a_group():
    orders, _, churn = world(leave=0.5)
    day = (curves(orders, [], churn)[0].landmark - date(2024, 1, 1)).days
    stays = sorted({row["customer_id"] for row in orders} - {row["customer_id"] for row in churn})[:4]
    said = [
        {"customer_id": who, "ts": at(day + offset), "tag": "logistics.delay", "polarity": -1}
        for who, offset in zip(stays, (0, -89, 1, -90), strict=True)
    ]
    assert groups(curves(orders, said, churn)[0], "complaint")["yes"][0].at_risk == 2


def test_newcomers_who_had_less_time_to_complain_are_in_no_group():
    orders, _, churn = world(leave=0.5)
    day = (curves(orders, [], churn)[0].landmark - date(2024, 1, 1)).days
    new = [
        {"customer_id": f"n{who}", "order_id": f"n{who}-{start}", "ts": at(start), "amount": 50.0}
        for who, first in ((0, day - 90), (1, day - 89), (2, day))
        for start in range(first, DAYS, 10)
    ]
    before, after = (curves(rows, [], churn)[0] for rows in (orders, orders + new))
    counted = [sum(curve[0].at_risk for curve in groups(one, "segment").values()) for one in (before, after)]
    assert counted[1] - counted[0] == 1


def test_where_complaints_do_nothing_groups_stay_alike_and_ever_complained_would_not():
    """The naive reading is immortal time: who stays has longer to complain."""
    p_values, naive = [], []
    for seed in range(12):
        orders, tags, churn = world(leave=0.6, seed=seed, customers=400)
        found = curves(orders, tags, churn)[0]
        p_values.append(found.tests["complaint"].p_value)
        left = {row["customer_id"] for row in churn}
        ever = {row["customer_id"] for row in tags}
        rate = [len(left & some) / len(some) for some in (ever, {f"c{n}" for n in range(400)} - ever)]
        naive.append(rate[0] / rate[1])
    assert sum(p < 0.05 for p in p_values) <= 2
    assert max(naive) < 0.8


def test_nobody_left_gives_level_curves_and_no_test():
    orders, tags, _ = world()
    found = curves(orders, tags, [])[0]
    assert found.tests == {}
    assert all(curve[-1].survival == 1 for curve in groups(found, "complaint").values())


def test_too_few_days_are_told():
    orders = [row for row in world()[0] if row["ts"] < at(80)]
    with pytest.raises(InputError, match="too few days"):
        curves(orders, [], [])


def test_complaints_of_other_customers_stop():
    orders, tags, churn = world(leave=0.3)
    strangers = [{**row, "customer_id": f"x{row['customer_id']}"} for row in tags]
    with pytest.raises(GateError, match=r"0 of \d+ customers \(0\.0%\) are in both tables"):
        curves(orders, strangers, churn)


def test_ways_out_add_up_to_those_who_left():
    orders, _, churn = world(leave=0.5)
    _, left, cleaned = curves(orders, [], churn)
    found = exit_curves(cleaned, left, "reason", as_of=None, min_match=0.3)
    assert set(found.curves) == {"price", "moved"}
    assert sum(row["events"] for row in found.rows()) == found.left
