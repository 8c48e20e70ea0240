"""What each customer is expected to order, and what that is worth, over the next months.

BG/NBD says how many orders, Gamma-Gamma what one is worth; the two are taken as independent, and the
correlation that would speak against it is told. `voc.customers.calibration` holds
the model to orders it has not seen.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from voc.customers.bg_nbd import BgNbd, expected_orders, fit_bg_nbd, p_alive
from voc.customers.gamma_gamma import GammaGamma, expected_value, fit_gamma_gamma
from voc.customers.keys import KEY
from voc.customers.purchase_history import (
    DAYS_A_WEEK,
    PurchaseHistory,
    as_expression,
    purchase_history,
    read_history,
)
from voc.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["LIFETIME_VALUE_SCHEMA", "WEEKS_A_MONTH", "LifetimeValue", "lifetime_value", "value_of_history"]

WEEKS_A_MONTH = 365.25 / 12 / DAYS_A_WEEK
_MONTHS = (1, 60)
_CORRELATED = 0.3
"""Above this the independence of frequency and value is doubtful."""

Floats = NDArray[np.float64]

LIFETIME_VALUE_SCHEMA = pa.schema(
    [
        (KEY, pa.string()),
        ("frequency", pa.int64()),
        ("recency_days", pa.float64()),
        ("age_days", pa.float64()),
        ("mean_value", pa.float64()),
        ("p_alive", pa.float64()),
        ("expected_orders", pa.float64()),
        ("expected_order_value", pa.float64()),
        ("expected_value", pa.float64()),
    ]
)
"""Columns of the table: the purchase history, and what is expected within the horizon."""


class LifetimeValue(NamedTuple):
    """Expected orders and value of every customer, and the models behind them."""

    table: pa.Table
    """Columns of `LIFETIME_VALUE_SCHEMA`, one row a customer, in the order of the key."""
    months: int
    """The horizon."""
    orders_model: BgNbd
    """Times in weeks."""
    value_model: GammaGamma
    frequency_value_correlation: float
    """Pearson's, over customers with a second purchase; the model takes it for 0. NaN when nothing varies."""
    notes: tuple[str, ...]


def lifetime_value(
    orders: ir.Table | pa.Table,
    *,
    as_of: date | None = None,
    months: int = 12,
    margin: float = 1.0,
    annual_discount: float = 0.0,
) -> LifetimeValue:
    """Return expected orders and expected value of every customer within the next `months`.

    Parameters
    ----------
    orders
        Clean orders, as `voc.customers.orders.clean` returns them: `customer_key`, `ts`, `amount`; an ibis
        table or a pyarrow table.
    as_of
        Last day that counts; the day of the last order when not given.
    months
        Horizon, 1 to 60.
    margin
        Share of revenue that counts as value.
    annual_discount
        Rate a year at which later orders count less.

    Raises
    ------
    InputError
        When no customer bought a second time.
    UsageError
        When a setting is out of its bounds.
    """
    history = read_history(purchase_history(as_expression(orders), as_of))
    return value_of_history(history, months=months, margin=margin, annual_discount=annual_discount)


def value_of_history(
    history: PurchaseHistory, *, months: int = 12, margin: float = 1.0, annual_discount: float = 0.0
) -> LifetimeValue:
    """Return what `lifetime_value` does, from a purchase history that is read already."""
    _check(months, margin, annual_discount)
    x, recency, age = history.frequency, history.recency, history.age
    orders_model = fit_bg_nbd(x, recency, age)
    value_model = fit_gamma_gamma(x, history.mean_value)
    alive = p_alive(orders_model, x, recency, age)
    expected = expected_orders(orders_model, months * WEEKS_A_MONTH, x, recency, age)
    counted = _discounted(orders_model, history, months, annual_discount) if annual_discount else expected
    order_value = expected_value(value_model, x, history.mean_value)
    columns = [
        history.keys.cast(pa.string()),
        pa.array(x.astype(np.int64)),
        pa.array(recency * DAYS_A_WEEK),
        pa.array(age * DAYS_A_WEEK),
        pa.array(history.mean_value),
        pa.array(alive),
        pa.array(expected),
        pa.array(order_value),
        pa.array(counted * order_value * margin),
    ]
    correlation = _correlation(x, history.mean_value)
    return LifetimeValue(
        pa.Table.from_arrays(columns, schema=LIFETIME_VALUE_SCHEMA),
        months,
        orders_model,
        value_model,
        correlation,
        _notes(orders_model, value_model, correlation),
    )


def _check(months: int, margin: float, annual_discount: float) -> None:
    where = "lifetime value"
    if not _MONTHS[0] <= months <= _MONTHS[1]:
        raise UsageError(f"months must be {_MONTHS[0]} to {_MONTHS[1]}, not {months}", where=where)
    if not 0 < margin <= 1:
        raise UsageError(f"margin must be above 0 and at most 1, not {margin:g}", where=where)
    if not 0 <= annual_discount < 1:
        raise UsageError(
            f"annual_discount must be 0 or more and below 1, not {annual_discount:g}", where=where
        )


def _discounted(model: BgNbd, history: PurchaseHistory, months: int, annual_discount: float) -> Floats:
    """Expected orders month by month, each counted at the discount of the middle of its month."""
    before = np.zeros(len(history))
    total = np.zeros(len(history))
    for month in range(1, months + 1):
        upto = expected_orders(model, month * WEEKS_A_MONTH, history.frequency, history.recency, history.age)
        total += (upto - before) / (1.0 + annual_discount) ** ((month - 0.5) / 12)
        before = upto
    return cast("Floats", total)


def _correlation(frequency: Floats, mean_value: Floats) -> float:
    rows = (frequency > 0) & (mean_value > 0)
    x, value = frequency[rows], mean_value[rows]
    if len(x) < 3 or x.std() == 0 or value.std() == 0:
        return float("nan")
    return float(np.corrcoef(x, value)[0, 1])


def _notes(orders_model: BgNbd, value_model: GammaGamma, correlation: float) -> tuple[str, ...]:
    notes = []
    if not orders_model.converged:
        notes.append("the model of orders did not settle inside its bounds: take its figures as rough")
    if not value_model.converged:
        notes.append("the model of order values did not settle inside its bounds: take its figures as rough")
    if value_model.q <= 1.0:
        notes.append("order values are so spread that their mean has no bound; single purchases weigh most")
    if abs(correlation) > _CORRELATED:
        notes.append(
            f"frequency and value of orders are correlated ({correlation:.2f}), the model takes them as "
            "independent"
        )
    return tuple(notes)
