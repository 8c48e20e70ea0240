"""What is known of each customer at a day: habit of ordering, complaints, tone; nothing later than it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import LeakageError

__all__ = ["FEATURES", "Events", "KnownEvents", "features_at"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEATURES = (
    "order_gap",
    "days_since_order",
    "falling_frequency",
    "few_orders",
    "short_tenure",
    "small_orders",
    "recent_complaints",
    "complaints",
    "unresolved",
    "worse_tone",
)
"""Reason codes. The higher a feature, the more it speaks for leaving as one would think; the fit decides."""

_SPAN = 1 << 20
"""More days than any table covers."""


class Events(NamedTuple):
    """Something that happened to customers: orders, complaints, texts with a tone."""

    customer: Ints
    """Number of the customer, 0 or more."""
    day: Ints
    """Days since 1970."""
    value: Floats
    """Amount, or tone; 1 for a mere event."""


class KnownEvents:
    """Events in an order that answers "how many of this customer between two days" by bisection."""

    def __init__(self, events: Events) -> None:
        key = events.customer * _SPAN + events.day
        order = np.lexsort((events.value, key))  # by value too: sums do not hang on the order of the input
        self._key = key[order]
        self._day = events.day[order]
        self._sums = np.concatenate([[0.0], np.cumsum(events.value[order])])

    def _places(self, customer: Ints, after: Ints | int, upto: int) -> tuple[Ints, Ints]:
        first = np.searchsorted(self._key, customer * _SPAN + after, side="right")
        last = np.searchsorted(self._key, customer * _SPAN + upto, side="right")
        return first, last

    def count(self, customer: Ints, after: int, upto: int) -> Floats:
        """Events of each customer later than day `after`, up to day `upto`."""
        first, last = self._places(customer, after, upto)
        return (last - first).astype(np.float64)

    def total(self, customer: Ints, after: int, upto: int) -> Floats:
        """Sum of their values."""
        first, last = self._places(customer, after, upto)
        total: Floats = self._sums[last] - self._sums[first]
        return total

    def last_day(self, customer: Ints, upto: int) -> Floats:
        """Day of the last event up to `upto`; NaN without one."""
        first, last = self._places(customer, -1, upto)
        known = last > first
        found = np.full(len(customer), np.nan)
        found[known] = self._day[last[known] - 1]
        if known.any() and found[known].max() > upto:
            raise LeakageError("an event later than its day was used", where="risk features")
        return found

    def first_day(self, customer: Ints, upto: int) -> Floats:
        """Day of the first event up to `upto`; NaN without one."""
        first, last = self._places(customer, -1, upto)
        known = last > first
        found = np.full(len(customer), np.nan)
        found[known] = self._day[first[known]]
        return found


def features_at(
    day: int,
    customer: Ints,
    *,
    orders: KnownEvents,
    complaints: KnownEvents,
    unresolved: KnownEvents,
    tone: KnownEvents,
) -> Floats:
    """Return the features of customers at the end of a day.

    Parameters
    ----------
    day
        Days since 1970.
    customer
        Customers with an order up to that day.
    orders, complaints, unresolved, tone
        Events; of tone the value is the sentiment, -1 to 1.

    Returns
    -------
    array
        Customers x `FEATURES`.
    """
    ever = day - _SPAN // 2
    last, first = orders.last_day(customer, day), orders.first_day(customer, day)
    n = orders.count(customer, ever, day)
    since, tenure = day - last, day - first
    # the habit of customers with few orders is drawn towards two months
    habit = (last - first + 60.0) / n
    recent, before = orders.count(customer, day - 60, day), orders.count(customer, day - 120, day - 60)
    tone_count = tone.count(customer, day - 90, day)
    tone_before = tone.count(customer, ever, day - 90)
    mean_now = tone.total(customer, day - 90, day) / np.maximum(tone_count, 1.0)
    mean_before = tone.total(customer, ever, day - 90) / np.maximum(tone_before, 1.0)
    amount = orders.total(customer, ever, day) / n
    return _columns(
        [
            np.log1p(since / habit),
            np.log1p(since),
            np.log1p(before) - np.log1p(recent),
            -np.log1p(n),
            -np.log1p(tenure),
            -np.log1p(np.maximum(amount, 0.0)),
            np.log1p(complaints.count(customer, day - 30, day)),
            np.log1p(complaints.count(customer, day - 120, day)),
            np.log1p(unresolved.count(customer, day - 120, day)),
            np.where(tone_count > 0, mean_before - mean_now, 0.0),
        ]
    )


def _columns(columns: Sequence[Floats]) -> Floats:
    assert len(columns) == len(FEATURES)
    return np.column_stack(columns)
