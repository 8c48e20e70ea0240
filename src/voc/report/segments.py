"""Customers by segment, with small cells suppressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from typing import Any

from voc.report.intervals import share
from voc.report.model import Coverage, SegmentRow, Segments, Share
from voc.report.sources import Sources, rows_of

__all__ = ["hidden_cells", "read_churn", "read_coverage", "read_segments"]

_ORDER = ("vip", "growth", "general", "churn_risk")


def hidden_cells(counts: Sequence[int], min_cell: int, already: Set[int] = frozenset()) -> set[int]:
    """Return the places of counts that must not be shown when their total is known.

    Counts from 1 up to `min_cell - 1` are hidden. Where that hides one cell only, the smallest of the others
    that is not 0 is hidden too, or the total would give the first away.
    """
    hidden = {i for i, count in enumerate(counts) if 0 < count < min_cell} | set(already)
    if len(hidden) == 1:
        others = [(count, i) for i, count in enumerate(counts) if i not in hidden and count > 0]
        if others:
            hidden.add(min(others)[1])
    return hidden


def read_segments(sources: Sources, min_cell: int) -> Segments | None:
    """Count customers, revenue, complainers and churned customers by segment; None without segments."""
    customers = sources.customers
    if customers is None or "segment" not in customers.columns:
        return None
    rows = sorted(_counted(sources), key=_rank)
    total = sum(row["n"] for row in rows)
    known = "revenue" in customers.columns
    revenue = sum((row["revenue"] or Decimal(0) for row in rows), Decimal(0)) if known else None
    hidden = hidden_cells([row["n"] for row in rows], min_cell)
    churn_hidden = hidden_cells([row["churned"] or 0 for row in rows], min_cell, hidden)
    shown = [
        _hidden_row(row) if i in hidden else _row(row, total, revenue, min_cell, i not in churn_hidden)
        for i, row in enumerate(rows)
    ]
    return Segments(
        customers=total,
        revenue=None if revenue is None else float(revenue),
        rows=tuple(shown),
        min_cell=min_cell,
    )


def _counted(sources: Sources) -> list[dict[str, Any]]:
    customers, feedback = sources.customers, sources.feedback
    assert customers is not None
    complainers = feedback.filter(feedback.complained, feedback.customer_key.notnull()).customer_key
    table = customers.mutate(complained=customers.customer_key.isin(complainers))
    measures = {"n": table.count(), "complained": table.complained.sum()}
    if "revenue" in table.columns:
        measures["revenue"] = table.revenue.sum()
    if "churned" in table.columns:
        measures["churned"] = table.churned.sum()
    counted = rows_of(table.group_by("segment").agg(**measures))
    return [{"revenue": None, "churned": None, **row} for row in counted]


def _rank(row: Mapping[str, Any]) -> tuple[int, str]:
    """Order segments by worth; those of another scheme come after, by name."""
    name = row["segment"] or ""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _name(row: Mapping[str, Any]) -> str:
    return row["segment"] or "—"


def _hidden_row(row: Mapping[str, Any]) -> SegmentRow:
    return SegmentRow(
        name=_name(row),
        suppressed=True,
        customers=None,
        customer_share=None,
        revenue=None,
        revenue_share=None,
        complaint=None,
        churn=None,
    )


def _row(
    row: Mapping[str, Any], total: int, revenue: Decimal | None, min_cell: int, churn_shown: bool
) -> SegmentRow:
    return SegmentRow(
        name=_name(row),
        suppressed=False,
        customers=row["n"],
        customer_share=row["n"] / total,
        revenue=None if row["revenue"] is None else float(row["revenue"]),
        revenue_share=float((row["revenue"] or 0) / revenue) if revenue and revenue > 0 else None,
        complaint=_shown_share(row["complained"] or 0, row["n"], min_cell),
        churn=share(row["churned"], row["n"]) if churn_shown and row["churned"] is not None else None,
    )


def _shown_share(count: int, n: int, min_cell: int) -> Share | None:
    return None if 0 < count < min_cell else share(count, n)


def read_churn(sources: Sources, min_cell: int) -> Share | None:
    """Return the share of customers who left; None where that is not known or under the minimum."""
    customers = sources.customers
    if customers is None or "churned" not in customers.columns:
        return None
    [row] = rows_of(customers.agg(n=customers.count(), churned=customers.churned.sum()))
    return _shown_share(row["churned"] or 0, row["n"], min_cell)


def read_coverage(sources: Sources) -> Coverage | None:
    """Count feedback with and without a customer, and how much of it the customer table knows."""
    feedback, customers = sources.feedback, sources.customers
    if customers is None:
        keyed = feedback.mutate(known=feedback.customer_key.isnull())
    else:
        keyed = feedback.mutate(known=feedback.customer_key.isin(customers.customer_key))
    has_key = keyed.customer_key.notnull()
    [row] = rows_of(
        keyed.agg(
            n=keyed.count(),
            with_key=has_key.sum(),
            matched=(has_key & keyed.known).sum(),
            unmatched=keyed.customer_key.nunique(where=has_key & ~keyed.known),
        )
    )
    with_key = row["with_key"] or 0
    if with_key == 0 and customers is None:
        return None
    return Coverage(
        with_customer=with_key,
        without_customer=row["n"] - with_key,
        matched=None if customers is None else (row["matched"] or 0),
        unmatched_customers=None if customers is None else row["unmatched"],
    )
