"""When customers left: from a table that says so, or from their silence."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import ibis

from voc.customers.keys import KEY, as_naive_timestamp, key_expression, require
from voc.customers.rfm import last_day
from voc.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ChurnCounts", "from_inactivity", "from_table"]


class ChurnCounts(NamedTuple):
    """What was found in a churn table."""

    rows: int
    missing_customer: int
    """Rows without a customer, dropped."""
    repeated: int
    """Rows beyond the first of a customer; the earliest churn of each counts."""
    churned: int
    """Customers with a time of churn."""
    staying: int
    """Customers without one: still there."""


def from_table(churn: ir.Table) -> tuple[ir.Table, ChurnCounts]:
    """Return one row for each customer of a churn table.

    Parameters
    ----------
    churn
        `customer_key` or `customer_id`, `churned_at` (null while a customer).

    Returns
    -------
    tuple of ibis table and ChurnCounts
        `customer_key` (string), `churned_at` (timestamp, the earliest; null while a customer).

    Raises
    ------
    ColumnError
        When a column is missing.
    """
    require(churn, "churned_at", where="churn")
    rows = churn.select(
        **{KEY: key_expression(churn, where="churn")}, churned_at=as_naive_timestamp(churn.churned_at)
    )
    known = rows.filter(rows[KEY].notnull())
    customers = known.group_by(KEY).aggregate(churned_at=known.churned_at.min())
    found = rows.aggregate(rows=rows.count(), known=rows[KEY].count()).to_pyarrow().to_pylist()[0]
    kept = customers.aggregate(customers=customers.count(), churned=customers.churned_at.count())
    found.update(kept.to_pyarrow().to_pylist()[0])
    counts = ChurnCounts(
        rows=found["rows"],
        missing_customer=found["rows"] - found["known"],
        repeated=found["known"] - found["customers"],
        churned=found["churned"],
        staying=found["customers"] - found["churned"],
    )
    return customers, counts


def from_inactivity(orders: ir.Table, *, days: int, as_of: date | None = None) -> ir.Table:
    """Return one row for each customer, churned when no order came for `days` days.

    A customer whose last order up to `as_of` is more than `days` whole days back left `days` days after it.
    This is the state at one day, for customer tables. Causes of churn are asked at landmarks instead, each
    with its own window (`voc.rootcause.outcome`), because a customer may fall silent and come back.

    Parameters
    ----------
    orders
        Clean orders: `customer_key`, `ts`, `amount`.
    days
        Length of silence, in days, 1 or more.
    as_of
        Day at which the silence is measured; the day of the last order when not given.

    Returns
    -------
    ibis table
        `customer_key`, `churned_at` (timestamp at the start of the day; null while a customer).
    """
    if days < 1:
        raise UsageError(f"days must be 1 or more, not {days}", where="churn from inactivity")
    require(orders, KEY, "ts", "amount", where="orders")
    day = as_of or last_day(orders)
    bought = orders.filter((orders.amount > 0) & (orders.ts.date() <= ibis.literal(day)))
    last = bought.group_by(KEY).aggregate(last=bought.ts.max())
    silent = ibis.literal(day).delta(last["last"].date(), unit="day") > days
    left = last["last"].truncate("D") + ibis.interval(days=days)
    return last.select(KEY, churned_at=silent.ifelse(left, ibis.null("timestamp")))
