"""Suppression of small and dominated cells, and of as many others that the totals do not give them away.

A hidden cell of a table with published totals can be computed when the equations of rows and columns leave
one value for it. The attacker's interval of every sensitive cell (the least and the most that it can be,
given what is published and that a hidden count is 1 or more, since empty cells are shown) is a linear
program, as in Fischetti and Salazar (2001, doi:10.1287/mnsc.47.7.1008.9805), solved as a flow
(`attacker.py`); cells are hidden in addition, the smallest first, until every interval is wide enough. A
list with a known total, and shares of known wholes, need no flow: the ends of the interval are the bounds of
Fréchet (1940) there, as in Dobra and Fienberg (2000, doi:10.1073/pnas.97.22.11885).

It is statistics alone, and below all rooms, as both what is exported and what is reported keep to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from voc.suppression.attacker import attacker_interval

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "Suppression",
    "dominated",
    "protect",
    "protect_list",
    "protect_shares",
    "rounded",
    "with_totals",
]


_AMOUNT_WIDTH: Final = 0.3


class Suppression(NamedTuple):
    """Which cells are hidden, as boolean arrays of shape (rows + 1, columns + 1); the last are the totals."""

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
    amounts: npt.NDArray[np.float64] | None = None,
) -> Suppression:
    """Choose the cells and totals of a table to hide.

    Parameters
    ----------
    counts
        People by row and column, shape (rows, columns).
    min_cell
        Cells and totals of 1 to `min_cell` - 1 are sensitive. Empty ones are not.
    sensitive
        Further sensitive cells (`dominated`), of the same shape, or with the totals.
    width
        Least width of the attacker's interval, for tables of two rows and columns and more; `min_cell` when
        not given. Where a whole table is too small for it, everything is hidden.
    amounts
        Sums that are published by the same cells, of the same shape: their intervals are three tenths of the
        amount wide at least (the p% rule, p = 15, on both sides).
    """
    if 1 in np.shape(counts):
        return _protect_single(counts, min_cell, sensitive)
    table = with_totals(counts)
    primary = _primary(table, min_cell, sensitive)
    secondary = np.zeros_like(primary)
    if primary[-1, -1]:
        return Suppression(primary, ~primary)
    published = [_Published(table, np.full_like(table, min_cell if width is None else width), 1.0)]
    if amounts is not None:
        sums = with_totals(amounts)
        published.append(_Published(sums, _AMOUNT_WIDTH * np.abs(sums), 0.0 if np.all(sums >= 0) else None))
    for row, column in np.argwhere(primary):  # hiding more only widens an interval, so each is looked at once
        cell = (int(row), int(column))
        while not all(_is_wide(one, primary | secondary, cell) for one in published):
            chosen = _partners(table, primary | secondary, cell)
            if not chosen:
                return Suppression(primary, ~primary)
            for partner in chosen:
                secondary[partner] = True
    return Suppression(primary, secondary)


class _Published(NamedTuple):
    """A table that is published less its hidden cells, and what nobody may learn from it."""

    table: npt.NDArray[np.float64]
    widths: npt.NDArray[np.float64]
    """Least width of the interval of each cell."""
    least: float | None
    """The least that a hidden cell can be; None when it may be negative."""


def _protect_single(
    counts: npt.NDArray[np.float64], min_cell: int, sensitive: npt.NDArray[np.bool_] | None
) -> Suppression:
    """Protect a table of one row or one column: its other totals are its cells once more."""
    flat = np.asarray(counts, dtype=np.float64)
    table = with_totals(flat)
    primary = _primary(table, min_cell, sensitive)
    inner = protect_list(flat.ravel(), min_cell=min_cell, sensitive=primary[:-1, :-1].ravel())
    hidden = np.zeros_like(primary)
    hidden[:-1, :-1] = inner.reshape(flat.shape)
    hidden[:-1, -1] = hidden[:-1, :-1].any(axis=1)
    hidden[-1, :-1] = hidden[:-1, :-1].any(axis=0)
    if flat.shape[0] == 1:
        hidden[0, -1] = False
    if flat.shape[1] == 1:
        hidden[-1, 0] = False
    if primary[-1, -1]:
        hidden[:] = True
    return Suppression(primary, hidden & ~primary)


def _primary(
    table: npt.NDArray[np.float64], min_cell: int, sensitive: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.bool_]:
    """Small cells and totals, and those that are sensitive besides."""
    primary = _is_small(table, min_cell)
    if sensitive is not None:
        rows, columns = sensitive.shape
        primary[:rows, :columns] |= sensitive
    return primary


def protect_list(
    counts: npt.NDArray[np.float64],
    *,
    min_cell: int = 10,
    sensitive: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.bool_]:
    """Choose the cells of a list to hide whose grand total alone is known.

    What is hidden adds up to a known number and no hidden cell is empty, so each can be anything from 1 to
    what is left when the others are 1: two cells at least are hidden, the smallest first, until these are
    `min_cell` values or more. Where they are not, all are.

    Parameters
    ----------
    counts
        People by cell, one-dimensional.
    min_cell
        Cells of 1 to `min_cell` - 1 are sensitive. Empty ones are not.
    sensitive
        Further sensitive cells.
    """
    hidden = _is_small(counts, min_cell)
    if sensitive is not None:
        hidden |= sensitive
    if not hidden.any():
        return hidden
    for cell in np.argsort(counts, kind="stable"):
        if _is_open(counts, hidden, min_cell):
            return hidden
        hidden[cell] |= counts[cell] > 0
    return hidden if _is_open(counts, hidden, min_cell) else np.ones_like(hidden)


def _is_open(counts: npt.NDArray[np.float64], hidden: npt.NDArray[np.bool_], min_cell: int) -> bool:
    """Whether a hidden cell can be `min_cell` values: from 1 to the sum less 1 for each of the others."""
    others = np.count_nonzero(hidden) - 1
    return bool(others > 0 and counts[hidden].sum() - others >= min_cell)


def protect_shares(
    parts: npt.NDArray[np.float64],
    wholes: npt.NDArray[np.float64],
    *,
    min_cell: int = 10,
    sensitive: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.bool_]:
    """Choose the rows of which no part is shown, where wholes and the total of the parts are known.

    A row has two cells, the part and the rest; who knows the whole has both from either. Rows are hidden in
    addition, the smallest whole first, until each small part can be any of `min_cell` values at least. All
    are hidden where that cannot be, and the total of the parts must not be shown then.

    Parameters
    ----------
    parts
        People of each row who have something, one-dimensional.
    wholes
        People of each row. Rows of less than `min_cell` are hidden themselves, so nobody knows their whole.
    sensitive
        Further rows to hide.
    """
    small = _is_small(parts, min_cell) | _is_small(wholes - parts, min_cell)
    hidden = small if sensitive is None else small | sensitive
    if not hidden.any():
        return hidden
    checked = small & (wholes >= min_cell)
    for row in [*np.argsort(wholes, kind="stable"), None]:
        inside, around = parts[hidden].sum(), wholes[hidden].sum()
        lower = np.maximum(0, inside - (around - wholes))
        upper = np.minimum(wholes, inside)
        if np.count_nonzero(hidden) > 1 and (upper - lower >= min_cell)[checked].all():
            return hidden
        if row is not None:
            hidden[row] |= wholes[row] > 0
    return np.ones_like(hidden)


def _is_small(counts: npt.NDArray[np.float64], min_cell: int) -> npt.NDArray[np.bool_]:
    return (counts > 0) & (counts < min_cell)


def with_totals(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return a table with a row and a column of totals at its end."""
    table = np.asarray(counts, dtype=np.float64)
    table = np.hstack([table, table.sum(axis=1, keepdims=True)])
    return np.vstack([table, table.sum(axis=0, keepdims=True)])


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


