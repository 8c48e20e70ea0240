"""Which counts of the table of causes are not shown.

Everybody in a study is with a complaint or without it, and who left stands beside each complaint and in the
design. So of those who left, both sides are hidden where one is small; what is computed from them goes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from voc.report.cause_model import CauseRow, CauseSilence
from voc.report.segments import hidden_cells, hidden_shares

__all__ = ["COUNTS", "guarded_segments", "guarded_silence", "without_small"]

COUNTS: Final = ("n_exposed", "n_unexposed", "churn_exposed", "churn_unexposed")
_OF_CHURN: Final = (
    "churn_exposed",
    "churn_unexposed",
    "rate_exposed_ci_lower",
    "rate_exposed_ci_upper",
    "rate_unexposed_ci_lower",
    "rate_unexposed_ci_upper",
    "crude_rr",
    "adjusted_rd",
    "adjusted_rd_ci_lower",
    "adjusted_rd_ci_upper",
    "paf",
    "paf_ci_lower",
    "paf_ci_upper",
    "attributable_churners",
    "attributable_churners_ci_lower",
    "attributable_churners_ci_upper",
    "revenue_at_risk",
    "revenue_at_risk_ci_lower",
    "revenue_at_risk_ci_upper",
)
"""Counts of who left, and what tells them beside the other counts."""
_NO_CHURN: Final = dict.fromkeys(_OF_CHURN)
_OF_EXPOSED: Final = ("overlap", "trimmed_share")
"""Shares of those who complained, whose fractions tell how many they are."""
_NOTHING: Final = dict.fromkeys((*COUNTS, *_OF_CHURN, *_OF_EXPOSED))


def without_small(row: CauseRow, min_cell: int) -> CauseRow:
    """Hide those who left where they, or those who stayed, are few on either side."""
    pairs = ((row.churn_exposed, row.n_exposed), (row.churn_unexposed, row.n_unexposed))
    few = any(
        _is_small(left, min_cell) or (left is not None and n is not None and _is_small(n - left, min_cell))
        for left, n in pairs
    )
    return row.model_copy(update=_NO_CHURN) if few else row


def guarded_segments(
    rows: Sequence[CauseRow], whole: CauseRow, min_cell: int, elsewhere: Set[str] = frozenset()
) -> list[CauseRow]:
    """Hide counts of further segments, the smallest first, until the row of all segments less those shown
    tells no hidden one closely.

    Parameters
    ----------
    rows
        Of one complaint by segment, suppressed ones without counts.
    whole
        Of all segments.
    elsewhere
        Segments that other tables of the report hide.
    """
    shown = [row.model_copy(update=_NOTHING) if row.segment in elsewhere else row for row in rows]
    for name, update in (("n_exposed", _NOTHING), ("churn_exposed", _NO_CHURN)):
        while _is_given_away([getattr(row, name) for row in shown], getattr(whole, name), min_cell):
            counted = [at for at, row in enumerate(shown) if getattr(row, name)]
            if not counted:
                break
            smallest = min(counted, key=lambda at: (getattr(shown[at], name), shown[at].segment or ""))
            shown[smallest] = shown[smallest].model_copy(update=update)
    return shown


def _is_given_away(counts: Sequence[int | None], total: int | None, min_cell: int) -> bool:
    """Whether what is not shown is one count, or so few that each is nearly known."""
    others = sum(count is None for count in counts) - 1
    if others < 0 or total is None:
        return False
    return not others or total - sum(count or 0 for count in counts) - others < min_cell


def guarded_silence(rows: Sequence[Mapping[str, Any]], min_cell: int) -> tuple[CauseSilence, ...]:
    """Hide small counts of who never complained, and of who left by segment, whose total is in the design."""
    parts = [at for at, row in enumerate(rows) if row["segment"] is not None]
    few = {place for place, at in enumerate(parts) if _is_small(rows[at]["customers"], min_cell)}
    few = hidden_cells([rows[at]["churned"] for at in parts], min_cell, few)
    unheard = hidden_shares(
        [rows[at]["silent_churned"] for at in parts], [rows[at]["churned"] for at in parts], min_cell, few
    )
    hidden, quiet = {parts[place] for place in few}, {parts[place] for place in unheard}
    return tuple(_silence(row, min_cell, at in hidden, at in quiet) for at, row in enumerate(rows))


def _silence(row: Mapping[str, Any], min_cell: int, is_hidden: bool, is_quiet: bool) -> CauseSilence:
    names = ("customers", "silent_customers", "churned", "silent_churned")
    if is_hidden:
        return CauseSilence(segment=row["segment"], **dict.fromkeys(names))
    kept = {name: row[name] for name in names}
    for part, whole in (("silent_customers", "customers"), ("silent_churned", "churned")):
        if _is_small(row[part], min_cell) or _is_small(row[whole] - row[part], min_cell):
            kept[part] = None
    if is_quiet:
        kept["silent_churned"] = None
    return CauseSilence(segment=row["segment"], **kept)


def _is_small(count: int | None, min_cell: int) -> bool:
    return count is not None and 0 < count < min_cell
