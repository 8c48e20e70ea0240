"""Measures how well rows hide in a crowd: k-anonymity and l-diversity over quasi-identifiers.

k-anonymity: Samarati & Sweeney (1998); distinct l-diversity: Machanavajjhala et al., ICDE 2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.errors import ColumnError, UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Anonymity", "Demand", "keep_crowds", "measure"]

_SIZE, _DISTINCT, _ROWS = "__size", "__distinct", "__rows"


@dataclass(frozen=True)
class Anonymity:
    """How a table stands.

    Attributes
    ----------
    rows, persons
        Rows, and persons where the table names them by a key (rows else).
    groups
        Combinations of the quasi-identifiers.
    k
        Persons of the smallest group; 0 for an empty table.
    diversity
        Distinct values of the sensitive column in its poorest group; None without one.
    offending_groups, offending_rows
        Groups below the thresholds, and the rows in them.
    risk
        Mean over rows of one by the size of the row's group: the chance that a guess within it is right.
    """

    rows: int
    persons: int
    groups: int
    k: int
    diversity: int | None
    offending_groups: int
    offending_rows: int
    risk: float

    @property
    def holds(self) -> bool:
        """True when no group is below the thresholds that were asked for."""
        return self.offending_groups == 0


@dataclass(frozen=True)
class Demand:
    """What is asked of a table.

    Parameters
    ----------
    quasi
        Columns that an outsider may know; null counts as a value.
    k, diversity
        Fewest persons of a group, and fewest distinct values of the sensitive column in it.
    sensitive
        Column that a group must not give away.
    person
        Column that names the person of a row: a group is then counted by persons, so that one person's many
        rows are no crowd.

    Raises
    ------
    UsageError
        Without quasi-identifiers, or for thresholds below 1.
    """

    quasi: tuple[str, ...]
    k: int
    diversity: int = 1
    sensitive: str | None = None
    person: str | None = None

    def __post_init__(self) -> None:
        if not self.quasi:
            raise UsageError("no quasi-identifier named", hint="name what an outsider may know: --quasi 城市")
        if self.k < 1 or self.diversity < 1:
            raise UsageError("k and the diversity are at least 1")


def measure(table: ir.Table, demand: Demand) -> Anonymity:
    """Measure a table. Raises ColumnError when a column is missing."""
    groups = _groups(table, demand)
    rows = int(table.count().to_pyarrow().as_py())
    if rows == 0:
        return Anonymity(0, 0, 0, 0, None, 0, 0, 0.0)
    persons = int(table[demand.person].nunique().to_pyarrow().as_py()) if demand.person else rows
    bad = _is_bad(groups, demand)
    facts = groups.aggregate(
        groups=groups.count(),
        k=groups[_SIZE].min(),
        l=groups[_DISTINCT].min(),
        bad_groups=bad.cast("int64").sum(),
        bad_rows=bad.ifelse(groups[_ROWS], 0).sum(),
        risk=(groups[_ROWS] / groups[_SIZE]).sum() / groups[_ROWS].sum(),
    )
    (row,) = facts.to_pyarrow().to_pylist()
    return Anonymity(
        rows=rows,
        persons=persons,
        groups=int(row["groups"]),
        k=int(row["k"]),
        diversity=int(row["l"]) if demand.sensitive else None,
        offending_groups=int(row["bad_groups"]),
        offending_rows=int(row["bad_rows"]),
        risk=min(float(row["risk"]), 1.0),
    )


def keep_crowds(table: ir.Table, demand: Demand) -> ir.Table:
    """Return the rows whose group meets the demand. Raises ColumnError when a column is missing."""
    groups = _groups(table, demand)
    bad = groups.filter(_is_bad(groups, demand))
    # null is a value of a quasi-identifier, so the join has to be null-safe
    same = [table[name].identical_to(bad[name]) for name in demand.quasi]
    return table.anti_join(bad, same)


def _groups(table: ir.Table, demand: Demand) -> ir.Table:
    for name in [*demand.quasi, *(name for name in (demand.sensitive, demand.person) if name)]:
        if name not in table.columns:
            raise ColumnError.missing(name, table.columns)
    size = table[demand.person].nunique() if demand.person else table.count()
    distinct = table[demand.sensitive].nunique() if demand.sensitive else table.count()
    return table.group_by(list(demand.quasi)).aggregate(
        **{_SIZE: size, _DISTINCT: distinct, _ROWS: table.count()}
    )


def _is_bad(groups: ir.Table, demand: Demand) -> ir.BooleanValue:
    return (groups[_SIZE] < demand.k) | (groups[_DISTINCT] < demand.diversity)
