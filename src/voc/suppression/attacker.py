"""What can be worked out of a table with totals of which some cells are hidden.

A table with its totals is a circulation: every inner cell flows from its row to its column, every total
flows back from its column, or to its row, through a node of totals, and what flows into a node flows out of
it. So a hidden cell can rise by as much as can flow from its end back to its start through other hidden
cells, and fall by as much as can flow the other way (Gusfield 1988, doi:10.1137/0217034). Both are maximum
flows, found by shortest paths (Edmonds and Karp 1972, doi:10.1145/321694.321699), and end as soon as they
are wide enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["attacker_interval"]

_ROW: Final = 0
_COLUMN: Final = 1
"""Sides of the network. What flows out of a row flows into a column, and the other way round."""
_TINY: Final = 1e-9
"""Part of the largest cell below which nothing flows."""


def attacker_interval(
    table: npt.NDArray[np.float64],
    hidden: npt.NDArray[np.bool_],
    cell: tuple[int, int],
    *,
    least: float | None = 1.0,
    enough: float = np.inf,
) -> tuple[float, float]:
    """Return the least and the most that a hidden cell can be for who knows all that is shown.

    Parameters
    ----------
    table
        With its totals (`with_totals`).
    hidden
        Of the same shape.
    least
        The least that a hidden cell can be; None when it may be negative.
    enough
        Stop where the interval is known to be this wide; its true ends may lie further out then.
    """
    out = _rising_side(cell, table.shape)
    moves = _moves(table, hidden, least)
    moves[:, cell[0], cell[1]] = 0.0
    rise = _flow(moves, _COLUMN - out, cell, enough)
    room = np.inf if least is None else max(float(table[cell]) - least, 0.0)
    fall = min(room, _flow(moves, out, cell, min(room, enough - rise)))
    return float(table[cell]) - fall, float(table[cell]) + rise


def _rising_side(cell: tuple[int, int], shape: tuple[int, ...]) -> int:
    """From which side a cell flows: inner cells and the total of all from rows, other totals from columns."""
    row, column = cell
    return _COLUMN if (row == shape[0] - 1) != (column == shape[1] - 1) else _ROW


def _moves(
    table: npt.NDArray[np.float64], hidden: npt.NDArray[np.bool_], least: float | None
) -> npt.NDArray[np.float64]:
    """How much more can flow through each cell out of its row, and out of its column.

    Shape (2, rows + 1, columns + 1).
    """
    falls = np.full_like(table, np.inf) if least is None else np.maximum(table - least, 0.0)
    moves = np.stack([np.full_like(table, np.inf), falls])
    moves[:, -1, :-1] = moves[::-1, -1, :-1]
    moves[:, :-1, -1] = moves[::-1, :-1, -1]
    moves[:, ~hidden] = 0.0
    moves[moves < _TINY * max(float(np.abs(table).max()), 1.0)] = 0.0
    return moves


def _flow(moves: npt.NDArray[np.float64], side: int, cell: tuple[int, int], enough: float) -> float:
    """Return how much flows between row and column of a cell, out of the one on `side`; `enough` will do."""
    left = moves.copy()
    flow = 0.0
    while flow < enough:
        path = _shortest(left, side, cell)
        amount = min((left[step] for step in path), default=0.0)
        if not path or amount == np.inf:
            return flow if not path else float("inf")
        for way, row, column in path:
            left[way, row, column] -= amount
            left[1 - way, row, column] += amount
        flow += float(amount)
    return flow


def _shortest(left: npt.NDArray[np.float64], side: int, cell: tuple[int, int]) -> list[tuple[int, int, int]]:
    """Return the steps of a shortest path, as indices into `left`; none when there is no path."""
    open_ = (left[_ROW] > 0, left[_COLUMN].T > 0)
    before = [np.full(count, -1) for count in left.shape[1:]]
    before[side][cell[side]] = cell[side]
    edge, at = np.array([cell[side]]), side
    while len(edge):
        links = open_[at][edge] & (before[1 - at] < 0)
        found = np.flatnonzero(links.any(axis=0))
        before[1 - at][found] = edge[links[:, found].argmax(axis=0)]
        if before[1 - side][cell[1 - side]] >= 0:
            return _steps_back(before, side, cell)
        edge, at = found, 1 - at
    return []


def _steps_back(
    before: list[npt.NDArray[np.int_]], side: int, cell: tuple[int, int]
) -> list[tuple[int, int, int]]:
    steps = []
    at, node = 1 - side, cell[1 - side]
    while (at, node) != (side, cell[side]):
        earlier = int(before[at][node])
        row, column = (earlier, node) if at == _COLUMN else (node, earlier)
        steps.append((1 - at, row, column))
        at, node = 1 - at, earlier
    return steps
