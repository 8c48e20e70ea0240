"""What a table of the report is made of: columns of a kind, cells, and how a cell is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from voc.report import figures
from voc.report.model import Share
from voc.report.strings import Strings

__all__ = [
    "Bounds",
    "Cell",
    "Column",
    "Kind",
    "Table",
    "bounds_of",
    "cell_text",
    "interval_column",
    "make_column",
    "make_table",
    "pair_of",
    "value_of",
]

Bounds = tuple[float, float]
Cell = str | int | float | Bounds | None


class Kind(StrEnum):
    """What a column holds, and so how it is aligned and written."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    SHARE_INTERVAL = "share_interval"
    CHANGE = "change"
    CHANGE_INTERVAL = "change_interval"
    RATIO = "ratio"
    RATIO_INTERVAL = "ratio_interval"
    MONEY = "money"
    MONEY_INTERVAL = "money_interval"
    COUNT_INTERVAL = "count_interval"
    P_VALUE = "p_value"

    @property
    def numeric(self) -> bool:
        """Whether cells are figures, aligned to the right."""
        return self is not Kind.TEXT


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    kind: Kind = Kind.TEXT
    minor: bool = False
    """Whether it may be left out where there is little room."""
    spare: bool = False
    """Whether it is for Excel only."""
    short: bool = False
    """Whether its texts are short, and not to be broken."""
    whole: bool = False
    """Whether its texts are broken between words only, Chinese ones not at all."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is ready to show. A cell is None where nothing is known."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def without_spare(self) -> Table:
        """Return the table as a page shows it."""
        keep = [i for i, column in enumerate(self.columns) if not column.spare]
        return replace(
            self,
            columns=tuple(self.columns[i] for i in keep),
            rows=tuple(tuple(row[i] for i in keep) for row in self.rows),
        )


def cell_text(cell: Cell, kind: Kind, strings: Strings) -> str:
    """Return the cell as a reader sees it."""
    if cell is None:
        return strings["unknown"]
    if isinstance(cell, str):
        return cell
    if isinstance(cell, tuple):
        return _interval_text(cell, kind, strings)
    return _WRITERS[kind](cell)


def _interval_text(bounds: Bounds, kind: Kind, strings: Strings) -> str:
    lower, upper = bounds
    if kind is Kind.SHARE_INTERVAL:
        return figures.share_interval(lower, upper)
    if kind is Kind.CHANGE_INTERVAL:
        return f"{figures.change(lower)} {strings['range']} {figures.change(upper)}"
    if kind in (Kind.MONEY_INTERVAL, Kind.COUNT_INTERVAL):
        return f"{figures.money(lower)} {strings['range']} {figures.money(upper)}"
    return f"{figures.ratio(lower)}–{figures.ratio(upper)}"


def _count(value: float) -> str:
    return figures.count(int(value))


_WRITERS: dict[Kind, Callable[[float], str]] = {
    Kind.TEXT: _count,
    Kind.COUNT: _count,
    Kind.SHARE: figures.share,
    Kind.CHANGE: figures.change,
    Kind.RATIO: figures.ratio,
    Kind.MONEY: figures.money,
    Kind.P_VALUE: figures.p_value,
}


def make_table(
    key: str, strings: Strings, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]
) -> Table:
    """Return the table of a key, whose title is in the strings."""
    return Table(key, strings[f"tables.{key}"], tuple(columns), tuple(rows))


def make_column(
    strings: Strings,
    key: str,
    kind: Kind = Kind.TEXT,
    *,
    minor: bool = False,
    spare: bool = False,
    short: bool = False,
    whole: bool = False,
) -> Column:
    """Return the column of a key, whose title is in the strings."""
    return Column(strings[f"columns.{key}"], kind, minor, spare, short, whole)


def interval_column(strings: Strings, kind: Kind, *, minor: bool = False, spare: bool = False) -> Column:
    """Return the column of the 95 % interval of the column before it."""
    return Column(strings["interval"], kind, minor, spare)


def value_of(share: Share | None) -> float | None:
    """Return the proportion, or None."""
    return None if share is None else share.share


def bounds_of(share: Share | None) -> Bounds | None:
    """Return the interval of a proportion, or None."""
    return None if share is None else (share.ci_lower, share.ci_upper)


def pair_of(lower: float | None, upper: float | None) -> Bounds | None:
    """Return two bounds, or None when one is not known."""
    return None if lower is None or upper is None else (lower, upper)
