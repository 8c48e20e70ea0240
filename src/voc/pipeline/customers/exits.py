"""How many customers have left by each way out, where one way shuts the others."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from voc.customers.survival import IncidenceRow, cumulative_incidence
from voc.errors import ColumnError
from voc.pipeline.customers.spans import customer_spans, exit_reasons

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["EXITS_SCHEMA", "ExitCurves", "exit_curves"]

_FEWEST = 10
"""Customers that a way out needs to be told by itself."""

EXITS_SCHEMA = pa.schema(
    [
        ("exit", pa.string()),
        ("time", pa.float64()),
        ("at_risk", pa.int64()),
        ("events", pa.int64()),
        ("incidence", pa.float64()),
    ]
)
"""Columns of `exits.parquet`."""


class ExitCurves(NamedTuple):
    """Cumulative incidence by days since the first order."""

    customers: int
    left: int
    watched_days: float
    """Days for which the customer of longest standing has been watched."""
    curves: dict[str, tuple[IncidenceRow, ...]]
    """By way out; rare ones and those that nobody named are `other`."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of `exits.parquet`."""
        return [{"exit": name, **row._asdict()} for name, curve in self.curves.items() for row in curve]


def exit_curves(
    orders: ir.Table, churn: ir.Table, reason: str, *, as_of: date | None, min_match: float
) -> ExitCurves:
    """Return the curve of each way out.

    Parameters
    ----------
    orders
        Clean orders.
    churn
        Customer, `churned_at`, and the way out in the column `reason`.
    min_match
        Least share of the customers of `churn` who have orders.

    Raises
    ------
    ColumnError
        When the column is missing.
    GateError
        When the share is smaller.
    """
    if reason not in churn.columns:
        raise ColumnError.missing(reason, churn.columns, where="churn")
    spans = customer_spans(orders, churn, as_of=as_of, inactive_days=1, min_match=min_match)
    named = exit_reasons(churn, reason, spans, fewest=_FEWEST)
    names = sorted(set(named[spans.left].tolist()))
    cause = np.zeros(len(named), np.int64)
    for number, name in enumerate(names, start=1):
        cause[spans.left & (named == name)] = number
    found = cumulative_incidence(spans.days, cause) if names else {}
    curves = {names[k - 1]: curve for k, curve in found.items()}
    watched = float(spans.days.max(initial=0))
    return ExitCurves(len(named), int(spans.left.sum()), watched, curves)