def _is_wide(published: _Published, hidden: npt.NDArray[np.bool_], cell: tuple[int, int]) -> bool:
    """Whether the attacker's interval of a cell is wide enough."""
    row, column = cell
    if hidden[row].sum() == 1 or hidden[:, column].sum() == 1:
        return False  # its row or column tells it: no need to compute
    enough = float(published.widths[cell]) * (1 - 1e-6) - 1e-6
    lower, upper = attacker_interval(published.table, hidden, cell, least=published.least, enough=enough)
    return upper - lower >= enough


def _partners(
    table: npt.NDArray[np.float64], hidden: npt.NDArray[np.bool_], cell: tuple[int, int]
) -> list[tuple[int, int]]:
    """Choose cells to hide: those that complete the cheapest rectangle around the exposed cell."""
    row, column = cell
    price = np.where(hidden, 0.0, table)
    price[table <= 0] = np.inf
    price[-1, -1] = np.inf
    cost = price[row][None, :] + price[:, column][:, None] + price
    cost[row], cost[:, column] = np.inf, np.inf
    cost[cost == 0] = np.inf  # all of it is hidden already
    if np.isfinite(cost).any():
        other_row, other_column = _cheapest(cost)
        corners = [(row, other_column), (other_row, column), (other_row, other_column)]
        return [corner for corner in corners if not hidden[corner]]
    alone = np.where(hidden, np.inf, price)
    beside = np.full_like(alone, np.inf)
    beside[row], beside[:, column] = alone[row], alone[:, column]
    for left in (beside, alone):
        if np.isfinite(left).any():
            return [_cheapest(left)]
    return []


def _cheapest(cost: npt.NDArray[np.float64]) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return int(row), int(column)
