"""Each customer's purchases in the four numbers that buy-till-you-die models take."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple, cast

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from voc.customers.keys import KEY, require
from voc.customers.orders import UNITS, revenue_units
from voc.customers.rfm import last_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["DAYS_A_WEEK", "PurchaseHistory", "as_expression", "purchase_history", "read_history"]

DAYS_A_WEEK = 7.0

Floats = NDArray[np.float64]


class PurchaseHistory(NamedTuple):
    """Purchases of customers as arrays, in the order of the key. Orders of one day are one purchase."""

    keys: pa.Array
    """Customers (string)."""
    frequency: Floats
    """Days with a purchase after the first one; whole numbers."""
    recency: Floats
    """Weeks from the first to the last purchase."""
    age: Floats
    """Weeks from the first purchase to the day of measurement."""
    mean_value: Floats
    """Mean amount of a day with a purchase after the first one, refunds taken off in proportion; 0 without
    such a day."""

    def __len__(self) -> int:
        return len(self.keys)


def purchase_history(orders: ir.Table, as_of: date | None = None) -> ir.Table:
    """Return one row for each customer with an order up to `as_of`.

    Parameters
    ----------
    orders
        Clean orders, as `voc.customers.orders.clean` returns them: `customer_key`, `ts`, `amount`. Refunds
        (below zero) lower the mean value in proportion to what was bought, not the number of purchases.
    as_of
        Last day that counts; the day of the last order when not given.

    Returns
    -------
    ibis table
        `customer_key`, `frequency` (int, days with a purchase after the first), `recency_days` (int, from the
        first purchase to the last), `age_days` (int, from the first purchase to `as_of`), `mean_value` (of
        the days after the first), `first_day`, `last_day`, `revenue` (net), in the order of the key.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), Marketing Science 24, 275-284: x, t_x, T.
    """
    require(orders, KEY, "ts", "amount", where="orders")
    end = ibis.literal(as_of or last_day(orders))
    inside = orders.filter(orders.ts.date() <= end)
    units = revenue_units(inside.amount)
    days = inside.group_by(inside[KEY].name(KEY), inside.ts.date().name("day")).aggregate(
        bought=ibis.ifelse(units > 0, units, 0).sum().cast("int64"),
        refunded=ibis.ifelse(units < 0, units, 0).sum().cast("int64"),
    )
    purchase = days.bought > 0
    sums = days.group_by(KEY).aggregate(
        first_day=days.day.min(where=purchase),
        last_day=days.day.max(where=purchase),
        purchases=purchase.sum().cast("int64"),
        bought=days.bought.sum().cast("float64"),
        first_bought=days.bought.argmin(ibis.ifelse(purchase, days.day, None), where=purchase).cast(
            "float64"
        ),
        refunded=days.refunded.sum().cast("float64"),
    )
    sums = sums.filter(sums.purchases > 0)
    repeats = (sums.purchases - 1).cast("float64")
    kept = ibis.greatest(0.0, 1.0 + sums.refunded / sums.bought)
    mean = ibis.ifelse(repeats > 0, (sums.bought - sums.first_bought) / UNITS / repeats * kept, 0.0)
    return sums.select(
        KEY,
        "first_day",
        "last_day",
        frequency=sums.purchases - 1,
        recency_days=sums.last_day.delta(sums.first_day, unit="day").cast("int64"),
        age_days=end.delta(sums.first_day, unit="day").cast("int64"),
        mean_value=mean,
        revenue=(sums.bought + sums.refunded) / UNITS,
    ).order_by(KEY)


def read_history(history: ir.Table) -> PurchaseHistory:
    """Run the expression of `purchase_history` and return arrays, with times in weeks."""
    rows = history.select(KEY, "frequency", "recency_days", "age_days", "mean_value").to_pyarrow()
    keys = rows[KEY].combine_chunks()

    def column(name: str) -> Floats:
        return cast("Floats", rows[name].to_numpy().astype(np.float64))

    return PurchaseHistory(
        keys,
        column("frequency"),
        column("recency_days") / DAYS_A_WEEK,
        column("age_days") / DAYS_A_WEEK,
        column("mean_value"),
    )


def as_expression(orders: ir.Table | pa.Table) -> ir.Table:
    """Return a pyarrow table as an ibis table; an ibis table as it is."""
    return ibis.memtable(orders) if isinstance(orders, pa.Table) else orders
