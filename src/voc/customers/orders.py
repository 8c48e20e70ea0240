"""Turns a table of orders, or of order lines, into clean orders: one row for each, refunds netted.

Nothing is dropped in silence: every rule that takes rows away has its count in `OrderCounts`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import ibis

from voc.customers.keys import KEY, as_naive_timestamp, held, key_expression, require, trimmed
from voc.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["AMOUNT_LIMIT", "UNITS", "OrderCounts", "clean", "revenue_units"]

UNITS = 10_000
"""Amounts are added up in whole ten-thousandths, so that a sum does not hang on the order of its terms."""

AMOUNT_LIMIT = 1e12
"""A larger amount, either way, is no amount."""


class OrderCounts(NamedTuple):
    """What the cleaning of orders found. Rows are those of the input, orders those of the result."""

    rows: int
    """Rows of the input."""
    duplicates: int
    """Rows that repeat another in every column; one of each is kept."""
    missing_customer: int
    """Rows without a customer, dropped."""
    missing_time: int
    """Rows without a time, dropped."""
    bad_amount: int
    """Rows whose amount is missing, not finite or beyond a million millions, dropped."""
    missing_order: int
    """Rows without an order number; those of one customer at one time are taken for one order."""
    future: int
    """Rows after the day at which the table is looked at, or in the future, dropped."""
    zero_orders: int
    """Orders that come to nothing (gifts, samples, orders cancelled in full), dropped."""
    refunds: int
    """Orders that come to less than nothing. Their amounts count against the customer's revenue."""
    refund_amount: float
    """Sum of the refunds, zero or negative."""
    orders: int
    """Orders with a positive amount."""
    customers: int
    """Customers with one such order or more."""
    refund_only_customers: int
    """Customers with refunds but no order; they have no place in customer tables."""
    shared_orders: int
    """Order numbers that more than one customer uses; each customer's part is an order of its own."""

    def dropped(self) -> dict[str, int]:
        """Counts by reason of what was taken away or is worth a word, zeros left out."""
        names = (
            "duplicates",
            "missing_customer",
            "missing_time",
            "bad_amount",
            "missing_order",
            "future",
            "zero_orders",
            "refunds",
            "refund_only_customers",
            "shared_orders",
        )
        return {name: getattr(self, name) for name in names if getattr(self, name)}


def clean(
    orders: ir.Table, *, as_of: date | None = None, keep_duplicates: bool = False
) -> tuple[ir.Table, OrderCounts]:
    """Return one row for each order, and what was found on the way.

    Lines of one order are added up. An order above zero is an order, below zero a refund (a cancellation that
    has a number of its own), at zero neither.

    Parameters
    ----------
    orders
        `customer_key` or `customer_id`, `order_id`, `ts`, `amount`; other columns only serve to tell
        duplicates. Zoned times are taken in UTC.
    as_of
        Last day that counts; later rows are dropped and told. When not given, rows later than tomorrow by the
        clock (somewhere it is that day already) are, since nobody has bought yet what they say.
    keep_duplicates
        Keep rows that are equal in every column. For a table of order lines without a product column, where
        two equal lines may both be true.

    Returns
    -------
    tuple of ibis table and OrderCounts
        Columns `customer_key` (string), `order_id` (string), `ts` (timestamp of the first line), `amount`
        (float, never 0). The input is run through once: the rows are held by the connection, which spills
        them to disk where its memory is bounded.

    Raises
    ------
    ColumnError
        When a column is missing.
    UsageError
        When all orders are later than `as_of`.
    """
    require(orders, "order_id", "ts", "amount", where="orders")
    distinct = orders if keep_duplicates else orders.distinct()
    sums = held(_sums(_lines(distinct, as_of)))
    grouped = sums.filter(sums.fault.isnull())
    counts = _counts(int(orders.count().to_pyarrow().as_py()), sums, grouped)
    if as_of is not None and counts.future and not (counts.orders or counts.refunds or counts.zero_orders):
        raise _too_early(sums, as_of)
    result = grouped.filter(grouped.units != 0)
    return result.select(KEY, "order_id", "ts", amount=result.units.cast("float64") / UNITS), counts


