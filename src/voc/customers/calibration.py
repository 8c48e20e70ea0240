"""Holds the model of orders to what it has not seen: fitted up to a day, compared with what came after."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import ibis
import numpy as np

from voc.customers.bg_nbd import expected_orders, fit_bg_nbd
from voc.customers.keys import KEY
from voc.customers.purchase_history import DAYS_A_WEEK, as_expression, purchase_history, read_history
from voc.customers.rfm import last_day
from voc.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["Calibration", "CalibrationRow", "calibrate"]

_MOST = 7
"""Customers with so many repeat purchases or more are taken together."""


class CalibrationRow(NamedTuple):
    """Customers with one number of repeat purchases in the fitted time."""

    frequency: int
    """Repeat purchases; the last row holds those with so many or more."""
    customers: int
    expected: float
    """Mean expected purchases in the time held out."""
    actual: float
    """Mean purchases there."""


class Calibration(NamedTuple):
    """How well the model foretold the time held out."""

    cut: date
    """Last day of the fitted time."""
    days: int
    """Length of the time held out."""
    customers: int
    expected_total: float
    actual_total: int
    mean_absolute_error: float
    """Over customers, in purchases."""
    naive_mean_absolute_error: float
    """Of the guess that everybody goes on at the own rate so far."""
    correlation: float
    """Of expected and actual purchases over customers; NaN where nothing varies."""
    rows: tuple[CalibrationRow, ...]

    @property
    def total_error(self) -> float:
        """Relative error of the total; NaN when nothing was bought."""
        return self.expected_total / self.actual_total - 1.0 if self.actual_total else float("nan")


def calibrate(orders: ir.Table | pa.Table, cut: date, *, as_of: date | None = None) -> Calibration:
    """Fit on orders up to `cut` and compare with those after it, up to `as_of`.

    Parameters
    ----------
    orders
        Clean orders: `customer_key`, `ts`, `amount`.
    cut
        Last day of the fitted time.
    as_of
        Last day of the time held out; the day of the last order when not given.

    Raises
    ------
    UsageError
        When nothing is left after `cut`.
    InputError
        When no customer bought a second time before it.
    """
    table = as_expression(orders)
    end = as_of or last_day(table)
    days = (end - cut).days
    if days < 1:
        raise UsageError(
            f"no day is left after {cut}",
            where="calibration",
            hint=f"choose a day before {end}",
        )
    history = read_history(purchase_history(table, cut))
    x, recency, age = history.frequency, history.recency, history.age
    expected = expected_orders(fit_bg_nbd(x, recency, age), days / DAYS_A_WEEK, x, recency, age)
    actual = _purchases(table, cut, end, history.keys)
    with np.errstate(divide="ignore", invalid="ignore"):
        naive = np.where(age > 0, x / age, 0.0) * days / DAYS_A_WEEK
    varies = expected.std() > 0 and actual.std() > 0
    rows = []
    for number in range(_MOST + 1):
        here = (x == number) if number < _MOST else (x >= number)
        if here.any():
            rows.append(
                CalibrationRow(
                    number, int(here.sum()), float(expected[here].mean()), float(actual[here].mean())
                )
            )
    return Calibration(
        cut,
        days,
        len(x),
        float(expected.sum()),
        int(actual.sum()),
        float(np.abs(expected - actual).mean()),
        float(np.abs(naive - actual).mean()),
        float(np.corrcoef(expected, actual)[0, 1]) if varies else float("nan"),
        tuple(rows),
    )


def _purchases(
    orders: ir.Table, after: date, upto: date, keys: pa.Array
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Days with a purchase of each customer within the time held out."""
    import pyarrow.compute as pc

    day = orders.ts.date()
    held = orders.filter((orders.amount > 0) & (day > ibis.literal(after)) & (day <= ibis.literal(upto)))
    found = held.group_by(KEY).aggregate(n=held.ts.date().nunique()).to_pyarrow()
    place = pc.index_in(found[KEY], value_set=keys)
    known = pc.is_valid(place).to_numpy()
    counts = np.zeros(len(keys), np.float64)
    counts[pc.fill_null(place, 0).to_numpy()[known]] = found["n"].to_numpy()[known]
    return counts
