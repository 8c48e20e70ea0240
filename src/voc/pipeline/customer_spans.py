"""How long each customer was there: from the first order to leaving, or to the last day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Spans", "customer_spans"]


class Spans(NamedTuple):
    """One place a customer, in the order of the key."""

    days: NDArray[np.float64]
    left: NDArray[np.bool_]
    group: NDArray[Any]
    """Half-year of the first order, such as `2024-H1`."""

    def all(self) -> NDArray[np.bool_]:
        """Everybody."""
        return np.ones(len(self.days), np.bool_)


def customer_spans(
    orders: ir.Table, churn: ir.Table | None, *, as_of: date | None, inactive_days: int
) -> Spans:
    """Return the time of each customer with an order; customers who left before it count as gone at once.

    Parameters
    ----------
    orders
        Clean orders.
    churn
        Customer, `churned_at`. None to take a silence of `inactive_days` for leaving.
    """
    from voc.customers.churn import from_inactivity, from_table
    from voc.customers.keys import KEY
    from voc.customers.rfm import last_day

    end = as_of or last_day(orders)
    bought = orders.filter(orders.amount > 0)
    first = bought.group_by(KEY).aggregate(first=bought.ts.min().date())
    left = (
        from_table(churn)[0] if churn is not None else from_inactivity(orders, days=inactive_days, as_of=end)
    )
    joined = first.left_join(left, KEY).select(KEY, "first", "churned_at").order_by(KEY).to_pyarrow()
    begin = joined["first"].to_numpy().astype("datetime64[D]")
    gone = joined["churned_at"].to_numpy().astype("datetime64[D]")
    last = np.datetime64(end, "D")
    known = ~np.isnat(gone) & (gone <= last)
    stop = np.where(known, gone, last)
    days = np.maximum((stop - begin).astype(np.int64), 0).astype(np.float64)
    months = begin.astype("datetime64[M]").astype(np.int64)
    group = np.array([f"{1970 + m // 12}-H{1 if m % 12 < 6 else 2}" for m in months.tolist()])
    return Spans(days, cast("NDArray[np.bool_]", known), group)
