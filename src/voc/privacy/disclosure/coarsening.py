"""Makes the times or numbers of a column coarser, so that more people share a value."""

from __future__ import annotations

import math
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from voc.errors import ColumnError, UsageError
from voc.io.amounts import parse_numbers
from voc.io.timestamps import parse_times

__all__ = ["STEPS", "coarsened"]

STEPS: Final = {
    "year": "%Y",
    "quarter": "%Y-Q",
    "month": "%Y-%m",
    "week": "%G-W%V",
    "day": "%Y-%m-%d",
    "hour": "%Y-%m-%d %H:00",
}
"""What is left of a time, by the step that it is cut to."""


def coarsened(column: pa.Array, step: str, *, name: str) -> pa.Array:
    """Return a column of texts: `2026-03` for the step `month`, `[100, 200)` for the step `100`.

    Parameters
    ----------
    step
        One of `STEPS`, or the width of the bands of numbers.
    name
        Name of the column, for errors.

    Raises
    ------
    UsageError
        When the step is neither.
    ColumnError
        When a cell is no time, or no number; it tells how many there are and the first row.
    """
    if step in STEPS:
        return _cut(_understood(column, name, "times"), step)
    width = _width(step)
    return _banded(_understood(column, name, "numbers"), width)


def _width(step: str) -> float:
    try:
        width = float(step)
    except ValueError:
        width = math.nan
    if not 0 < width < math.inf:
        raise UsageError(
            f"{step!r} is neither a step of time nor a width above 0",
            where="--coarsen",
            hint=f"{', '.join(STEPS)}, or a number: --coarsen 时间=month --coarsen 金额=100",
        )
    return width


def _understood(column: pa.Array, name: str, what: str) -> pa.Array:
    read = parse_times if what == "times" else parse_numbers
    try:
        parsed = read(column)
    except pa.ArrowException:
        raise ColumnError(f"column {name!r} holds no {what}", where="--coarsen") from None
    if parsed.reasons:
        raise ColumnError(
            f"{len(parsed.reasons):,} cells of column {name!r} are no {what}, "
            f"the first in data row {min(parsed.reasons) + 1}",
            where="--coarsen",
            hint="times are cut to a step of time, numbers to bands; leave another column out: --leave-out",
        )
    return parsed.values


def _cut(times: pa.Array, step: str) -> pa.Array:
    texts = pc.strftime(times, STEPS[step])
    if step != "quarter":
        return texts
    return pc.binary_join_element_wise(texts, pc.quarter(times).cast(pa.string()), "")


def _banded(numbers: pa.Array, width: float) -> pa.Array:
    lows = [None if value is None else math.floor(value / width) * width for value in numbers.to_pylist()]
    return pa.array(
        [None if low is None else f"[{low:.10g}, {low + width:.10g})" for low in lows], pa.string()
    )
