"""Customers by segment, with small cells suppressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from typing import Any

import numpy as np

from voc.report.intervals import share
from voc.report.model import Coverage, SegmentRow, Segments, Share
from voc.report.sources import Sources, rows_of
from voc.suppression import protect_list, protect_shares

__all__ = [
    "hidden_cells",
    "hidden_everywhere",
    "hidden_shares",
    "read_churn",
    "read_coverage",
    "read_segments",
    "segment_sizes",
]

_ORDER = ("vip", "growth", "general", "churn_risk")


def hidden_cells(counts: Sequence[int], min_cell: int, already: Set[int] = frozenset()) -> set[int]:
    """Return the places of counts that must not be shown when their total is known.

    Counts from 1 up to `min_cell - 1` are hidden, and the smallest of the others that are not 0 until two
    are, of `min_cell` customers together: or the total would give the first away (`voc.suppression`).
    """
    if not counts:
        return set()
    found = protect_list(
        np.array(counts, dtype=float),
        min_cell=min_cell,
        sensitive=np.array([at in already for at in range(len(counts))]),
    )
    return {int(at) for at in np.flatnonzero(found)}


def hidden_everywhere(tables: Sequence[Mapping[str, int]], min_cell: int) -> frozenset[str]:
    """Name the segments that no table of the report shows.

    Tables by segment share their margins: customers of one are those of another, or nearly, and a segment
    that one of them hides to protect a smaller one must not be read from the next. So what one hides all
    hide, until none has to hide more.

    Parameters
    ----------
    tables
        Counts by segment, one mapping a table.
    """
    hidden: set[str] = set()
    more = True
    while more:
        more = False
        for table in tables:
            names = sorted(table, key=_rank_of)
            already = {at for at, name in enumerate(names) if name in hidden}
            found = {names[at] for at in hidden_cells([table[name] for name in names], min_cell, already)}
            more |= not found <= hidden
            hidden |= found
    return frozenset(hidden)


def hidden_shares(
    parts: Sequence[int], wholes: Sequence[int], min_cell: int, already: Set[int] = frozenset()
) -> set[int]:
    """Return the places of shares that must not be shown when the wholes and the total of parts are known."""
    if not parts:
        return set()
    found = protect_shares(
        np.array(parts, dtype=float),
        np.array(wholes, dtype=float),
        min_cell=min_cell,
        sensitive=np.array([at in already for at in range(len(parts))]),
    )
    return {int(at) for at in np.flatnonzero(found)}


def segment_sizes(sources: Sources) -> dict[str, int]:
    """Count customers by segment; nothing without segments."""
    customers = sources.customers
    if customers is None or "segment" not in customers.columns:
        return {}
    counted = rows_of(customers.group_by("segment").agg(n=customers.count()))
    return {row["segment"] or "": row["n"] for row in counted}


def read_segments(sources: Sources, min_cell: int, elsewhere: Set[str] = frozenset()) -> Segments | None:
    """Count customers, revenue, complainers and churned customers by segment; None without segments.

    Parameters
    ----------
    elsewhere
        Segments that other tables hide (`hidden_everywhere`).
    """
    customers = sources.customers
    if customers is None or "segment" not in customers.columns:
        return None
    rows = sorted(_counted(sources), key=_rank)
    total = sum(row["n"] for row in rows)
    known = "revenue" in customers.columns
    revenue = sum((row["revenue"] or Decimal(0) for row in rows), Decimal(0)) if known else None
    already = {at for at, row in enumerate(rows) if (row["segment"] or "") in elsewhere}
    hidden = hidden_cells([row["n"] for row in rows], min_cell, already)
    sizes = [row["n"] for row in rows]
    unheard = hidden_shares([row["complained"] or 0 for row in rows], sizes, min_cell, hidden)
    unknown = hidden_shares([row["churned"] or 0 for row in rows], sizes, min_cell, hidden)
    shown = [
        _hidden_row(row) if i in hidden else _row(row, total, revenue, i not in unheard, i not in unknown)
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
    return _rank_of(row["segment"] or "")


def _rank_of(name: str) -> tuple[int, str]:
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
    row: Mapping[str, Any], total: int, revenue: Decimal | None, complaint_shown: bool, churn_shown: bool
) -> SegmentRow:
    return SegmentRow(
        name=_name(row),
        suppressed=False,
        customers=row["n"],
        customer_share=row["n"] / total,
        revenue=None if row["revenue"] is None else float(row["revenue"]),
        revenue_share=float((row["revenue"] or 0) / revenue) if revenue and revenue > 0 else None,
        complaint=share(row["complained"] or 0, row["n"]) if complaint_shown else None,
        churn=share(row["churned"], row["n"]) if churn_shown and row["churned"] is not None else None,
    )


def read_churn(sources: Sources, min_cell: int, segments: Segments | None) -> Share | None:
    """Return the share of customers who left.

    None where that is not known, where those who left or those who stayed are under the minimum, and where no
    segment may show it: this total would give one of them away then.
    """
    customers = sources.customers
    if customers is None or "churned" not in customers.columns:
        return None
    [row] = rows_of(customers.agg(n=customers.count(), churned=customers.churned.sum()))
    churned, n = row["churned"] or 0, row["n"]
    if 0 < churned < min_cell or 0 < n - churned < min_cell:
        return None
    if segments is not None and all(one.churn is None for one in segments.rows):
        return None
    return share(churned, n)


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
