"""RFM and segments, by the rule and against pandas."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.customers.orders import clean
from voc.customers.rfm import RfmRules, rfm
from voc.customers.segments import Segment, all_cells, segment_expression, segment_of, segment_shares
from voc.errors import InputError


def in_memory(frame: pd.DataFrame) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


AS_OF = date(2024, 6, 30)


def generated(seed: int, n: int = 3000, customers: int = 300) -> pd.DataFrame:
    """Orders of half a year; one in ten is a cancellation of something earlier."""
    rng = np.random.default_rng(seed)
    amount = np.round(rng.gamma(1.5, 60, n), 2)
    return pd.DataFrame(
        {
            "customer_key": [f"c{number}" for number in rng.zipf(1.5, n) % customers],
            "order_id": [f"o{number}" for number in range(n)],
            "ts": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 190 * 86_400, n), unit="s"),
            "amount": np.where(rng.random(n) < 0.1, -amount, amount),
        }
    )


def by_pandas(orders: pd.DataFrame, as_of: date, window: int | None) -> pd.DataFrame:
    """The rule of the issue, written a second time with other means."""
    day = orders["ts"].dt.date
    orders = orders[day <= as_of]
    if window is not None:
        orders = orders[orders["ts"].dt.date > as_of - timedelta(days=window)]
    bought = orders[orders["amount"] > 0]
    days = window or (as_of - bought["ts"].min().date()).days + 1
    last = bought.groupby("customer_key")["ts"].max()
    count = bought.groupby("customer_key").size()
    revenue = orders.groupby("customer_key")["amount"].sum().reindex(count.index)
    mean, overall = revenue / count, revenue.sum() / count.sum()
    table = pd.DataFrame(
        {
            "recency_days": [(as_of - moment.date()).days for moment in last],
            "n_orders": count,
            "frequency_per_30d": count / days * 30,
            "mean_amount": mean,
            "revenue": revenue,
            "r": np.select(
                [table_days(last, as_of) <= 7, table_days(last, as_of) <= 30], ["near", "mid"], "far"
            ),
            "f": np.select([count / days * 30 >= 5, count / days * 30 >= 3], ["high", "mid"], "low"),
            "m": np.select([mean >= 2 * overall, mean >= overall], ["high", "mid"], "low"),
        }
    )
    far, vip = table["r"] == "far", pd.Series(False, index=table.index)
    vip |= (table["f"] == "high") & table["m"].isin(["high", "mid"])
    vip |= (table["m"] == "high") & table["f"].isin(["high", "mid"])
    growth = table["f"].isin(["high", "mid"]) | table["m"].isin(["high", "mid"])
    table["segment"] = np.select([far, vip, growth], ["churn_risk", "vip", "growth"], "general")
    return table.sort_index()


def table_days(last: pd.Series, as_of: date) -> np.ndarray:
    return np.array([(as_of - moment.date()).days for moment in last])


def assert_agrees(cleaned: ibis.Table, orders: pd.DataFrame, as_of: date, window: int | None) -> pd.DataFrame:
    """Every customer, figure, level and segment is that of pandas."""
    found = (
        rfm(cleaned, as_of, RfmRules(window_days=window)).to_pyarrow().to_pandas().set_index("customer_key")
    )
    expected = by_pandas(orders, as_of, window)
    assert found.index.tolist() == expected.index.tolist()
    for name in ("recency_days", "n_orders", "r", "f", "m", "segment"):
        assert found[name].tolist() == expected[name].tolist(), name
    for name in ("frequency_per_30d", "mean_amount", "revenue"):
        assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-9, abs=1e-6), name
    return found


@pytest.mark.parametrize("window", [None, 90], ids=["all orders", "90 days"])
@pytest.mark.parametrize("as_of", [date(1997, 9, 30), date(1998, 6, 30)], ids=str)
def test_cdnow_agrees_with_pandas(cdnow_orders, as_of, window):
    cleaned, _ = clean(ibis.memtable(cdnow_orders))
    found = assert_agrees(cleaned, cdnow_orders.to_pandas(), as_of, window)
    assert len(found) == 2349 if window is None else len(found) < 2349


@pytest.mark.parametrize("window", [None, 90], ids=["all orders", "90 days"])
def test_online_retail_agrees_with_pandas(data_folder, window):
    raw = pd.read_parquet(data_folder / "customers" / "uci_online_retail_2010_2011.parquet")
    raw.columns = [name.lower().replace(" ", "") for name in raw.columns]
    price = next(name for name in raw.columns if name.endswith("price"))
    number = next(name for name in raw.columns if name.startswith("invoice"))
    lines = pd.DataFrame(
        {
            "customer_id": raw["customerid"],
            "order_id": raw[number].astype(str),
            "ts": pd.to_datetime(raw["invoicedate"]),
            "amount": raw["quantity"] * raw[price],
            "line": range(len(raw)),
        }
    )
    cleaned, _ = clean(in_memory(lines))
    known = lines[lines["customer_id"].notna()].assign(
        customer_key=lambda t: t["customer_id"].astype(float).astype(int).astype(str),
        amount=lambda t: (t["amount"] * 10_000).round() / 10_000,
    )
    sums = known.groupby(["customer_key", "order_id"]).agg(ts=("ts", "min"), amount=("amount", "sum"))
    sums["amount"] = sums["amount"].round(4)
    found = assert_agrees(cleaned, sums.reset_index(), date(2011, 12, 9), window)
    assert len(found) > (4000 if window is None else 2000)


@pytest.mark.parametrize("window", [None, 90], ids=["all orders", "90 days"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_table_agrees_with_an_independent_pandas_computation(seed, window):
    orders = generated(seed)
    cleaned, _ = clean(in_memory(orders))
    found = assert_agrees(cleaned, orders, AS_OF, window)
    assert set(found["segment"]) == set(Segment)


SEGMENTS = {
    # f, m: near or mid
    ("high", "high"): "vip",
    ("high", "mid"): "vip",
    ("high", "low"): "growth",
    ("mid", "high"): "vip",
    ("mid", "mid"): "growth",
    ("mid", "low"): "growth",
    ("low", "high"): "growth",
    ("low", "mid"): "growth",
    ("low", "low"): "general",
}


def test_each_of_the_27_cells_has_its_segment():
    assert len(all_cells()) == 27
    for r, f, m in all_cells():
        assert segment_of(r, f, m) == ("churn_risk" if r == "far" else SEGMENTS[f, m])


def test_expression_says_the_same_as_the_rule():
    cells = in_memory(pd.DataFrame(all_cells(), columns=["r", "f", "m"]))
    found = cells.mutate(segment=segment_expression(cells.r, cells.f, cells.m)).to_pyarrow().to_pandas()
    assert [
        segment_of(*cell) for cell in zip(found.r, found.f, found.m, strict=True)
    ] == found.segment.tolist()


def test_segments_have_chinese_names():
    assert [segment.zh for segment in Segment] == ["流失风险", "高价值", "潜力", "普通"]


def one_customer(*days_before: int, amount: float = 10.0) -> ibis.Table:
    stamps = [pd.Timestamp(AS_OF) - pd.Timedelta(days=days) for days in days_before]
    # somebody else keeps the mean and the window where they are
    other = [("z", pd.Timestamp(AS_OF) - pd.Timedelta(days=29), 10.0)]
    frame = pd.DataFrame(
        [*(("a", stamp, amount) for stamp in stamps), *other], columns=["customer_key", "ts", "amount"]
    )
    return in_memory(frame)


def level(table: ibis.Table, name: str, **rules: float) -> str:
    found = rfm(table, AS_OF, RfmRules(**rules)).to_pyarrow().to_pandas().set_index("customer_key")
    return str(found.loc["a", name])


@pytest.mark.parametrize(
    ("days", "expected"), [(0, "near"), (7, "near"), (8, "mid"), (29, "mid"), (30, "mid"), (31, "far")]
)
def test_recency_bound_belongs_to_the_nearer_level(days, expected):
    assert level(one_customer(days), "r") == expected


@pytest.mark.parametrize(("orders", "expected"), [(2, "low"), (3, "mid"), (4, "mid"), (5, "high")])
def test_frequency_bound_belongs_to_the_higher_level(orders, expected):
    assert level(one_customer(*range(orders)), "f", window_days=30) == expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [((20.0, 10.0), "mid"), ((30.0, 10.0), "mid"), ((10.0, 10.0), "mid"), ((9.0, 11.0), "low")],
)
def test_money_is_measured_by_the_mean_of_all_orders(amounts, expected):
    frame = pd.DataFrame({"customer_key": ["a", "b"], "ts": [pd.Timestamp(AS_OF)] * 2, "amount": amounts})
    assert level(in_memory(frame), "m") == expected


def test_twice_the_mean_is_high():
    frame = pd.DataFrame(
        {"customer_key": ["a", "b", "c"], "ts": [pd.Timestamp(AS_OF)] * 3, "amount": [40.0, 10.0, 10.0]}
    )
    assert level(in_memory(frame), "m") == "high"


def test_thresholds_can_be_changed():
    assert level(one_customer(10), "r", recency_near_days=10) == "near"
    assert level(one_customer(0), "f", window_days=30, frequency_mid=1, frequency_high=1) == "high"


def test_orders_after_the_day_do_not_count():
    table = one_customer(40, -5)
    assert level(table, "r") == "far"
    assert level(table, "n_orders") == "1"


def test_refund_lowers_revenue_and_is_no_order():
    frame = pd.DataFrame(
        {
            "customer_key": ["a", "a", "b"],
            "ts": [pd.Timestamp(AS_OF) - pd.Timedelta(days=20), pd.Timestamp(AS_OF), pd.Timestamp(AS_OF)],
            "amount": [50.0, -20.0, 10.0],
        }
    )
    row = rfm(in_memory(frame), AS_OF).to_pyarrow().to_pandas().iloc[0]
    assert (row.n_orders, row.recency_days, row.revenue, row.mean_amount) == (1, 20, 30.0, 30.0)


def test_day_of_the_last_order_is_taken_when_none_is_given():
    assert rfm(one_customer(0, 3)).to_pyarrow().to_pandas().recency_days.min() == 0


def test_no_order_at_all_is_told():
    with pytest.raises(InputError, match="no order has a positive amount"):
        rfm(one_customer(0).limit(0))


def test_segment_of_one_customer_is_a_table_of_one_row():
    table = rfm(one_customer(0).filter(ibis._.customer_key == "a"), AS_OF)
    shares = {share.segment: share for share in segment_shares(table)}
    growth = shares["growth"]
    assert (growth.customers, growth.customer_share, growth.revenue_share) == (1, 1.0, 1.0)
    assert shares["general"].customers == 0


def test_one_day_of_orders_makes_nobody_a_frequent_buyer():
    row = rfm(one_customer(0), AS_OF).to_pyarrow().to_pylist()[0]
    assert (row["frequency_per_30d"], row["f"]) == (1.0, "low")


amounts = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 200), st.floats(-500, 2000, allow_nan=False)),
    min_size=1,
    max_size=60,
)


@settings(max_examples=12, deadline=None)
@given(amounts)
def test_shares_of_customers_and_revenue_sum_to_one(rows):
    frame = pd.DataFrame(
        {
            "customer_key": [f"c{who}" for who, _, _ in rows],
            "order_id": [str(place) for place in range(len(rows))],
            "ts": [pd.Timestamp(AS_OF) - pd.Timedelta(days=days) for _, days, _ in rows],
            "amount": [round(amount, 2) for _, _, amount in rows],
        }
    )
    cleaned, counts = clean(in_memory(frame))
    shares = segment_shares(rfm(cleaned, AS_OF))
    assert [share.segment for share in shares] == ["vip", "growth", "general", "churn_risk"]
    assert sum(share.customers for share in shares) == counts.customers
    if counts.customers:
        assert sum(share.customer_share for share in shares) == pytest.approx(1)
    if sum(share.revenue for share in shares) > 0:
        assert sum(share.revenue_share for share in shares) == pytest.approx(1)
    else:
        assert {share.revenue_share for share in shares} == {None}


def test_quantiles_part_the_customers_in_thirds():
    cleaned, _ = clean(in_memory(generated(1)))
    found = rfm(cleaned, AS_OF, RfmRules(scoring="quantiles", money="revenue")).to_pyarrow().to_pandas()
    for name, by, best_is_low in (
        ("r", "recency_days", True),
        ("f", "n_orders", False),
        ("m", "revenue", False),
    ):
        rank = found[by].rank(method="min", ascending=best_is_low)
        share = (rank - 1) / (len(found) - 1)
        names = ["near", "mid", "far"] if name == "r" else ["high", "mid", "low"]
        expected = np.select([share < 1 / 3, share < 2 / 3], names[:2], names[2])
        assert found[name].tolist() == expected.tolist(), name


def test_money_may_be_revenue():
    cleaned, _ = clean(in_memory(generated(2)))
    found = rfm(cleaned, AS_OF, RfmRules(money="revenue")).to_pyarrow().to_pandas()
    typical = found["revenue"].mean()
    expected = np.select(
        [found["revenue"] >= 2 * typical, found["revenue"] >= typical], ["high", "mid"], "low"
    )
    assert found["m"].tolist() == expected.tolist()
