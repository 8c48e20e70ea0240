"""Who is at risk at a landmark, and who of them leaves inside the horizon."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.design import Days, Design

__all__ = ["AtRisk", "by_inactivity", "by_table"]


class AtRisk(NamedTuple):
    """Observations of all landmarks, shape (n,) each, ordered by landmark and customer."""

    customer: NDArray[np.int64]
    landmark: Days
    churned: NDArray[np.bool_]
    days_to_churn: NDArray[np.int64] | None
    """Days from the landmark to leaving, -1 for who did not leave; None where the day is not known."""


def by_inactivity(
    order_customer: NDArray[np.int64], order_day: Days, landmarks: Days, n_customers: int, design: Design
) -> AtRisk:
    """Take silence for churn: no order inside the horizon.

    At risk is who ordered within `active_days` up to the landmark; a customer silent for longer is gone
    already. Orders in the gap decide nothing.

    Parameters
    ----------
    order_customer
        Customer of each order, 0 to `n_customers` - 1, shape (m,).
    order_day
        Day of each order, shape (m,).
    landmarks
        Landmarks whose horizon the orders cover, shape (k,).
    n_customers
        Number of customers.
    design
        Windows.
    """

    def ordered(after: np.datetime64, until: np.datetime64) -> NDArray[np.bool_]:
        inside = (order_day > after) & (order_day <= until)
        return np.bincount(order_customer[inside], minlength=n_customers) > 0

    parts = []
    for day in landmarks:
        at_risk = np.flatnonzero(ordered(day - np.timedelta64(design.active_days, "D"), day))
        start = day + np.timedelta64(design.gap_days, "D")
        came_back = ordered(start, start + np.timedelta64(design.horizon_days, "D"))
        parts.append((at_risk, day, ~came_back[at_risk]))
    return _stack(parts, None)


def by_table(first_day: Days, churn_day: Days, landmarks: Days, design: Design) -> AtRisk:
    """Take churn from the day at which each customer left.

    At risk is who came up to the landmark and is still there after the gap.

    Parameters
    ----------
    first_day
        Day of each customer's first order or registration, shape (n_customers,).
    churn_day
        Day at which each customer left, shape (n_customers,); NaT while a customer.
    landmarks
        Landmarks, shape (k,).
    design
        Windows.
    """
    parts = []
    for day in landmarks:
        start = day + np.timedelta64(design.gap_days, "D")
        stays = np.isnat(churn_day) | (churn_day > start)
        at_risk = np.flatnonzero((first_day <= day) & stays)
        leaves = churn_day[at_risk] <= start + np.timedelta64(design.horizon_days, "D")
        parts.append((at_risk, day, leaves))
    return _stack(parts, churn_day)


def _stack(
    parts: list[tuple[NDArray[np.intp], np.datetime64, NDArray[np.bool_]]], churn_day: Days | None
) -> AtRisk:
    if not parts:
        return AtRisk(np.empty(0, np.int64), np.empty(0, "datetime64[D]"), np.empty(0, np.bool_), None)
    customer = np.concatenate([part[0] for part in parts]).astype(np.int64)
    landmark = np.concatenate([np.full(len(part[0]), part[1], dtype="datetime64[D]") for part in parts])
    churned = np.concatenate([part[2] for part in parts])
    if churn_day is None:
        return AtRisk(customer, landmark, churned, None)
    days = np.full(len(customer), -1, np.int64)
    days[churned] = (churn_day[customer[churned]] - landmark[churned]).astype(np.int64)
    return AtRisk(customer, landmark, churned, days)
