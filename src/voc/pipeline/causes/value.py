"""What a customer is expected to buy from here on: from a table, or from recent spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voc.customers.keys import KEY, check_match, key_expression, require
from voc.customers.orders import UNITS
from voc.pipeline.causes.inputs import Orders, numbers_of
from voc.rootcause.attributable import CustomerValue
from voc.rootcause.outcome import AtRisk

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["value_from_spend", "value_from_table"]

_SPEND_DAYS = 180
_LEAST_ALIVE = 0.05
"""A smaller probability of being a customer still is taken for this one, lest values have no bound."""


def value_from_table(values: ir.Table, bought: Orders, min_match_rate: float) -> CustomerValue:
    """Take the expected remaining value of each customer from a table.

    Parameters
    ----------
    values
        `customer_key` or `customer_id`, and `expected_value`, as `voc customers clv` writes it. With a
        column `p_alive` the value is divided by it: what is at risk is what a customer would buy who had not
        left, while `expected_value` counts the chance that he has left already. Customers without a row are
        left out of the mean.
    bought
        Orders, for the numbers of customers.
    min_match_rate
        Least share of the customers with a value who have orders.

    Raises
    ------
    GateError
        When the share is smaller.
    """
    require(values, "expected_value", where="values")
    value = values.expected_value.cast("float64")
    if "p_alive" in values.columns:
        value = value / values.p_alive.cast("float64").clip(lower=_LEAST_ALIVE)
    rows = values.select(**{KEY: key_expression(values, where="values")}, value=value).to_pyarrow()
    customer = numbers_of(rows[KEY], bought.keys)
    known = customer >= 0
    check_match(int(known.sum()), len(known), least=min_match_rate, where="join of values and orders")
    expected = np.full(len(bought.keys), np.nan)
    expected[customer[known]] = rows["value"].to_numpy()[known]
    return CustomerValue(expected)


def value_from_spend(bought: Orders, at_risk: AtRisk, days: int) -> CustomerValue:
    """Take it that a customer goes on as before: spend a day up to his last landmark, over `days` days.

    Spend of the 180 days up to the last landmark at which the customer was at risk counts (of fewer where he
    came later). Nothing is discounted, and that he may leave anyhow later is not taken off: a plain upper
    estimate for want of a lifetime value.
    """
    last = np.full(len(bought.keys), np.datetime64("NaT"), dtype="datetime64[D]")
    last[at_risk.customer] = at_risk.landmark  # observations are in the order of landmarks
    until = last[bought.customer]
    before = (until - bought.day).astype(np.float64)  # far below 0 for customers who were never at risk
    inside = (before >= 0) & (before < _SPEND_DAYS)
    units = np.rint(bought.amount[inside] * UNITS)  # whole: the sum does not hang on the order of orders
    spent = np.bincount(bought.customer[inside], units, minlength=len(bought.keys)) / UNITS
    span = np.clip((last - bought.first_day).astype(np.float64) + 1, 30, _SPEND_DAYS)
    return CustomerValue(np.where(np.isnat(last), np.nan, spent / span * days))
