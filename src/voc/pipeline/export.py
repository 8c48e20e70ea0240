"""What `voc export` does: a table leaves the house, when nobody in it can be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from voc.errors import ColumnError, GateError, UsageError
from voc.pipeline.protection import recorded

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from voc.privacy.disclosure.anonymity import Anonymity, Grade

__all__ = ["CountsExport", "Export", "export_counts", "export_rows"]


class Export(NamedTuple):
    """What left, and how well its rows hide in each other."""

    rows: int
    dropped: int
    anonymity: Anonymity
    grade: Grade
    quasi: tuple[str, ...]


class CountsExport(NamedTuple):
    """A table of counts that left."""

    people: int
    cells: int
    small: int
    """Cells hidden because they are small or dominated."""
    secondary: int
    """Cells hidden so that totals do not give those away."""
    grade: Grade


def export_rows(
    source: str,
    output: str,
    *,
    policy: str = "protected",
    role: str | None = None,
    quasi: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    k: int | None = None,
    l: int | None = None,  # noqa: E741 - the letter of the literature
    person: str = "customer_key",
    drop: bool = False,
    force: bool = False,
) -> Export:
    """Write the rows of a table, as a role sees them.

    Parameters
    ----------
    person
        Column that tells whose a row is: k people look alike, not k rows. Rows are counted without it.

    Raises
    ------
    GateError
        When a direct identifier is left, or rows that look alike are fewer than the policy allows; nothing is
        written then. With `drop` such rows are left out instead.
    """
    from voc.io import read_table
    from voc.privacy.access.views import ViewStage
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor
    from voc.privacy.disclosure.anonymity import (
        assess,
        direct_identifiers,
        grade,
        quasi_identifiers,
        traced_columns,
    )
    from voc.privacy.disclosure.leftovers import unmasked_columns
    from voc.privacy.policy import load_policy

    rules = load_policy(policy)
    limits = rules.access.disclosure
    wanted_k, wanted_l = k or limits.k, l or limits.l
    table = _without_findings(_combined(read_table(source)))
    if role is not None:
        import pyarrow as pa

        show = ViewStage(rules, role).build()
        table = _combined(
            pa.Table.from_batches(
                [show(batch) for batch in table.to_batches()],
                ViewStage(rules, role).output_schema(table.schema),
            )
        )
    for name in (*quasi, *sensitive):
        if name not in table.column_names:
            raise ColumnError.missing(name, table.column_names, where=source)
    entry = Entry(system_actor(), "export", role=role or "", policy=rules.fingerprint())

    def work() -> Export:
        found = tuple(dict.fromkeys([*quasi, *quasi_identifiers(table.schema, rules, table)]))
        similar = tuple(name for name in found if name not in sensitive)
        direct = (
            *direct_identifiers(table.schema, rules, table),
            *unmasked_columns(table.schema, rules, table),
        )
        look = partial(
            assess,
            quasi=similar,
            sensitive=sensitive,
            k=wanted_k,
            l=wanted_l,
            traced=[name for name in traced_columns(table.schema, rules, table) if name not in quasi],
            person=person if person in table.column_names else None,
        )
        before = look(table)
        kept, after = table, before
        if drop and any(before.offending):
            import pyarrow as pa

            kept = table.filter(pa.array([not bad for bad in before.offending]))
            after = look(kept)
        result = Export(
            kept.num_rows, table.num_rows - kept.num_rows, after, grade(after, direct, k=wanted_k), similar
        )
        _refuse(result, direct, wanted_k, wanted_l, source)
        if table.num_rows and not kept.num_rows:
            raise GateError(
                f"nobody hides among {wanted_k}: nothing is left",
                where=source,
                hint="generalise these columns, or leave one away",
            )
        _write(kept, output, force=force)
        return result

    return recorded(entry, work, after=lambda done: replace(entry, rows=done.rows))


def export_counts(
    source: str,
    output: str,
    *,
    by: Sequence[str],
    person: str = "customer_key",
    amount: str | None = None,
    policy: str = "protected",
    min_cell: int | None = None,
    base: int | None = None,
    force: bool = False,
) -> CountsExport:
    """Write a table of people by two columns or one; what is small is hidden.

    Parameters
    ----------
    amount
        Add this column up instead, hiding cells that one person makes up three quarters of.
    base
        Round what is shown to multiples of this.
    """
    import numpy as np
    import pyarrow as pa

    from voc.io import read_table
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor
    from voc.privacy.disclosure.anonymity import Grade
    from voc.privacy.policy import load_policy
    from voc.suppression import dominated, protect, rounded, with_totals

    if not 1 <= len(by) <= 2:
        raise UsageError("one or two columns are counted by", where="--by")
    rules = load_policy(policy)
    least = min_cell or rules.access.disclosure.min_cell
    table = _combined(read_table(source))
    for name in (*by, person, *([amount] if amount else [])):
        if name not in table.column_names:
            raise ColumnError.missing(name, table.column_names, where=source)
    people, sums, largest, rows, columns = _cross(table, by, person, amount)
    heavy = dominated(largest, sums) if amount else None
    hidden = protect(people, min_cell=least, sensitive=heavy, amounts=sums if amount else None)
    shown = with_totals(sums if amount else people)
    values = rounded(shown, base) if base else shown
    names = (by[0], by[1] if len(by) == 2 else "", amount or "people", "hidden")
    out: list[dict[str, object]] = []
    for at, row in enumerate([*rows, "*"]):
        for across, column in enumerate([*columns, "*"] if len(by) == 2 else columns):
            is_hidden = bool(hidden.hidden[at, across])
            cell: dict[str, object] = {
                names[0]: row,
                names[2]: None if is_hidden else float(values[at, across]),
                "hidden": is_hidden,
            }
            out.append({**cell, names[1]: column} if len(by) == 2 else cell)
    fields = [(names[0], pa.string())] + ([(names[1], pa.string())] if len(by) == 2 else [])
    schema = pa.schema([*fields, (names[2], pa.float64()), ("hidden", pa.bool_())])
    ways = slice(None) if len(by) == 2 else slice(1)  # of one way, totals repeat the cells
    result = CountsExport(
        int(people.sum()),
        int(np.size(people)),
        int(hidden.primary[:, ways].sum()),
        int(hidden.secondary[:, ways].sum()),
        Grade(4, "聚合数据", f"counts of {least} people and more"),
    )
    entry = Entry(system_actor(), "export.counts", policy=rules.fingerprint(), rows=result.cells)
    recorded(entry, lambda: _write(pa.Table.from_pylist(out, schema=schema), output, force=force))
    return result


class _Cross(NamedTuple):
    people: npt.NDArray[np.float64]
    sums: npt.NDArray[np.float64]
    largest: npt.NDArray[np.float64]
    """Largest amount of one person."""
    rows: list[str]
    columns: list[str]


def _cross(table: pa.Table, by: Sequence[str], person: str, amount: str | None) -> _Cross:
    """Count people, and add up amounts, by row and column."""
    import numpy as np

    from voc.privacy.columns import as_strings

    texts = [
        [text or "" for text in as_strings(table.column(name).combine_chunks()).to_pylist()] for name in by
    ]
    first, second = texts[0], texts[1] if len(by) == 2 else [""] * table.num_rows
    who = as_strings(table.column(person).combine_chunks()).to_pylist()
    amounts = table.column(amount).to_pylist() if amount else [0] * table.num_rows
    cells: dict[tuple[str, str], dict[str, float]] = {}
    for row, column, name, value in zip(first, second, who, amounts, strict=True):
        if name:
            inside = cells.setdefault((row, column), {})
            inside[name] = inside.get(name, 0.0) + float(value or 0)
    rows, columns = sorted(set(first)), sorted(set(second))
    shape = (len(rows), len(columns))
    people, sums, largest = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for (row, column), inside in cells.items():
        place = rows.index(row), columns.index(column)
        people[place] = len(inside)
        sums[place], largest[place] = sum(inside.values()), max(inside.values())
    return _Cross(people, sums, largest, rows, columns)


def _refuse(result: Export, direct: Sequence[str], k: int, l: int, source: str) -> None:  # noqa: E741
    found = result.anonymity
    if direct:
        hint = "mask the table first: voc mask, or give --role"
        raise GateError(
            f"direct identifiers are left in {', '.join(direct)} (grade 1)", where=source, hint=hint
        )
    if found.small_groups or found.uniform_groups:
        told = []
        if found.small_groups:
            told.append(
                f"{found.small_groups:,} groups with {found.small_rows:,} rows are smaller than k = {k}"
            )
        if found.uniform_groups:
            told.append(
                f"{found.uniform_groups:,} groups with {found.uniform_rows:,} rows have fewer than l = {l} "
                "sensitive values"
            )
        columns = ", ".join(result.quasi)
        raise GateError(
            f"{'; '.join(told)} (grade 2); rows look alike in {columns}",
            where=source,
            hint="--drop leaves those rows out; or generalise these columns, or leave one away",
        )


def _without_findings(table: pa.Table) -> pa.Table:
    """Leave out what only voc needs: findings with offsets, and row numbers."""
    gone = [
        name
        for name in table.column_names
        if name.startswith("__") or name == "pii" or name.startswith("pii_")
    ]
    return table.drop_columns(gone)


def _combined(table: pa.Table) -> pa.Table:
    gone = [name for name in table.column_names if name.startswith("__")]
    return table.drop_columns(gone).combine_chunks()


def _write(table: pa.Table, output: str, *, force: bool) -> None:
    from voc.io import open_sink

    with open_sink(output, table.schema, force=force) as sink:
        for batch in table.to_batches():
            sink.write(batch)
