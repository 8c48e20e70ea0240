"""Rows that leave the company: measured, graded, and refused when a person could be found in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import GateError
from voc.types import MASKED_KEY

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from voc.privacy.disclosure.anonymity import Anonymity, Demand
    from voc.privacy.disclosure.grade import GradedExport
    from voc.privacy.policy import Policy

__all__ = ["ExportResult", "export_file"]

_PERSON = "customer_key"
_FINDINGS = ("pii",)


@dataclass(frozen=True)
class ExportResult:
    """What left, and how safe it is."""

    rows_in: int
    rows_out: int
    quasi: tuple[str, ...]
    left_out: tuple[str, ...]
    """Columns that cannot be measured and stay here: free text, findings."""
    graded: GradedExport
    before: Anonymity
    """Before rows were taken out."""


def export_file(
    source: str,
    output: str,
    *,
    quasi: Sequence[str] = (),
    sensitive: str | None = None,
    k: int | None = None,
    policy: str = "default",
    suppress: bool = False,
    force: bool = False,
) -> ExportResult:
    """Write a masked table for others, with its grade in `OUTPUT.grade.json`.

    Columns of masked free text and of findings stay here: no measure of anonymity holds for them.

    Parameters
    ----------
    quasi
        Columns that an outsider may know, beside those that voc finds by itself.
    sensitive
        Column that a group must not give away.
    k
        Fewest persons who look alike; the policy's when not given.
    suppress
        Take out the rows of too small groups instead of refusing.

    Raises
    ------
    GateError
        When direct identifiers are left, or groups are below the thresholds.
    """
    import ibis

    from voc.io import read_table
    from voc.privacy.disclosure.anonymity import keep_crowds, measure
    from voc.privacy.disclosure.grade import grade
    from voc.privacy.disclosure.traces import partly_masked
    from voc.privacy.policy import load_policy

    rules = load_policy(policy)
    kept, left_out = _measurable(read_table(source))
    table = ibis.memtable(kept)
    direct = _direct(kept, rules, partly_masked(table))
    if direct:
        raise GateError(
            f"columns identify persons directly: {', '.join(direct)} (grade 1 of GB/T 42460)",
            where=source,
            hint="mask the table first: voc mask",
        )
    demand = _demand(table, quasi, sensitive, k, rules)
    before = measure(table, demand)
    if not before.holds and not suppress:
        raise GateError(_refusal(before, demand), where=source, hint="generalise columns, or add --suppress")
    safe = table if before.holds else keep_crowds(table, demand)
    after = measure(safe, demand)
    if not after.holds:  # taking groups out cannot make others smaller; should it happen, nothing leaves
        raise GateError(_refusal(after, demand), where=source)
    graded = grade((), after)
    rows = _write(safe.to_pyarrow(), output, force=force)
    _write_grade(output, graded, demand, force=force)
    return ExportResult(kept.num_rows, rows, demand.quasi, left_out, graded, before)


def _measurable(table: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    import pyarrow as pa

    free = [
        field.name
        for field in table.schema
        if MASKED_KEY in (field.metadata or {})
        or field.name.startswith(_FINDINGS)
        or pa.types.is_nested(field.type)
    ]
    return table.drop_columns(free), tuple(free)


def _direct(table: pa.Table, policy: Policy, partly: frozenset[str]) -> tuple[str, ...]:
    """Columns in which a person's identifiers are left, by name or in the cells.

    A column of partial masks is called after an identifier but holds none; it counts as a quasi-identifier.
    """
    from voc.privacy.scan import scan

    found = scan(table.to_batches(), policy).columns
    names = {
        row.column
        for row in found
        if row.tier.rank > 0 and row.cells and (row.by == "cells" or row.column not in partly)
    }
    return tuple(name for name in table.column_names if name in names and name != _PERSON)


def _demand(
    table: ir.Table, quasi: Sequence[str], sensitive: str | None, k: int | None, policy: Policy
) -> Demand:
    from voc.privacy.disclosure.anonymity import Demand
    from voc.privacy.disclosure.traces import quasi_columns

    found = [name for name in quasi_columns(table) if name != sensitive]
    return Demand(
        quasi=tuple(dict.fromkeys([*quasi, *found])),
        k=policy.disclosure.k if k is None else k,
        diversity=policy.disclosure.diversity if sensitive else 1,
        sensitive=sensitive,
        person=_PERSON if _PERSON in table.columns else None,
    )


def _refusal(found: Anonymity, demand: Demand) -> str:
    text = (
        f"{found.offending_groups:,} of {found.groups:,} groups ({found.offending_rows:,} rows) are below "
        f"{demand.k} persons"
    )
    if demand.sensitive:
        text += f" or {demand.diversity} values of {demand.sensitive!r}"
    return f"{text}: grade 2 of GB/T 42460; the smallest has {found.k}"


def _write(table: pa.Table, output: str, *, force: bool) -> int:
    from voc.io import open_sink

    with open_sink(output, table.schema, force=force) as sink:
        for batch in table.to_batches():
            sink.write(batch)
    return int(table.num_rows)


def _write_grade(output: str, graded: GradedExport, demand: Demand, *, force: bool) -> None:
    from voc.io import write_bytes

    document = {
        "grade": int(graded.grade),
        "grade_zh": graded.grade.zh,
        "standard": "GB/T 42460-2023",
        "demand": asdict(demand),
        "anonymity": asdict(graded.anonymity) if graded.anonymity else None,
    }
    path = (
        Path(f"{output}.grade.json") if output != "-" and "://" not in output else Path("export.grade.json")
    )
    write_bytes(path, (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode(), force=force)
