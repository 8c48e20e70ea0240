"""Cohorts against an independent computation with pandas."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.customers.cohorts import Cohorts, cohorts
from voc.customers.orders import clean


def in_memory(frame: pd.DataFrame) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def assert_agrees(found: Cohorts, orders: pd.DataFrame, last_full: pd.Period) -> None:
    """The triangle, churn and activity, written a second time with pandas."""
    bought = orders[orders["amount"] > 0]
    months = bought.assign(month=bought["ts"].dt.to_period("M"))[["customer_key", "month"]].drop_duplicates()
    first = months.groupby("customer_key")["month"].min().rename("cohort")
    months = months.join(first, on="customer_key")
    triangle = months.groupby(["cohort", "month"])["customer_key"].nunique()
    sizes = first.value_counts()
    assert [row.cohort for row in found.cohorts] == [
        period.start_time.date() for period in sorted(sizes.index)
    ]
    for row in found.cohorts:
        cohort = pd.Period(row.cohort, "M")
        assert row.customers == sizes[cohort]
        expected = [
            int(triangle.get((cohort, cohort + n), 0)) if cohort + n <= last_full else None
            for n in range(len(row.active))
        ]
        assert list(row.active) == expected
        for n, churn in ((3, row.churn_3), (6, row.churn_6)):
            later = months[(months["cohort"] == cohort) & (months["month"] > cohort)]
            back = later[later["month"] <= cohort + n]["customer_key"].nunique()
            assert churn == (None if cohort + n > last_full else pytest.approx(1 - back / row.customers))
    who = months.groupby("month")["customer_key"].agg(set)
    for row in found.activity:
        month = pd.Period(row.month, "M")
        here, before = who.get(month, set()), who.get(month - 1, set())
        new = set(first[first == month].index)
        assert (row.active, row.new) == (len(here), len(new))
        assert (row.returning, row.dormant) == (len(here & before), len(before - here))
        assert row.resurrecting == len(here - before - new)


def test_cdnow_agrees_with_pandas(cdnow_orders):
    found = cohorts(ibis.memtable(cdnow_orders), as_of=date(1998, 6, 30))
    assert sum(row.customers for row in found.cohorts) == 2349
    assert len(found.cohorts) == 3
    assert_agrees(found, cdnow_orders.to_pandas(), pd.Period("1998-06", "M"))


def test_online_retail_agrees_with_pandas(data_folder):
    path = data_folder / "customers" / "uci_online_retail_2010_2011.parquet"
    raw = pd.read_parquet(path)
    raw.columns = [name.lower().replace(" ", "") for name in raw.columns]
    lines = pd.DataFrame(
        {
            "customer_id": raw["customerid"],
            "order_id": raw[next(name for name in raw.columns if name.startswith("invoice"))].astype(str),
            "ts": pd.to_datetime(raw["invoicedate"]),
            "amount": raw["quantity"] * raw[next(name for name in raw.columns if name.endswith("price"))],
            "line": range(len(raw)),
        }
    )
    cleaned, counts = clean(in_memory(lines))
    assert counts.missing_customer > 100_000
    frame = cleaned.to_pyarrow().to_pandas()
    known = lines[lines["customer_id"].notna()]
    sums = known.groupby(["customer_id", "order_id"])["amount"].sum().round(4)
    assert counts.orders == int((sums > 0).sum())
    found = cohorts(cleaned)
    assert_agrees(found, frame, pd.Period("2011-11", "M"))


def orders(*rows: tuple[str, str]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_key", "ts"])
    return in_memory(frame.assign(ts=pd.to_datetime(frame["ts"]), amount=10.0))


def test_month_that_is_not_over_is_blank():
    table = orders(("a", "2024-01-05"), ("b", "2024-01-20"), ("a", "2024-02-03"), ("a", "2024-03-02"))
    found = cohorts(table, as_of=date(2024, 3, 15))
    assert found.cohorts[0].active == (2, 1, None)
    assert found.cohorts[0].retention == (1.0, 0.5, None)
    assert found.activity[-1].full is False
    assert cohorts(table, as_of=date(2024, 3, 31)).cohorts[0].active == (2, 1, 1)


def test_registration_makes_the_cohort_and_counts_those_who_never_ordered():
    registered = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "registered_at": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-09"]),
        }
    )
    found = cohorts(
        orders(("a", "2024-02-05"), ("b", "2024-02-20")),
        registered=in_memory(registered),
        as_of=date(2024, 3, 31),
    )
    assert [(row.cohort, row.customers, row.active) for row in found.cohorts] == [
        (date(2024, 1, 1), 2, (None, 1, 0)),  # before the first order nothing is known
        (date(2024, 2, 1), 1, (1, 0)),
    ]
    assert found.without_orders == 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 400)), min_size=1, max_size=60))
def test_every_order_finds_its_place(rows):
    frame = pd.DataFrame(rows, columns=["who", "day"])
    frame = pd.DataFrame(
        {
            "customer_key": frame["who"].astype(str),
            "ts": pd.Timestamp("2023-01-15") + pd.to_timedelta(frame["day"], unit="D"),
            "amount": 1.0,
        }
    )
    found = cohorts(in_memory(frame), as_of=date(2024, 6, 30))
    assert sum(row.customers for row in found.cohorts) == frame["customer_key"].nunique()
    assert_agrees(found, frame, pd.Period("2024-06", "M"))
