"""Protects a table of counts: small and dominated cells are hidden, and enough others that nobody can work
them out from the totals.

Methods: minimum cell, (n, k) dominance and complementary suppression after Hundepool et al., Statistical
Disclosure Control (Wiley 2012), ch. 4. Whether the hidden cells are safe is audited as described there: for
each of them the smallest and largest value that fits the published figures is found by linear programming.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voc.errors import UsageError

__all__ = ["Protected", "Reason", "Rule", "protect"]

Counts = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MAX_CELLS: Final = 20_000


class Reason(StrEnum):
    """Why a cell is hidden."""

    SMALL = "small"
    """Fewer persons than the minimum."""
    DOMINATED = "dominated"
    """A few persons make up nearly all of it."""
    COMPLEMENT = "complement"
    """Safe itself, but it would give another one away."""


@dataclass(frozen=True)
class Rule:
    """When a cell may be shown.

    Parameters
    ----------
    min_cell
        Fewest persons of a cell that is shown; 0 persons may be shown.
    dominance_n, dominance_k
        A cell is hidden when its `dominance_n` largest contributions exceed the share `dominance_k`.
    round_to
        Shown values are rounded to a multiple of this; 1 for none.
    """

    min_cell: int = 10
    dominance_n: int = 2
    dominance_k: float = 0.85
    round_to: int = 1

    def __post_init__(self) -> None:
        if self.min_cell < 1 or self.round_to < 1 or self.dominance_n < 1:
            raise UsageError("min_cell, round_to and dominance_n are at least 1")
        if not 0 < self.dominance_k <= 1:
            raise UsageError("dominance_k is a share above 0 and at most 1")


@dataclass(frozen=True)
class Protected:
    """A table that may be published, with its totals in the last row and column.

    Attributes
    ----------
    values
        Shape (rows + 1, columns + 1), or (rows + 1, 1) for a single column; NaN where hidden.
    reasons
        The same shape; None where shown.
    hidden
        Number of hidden cells, totals included.
    """

    values: Counts
    reasons: tuple[tuple[Reason | None, ...], ...]
    hidden: int


def protect(
    persons: Counts,
    rule: Rule | None = None,
    *,
    values: Counts | None = None,
    largest: Sequence[Sequence[Sequence[float]]] | None = None,
) -> Protected:
    """Protect a two-way table.

    Parameters
    ----------
    persons
        Number of persons in each cell, shape (rows, columns).
    values
        What is published of each cell, at least 0; the number of persons when not given.
    largest
        For each cell its largest contributions in falling order, for the dominance rule; without it that rule
        is not applied.

    Raises
    ------
    UsageError
        For negative numbers, shapes that differ, or more cells than can be audited.
    """
    rule = rule or Rule()
    shown = persons if values is None else values
    if persons.ndim != 2 or shown.shape != persons.shape or (persons < 0).any() or (shown < 0).any():
        raise UsageError("a two-way table of numbers that are not negative is expected")
    if persons.size > _MAX_CELLS:
        hint = "publish fewer categories, or split the table"
        raise UsageError(f"a table of {persons.size:,} cells is too large to be audited", hint=hint)
    whole, heads = _with_totals(shown.astype(float)), _with_totals(persons.astype(float))
    reasons = np.full(whole.shape, None, dtype=object)
    reasons[(heads > 0) & (heads < rule.min_cell)] = Reason.SMALL
    if largest is not None:
        for place in np.ndindex(persons.shape):
            if reasons[place] is None and _dominated(largest[place[0]][place[1]], float(whole[place]), rule):
                reasons[place] = Reason.DOMINATED
    _complete(whole, heads, reasons, rule)
    hidden = reasons != None  # noqa: E711 - elementwise
    published = np.where(hidden, np.nan, np.round(whole / rule.round_to) * rule.round_to)
    return Protected(published, tuple(tuple(row) for row in reasons), int(hidden.sum()))


def _with_totals(table: Counts) -> Counts:
    # a single column is its own total
    rows = table if table.shape[1] == 1 else np.column_stack([table, table.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)])


def _dominated(contributions: Sequence[float], total: float, rule: Rule) -> bool:
    return total > 0 and sum(sorted(contributions)[-rule.dominance_n :]) > rule.dominance_k * total


def _complete(whole: Counts, heads: Counts, reasons: NDArray[np.object_], rule: Rule) -> None:
    """Hide further cells until the audit finds no hidden one that is given away."""
    while (exposed := _exposed(whole, reasons, rule)) is not None:
        chosen = _rectangle(heads, reasons, exposed) or _cheapest(whole, heads, reasons, exposed)
        if not chosen:
            return  # everything that could protect it is hidden already
        for place in chosen:
            reasons[place] = Reason.COMPLEMENT


def _rectangle(heads: Counts, reasons: NDArray[np.object_], cell: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the inner cells that close the cheapest rectangle with `cell`: then no line holds one alone."""
    rows, columns = heads.shape[0] - 1, heads.shape[1] - 1
    if cell[0] >= rows or cell[1] >= columns:
        return []
    best: tuple[float, list[tuple[int, int]]] = (np.inf, [])
    for i in range(rows):
        for j in range(columns):
            corners = [(i, j), (i, cell[1]), (cell[0], j)]
            if i == cell[0] or j == cell[1] or any(heads[corner] == 0 for corner in corners):
                continue
            new = [corner for corner in corners if reasons[corner] is None]
            cost = float(sum(heads[corner] for corner in new))
            if new and cost < best[0]:
                best = (cost, new)
    return best[1]


