"""What is known of each customer at a day: habit of ordering, complaints, tone; nothing later than it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import LeakageError

__all__ = ["FEATURES", "Events", "KnownEvents", "KnownValues", "features_at"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Places = NDArray[np.int64]

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
    value: NDArray[np.float64] | NDArray[np.int8]
    """Amount, or tone; 1 for a mere event."""


class KnownEvents:
    """Events in an order that answers "how many of this customer between two days" by bisection.

    A day may be given for all customers, or for each.
    """

    def __init__(self, events: Events) -> None:
        self._key = np.sort(_key(events.customer, events.day))

    def _places(self, customer: Ints, after: Ints | int, upto: Ints | int) -> tuple[Places, Places]:
        first = np.searchsorted(self._key, _key(customer, after), side="right")
        last = np.searchsorted(self._key, _key(customer, upto), side="right")
        return first, last

    def count(self, customer: Ints, after: Ints | int, upto: Ints | int) -> Floats:
        """Events of each customer later than day `after`, up to day `upto`."""
        first, last = self._places(customer, after, upto)
        return (last - first).astype(np.float64)

    def last_day(self, customer: Ints, upto: Ints | int) -> Floats:
        """Day of the last event up to `upto`; NaN without one."""
        first, last = self._places(customer, -1, upto)
        found = self._day_at(last - 1, last > first)
        if (found > upto).any():
            raise LeakageError("an event later than its day was used", where="risk features")
        return found

    def first_day(self, customer: Ints, upto: Ints | int) -> Floats:
        """Day of the first event up to `upto`; NaN without one."""
        first, last = self._places(customer, -1, upto)
        return self._day_at(first, last > first)

    def _day_at(self, place: Places, known: NDArray[np.bool_]) -> Floats:
        found = np.full(len(place), np.nan)
        found[known] = self._key[place[known]] % _SPAN
        return found


class KnownValues(KnownEvents):
    """Events whose values are added up as well."""

    def __init__(self, events: Events) -> None:
        super().__init__(events)
        # by value too: sums do not hang on the order of the input
        order = np.lexsort((events.value, _key(events.customer, events.day)))
        self._sums = np.zeros(len(order) + 1)
        np.cumsum(events.value[order], dtype=np.float64, out=self._sums[1:])

    def total(self, customer: Ints, after: Ints | int, upto: Ints | int) -> Floats:
        """Sum of their values."""
        first, last = self._places(customer, after, upto)
        total: Floats = self._sums[last] - self._sums[first]
        return total


def _key(customer: Ints, day: Ints | int) -> Places:
    """One number for customer and day, in the order of both."""
    key: Places = customer.astype(np.int64) * _SPAN + day
    return key


def features_at(
    day: Ints | int,
    customer: Ints,
    *,
    orders: KnownValues,
    complaints: KnownEvents,
    unresolved: KnownEvents,
    tone: KnownValues,
) -> Floats:
    """Return the features of customers at the end of a day, of one for all or of one for each.

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
    columns = [
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
    assert len(columns) == len(FEATURES)
    return np.column_stack(columns)
