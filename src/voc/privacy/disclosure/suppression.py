"""Suppression of small and dominated cells, and of as many others that the totals do not give them away.

A hidden cell of a table with published totals can be computed when the equations of rows and columns leave one
value for it. The attacker's interval of every sensitive cell (the least and the most that it can be, given what
is published and that counts are not negative) is found by linear programming, as in Fischetti and Salazar
(2001, doi:10.1287/mnsc.47.7.1008.9805); cells are hidden in addition, the smallest first, until every interval
is wide enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Suppression", "attacker_interval", "dominated", "protect", "rounded"]


class Suppression(NamedTuple):
    """Which cells of a table are hidden, all as boolean arrays of its shape."""

    primary: npt.NDArray[np.bool_]
    """Too small or dominated."""
    secondary: npt.NDArray[np.bool_]
    """Hidden so that the others stay hidden."""

    @property
    def hidden(self) -> npt.NDArray[np.bool_]:
        """All hidden cells."""
        return self.primary | self.secondary


def protect(
    counts: npt.NDArray[np.float64],
    *,
    min_cell: int = 10,
    sensitive: npt.NDArray[np.bool_] | None = None,
    width: float | None = None,
) -> Suppression:
    """Choose the cells of a table to hide, when the totals of rows and columns are published.

    Parameters
    ----------
    counts
        People by row and column, shape (rows, columns).
    min_cell
        Cells of 1 to `min_cell` - 1 are sensitive. Empty cells are not.
    sensitive
        Further sensitive cells (`dominated`).
    width
        Least width of the attacker's interval; `min_cell` when not given. Where a whole table is too small for
        it, everything is hidden.
    """
    table = np.asarray(counts, dtype=np.float64)
    primary = (table > 0) & (table < min_cell)
    if sensitive is not None:
        primary = primary | sensitive
    secondary = np.zeros_like(primary)
    wanted = float(min_cell if width is None else width)
    while True:
        exposed = _exposed(table, primary, primary | secondary, wanted)
        if exposed is None:
            return Suppression(primary, secondary)
        chosen = _partner(table, primary | secondary, exposed)
        if chosen is None:
            return Suppression(primary, ~primary)
        secondary[chosen] = True


def attacker_interval(
    counts: npt.NDArray[np.float64], hidden: npt.NDArray[np.bool_], cell: tuple[int, int]
) -> tuple[float, float]:
    """Return the least and the most that a hidden cell can be for who knows the table's totals."""
    from scipy.optimize import linprog

    places = np.argwhere(hidden)
    rows, columns = hidden.shape
    equations = np.zeros((rows + columns, len(places)))
    for at, (row, column) in enumerate(places):
        equations[row, at] = 1
        equations[rows + column, at] = 1
    left = np.where(hidden, counts, 0.0)
    totals = np.concatenate([left.sum(axis=1), left.sum(axis=0)])
    goal = np.all(places == np.array(cell), axis=1).astype(float)
    ends = [
        linprog(sign * goal, A_eq=equations, b_eq=totals, bounds=(0, None), method="highs") for sign in (1, -1)
    ]
    return float(ends[0].fun), float(-ends[1].fun)


def dominated(
    largest: npt.NDArray[np.float64], totals: npt.NDArray[np.float64], *, share: float = 0.75
) -> npt.NDArray[np.bool_]:
    """Tell which cells of sums are dominated: the (n, k) rule.

    Parameters
    ----------
    largest
        Sum of the n largest contributions to each cell.
    totals
        Sum of all contributions.
    share
        k, as a fraction.
    """
    return (totals > 0) & (largest > share * totals)


def rounded(counts: npt.NDArray[np.float64], base: int = 5) -> npt.NDArray[np.float64]:
    """Round to multiples of a base, halves up; totals are to be rounded by themselves, not added up."""
    return np.floor(np.asarray(counts, dtype=np.float64) / base + 0.5) * base


def _exposed(
    table: npt.NDArray[np.float64], primary: npt.NDArray[np.bool_], hidden: npt.NDArray[np.bool_], width: float
) -> tuple[int, int] | None:
    """Return a sensitive cell whose interval is too narrow."""
    for row, column in np.argwhere(primary):
        cell = (int(row), int(column))
        alone = hidden[row].sum() == 1 or hidden[:, column].sum() == 1
        if alone:
            return cell
        lower, upper = attacker_interval(table, hidden, cell)
        if upper - lower < width - 1e-6:
            return cell
    return None


def _partner(
    table: npt.NDArray[np.float64], hidden: npt.NDArray[np.bool_], cell: tuple[int, int]
) -> tuple[int, int] | None:
    """Choose the next cell to hide: one that completes a rectangle around the exposed cell, cheapest first."""
    row, column = cell
    best: tuple[float, list[tuple[int, int]]] | None = None
    for other_row in range(table.shape[0]):
        for other_column in range(table.shape[1]):
            if other_row == row or other_column == column:
                continue
            corners = [(row, other_column), (other_row, column), (other_row, other_column)]
            new = [corner for corner in corners if not hidden[corner]]
            if not new or any(table[corner] <= 0 for corner in corners):
                continue
            cost = sum(table[corner] for corner in new)
            if best is None or cost < best[0]:
                best = (cost, new)
    if best is not None:
        return max(best[1], key=lambda corner: table[corner])
    visible = np.argwhere(~hidden & (table > 0))
    if not len(visible):
        return None
    first = min(visible.tolist(), key=lambda place: (place[0] != row and place[1] != column, table[tuple(place)]))
    return int(first[0]), int(first[1])
