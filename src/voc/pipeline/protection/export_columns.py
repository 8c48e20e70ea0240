"""What the columns of a table that leaves the house are: which identify, which are compared, which stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from voc.errors import ColumnError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.privacy.disclosure.singling import Singling
    from voc.privacy.policy import Policy

__all__ = ["ColumnRoles", "ColumnWishes", "column_roles"]


@dataclass(frozen=True)
class ColumnWishes:
    """What the user says of columns."""

    quasi: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    not_identifying: tuple[str, ...] = ()
    """Said to tell nobody outside who somebody is."""
    leave_out: tuple[str, ...] = ()
    coarsen: Mapping[str, str] = field(default_factory=dict)
    """Column to a step of time, or to the width of bands of numbers."""

    def checked(self, names: list[str], source: str) -> None:
        """Raise ColumnError for a column that is not there, UsageError for wishes that contradict."""
        for name in (*self.quasi, *self.sensitive, *self.not_identifying, *self.leave_out, *self.coarsen):
            if name not in names:
                raise ColumnError.missing(name, names, where=source)
        _refuse_both(self.not_identifying, (*self.quasi, *self.coarsen), "--not-identifying", "compared")
        kept = (*self.quasi, *self.sensitive, *self.not_identifying, *self.coarsen)
        _refuse_both(self.leave_out, kept, "--leave-out", "kept by another option")

    def applied(self, table: pa.Table) -> pa.Table:
        """Return the table without what is left out, and with what is made coarser."""
        from voc.privacy.disclosure.coarsening import coarsened

        table = table.drop_columns(list(self.leave_out))
        for name, step in self.coarsen.items():
            cells = coarsened(table.column(name).combine_chunks(), step, name=name)
            table = table.set_column(table.column_names.index(name), name, cells)
        return table


class ColumnRoles(NamedTuple):
    """What the columns are."""

    direct: tuple[str, ...]
    quasi: tuple[str, ...]
    """Compared to find who looks alike."""
    traced: tuple[str, ...]
    """Those of `quasi` of which the partly masked values alone are compared."""
    singling: tuple[Singling, ...]
    """Their values alone single people out."""
    texts: tuple[str, ...]
    """Texts that hardly two rows share; their words are not compared."""
    undecided: tuple[str, ...]
    """Neither compared nor sensitive nor said to identify nobody."""


def column_roles(
    table: pa.Table, rules: Policy, wishes: ColumnWishes, *, k: int, person: str | None
) -> ColumnRoles:
    """Tell what the columns of a table are, by their names, by their cells and by what the user says."""
    from voc.privacy.disclosure.anonymity import direct_identifiers, quasi_identifiers, traced_columns
    from voc.privacy.disclosure.leftovers import unmasked_columns
    from voc.privacy.disclosure.singling import SinglingKind, filled_columns, singling_columns, time_columns

    spared = {*wishes.sensitive, *wishes.not_identifying}
    known = [*wishes.quasi, *wishes.coarsen, *quasi_identifiers(table.schema, rules, table)]
    alone = singling_columns(table, k=k, person=person, exempt={*known, *spared})
    names = {one.name for one in alone}
    compared = dict.fromkeys([*known, *(name for name in time_columns(table) if name not in names)])
    quasi = tuple(name for name in compared if name not in spared)
    traced = traced_columns(table.schema, rules, table)
    named = direct_identifiers(table.schema, rules, table)
    return ColumnRoles(
        direct=tuple(dict.fromkeys((*named, *unmasked_columns(table.schema, rules, table)))),
        quasi=quasi,
        traced=tuple(name for name in traced if name in quasi and name not in wishes.quasi),
        singling=tuple(one for one in alone if one.kind is not SinglingKind.TEXT),
        texts=tuple(one.name for one in alone if one.kind is SinglingKind.TEXT),
        undecided=tuple(name for name in filled_columns(table) if name not in {*quasi, *spared}),
    )


def _refuse_both(names: Iterable[str], others: Iterable[str], option: str, what: str) -> None:
    if both := set(names) & set(others):
        raise UsageError(f"{', '.join(sorted(both))}: also {what}", where=option)
