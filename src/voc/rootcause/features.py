"""What customers are compared by, measured at the landmark from facts up to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.design import Days, Design
from voc.rootcause.exposure import Complaints, earlier_complaints
from voc.rootcause.panel import Feature

__all__ = ["activity", "banded", "earlier", "last_level", "tenure"]

ACTIVITY_BANDS = (0, 1, 2, 4)
"""Upper bounds of bands of orders in the activity window; more than the last is a band too."""
TENURE_BANDS = (30, 90, 180, 365)
"""Upper bounds of bands of days since the first order."""
EARLIER_BANDS = (0, 1)
"""Upper bounds of bands of earlier complaints."""


def banded(values: NDArray[np.int64], bounds: Sequence[int]) -> NDArray[np.int64]:
    """Return the band of each value: 0 up to the first bound, included, and so on."""
    return np.searchsorted(np.asarray(bounds), values, side="left").astype(np.int64)


def activity(
    order_customer: NDArray[np.int64],
    order_day: Days,
    customer: NDArray[np.int64],
    landmark: Days,
    design: Design,
) -> Feature:
    """Orders within `active_days` up to the landmark, in bands.

    Parameters
    ----------
    order_customer, order_day
        Orders, shape (m,) each.
    customer, landmark
        Observations, shape (n,) each.
    design
        Windows.
    """
    counts = np.zeros(len(customer), np.int64)
    measured = np.full(len(customer), np.datetime64("NaT"), dtype="datetime64[D]")
    size = max(int(customer.max(initial=-1)), int(order_customer.max(initial=-1))) + 1
    for day in np.unique(landmark):
        inside = (order_day > day - np.timedelta64(design.active_days, "D")) & (order_day <= day)
        here = np.flatnonzero(landmark == day)
        counts[here] = np.bincount(order_customer[inside], minlength=size)[customer[here]]
        measured[here] = order_day[inside].max() if inside.any() else np.datetime64("NaT")
    return Feature("activity", banded(counts, ACTIVITY_BANDS), measured)


def tenure(first_day: Days, customer: NDArray[np.int64], landmark: Days) -> Feature:
    """Days since the customer's first order, in bands.

    Parameters
    ----------
    first_day
        Day of each customer's first order, shape (n_customers,).
    customer, landmark
        Observations, shape (n,) each.
    """
    first = first_day[customer]
    days = (landmark - first).astype("timedelta64[D]").astype(np.int64)
    return Feature("tenure", banded(days, TENURE_BANDS), first)


def earlier(complaints: Complaints, customer: NDArray[np.int64], landmark: Days, design: Design) -> Feature:
    """Complaints before the exposure window, in bands."""
    counts, measured = earlier_complaints(complaints, customer, landmark, design)
    return Feature("earlier complaints", banded(counts, EARLIER_BANDS), measured)


def last_level(
    name: str,
    *,
    event_customer: NDArray[np.int64],
    event_day: Days,
    event_level: NDArray[np.int64],
    customer: NDArray[np.int64],
    landmark: Days,
) -> Feature:
    """Level of the customer's last event up to the landmark, such as the channel of the last order.

    Parameters
    ----------
    name
        Of the feature.
    event_customer, event_day, event_level
        Events, shape (m,) each; levels are 0 or more. Of several on a day the lowest level counts.
    customer, landmark
        Observations, shape (n,) each. Level 0 where there is no event yet.
    """
    order = np.lexsort((-event_level, event_day, event_customer))
    days = event_day.astype(np.int64)
    first = int(days.min(initial=0))
    width = int(max(days.max(initial=0), landmark.astype(np.int64).max(initial=0))) - first + 2
    keys = event_customer[order] * width + (days[order] - first)
    wanted = customer * width + (landmark.astype(np.int64) - first)
    place = np.searchsorted(keys, wanted, side="right") - 1
    own = (place >= 0) & (event_customer[order][place] == customer)
    levels = np.where(own, event_level[order][place], 0)
    measured = np.where(own, event_day[order][place], np.datetime64("NaT", "D"))
    return Feature(name, levels.astype(np.int64), measured)
