"""Turns results into what a command prints: facts for `--json`, lines for a reader, the exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.cli.session import Session, Summary
from voc.how_many import how_many

if TYPE_CHECKING:
    from voc.io import Quarantine
    from voc.pipeline.causes.effects import CausesFileResult
    from voc.pipeline.customers.files import CustomerFile
    from voc.pipeline.customers.table import CustomersFileResult
    from voc.pipeline.files import Explanation, FileResult, ScanResult
    from voc.pipeline.result import RunResult
    from voc.pipeline.run import PlannedStep

__all__ = [
    "aligned",
    "causes_summary",
    "customer_file_summary",
    "customers_summary",
    "explain_summary",
    "file_summary",
    "plan_summary",
    "run_summary",
    "scan_summary",
    "with_rows_set_aside",
]

QUARANTINED = 4


def file_summary(session: Session, result: FileResult, output: str, *, counted: str) -> Summary:
    """Summarise one table in, one table out."""
    for note in result.notes:
        session.note(note)
    facts = {
        "output": output,
        "rows_in": result.rows_in,
        "rows_out": result.rows_out,
        "rows_reused": result.rows_reused,
        "rows_resumed": result.rows_resumed,
        counted: dict(result.counts),
        "notes": list(result.notes),
    }
    if result.rows_reused:
        session.note(f"{how_many(result.rows_reused, 'row')} as in the last run")
    if result.rows_resumed:
        session.note(
            how_many(
                result.rows_resumed,
                "row was done when the last run stopped",
                "rows were done when the last run stopped",
            )
        )
    lines = [f"{how_many(result.rows_out, 'row')} → {output}"]
    lines += [f"  {count:>9,}  {name}" for name, count in _largest(result.counts)]
    summary = Summary(facts, tuple(lines), stdout_is_data=output == "-")
    return _with_rows_set_aside(summary, result.quarantined, result.quarantine)


def with_rows_set_aside(summary: Summary, bad: Quarantine) -> Summary:
    """Tell of the rows in a quarantine, and exit with 4 unless a limit was broken."""
    if bad.count and bad.path is None:
        summary = replace(summary, lines=(*summary.lines, bad.told))
    return _with_rows_set_aside(summary, bad.count, bad.path)


def _with_rows_set_aside(summary: Summary, rows: int, quarantine: Path | None) -> Summary:
    place = str(quarantine) if rows and quarantine else None
    facts = {**summary.facts, "quarantined": rows, "quarantine": place}
    if not rows:
        return replace(summary, facts=facts)
    lines = (*summary.lines, f"{how_many(rows, 'row')} set aside → {place}") if place else summary.lines
    return replace(summary, facts=facts, lines=lines, exit_code=summary.exit_code or QUARANTINED)


def _largest(counts: Mapping[str, int], most: int = 20) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]


def scan_summary(
    session: Session, result: ScanResult, *, max_core: int | None, max_general: int | None
) -> Summary:
    """Summarise a scan and apply its limits."""
    for note in result.notes:
        session.note(note)
    totals = {"core": 0, "general": 0}
    for row in result.found:
        if row.tier in totals:
            totals[row.tier] += row.cells
    limits = {"core": max_core, "general": max_general}
    broken = [
        f"{tier}: {how_many(totals[tier], 'finding')}, limit {limit:,}"
        for tier, limit in limits.items()
        if limit is not None and totals[tier] > limit
    ]
    facts = {
        "rows": result.rows,
        "quarantined": result.quarantined,
        "found": [row._asdict() for row in result.found],
        "totals": totals,
        "broken": broken,
    }
    table = [("column", "entity", "tier", "cells", "share")]
    table += [
        (row.column, row.entity, str(row.tier), f"{row.cells:,}", f"{row.share:.2%}") for row in result.found
    ]
    lines = (
        [how_many(result.rows, "row"), *aligned(table)]
        if result.found
        else [f"{how_many(result.rows, 'row')}, nothing found"]
    )
    lines += [f"limit broken: {text}" for text in broken]
    if result.quarantined:
        told = "rows cannot be read and were not looked at: voc mask sets them aside, with row and reason"
        lines.append(f"{result.quarantined:,} {told}")
    return Summary(facts, tuple(lines), 1 if broken else QUARANTINED if result.quarantined else 0)


def run_summary(session: Session, result: RunResult) -> Summary:
    """Summarise a run."""
    for note in result.notes:
        session.warn(note)
    facts: dict[str, Any] = {
        "folder": str(result.folder),
        "report": str(result.report) if result.report else None,
        "quarantined": result.quarantined,
        "steps": [
            {
                "name": outcome.name,
                "skipped": outcome.skipped,
                "seconds": round(outcome.seconds, 3),
                "rows_in": outcome.result.rows_in,
                "rows_out": outcome.result.rows_out,
                "quarantined": outcome.result.quarantined,
            }
            for outcome in result.outcomes
        ],
        "notes": list(result.notes),
    }
    lines = [f"run folder: {result.folder}"]
    if result.quarantined:
        lines.append(f"set aside:  {how_many(result.quarantined, 'row')} → {result.folder / 'quarantine'}")
    if result.report:
        lines.append(f"report:     {result.report}")
    return Summary(facts, tuple(lines), result.exit_code)


def plan_summary(name: str, steps: Sequence[PlannedStep]) -> Summary:
    """Summarise a plan."""
    table = [("step", "rows", "state", "writes")]
    table += [
        (
            step.name,
            "?" if step.rows is None else f"{step.rows:,}",
            "up to date" if step.up_to_date else "to run",
            ", ".join(Path(path).name for path in step.writes),
        )
        for step in steps
    ]
    facts = {"pipeline": name, "steps": [asdict(step) for step in steps]}
    return Summary(facts, (f"plan of {name}, nothing was run", *aligned(table)))


def customers_summary(session: Session, result: CustomersFileResult, output: str) -> Summary:
    """Summarise a customer table."""
    for note in result.notes:
        session.note(note)
    from voc.customers.segments import segment_name

    table = [("segment", "customers", "share", "revenue")]
    table += [
        (
            segment_name(row.segment),
            f"{row.customers:,}",
            f"{row.customer_share:.1%}",
            _percent(row.revenue_share),
        )
        for row in result.segments
    ]
    facts = {
        "output": output,
        "customers": result.customers,
        "segments": [row._asdict() for row in result.segments],
        "counts": dict(result.counts),
    }
    return Summary(
        facts,
        (f"{how_many(result.customers, 'customer')} → {output}", *aligned(table)),
        stdout_is_data=output == "-",
    )


def customer_file_summary(session: Session, result: CustomerFile, output: str) -> Summary:
    """Summarise a table of customers made from orders."""
    for note in result.notes:
        session.note(note)
    facts = {"output": output, "rows": result.rows, **result.facts, "notes": list(result.notes)}
    lines = (f"{how_many(result.rows, 'row')} → {output}", *aligned(result.table))
    return Summary(facts, lines, stdout_is_data=output == "-")


def causes_summary(session: Session, result: CausesFileResult, output: Path) -> Summary:
    """Summarise an effects table."""
    for note in result.notes:
        session.note(note)
    heads = ("tag", "exposed", "churn", "unexposed", "adjusted", "95 % interval", "doubly robust", "q")
    table = [(*heads, "revenue at risk")]
    table += [
        (
            row.tag,
            _count(row.n_exposed),
            _percent(row.rate_exposed),
            _percent(row.rate_unexposed),
            _number(row.adjusted_rr),
            f"{_number(row.adjusted_rr_ci_lower)} – {_number(row.adjusted_rr_ci_upper)}",
            _number(row.dr_rr),
            _number(row.q_value, 3),
            "–" if row.revenue_at_risk is None else f"{row.revenue_at_risk:,.0f}",
        )
        for row in result.rows
    ]
    facts = {
        "output": str(output),
        "match_rate": result.match_rate,
        "effects": [row._asdict() for row in result.rows],
        "counts": dict(result.counts),
    }
    rate = result.match_rate
    linked = "" if rate is None else f"{rate:.1%} of complaint tags of a customer fit one with orders"
    return Summary(facts, (*aligned(table), *filter(None, [linked]), f"→ {output}"))


def explain_summary(explanation: Explanation) -> Summary:
    """Summarise which words and rules led to the tags of one row."""
    return Summary(explanation.facts, explanation.lines)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay rows out in columns, counting wide characters as two cells."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
