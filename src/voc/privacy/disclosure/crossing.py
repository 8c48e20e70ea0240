"""People by row and column of a table to be published, what they add up to, and where a few make it up.

Dominance is the (n, k) rule (Hundepool et al., Statistical Disclosure Control, 2012, section 4.2.1): a sum is
hidden where its n largest contributors make up more than k of it. A contributor of refunds hides no less
than one of purchases, so amounts count without their sign there. Totals are sums too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voc.suppression import dominated

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Crossing", "cross"]

_TOTAL = -1


class Crossing(NamedTuple):
    """A table of two ways; of one way it has one column."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    people: npt.NDArray[np.float64]
    """Shape (rows, columns)."""
    sums: npt.NDArray[np.float64]
    heavy: npt.NDArray[np.bool_]
    """Cells and totals that few people make up, shape (rows + 1, columns + 1)."""


def cross(
    records: Iterable[tuple[str, str, str | None, float]], *, largest: int = 1, share: float = 0.75
) -> Crossing:
    """Count people, and add up amounts, by row and column.

    Parameters
    ----------
    records
        (row, column, person, amount); those without a person are left out, their row and column are not.
    largest
        n, how many people are looked at together.
    share
        k, the part of a sum, from 0 to 1, that they may make up at most.
    """
    cells: dict[tuple[str, str], dict[str, float]] = {}
    for row, column, person, amount in records:
        inside = cells.setdefault((row, column), {})
        if person:
            inside[person] = inside.get(person, 0.0) + amount
    rows = sorted({row for row, _ in cells})
    columns = sorted({column for _, column in cells})
    shape = (len(rows), len(columns))
    people, sums = np.zeros(shape), np.zeros(shape)
    heavy = np.zeros((len(rows) + 1, len(columns) + 1), dtype=bool)
    totals: dict[tuple[int, int], dict[str, float]] = {}
    for (row, column), inside in cells.items():
        at = rows.index(row), columns.index(column)
        people[at], sums[at] = len(inside), sum(inside.values())
        heavy[at] = _is_heavy(inside, largest, share)
        for total in ((at[0], _TOTAL), (_TOTAL, at[1]), (_TOTAL, _TOTAL)):
            whole = totals.setdefault(total, {})
            for person, amount in inside.items():
                whole[person] = whole.get(person, 0.0) + amount
    for at, whole in totals.items():
        heavy[at] = _is_heavy(whole, largest, share)
    return Crossing(tuple(rows), tuple(columns), people, sums, heavy)


def _is_heavy(amounts: Mapping[str, float], largest: int, share: float) -> bool:
    sizes = np.sort(np.abs(np.array(list(amounts.values()), dtype=float)))
    return bool(dominated(sizes[-largest:].sum(keepdims=True), sizes.sum(keepdims=True), share=share)[0])