def _too_early(sums: ir.Table, as_of: date) -> UsageError:
    first = sums.ts.min(where=sums.fault == "future").to_pyarrow().as_py().date()
    return UsageError(
        f"no order is of {as_of} or earlier",
        where="orders",
        hint=f"the first after it is of {first}: give a later day with --as-of, or customers.as_of of a "
        "pipeline file, or leave it out",
    )


def revenue_units(amount: ir.NumericValue) -> ir.IntegerValue:
    """Return amounts as whole ten-thousandths."""
    return (amount.cast("float64") * UNITS).round().cast("int64")


def _lines(table: ir.Table, as_of: date | None) -> ir.Table:
    """Type the columns and name the first fault of each row (null when it has none)."""
    key = key_expression(table, where="orders")
    ts = as_naive_timestamp(table.ts)
    amount = table.amount.cast("float64")
    good_amount = amount.notnull() & ~amount.isnan() & (amount.abs() <= AMOUNT_LIMIT)
    number = trimmed(table.order_id.cast("string"))
    late = ts.date() > ibis.literal(as_of or datetime.now(UTC).date() + timedelta(days=1))
    fault = ibis.cases(
        (key.isnull(), "missing_customer"),
        (ts.isnull(), "missing_time"),
        (~good_amount, "bad_amount"),
        (late, "future"),
        else_=ibis.null("string"),
    )
    return table.select(
        **{KEY: key},
        order_id=ibis.coalesce(number, ibis.literal("@") + ts.cast("string")),
        unnumbered=number.isnull(),
        ts=ts,
        units=revenue_units(ibis.ifelse(good_amount, amount, 0.0)),
        fault=fault,
    )


def _sums(lines: ir.Table) -> ir.Table:
    """One row for each customer and order, and one for each fault."""
    sound = lines.fault.isnull()
    keyed = lines.mutate(
        **{KEY: ibis.ifelse(sound, lines[KEY], None)}, order_id=sound.ifelse(lines.order_id, None)
    )
    return keyed.group_by(KEY, "order_id", "fault").aggregate(
        ts=lambda t: t.ts.min(),
        units=lambda t: t.units.sum().cast("int64"),
        lines=lambda t: t.count(),
        unnumbered=lambda t: t.unnumbered.sum().cast("int64"),
    )


def _counts(rows: int, sums: ir.Table, grouped: ir.Table) -> OrderCounts:
    faults = ("missing_customer", "missing_time", "bad_amount", "future")
    found = _one_row(
        sums.aggregate(
            distinct=sums.lines.sum(),
            missing_order=sums.unnumbered.sum(where=sums.fault.isnull()),
            **{fault: sums.lines.sum(where=sums.fault == fault) for fault in faults},
        )
    )
    customers = grouped.group_by(KEY).aggregate(
        orders=lambda t: (t.units > 0).sum(), refunds=lambda t: (t.units < 0).sum()
    )
    numbers = grouped.group_by("order_id").aggregate(keys=lambda t: t.count())
    of_orders = _one_row(
        grouped.aggregate(
            zero=(grouped.units == 0).sum(),
            refunds=(grouped.units < 0).sum(),
            refund_units=ibis.ifelse(grouped.units < 0, grouped.units, 0).sum().cast("float64"),
            orders=(grouped.units > 0).sum(),
        )
    )
    of_customers = _one_row(
        customers.aggregate(
            customers=(customers.orders > 0).sum(),
            refund_only=((customers.orders == 0) & (customers.refunds > 0)).sum(),
        )
    )
    shared = numbers.filter(numbers["keys"] > 1).count().to_pyarrow().as_py()
    return OrderCounts(
        rows=rows,
        duplicates=rows - int(found["distinct"]),
        missing_customer=int(found["missing_customer"]),
        missing_time=int(found["missing_time"]),
        bad_amount=int(found["bad_amount"]),
        missing_order=int(found["missing_order"]),
        future=int(found["future"]),
        zero_orders=int(of_orders["zero"]),
        refunds=int(of_orders["refunds"]),
        refund_amount=of_orders["refund_units"] / UNITS,
        orders=int(of_orders["orders"]),
        customers=int(of_customers["customers"]),
        refund_only_customers=int(of_customers["refund_only"]),
        shared_orders=int(shared),
    )


def _one_row(expression: ir.Table) -> dict[str, float]:
    row: dict[str, float | None] = expression.to_pyarrow().to_pylist()[0]
    return {name: value or 0 for name, value in row.items()}
