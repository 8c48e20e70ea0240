"""Recency, frequency and monetary value of customers, and the segment that follows from them.

The rule, with the default thresholds:

- recency: whole days since the last order; at most 7 near, at most 30 mid, more far;
- frequency: orders for each 30 days of the window; 5 or more high, 3 or more mid, fewer low; a window that
  the orders themselves set is 30 days at least, so that one day makes nobody a frequent buyer;
- money: mean order amount against the mean of all orders in the window; twice or more high, once or more mid,
  less low. Revenue against the mean revenue of a customer where the rules say so.

Quantile scoring takes thirds of the customers instead of thresholds; equal customers have equal levels.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

import ibis

from voc.config.pipeline import RfmConfig as RfmRules
from voc.customers.keys import KEY, require
from voc.customers.orders import UNITS, revenue_units
from voc.customers.segments import segment_expression
from voc.errors import InputError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["RfmRules", "last_day", "rfm", "window_length"]


_SHORTEST = 30
"""Days of the shortest window where none is given."""


def last_day(orders: ir.Table) -> date:
    """Return the day of the last order.

    Raises
    ------
    InputError
        When there is no order.
    """
    bought = orders.filter(orders.amount > 0)
    day = bought.aggregate(day=bought.ts.max()).to_pyarrow()["day"][0].as_py()
    if day is None:
        raise InputError("no order has a positive amount", where="orders")
    return cast("date", day.date())


def window_length(orders: ir.Table, as_of: date, rules: RfmRules) -> int:
    """Return the days of the window: those of the rules, or from the first order to `as_of`, 30 or more."""
    if rules.window_days is not None:
        return rules.window_days
    bought = orders.filter((orders.amount > 0) & (orders.ts.date() <= ibis.literal(as_of)))
    first = bought.aggregate(day=bought.ts.min()).to_pyarrow()["day"][0].as_py()
    return _SHORTEST if first is None else max(_SHORTEST, (as_of - first.date()).days + 1)


def rfm(orders: ir.Table, as_of: date | None = None, rules: RfmRules | None = None) -> ir.Table:
    """Return one row for each customer with an order in the window.

    Parameters
    ----------
    orders
        Clean orders, as `voc.customers.orders.clean` returns them: `customer_key`, `ts`, `amount`. Orders
        above zero count as orders; refunds below zero count against revenue and mean amount only.
    as_of
        Day at which recency is measured, the last of the window. Later orders do not count. The day of the
        last order when not given.
    rules
        Thresholds and window.

    Returns
    -------
    ibis table
        `customer_key`, `recency_days` (int), `n_orders` (int), `frequency_per_30d`, `mean_amount` (net
        revenue by orders), `revenue` (net), `r` (near, mid, far), `f` and `m` (high, mid, low), `segment`
        (`churn_risk`, `vip`, `growth`, `general`), in the order of the key.

    Raises
    ------
    InputError
        When `as_of` is not given and there is no order.
    """
    require(orders, KEY, "ts", "amount", where="orders")
    rules = rules or RfmRules()
    day = as_of or last_day(orders)
    window = window_length(orders, day, rules)
    sums = _sums(orders, day, window)
    means = _means(sums, day, window)
    levelled = _by_quantiles(means, rules) if rules.scoring == "quantiles" else _by_thresholds(means, rules)
    return levelled.select(
        KEY,
        "recency_days",
        "n_orders",
        "frequency_per_30d",
        "mean_amount",
        "revenue",
        "r",
        "f",
        "m",
        segment=segment_expression(levelled.r, levelled.f, levelled.m),
    ).order_by(KEY)


def _sums(orders: ir.Table, as_of: date, window: int) -> ir.Table:
    day = orders.ts.date()
    start = as_of - timedelta(days=window)
    inside = orders.filter((day > ibis.literal(start)) & (day <= ibis.literal(as_of)))
    bought = inside.amount > 0
    sums = inside.group_by(KEY).aggregate(
        last=inside.ts.max(where=bought),
        n_orders=bought.sum(),
        units=revenue_units(inside.amount).sum().cast("float64"),
    )
    return sums.filter(sums.n_orders > 0)


def _means(sums: ir.Table, as_of: date, window: int) -> ir.Table:
    """Add the customer's means and the mean of all orders, which every row carries."""
    overall = sums.aggregate(
        overall_mean=sums.units.sum() / sums.n_orders.sum().cast("float64") / UNITS,
        overall_revenue=sums.units.sum() / sums.count().cast("float64") / UNITS,
    )
    joined = sums.cross_join(overall)
    count = joined.n_orders.cast("float64")
    return joined.select(
        KEY,
        "overall_mean",
        "overall_revenue",
        recency_days=ibis.literal(as_of).delta(joined["last"].date(), unit="day").cast("int64"),
        n_orders=joined.n_orders.cast("int64"),
        frequency_per_30d=count * 30.0 / float(window),
        mean_amount=joined.units / count / UNITS,
        revenue=joined.units / UNITS,
    )


def _by_thresholds(means: ir.Table, rules: RfmRules) -> ir.Table:
    money, typical = (
        (means.revenue, means.overall_revenue)
        if rules.money == "revenue"
        else (means.mean_amount, means.overall_mean)
    )
    return means.mutate(
        r=_recency(means, rules),
        f=_at_least(means.frequency_per_30d, rules.frequency_high, rules.frequency_mid),
        m=_at_least(money, typical * rules.money_high, typical * rules.money_mid),
    )


def _by_quantiles(means: ir.Table, rules: RfmRules) -> ir.Table:
    """Levels by the share of customers who rank higher: below a third the best, below two thirds mid."""

    def level(order: ir.Value, names: tuple[str, str, str]) -> ir.StringValue:
        rank = ibis.percent_rank().over(ibis.window(order_by=order))
        best, mid, last = names
        found: ir.StringValue = ibis.cases((rank < 1 / 3, best), (rank < 2 / 3, mid), else_=last)
        return found

    levels = ("high", "mid", "low")
    return means.mutate(
        r=level(means.recency_days, ("near", "mid", "far")),
        f=level(means.n_orders.desc(), levels),
        m=level(means[rules.money].desc(), levels),
    )


def _recency(table: ir.Table, rules: RfmRules) -> ir.StringValue:
    level: ir.StringValue = ibis.cases(
        (table.recency_days <= rules.recency_near_days, "near"),
        (table.recency_days <= rules.recency_mid_days, "mid"),
        else_="far",
    )
    return level


def _at_least(
    value: ir.NumericValue, high: float | ir.NumericValue, mid: float | ir.NumericValue
) -> ir.StringValue:
    level: ir.StringValue = ibis.cases((value >= high, "high"), (value >= mid, "mid"), else_="low")
    return level
