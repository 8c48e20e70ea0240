"""What was found and masked, by kind and tier. Counts only: neither value nor text."""

from __future__ import annotations

from collections.abc import Collection

from voc.report.model import Privacy, PrivacyRow
from voc.report.sources import Sources, rows_of
from voc.types import Tier

__all__ = ["read_privacy"]


def read_privacy(sources: Sources, kept: Collection[str] = ()) -> Privacy | None:
    """Count spans and the rows that held them; None when no table tells what was masked.

    Spans of the kinds in `kept` are listed but do not count as masked. Rows are ordered from core to
    none, then by spans, then by entity.
    """
    spans = sources.spans
    if spans is None:
        return None
    found = rows_of(spans.group_by("entity", "tier").agg(spans=spans.count(), rows=spans.row_id.nunique()))
    [total] = rows_of(spans.agg(rows=spans.row_id.nunique()))
    rows = [PrivacyRow(**row, kept=row["entity"] in kept) for row in found]
    rows.sort(key=lambda row: (-Tier(row.tier).rank, -row.spans, row.entity))
    return Privacy(
        rows_scanned=sources.rows_scanned,
        rows_with_spans=total["rows"],
        spans=sum(row.spans for row in rows if not row.kept),
        rows=tuple(rows),
    )
