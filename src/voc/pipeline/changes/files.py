"""What `voc explain-change` does: a finished run in, the parts of a change out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.errors import InputError, UsageError
from voc.io.atomic import write_bytes
from voc.pipeline.changes.periods import Period, last_two_months, parse_period

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from voc.rootcause.change import Change, Counts

__all__ = ["METRICS", "ChangeResult", "explain_change_file"]

METRICS = ("complaint-rate", "churn-rate")


@dataclass(frozen=True)
class ChangeResult:
    """What moved a metric."""

    metric: str
    before: Period
    after: Period
    change: Change

    @property
    def facts(self) -> dict[str, Any]:
        """Everything as plain values."""
        change = asdict(self.change)
        change["dimensions"] = [
            {**found._asdict(), "elements": [one._asdict() for one in found.elements]}
            for found in self.change.dimensions
        ]
        return {"metric": self.metric, "before": str(self.before), "after": str(self.after), **change}


def explain_change_file(
    metric: str, folder: Path, output: Path | None, *, before: str | None, after: str | None, force: bool
) -> ChangeResult:
    """Attribute the change of a metric between two periods of a finished run.

    Parameters
    ----------
    metric
        One of `METRICS`.
    folder
        Of a finished run.
    output
        A JSON file to write.
    before, after
        Periods, see `parse_period`; the last two whole months when neither is given.

    Raises
    ------
    UsageError
        For an unknown metric, or periods that do not fit.
    InputError
        When the folder lacks a table.
    """
    from voc.rootcause.change import explain_change

    if metric not in METRICS:
        raise UsageError(f"unknown metric {metric!r}", hint=f"known: {', '.join(METRICS)}")
    if (before is None) != (after is None):
        raise UsageError("give both --before and --after, or neither")
    run = _Run(folder)
    if before is not None and after is not None:
        periods = parse_period(before), parse_period(after)
    else:
        periods = last_two_months(*run.days_of(metric))
    if periods[0].end >= periods[1].start:
        raise UsageError("--before must end before --after begins")
    counts = run.complaints(*periods) if metric == "complaint-rate" else run.churn(*periods)
    result = ChangeResult(metric, *periods, explain_change(counts))
    if output is not None:
        text = json.dumps(result.facts, ensure_ascii=False, indent=2, allow_nan=False)
        write_bytes(output, (text + "\n").encode(), force=force)
    return result


class _Run:
    """Tables of a finished run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
            self._roles = {row["name"]: row["role"] for row in report["quality"]["inputs"]}
        except (OSError, ValueError, KeyError, TypeError):
            hint = "give the folder of a finished run, the one that `voc run` printed"
            raise InputError("is no finished run", where=str(folder), hint=hint) from None

    def _table(self, name: str) -> ir.Table:
        from voc.pipeline.customers.table import read_parquets

        path = self._folder / name
        if not path.is_file():
            raise InputError(f"no {name}", where=str(self._folder))
        return read_parquets([path])

    def _inputs(self, role: str) -> ir.Table | None:
        from voc.pipeline.customers.table import read_parquets

        paths = [
            self._folder / "masked" / f"{name}.parquet" for name, is_a in self._roles.items() if is_a == role
        ]
        return read_parquets(paths) if paths else None

    def _orders(self) -> ir.Table:
        orders = self._inputs("orders")
        if orders is None:
            raise InputError("the run has no orders, and so no churn", where=str(self._folder))
        return orders

    def days_of(self, metric: str) -> tuple[date, date]:
        """First and last day of the data that the metric rests on."""
        table = self._table("feedback.parquet") if metric == "complaint-rate" else self._orders()
        days = table.aggregate(first=table.ts.min(), last=table.ts.max()).to_pyarrow().to_pylist()[0]
        if days["first"] is None:
            raise InputError("no row has a time", where=str(self._folder))
        return days["first"].date(), days["last"].date()

    def complaints(self, before: Period, after: Period) -> Counts:
        """Count feedback and complaints."""
        from voc.pipeline.changes.counts import complaint_counts

        customers = None
        if (self._folder / "customers.parquet").is_file():
            customers = self._table("customers.parquet")
        feedback, tags = self._table("feedback.parquet"), self._table("tags.parquet")
        return complaint_counts(feedback, tags, customers, before, after)

    def churn(self, before: Period, after: Period) -> Counts:
        """Count customers and those who left."""
        from voc.pipeline.changes.counts import churn_counts

        return churn_counts(self._orders(), self._table("tags.parquet"), self._inputs("churn"), before, after)
