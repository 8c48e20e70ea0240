"""Cohorts of customers by the month they came: how many order again, and who a month's customers are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import ibis

from voc.customers.keys import KEY, as_naive_timestamp, held, key_expression, require
from voc.customers.rfm import last_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["CHURN_MONTHS", "ActivityRow", "CohortRow", "Cohorts", "cohorts"]

CHURN_MONTHS = (3, 6)
"""Months without an order after which a customer of a cohort counts as lost."""


class CohortRow(NamedTuple):
    """Customers who came in one month."""

    cohort: date
    """First day of the month."""
    customers: int
    active: tuple[int | None, ...]
    """Customers with an order in the month itself, the next one and so on; None where it is not over, or
    before the first order of the table."""
    churn_3: float | None
    """Share without an order in the three months after the first; None where they are not over."""
    churn_6: float | None
    """Share without an order in the six months after the first."""

    @property
    def retention(self) -> tuple[float | None, ...]:
        """`active` as shares of the cohort."""
        return tuple(None if count is None else count / self.customers for count in self.active)


class ActivityRow(NamedTuple):
    """Customers of one month. `new`, `returning` and `resurrecting` add up to `active`."""

    month: date
    """First day of the month."""
    full: bool
    """Whether the month is over."""
    active: int
    """Customers with an order."""
    new: int
    """With their first one."""
    returning: int
    """With an order in the month before, too."""
    resurrecting: int
    """Back after a month or more without an order."""
    dormant: int
    """With an order in the month before and none in this one."""


class Cohorts(NamedTuple):
    """Cohorts, the oldest first, and months, the first first."""

    cohorts: tuple[CohortRow, ...]
    activity: tuple[ActivityRow, ...]
    registered: bool
    """Whether cohorts go by the day of registration; by the first order otherwise."""
    without_orders: int
    """Registered customers without an order; they count in their cohort."""

    def overall(self) -> tuple[tuple[int, int, int], ...]:
        """Return (months since coming, customers, active) over all cohorts that have lived so long."""
        longest = max((len(row.active) for row in self.cohorts), default=0)
        rows = []
        for period in range(longest):
            known = [
                (row.customers, count)
                for row in self.cohorts
                if period < len(row.active) and (count := row.active[period]) is not None
            ]
            if known:
                rows.append((period, sum(n for n, _ in known), sum(count for _, count in known)))
        return tuple(rows)


def cohorts(orders: ir.Table, *, registered: ir.Table | None = None, as_of: date | None = None) -> Cohorts:
    """Return the retention triangle and the activity of every month.

    Parameters
    ----------
    orders
        Clean orders: `customer_key`, `ts`, `amount`. Refunds do not count.
    registered
        `customer_key` or `customer_id`, `registered_at`. Cohorts go by registration, or by the first order
        where that is earlier or the customer is not there. By first orders when not given.
    as_of
        Last day that counts; the day of the last order when not given.

    Raises
    ------
    InputError
        When there is no order.
    ColumnError
        When a column is missing.
    """
    require(orders, KEY, "ts", "amount", where="orders")
    end = as_of or last_day(orders)
    last = _month(end) if (end + timedelta(days=1)).day == 1 else _month(end) - 1
    bought = orders.filter((orders.amount > 0) & (orders.ts.date() <= ibis.literal(end)))
    months = held(bought.select(KEY, month=_month_of(bought.ts)).distinct())
    start = _starts(months, registered, end)
    placed = months.join(start, KEY).mutate(period=lambda t: t.month - t.cohort)
    cells = placed.group_by("cohort", "period").aggregate(active=lambda t: t.count()).to_pyarrow().to_pylist()
    returns = placed.group_by(KEY, "cohort").aggregate(next=lambda t: t.period.min(where=t.period > 0))
    sizes = (
        start.left_join(returns.select(KEY, "next"), KEY)
        .group_by("cohort")
        .aggregate(
            customers=lambda t: t.count(),
            **{f"back_{n}": _within(n) for n in CHURN_MONTHS},
        )
    )
    rows = sizes.order_by("cohort").to_pyarrow().to_pylist()
    active = {(cell["cohort"], cell["period"]): cell["active"] for cell in cells}
    buyers = months.select(KEY).distinct().count().to_pyarrow().as_py()
    seen = min((cohort + period for cohort, period in active), default=_month(end))
    return Cohorts(
        tuple(_cohort(row, active, seen, last, _month(end)) for row in rows),
        _activity(months, last, _month(end)),
        registered is not None,
        sum(row["customers"] for row in rows) - buyers,
    )


def _within(months: int) -> Callable[[ir.Table], ir.IntegerScalar]:
    """Count the customers who came back within so many months."""
    return lambda t: (t.next <= months).fill_null(False).sum()


def _month_of(ts: ir.TimestampValue) -> ir.IntegerValue:
    """Months since year 0."""
    return (ts.year() * 12 + ts.month() - 1).cast("int64")


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _starts(months: ir.Table, registered: ir.Table | None, end: date) -> ir.Table:
    """The month in which each customer came."""
    first = months.group_by(KEY).aggregate(cohort=months.month.min())
    if registered is None:
        return first
    require(registered, "registered_at", where="customers")
    ts = as_naive_timestamp(registered.registered_at)
    rows = registered.select(**{KEY: key_expression(registered, where="customers")}, ts=ts)
    known = rows.filter(rows[KEY].notnull() & rows.ts.notnull() & (rows.ts.date() <= ibis.literal(end)))
    came = known.select(KEY, cohort=_month_of(known.ts))
    both = ibis.union(first, came)
    return both.group_by(KEY).aggregate(cohort=both.cohort.min())


def _cohort(
    row: dict[str, int], active: dict[tuple[int, int], int], seen: int, last: int, current: int
) -> CohortRow:
    cohort = row["cohort"]
    periods = range(current - cohort + 1)
    lost = {
        n: 1 - row[f"back_{n}"] / row["customers"] if seen <= cohort and cohort + n <= last else None
        for n in CHURN_MONTHS
    }
    return CohortRow(
        _first_day(cohort),
        row["customers"],
        tuple(active.get((cohort, n), 0) if seen <= cohort + n <= last else None for n in periods),
        lost[3],
        lost[6],
    )


def _activity(months: ir.Table, last: int, current: int) -> tuple[ActivityRow, ...]:
    window = ibis.window(group_by=months[KEY], order_by=months.month)
    steps = months.mutate(before=months.month.lag().over(window))
    found = steps.group_by("month").aggregate(
        active=lambda t: t.count(),
        new=lambda t: t.before.isnull().sum(),
        returning=lambda t: (t.before == t.month - 1).fill_null(False).sum(),
    )
    known = {row["month"]: row for row in found.to_pyarrow().to_pylist()}
    nothing = {"active": 0, "new": 0, "returning": 0}
    rows = []
    for month in range(min(known, default=current), current + 1):
        row, before = known.get(month, nothing), known.get(month - 1, nothing)
        rows.append(
            ActivityRow(
                _first_day(month),
                month <= last,
                row["active"],
                row["new"],
                row["returning"],
                row["active"] - row["new"] - row["returning"],
                before["active"] - row["returning"],
            )
        )
    return tuple(rows)
