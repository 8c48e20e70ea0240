"""What `voc export` does: a table leaves the house, when nobody in it can be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from voc.errors import ColumnError, GateError, UsageError
from voc.how_many import how_many
from voc.pipeline.amounts import amounts_of
from voc.pipeline.protection.export_columns import ColumnRoles, ColumnWishes, column_roles
from voc.pipeline.protection.recorded import recorded

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from voc.privacy.access.rules import DisclosureRule
    from voc.privacy.disclosure.anonymity import Anonymity, Grade
    from voc.privacy.disclosure.crossing import Crossing
    from voc.privacy.policy import Policy

__all__ = ["CountsExport", "Export", "export_counts", "export_rows"]

_PERSON: Final = "customer_key"


class Export(NamedTuple):
    """What left, and how well its rows hide in each other."""

    rows: int
    dropped: int
    anonymity: Anonymity
    grade: Grade
    roles: ColumnRoles


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
    wishes: ColumnWishes | None = None,
    k: int | None = None,
    l: int | None = None,  # noqa: E741 - the letter of the literature
    person: str = _PERSON,
    drop: bool = False,
    force: bool = False,
) -> Export:
    """Write the rows of a table, as a role sees them.

    Parameters
    ----------
    wishes
        What the user says of columns: compared, sensitive, identifying nobody, left out, made coarser.
    person
        Column that tells whose a row is: k people look alike, not k rows. Rows are counted where the usual
        one is not there.

    Raises
    ------
    GateError
        When a direct identifier is left, a column singles people out, no column can be compared, or rows that
        look alike are fewer than the policy allows; nothing is written then. With `drop` rows of the last
        kind are left out instead.
    """
    from voc.io import read_table
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor
    from voc.privacy.disclosure.anonymity import assess, grade
    from voc.privacy.policy import load_policy

    said = wishes or ColumnWishes()
    rules = load_policy(policy)
    limits = rules.access.disclosure
    wanted_k, wanted_l = k or limits.k, l or limits.l
    table = _seen_by(role, rules, _without_findings(_combined(read_table(source))))
    said.checked(table.column_names, source)
    table = said.applied(table)
    if person != _PERSON and person not in table.column_names:
        raise ColumnError.missing(person, table.column_names, where=source)
    who = person if person in table.column_names else None
    declared = len(said.not_identifying)
    entry = Entry(system_actor(), "export", role=role or "", policy=rules.fingerprint(), declared=declared)

    def work() -> Export:
        roles = column_roles(table, rules, said, k=wanted_k, person=who)
        look = partial(
            assess,
            quasi=[name for name in roles.quasi if name not in said.sensitive],
            sensitive=said.sensitive,
            k=wanted_k,
            l=wanted_l,
            traced=roles.traced,
            person=who,
        )
        before = look(table)
        kept, after = table, before
        if drop and any(before.offending):
            import pyarrow as pa

            kept = table.filter(pa.array([not bad for bad in before.offending]))
            after = look(kept)
        dropped = table.num_rows - kept.num_rows
        graded = grade(after, roles.direct, k=max(wanted_k, limits.k))
        _refuse(after, roles, wanted_k, wanted_l, source)
        if table.num_rows and not kept.num_rows:
            raise GateError(
                f"nobody hides among {wanted_k}: nothing is left",
                where=source,
                hint="generalise these columns (--coarsen), or leave one away (--leave-out)",
            )
        _write(kept, output, force=force)
        return Export(kept.num_rows, dropped, after, graded, roles)

    return recorded(entry, work, after=lambda done: replace(entry, rows=done.rows))


def _seen_by(role: str | None, rules: Policy, table: pa.Table) -> pa.Table:
    if role is None:
        return table
    import pyarrow as pa

    from voc.privacy.access.views import ViewStage

    stage = ViewStage(rules, role)
    show = stage.build()
    batches = [show(batch) for batch in table.to_batches()]
    return _combined(pa.Table.from_batches(batches, stage.output_schema(table.schema)))


def export_counts(
    source: str,
    output: str,
    *,
    by: Sequence[str],
    person: str = _PERSON,
    amount: str | None = None,
    policy: str = "protected",
    role: str | None = None,
    min_cell: int | None = None,
    base: int | None = None,
    force: bool = False,
) -> CountsExport:
    """Write a table of people by two columns or one; what is small is hidden.

    Parameters
    ----------
    role
        Count what this role sees; who is counted is told by the table itself.
    amount
        Add this column up instead, hiding cells and totals that few people make up most of.
    base
        Round what is shown to multiples of this.

    Raises
    ------
    GateError
        When the values of a column that is counted by tell who somebody is; nothing is written then.
    """
    from voc.io import read_table
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor
    from voc.privacy.disclosure.anonymity import Grade
    from voc.privacy.policy import load_policy
    from voc.suppression import protect

    if not 1 <= len(by) <= 2 or len(set(by)) < len(by):
        raise UsageError("one column or two different ones are counted by", where="--by")
    if person in by:
        raise UsageError("who is counted cannot be what is counted by", where="--by")
    rules = load_policy(policy)
    least = min_cell or rules.access.disclosure.min_cell
    whole = _combined(read_table(source))
    for name in (*by, person, *([amount] if amount else [])):
        if name not in whole.column_names:
            raise ColumnError.missing(name, whole.column_names, where=source)
    table = _seen_by(role, rules, whole)
    for name in (*by, *([amount] if amount else [])):
        if name not in table.column_names:
            raise ColumnError.missing(name, table.column_names, where=f"what {role} sees of {source}")
    amounts = amounts_of(table, amount, source=source, option="--amount") if amount else None
    entry = Entry(system_actor(), "export.counts", role=role or "", policy=rules.fingerprint())

    def work() -> CountsExport:
        _refuse_labels(table, by, rules, source)
        found = _crossed(table, by, whole.column(person), amounts, rules.access.disclosure)
        heavy, sums = (found.heavy, found.sums) if amount else (None, None)
        hidden = protect(found.people, min_cell=least, sensitive=heavy, amounts=sums)
        _write(_cells(found, hidden.hidden, by, amount, base), output, force=force)
        ways = slice(None) if len(by) == 2 else slice(1)  # of one way, totals repeat the cells
        return CountsExport(
            int(found.people.sum()),
            int(found.people.size),
            int(hidden.primary[:, ways].sum()),
            int(hidden.secondary[:, ways].sum()),
            Grade(4, "聚合数据", f"counts of {least} people and more"),
        )

    return recorded(entry, work, after=lambda done: replace(entry, rows=done.cells))


def _cells(
    found: Crossing, hidden: npt.NDArray[np.bool_], by: Sequence[str], amount: str | None, base: int | None
) -> pa.Table:
    """A row for each cell and total; what is hidden is empty and says so."""
    import pyarrow as pa

    from voc.suppression import rounded, with_totals

    shown = with_totals(found.sums if amount else found.people)
    values = rounded(shown, base) if base else shown
    name = amount or "people"
    columns = [*found.columns, "*"] if len(by) == 2 else found.columns
    out = []
    for at, row in enumerate([*found.rows, "*"]):
        for across, column in enumerate(columns):
            is_hidden = bool(hidden[at, across])
            labels = dict(zip(by, (row, column), strict=False))
            out.append(
                {**labels, name: None if is_hidden else float(values[at, across]), "hidden": is_hidden}
            )
    fields = [*((one, pa.string()) for one in by), (name, pa.float64()), ("hidden", pa.bool_())]
    return pa.Table.from_pylist(out, schema=pa.schema(fields))


def _crossed(
    table: pa.Table,
    by: Sequence[str],
    person: pa.ChunkedArray,
    amounts: Sequence[float] | None,
    limits: DisclosureRule,
) -> Crossing:
    """Count people, and add up amounts, by one column or two."""
    from voc.privacy.columns import as_strings
    from voc.privacy.disclosure.crossing import cross

    texts = [
        [text or "" for text in as_strings(table.column(name).combine_chunks()).to_pylist()] for name in by
    ]
    second = texts[1] if len(by) == 2 else [""] * table.num_rows
    who = as_strings(person.combine_chunks()).to_pylist()
    return cross(
        zip(texts[0], second, who, amounts or [0.0] * len(who), strict=True),
        largest=limits.dominance_n,
        share=limits.dominance_k,
    )


def _refuse_labels(table: pa.Table, by: Sequence[str], rules: Policy, source: str) -> None:
    """Refuse columns whose very values tell who somebody is: they are the labels of the counts."""
    from voc.privacy.disclosure.anonymity import direct_identifiers, traced_columns
    from voc.privacy.disclosure.leftovers import unmasked_columns

    labels = table.select(list(by))
    told = {
        *direct_identifiers(labels.schema, rules, labels),
        *unmasked_columns(labels.schema, rules, labels),
        *traced_columns(labels.schema, rules, labels),
    }
    if told:
        raise GateError(
            f"values of {', '.join(sorted(told))} tell who somebody is, and would be the labels (grade 1)",
            where=source,
            hint="count by a column of categories: a segment, a channel, a region",
        )


def _refuse(found: Anonymity, roles: ColumnRoles, k: int, l: int, source: str) -> None:  # noqa: E741
    if roles.direct:
        hint = "mask the table first: voc mask, or give --role"
        raise GateError(
            f"direct identifiers are left in {', '.join(roles.direct)} (grade 1)", where=source, hint=hint
        )
    told = [*_told_of_columns(found, roles, k), *_told_of_groups(found, k, l)]
    if told:
        alike = f"; rows look alike in {', '.join(found.quasi)}" if found.quasi else ""
        raise GateError(f"{'; '.join(told)} (grade 2){alike}", where=source, hint=_hint(found, roles))


def _told_of_columns(found: Anonymity, roles: ColumnRoles, k: int) -> Iterator[str]:
    if roles.singling:
        columns = ", ".join(
            f"{one.name} ({one.kind}, {one.rows:,} of {found.rows:,} rows)" for one in roles.singling
        )
        yield f"values that fewer than {k} share single people out in {columns}"
    if found.rows and not found.quasi and roles.undecided and k > 1:
        yield f"no column is known as a quasi-identifier, so no k can be told: {', '.join(roles.undecided)}"


def _told_of_groups(found: Anonymity, k: int, l: int) -> Iterator[str]:  # noqa: E741
    if found.uniform_groups:
        groups, have = how_many(found.uniform_groups, "group"), "has" if found.uniform_groups == 1 else "have"
        rows = how_many(found.uniform_rows, "row")
        yield f"{groups} with {rows} {have} fewer than l = {l} sensitive values"
    if found.small_groups:
        groups, are = how_many(found.small_groups, "group"), "is" if found.small_groups == 1 else "are"
        yield f"{groups} with {how_many(found.small_rows, 'row')} {are} smaller than k = {k}"


def _hint(found: Anonymity, roles: ColumnRoles) -> str:
    hints = []
    if found.small_groups or found.uniform_groups:
        hints.append("--drop leaves rows of small groups out")
    hints.append("--coarsen COL=month (year, quarter, week, day, or a width of numbers) makes values coarser")
    hints.append("--leave-out COL leaves a column away")
    if not found.quasi:
        hints.append("--quasi COL names what others know of somebody")
    if roles.singling or not found.quasi:
        hints.append("--not-identifying COL says, on your word, that nobody outside can know it")
    return "; ".join(hints)


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
