"""The two periods that are compared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from voc.errors import UsageError

__all__ = ["Period", "last_two_months", "parse_period"]


class Period(NamedTuple):
    """Days of a period, both ends included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


def parse_period(text: str) -> Period:
    """Read `2025-03` (a month) or `2025-03-01..2025-03-14`.

    Raises
    ------
    UsageError
        When it is neither.
    """
    hint = "write a month, 2025-03, or days, 2025-03-01..2025-03-14"
    try:
        if ".." in text:
            start, end = (date.fromisoformat(part.strip()) for part in text.split("..", 1))
        else:
            start = date.fromisoformat(f"{text.strip()}-01")
            end = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    except ValueError:
        raise UsageError(f"{text!r} is no period", hint=hint) from None
    if end < start:
        raise UsageError(f"{text!r} ends before it begins", hint=hint)
    return Period(start, end)


def last_two_months(first: date, last: date) -> tuple[Period, Period]:
    """Return the last two whole calendar months of data from day `first` to day `last`.

    Raises
    ------
    UsageError
        When the data hold no two whole months.
    """
    end = (last + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    after = Period(end.replace(day=1), end)
    before_end = after.start - timedelta(days=1)
    before = Period(before_end.replace(day=1), before_end)
    if before.start < first:
        raise UsageError(
            f"the data from {first} to {last} hold no two whole months", hint="give --before and --after"
        )
    return before, after