def _exposed(whole: Counts, reasons: NDArray[np.object_], rule: Rule) -> tuple[int, int] | None:
    """Return a sensitive cell whose possible values lie closer together than the minimum cell."""
    hidden = reasons != None  # noqa: E711 - elementwise
    for place in zip(*np.nonzero(hidden), strict=True):
        cell = (int(place[0]), int(place[1]))
        if reasons[cell] is Reason.COMPLEMENT:
            continue
        low, high = _range(whole, hidden, cell)
        # a small cell must be able to be anything below the minimum; another must not be known within that
        if high - low < rule.min_cell - 1e-6:
            return cell
    return None


def _range(whole: Counts, hidden: Flags, cell: tuple[int, int]) -> tuple[float, float]:
    """Smallest and largest value of a hidden cell that fits all that is shown."""
    from scipy.optimize import linprog

    places = [(int(i), int(j)) for i, j in zip(*np.nonzero(hidden), strict=True)]
    number = {place: index for index, place in enumerate(places)}
    equations, results = [], []
    for line in _all_lines(whole.shape):
        equation = np.zeros(len(places))
        known = 0.0
        for place, sign in zip(line, [*[1.0] * (len(line) - 1), -1.0], strict=True):
            if place in number:
                equation[number[place]] = sign
            else:
                known += sign * whole[place]
        if equation.any():
            equations.append(equation)
            results.append(-known)
    target = np.zeros(len(places))
    target[number[cell]] = 1.0
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * target, A_eq=np.array(equations), b_eq=np.array(results), bounds=(0, None))
        ends.append(np.inf if found.status == 3 else float(found.fun or 0.0) * sign)
    return ends[0], ends[1]


def _row(shape: tuple[int, ...], i: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(shape[1])]


def _column(shape: tuple[int, ...], j: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(shape[0])]


def _all_lines(shape: tuple[int, ...]) -> list[list[tuple[int, int]]]:
    """Lines whose last place is the total of the others."""
    rows = [_row(shape, i) for i in range(shape[0])] if shape[1] > 1 else []
    return [*rows, *(_column(shape, j) for j in range(shape[1]))]


def _lines(shape: tuple[int, ...], cell: tuple[int, int]) -> list[list[tuple[int, int]]]:
    return [line for line in _all_lines(shape) if cell in line]


def _cheapest(
    whole: Counts, heads: Counts, reasons: NDArray[np.object_], cell: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the cell whose loss costs least among those that protect `cell`: inner ones first, then small
    ones; in the line that hides least so far."""
    lines = sorted(_lines(whole.shape, cell), key=lambda line: sum(reasons[p] is not None for p in line))
    last = (whole.shape[0] - 1, whole.shape[1] - 1)
    everywhere = [(int(i), int(j)) for i, j in np.ndindex(*whole.shape)]
    for line in [*lines, everywhere]:
        free = [p for p in line if reasons[p] is None and heads[p] > 0]
        inner = [p for p in free if p[0] != last[0] and (p[1] != last[1] or whole.shape[1] == 1)]
        if inner or free:
            return [min(inner or free, key=lambda p: (heads[p], p))]
    return []
