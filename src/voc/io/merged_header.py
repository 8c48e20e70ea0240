"""Headers of two rows: cells merged over several columns, and below them the names of the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["Area", "two_row_header"]

Area = tuple[tuple[int, int], tuple[int, int]]
"""Merged cells: row and column of the first and of the last."""

_NO_NAME = re.compile(r"\d{5}")


def two_row_header(
    upper: Sequence[object], lower: Sequence[object], areas: Iterable[Area]
) -> list[str] | None:
    """Return the column names of a header that two rows make, or None when the second row holds data.

    Each column is named in the second row below a merged cell, or in one of the two alone. A name that
    stands below two groups takes that of its group before it.

    Parameters
    ----------
    areas
        Merged cells, counted from the first of the two rows.
    """
    groups: dict[int, str] = {}
    for (top, left), (bottom, right) in areas:
        if top == bottom == 0 and 0 <= left < right < len(upper):
            groups.update(dict.fromkeys(range(left, right + 1), str(upper[left])))
    if not groups:
        return None
    for place, (above, below) in enumerate(zip(upper, lower, strict=True)):
        named = isinstance(below, str) and below.strip() and not _NO_NAME.search(below)
        if not named if place in groups else above != "" and below != "":
            return None
    names = [str(below) if below != "" else str(above) for above, below in zip(upper, lower, strict=True)]
    times = Counter(names)
    return [
        f"{groups[place]} {name}" if times[name] > 1 and place in groups else name
        for place, name in enumerate(names)
    ]
