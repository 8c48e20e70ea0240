"""When customers left."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from voc.customers.churn import from_inactivity, from_table
from voc.errors import ColumnError, UsageError


def in_memory(frame: pd.DataFrame) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def table(**columns: list[object]) -> ibis.Table:
    frame = pd.DataFrame(columns)
    for name in ("churned_at", "ts"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name])
    return in_memory(frame)


def left(found: ibis.Table) -> dict[str, str | None]:
    rows = found.to_pyarrow().to_pylist()
    return {row["customer_key"]: row["churned_at"] and str(row["churned_at"].date()) for row in rows}


def test_earliest_churn_of_a_customer_counts_and_the_rest_is_told():
    found, counts = from_table(
        table(
            customer_id=["a", "a", "b", None, "c"],
            churned_at=["2024-05-01", "2024-03-01", None, "2024-01-01", "2024-02-01"],
        )
    )
    assert left(found) == {"a": "2024-03-01", "b": None, "c": "2024-02-01"}
    assert counts == (5, 1, 1, 2, 1)


def test_table_without_churn_is_fine():
    found, counts = from_table(table(customer_id=[1, 2], churned_at=[None, None]))
    assert left(found) == {"1": None, "2": None}
    assert (counts.churned, counts.staying) == (0, 2)


def test_missing_column_is_told_with_its_nearest():
    with pytest.raises(ColumnError, match="churned_at"):
        from_table(table(customer_id=["a"], churn_at=["2024-01-01"]))


def test_silence_is_churn_once_it_is_longer_than_the_limit():
    orders = table(
        customer_key=["a", "a", "b", "c", "d"],
        ts=["2024-01-01", "2024-04-01", "2024-04-02", "2024-06-30", "2024-05-01"],
        amount=[1.0, 1.0, 1.0, 1.0, -1.0],
    )
    assert left(from_inactivity(orders, days=89, as_of=date(2024, 6, 30))) == {
        "a": "2024-06-29",
        "b": None,
        "c": None,
    }


def test_day_of_the_look_defaults_to_the_last_order():
    orders = table(customer_key=["a", "b"], ts=["2024-01-01", "2024-06-30"], amount=[1.0, 1.0])
    assert left(from_inactivity(orders, days=30)) == {"a": "2024-01-31", "b": None}


def test_silence_of_no_days_is_refused():
    with pytest.raises(UsageError, match="days must be 1 or more, not 0"):
        from_inactivity(table(customer_key=["a"], ts=["2024-01-01"], amount=[1.0]), days=0)
