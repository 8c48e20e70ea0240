"""Cleaning of orders: what counts as an order, and that nothing goes in silence."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.customers.orders import clean
from voc.errors import ColumnError, UsageError


def in_memory(frame: pd.DataFrame) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def orders(*rows: tuple[object, ...], **columns: object) -> ibis.Table:
    """Rows of customer, order, day, amount."""
    frame = pd.DataFrame(list(rows), columns=["customer_id", "order_id", "ts", "amount"])
    frame["ts"] = pd.to_datetime(frame["ts"], format="ISO8601")
    frame["amount"] = frame["amount"].astype(float)
    return in_memory(frame.assign(**columns))


def rows_of(table: ibis.Table) -> list[tuple[object, ...]]:
    found = table.to_pyarrow().to_pylist()
    return sorted((row["customer_key"], row["order_id"], row["amount"]) for row in found)


def test_lines_of_one_order_are_one_order_at_the_time_of_its_first_line():
    table, counts = clean(
        orders(
            ("a", "1", "2024-03-02 09:00", 10.1),
            ("a", "1", "2024-03-01 12:00", 5.2),
            ("b", "2", "2024-03-01", 1),
        )
    )
    assert rows_of(table) == [("a", "1", 15.3), ("b", "2", 1.0)]
    assert table.filter(table.order_id == "1").ts.to_pyarrow().to_pylist() == [
        pd.Timestamp("2024-03-01 12:00")
    ]
    assert (counts.rows, counts.orders, counts.customers) == (3, 2, 2)
    assert counts.dropped() == {}


def test_cancellation_nets_against_its_customer():
    table, counts = clean(orders(("a", "1", "2024-03-01", 30), ("a", "C1", "2024-03-02", -20)))
    assert rows_of(table) == [("a", "1", 30.0), ("a", "C1", -20.0)]
    assert (counts.orders, counts.refunds, counts.refund_amount) == (1, 1, -20.0)


def test_line_taken_back_inside_an_order_lowers_it():
    table, counts = clean(orders(("a", "1", "2024-03-01", 30), ("a", "1", "2024-03-01", -20)))
    assert rows_of(table) == [("a", "1", 10.0)]
    assert counts.refunds == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param((None, "9", "2024-03-01", 5), "missing_customer", id="no customer"),
        pytest.param(("  ", "9", "2024-03-01", 5), "missing_customer", id="blank customer"),
        pytest.param(("a", "9", None, 5), "missing_time", id="no time"),
        pytest.param(("a", "9", "2024-03-01", None), "bad_amount", id="no amount"),
        pytest.param(("a", "9", "2024-03-01", float("inf")), "bad_amount", id="infinite amount"),
        pytest.param(("a", "9", "2024-03-01", 1e300), "bad_amount", id="absurd amount"),
        pytest.param(("a", "9", "2024-03-01", 0), "zero_orders", id="zero"),
        pytest.param(("a", "9", "2031-01-01", 5), "future", id="future"),
    ],
)
def test_unusable_row_is_left_out_and_told(row, reason):
    table, counts = clean(orders(("a", "1", "2024-03-01", 30), row), as_of=date(2024, 12, 31))
    assert rows_of(table) == [("a", "1", 30.0)]
    assert counts.dropped() == {reason: 1}


def test_order_of_the_future_does_not_make_everybody_a_customer_of_long_ago():
    table, counts = clean(orders(("a", "1", "2024-03-01", 30), ("b", "2", "2231-01-01", 5)))
    assert rows_of(table) == [("a", "1", 30.0)]
    assert counts.dropped() == {"future": 1}


def test_day_of_the_look_counts_to_its_end():
    table, counts = clean(
        orders(("a", "1", "2024-03-01 23:59:59", 1), ("a", "2", "2024-03-02", 1)), as_of=date(2024, 3, 1)
    )
    assert rows_of(table) == [("a", "1", 1.0)]
    assert counts.future == 1


def test_day_before_all_orders_is_an_error_that_names_the_first():
    early = orders(("a", "1", "2024-03-02", 1), ("b", "2", "2024-05-01", 1))
    with pytest.raises(UsageError, match="no order is of 2024-03-01 or earlier") as told:
        clean(early, as_of=date(2024, 3, 1))
    assert "of 2024-03-02" in str(told.value.hint)


def test_equal_rows_are_one_row_unless_told_otherwise():
    twice = [("a", "1", "2024-03-01", 3.0)] * 2
    table, counts = clean(orders(*twice))
    assert (rows_of(table), counts.duplicates) == ([("a", "1", 3.0)], 1)
    table, counts = clean(orders(*twice), keep_duplicates=True)
    assert (rows_of(table), counts.duplicates) == ([("a", "1", 6.0)], 0)
    table, counts = clean(orders(*twice, product=["tea", "cup"]))
    assert (rows_of(table), counts.duplicates) == ([("a", "1", 6.0)], 0)


def test_rows_without_order_number_are_orders_by_customer_and_time():
    table, counts = clean(
        orders(("a", None, "2024-03-01", 3), ("a", "", "2024-03-01", 4), ("a", None, "2024-03-05", 5))
    )
    assert sorted(amount for _, _, amount in rows_of(table)) == [5.0, 7.0]
    assert counts.dropped() == {"missing_order": 3}


def test_order_number_of_two_customers_is_an_order_of_each():
    table, counts = clean(orders(("a", "1", "2024-03-01", 3), ("b", "1", "2024-03-01", 4)))
    assert rows_of(table) == [("a", "1", 3.0), ("b", "1", 4.0)]
    assert counts.shared_orders == 1


def test_customer_with_refunds_only_is_told():
    _, counts = clean(orders(("a", "1", "2024-03-01", 3), ("b", "C2", "2024-03-01", -4)))
    assert (counts.customers, counts.refund_only_customers) == (1, 1)


@pytest.mark.parametrize(
    "ids", [[17850, 17851], [17850.0, 17851.0], ["17850", " 17851 "]], ids=["int", "float", "str"]
)
def test_customer_is_the_same_whatever_the_type_of_its_number(ids):
    table, _ = clean(orders((ids[0], "1", "2024-03-01", 3), (ids[1], "2", "2024-03-01", 4)))
    assert rows_of(table) == [("17850", "1", 3.0), ("17851", "2", 4.0)]


def test_zoned_times_are_taken_in_utc():
    frame = pd.DataFrame(
        {
            "customer_key": ["a"],
            "order_id": ["1"],
            "ts": pd.to_datetime(["2024-03-01 06:00"]).tz_localize("Asia/Shanghai"),
            "amount": [1.0],
        }
    )
    table, _ = clean(in_memory(frame))
    assert table.ts.to_pyarrow().to_pylist() == [pd.Timestamp("2024-02-29 22:00")]


def test_missing_column_is_named_with_its_nearest():
    table = orders(("a", "1", "2024-03-01", 3)).rename(amounts="amount")
    with pytest.raises(ColumnError, match=r"no column 'amount'(.|\n)*did you mean 'amounts'"):
        clean(table)


def test_empty_table_gives_an_empty_one():
    table, counts = clean(orders(("a", "1", "2024-03-01", 3)).limit(0))
    assert rows_of(table) == []
    assert set(counts) == {0}


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(40)))
def test_sums_do_not_hang_on_the_order_of_the_rows(order):
    frame = [("a", "1", "2024-03-01", 0.1 + place / 7) for place in order]
    table, _ = clean(orders(*frame), as_of=date(2024, 12, 31))
    units = sum(round((0.1 + place / 7) * 10_000) for place in range(40))
    assert rows_of(table) == [("a", "1", units / 10_000)]


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\r", "\v", "\f", " \t "])
def test_white_space_around_names_is_no_part_of_them(space):
    table, _ = clean(orders((f"{space}a", f"1{space}", "2024-03-01", 3), (f"a{space}", "1", "2024-03-01", 4)))
    assert rows_of(table) == [("a", "1", 7.0)]


def test_input_is_run_through_once_however_often_the_orders_are_used(tmp_path):
    source = tmp_path / "orders.parquet"
    orders(("a", "1", "2024-03-01", 3)).to_parquet(source)
    table, _ = clean(ibis.duckdb.connect().read_parquet(str(source)))
    source.unlink()
    assert rows_of(table) == [("a", "1", 3.0)]
