"""The tables of the report: one definition that HTML, Excel and Markdown render."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from voc.report import figures
from voc.report.model import CauseRow, GroupRow, Report, SegmentRow, Share, TagRow
from voc.report.strings import Strings
from voc.report.summary import change_direction

__all__ = ["Bounds", "Cell", "Column", "Kind", "Table", "all_tables", "cell_text"]

Bounds = tuple[float, float]
Cell = str | int | float | Bounds | None


class Kind(StrEnum):
    """What a column holds, and so how it is aligned and written."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    SHARE_INTERVAL = "share_interval"
    CHANGE = "change"
    CHANGE_INTERVAL = "change_interval"
    RATIO = "ratio"
    RATIO_INTERVAL = "ratio_interval"
    MONEY = "money"
    P_VALUE = "p_value"

    @property
    def numeric(self) -> bool:
        """Whether cells are figures, aligned to the right."""
        return self is not Kind.TEXT


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    kind: Kind = Kind.TEXT
    minor: bool = False
    """Whether it may be left out where there is little room."""
    spare: bool = False
    """Whether it is for Excel only."""
    short: bool = False
    """Whether its texts are short, and not to be broken."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is ready to show. A cell is None where nothing is known."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def without_spare(self) -> Table:
        """Return the table as a page shows it."""
        keep = [i for i, column in enumerate(self.columns) if not column.spare]
        return replace(
            self,
            columns=tuple(self.columns[i] for i in keep),
            rows=tuple(tuple(row[i] for i in keep) for row in self.rows),
        )


def cell_text(cell: Cell, kind: Kind, strings: Strings) -> str:
    """Return the cell as a reader sees it."""
    if cell is None:
        return strings["unknown"]
    if isinstance(cell, str):
        return cell
    if isinstance(cell, tuple):
        lower, upper = cell
        if kind is Kind.SHARE_INTERVAL:
            return figures.share_interval(lower, upper)
        if kind is Kind.CHANGE_INTERVAL:
            return f"{figures.change(lower)} {strings['range']} {figures.change(upper)}"
        return f"{figures.ratio(lower)}–{figures.ratio(upper)}"
    return _WRITERS[kind](cell)


def _count(value: float) -> str:
    return figures.count(int(value))


_WRITERS: dict[Kind, Callable[[float], str]] = {
    Kind.TEXT: _count,
    Kind.COUNT: _count,
    Kind.SHARE: figures.share,
    Kind.CHANGE: figures.change,
    Kind.RATIO: figures.ratio,
    Kind.MONEY: figures.money,
    Kind.P_VALUE: figures.p_value,
}


def all_tables(report: Report, strings: Strings) -> tuple[Table, ...]:
    """Return every table that has rows, in the order of the sections."""
    makers = (
        complaints,
        trend,
        trend_tags,
        channels,
        products,
        severity,
        quotes,
        segments,
        causes,
        privacy,
        noisy,
        inputs,
        reasons,
        coverage,
    )
    tables = (make(report, strings) for make in makers)
    return tuple(table for table in tables if table.rows)


def _table(key: str, strings: Strings, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> Table:
    return Table(key, strings[f"tables.{key}"], tuple(columns), tuple(rows))


def _column(
    strings: Strings,
    key: str,
    kind: Kind = Kind.TEXT,
    *,
    minor: bool = False,
    spare: bool = False,
    short: bool = False,
) -> Column:
    return Column(strings[f"columns.{key}"], kind, minor, spare, short)


def _interval_column(strings: Strings, kind: Kind, *, minor: bool = False) -> Column:
    return Column(strings["interval"], kind, minor)


def _value(share: Share | None) -> float | None:
    return None if share is None else share.share


def _bounds(share: Share | None) -> Bounds | None:
    return None if share is None else (share.ci_lower, share.ci_upper)


def _pair(lower: float | None, upper: float | None) -> Bounds | None:
    return None if lower is None or upper is None else (lower, upper)


def complaints(report: Report, strings: Strings) -> Table:
    """Complaints by group and tag."""
    columns = [
        _column(strings, "tag"),
        _column(strings, "group", minor=True),
        _column(strings, "count", Kind.COUNT),
        _column(strings, "share", Kind.SHARE),
        _interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        _column(strings, "change", Kind.CHANGE),
        _interval_column(strings, Kind.CHANGE_INTERVAL, minor=True),
        _column(strings, "q_value", Kind.P_VALUE, minor=True),
        _column(strings, "direction", minor=True, short=True),
        _column(strings, "praises", Kind.COUNT, minor=True),
    ]
    compared = report.trend is not None and report.trend.current is not None
    group_of = {tag.id: strings.tag(group.id, group.zh) for group in report.groups for tag in group.tags}

    def row(tag: TagRow) -> tuple[Cell, ...]:
        direction = strings[f"direction.{change_direction(tag)}"] if compared else None
        return (
            strings.tag(tag.id, tag.zh),
            group_of[tag.id],
            tag.complaints.count,
            tag.complaints.share,
            _bounds(tag.complaints),
            tag.change,
            _pair(tag.change_ci_lower, tag.change_ci_upper),
            tag.change_q_value,
            direction,
            tag.praises,
        )

    keep = [i for i in range(len(columns)) if compared or not 5 <= i <= 8]
    rows = [row(tag) for tag in report.tags()]
    return _table(
        "complaints",
        strings,
        [columns[i] for i in keep],
        [tuple(cells[i] for i in keep) for cells in rows],
    )


def trend(report: Report, strings: Strings) -> Table:
    """Complaints and sentiment by period."""
    columns = [
        _column(strings, "period"),
        _column(strings, "feedback", Kind.COUNT),
        _column(strings, "complaint_share", Kind.SHARE),
        _interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        _column(strings, "negative_share", Kind.SHARE),
        _interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        _column(strings, "full", minor=True),
    ]
    found = report.trend
    rows: list[tuple[Cell, ...]] = [
        (
            strings.period_name(point.start, found.grain),
            point.n,
            _value(point.complaint),
            _bounds(point.complaint),
            _value(point.negative),
            _bounds(point.negative),
            strings["truth.yes" if point.full else "truth.no"],
        )
        for point in (found.points if found else ())
        if found
    ]
    return _table("trend", strings, columns, rows)


def trend_tags(report: Report, strings: Strings) -> Table:
    """Shares of the main complaints by period."""
    found = report.trend
    if found is None or not found.tags:
        return _table("trend_tags", strings, [], [])
    columns = [_column(strings, "period")]
    columns.extend(Column(strings.tag(tag.id, tag.zh), Kind.SHARE) for tag in found.tags)
    rows: list[tuple[Cell, ...]] = [
        (strings.period_name(point.start, found.grain), *(_value(tag.points[i]) for tag in found.tags))
        for i, point in enumerate(found.points)
    ]
    return _table("trend_tags", strings, columns, rows)


def _groups(key: str, name: str, groups: Sequence[GroupRow], strings: Strings) -> Table:
    columns = [
        _column(strings, name),
        _column(strings, "feedback", Kind.COUNT),
        _column(strings, "negative_share", Kind.SHARE),
        _interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        _column(strings, "complaint_share", Kind.SHARE, minor=True),
        _column(strings, "top_tag"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            row.name if row.name is not None else strings["unnamed"],
            row.feedback,
            _value(row.negative),
            _bounds(row.negative),
            row.complaint.share,
            strings.tag(row.top_tag, row.top_tag_zh or row.top_tag) if row.top_tag else None,
        )
        for row in groups
    ]
    return _table(key, strings, columns, rows)


def channels(report: Report, strings: Strings) -> Table:
    """Sentiment by channel."""
    return _groups("channels", "channel", report.channels, strings)


def products(report: Report, strings: Strings) -> Table:
    """Sentiment by product."""
    return _groups("products", "product", report.products, strings)


def severity(report: Report, strings: Strings) -> Table:
    """Feedback with severe signals."""
    columns = [_column(strings, "item"), _column(strings, "feedback", Kind.COUNT)]
    rows: list[tuple[Cell, ...]] = [
        (strings.name("severity", row.name), row.feedback) for row in report.severity
    ]
    return _table("severity", strings, columns, rows)


def quotes(report: Report, strings: Strings) -> Table:
    """Evidence, for Excel and Markdown."""
    names = ("tag", "quote", "evidence", "channel", "product", "month")
    columns = [_column(strings, name) for name in names]
    columns.append(_column(strings, "feedback_id", spare=True))
    rows: list[tuple[Cell, ...]] = []
    for tag in report.quotes:
        for quote in tag.quotes:
            left = strings["cut"] if quote.cut_left else ""
            right = strings["cut"] if quote.cut_right else ""
            rows.append(
                (
                    strings.tag(tag.id, tag.zh),
                    f"{left}{quote.text}{right}",
                    quote.text[quote.start : quote.end],
                    quote.channel,
                    quote.product,
                    quote.month,
                    quote.feedback_id,
                )
            )
    return _table("quotes", strings, columns, rows)


def segments(report: Report, strings: Strings) -> Table:
    """Customers by segment."""
    columns = [
        _column(strings, "segment"),
        _column(strings, "customers", Kind.COUNT, minor=True),
        _column(strings, "customer_share", Kind.SHARE),
        _column(strings, "revenue", Kind.MONEY, minor=True),
        _column(strings, "revenue_share", Kind.SHARE),
        _column(strings, "complaint_rate", Kind.SHARE),
        _interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        _column(strings, "churn_rate", Kind.SHARE),
        _interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
    ]
    below = strings.fill("below", n=report.min_cell)

    def row(segment: SegmentRow) -> tuple[Cell, ...]:
        return (
            strings.name("segments", segment.name),
            below if segment.suppressed else segment.customers,
            segment.customer_share,
            segment.revenue,
            segment.revenue_share,
            _value(segment.complaint),
            _bounds(segment.complaint),
            _value(segment.churn),
            _bounds(segment.churn),
        )

    rows = [row(segment) for segment in report.segments.rows] if report.segments else []
    return _table("segments", strings, columns, rows)


def causes(report: Report, strings: Strings) -> Table:
    """Complaints and churn."""
    columns = [
        _column(strings, "tag"),
        _column(strings, "n_exposed", Kind.COUNT, minor=True),
        _column(strings, "churn_exposed", Kind.COUNT, minor=True),
        _column(strings, "n_unexposed", Kind.COUNT, minor=True),
        _column(strings, "churn_unexposed", Kind.COUNT, minor=True),
        _column(strings, "crude_rr", Kind.RATIO, minor=True),
        _column(strings, "adjusted_rr", Kind.RATIO),
        _interval_column(strings, Kind.RATIO_INTERVAL),
        _column(strings, "p_value", Kind.P_VALUE, spare=True),
        _column(strings, "q_value", Kind.P_VALUE, minor=True),
        _column(strings, "level", minor=True),
        _column(strings, "verdict", short=True),
    ]
    below = strings.fill("below", n=report.min_cell)

    def row(cause: CauseRow) -> tuple[Cell, ...]:
        hidden = cause.n_exposed is not None and cause.churn_exposed is None
        return (
            strings.tag(cause.tag, cause.zh),
            below if cause.suppressed else cause.n_exposed,
            below if hidden else cause.churn_exposed,
            cause.n_unexposed,
            cause.churn_unexposed,
            cause.crude_rr,
            cause.adjusted_rr,
            _pair(cause.adjusted_rr_ci_lower, cause.adjusted_rr_ci_upper),
            cause.p_value,
            cause.q_value,
            None if cause.suppressed else strings[f"level.{cause.evidence_level}"],
            strings[f"verdict.{cause.verdict}"],
        )

    rows = [row(cause) for cause in report.causes.rows] if report.causes else []
    return _table("causes", strings, columns, rows)


def privacy(report: Report, strings: Strings) -> Table:
    """What was masked."""
    columns = [
        _column(strings, "entity"),
        _column(strings, "tier"),
        _column(strings, "spans", Kind.COUNT),
        _column(strings, "rows", Kind.COUNT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (strings.name("entities", row.entity), strings.name("tiers", row.tier), row.spans, row.rows)
        for row in (report.privacy.rows if report.privacy else ())
    ]
    return _table("privacy", strings, columns, rows)


def noisy(report: Report, strings: Strings) -> Table:
    """Customers with a complaint, with noise for readers outside."""
    columns = [
        _column(strings, "tag"),
        _column(strings, "segment"),
        _column(strings, "noisy_customers", Kind.COUNT),
        _column(strings, "ci_lower", Kind.COUNT),
        _column(strings, "ci_upper", Kind.COUNT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (row.tag, row.segment, round(row.customers), round(row.ci_lower), round(row.ci_upper))
        for row in (report.noisy.rows if report.noisy else ())
    ]
    return _table("noisy", strings, columns, rows)


def inputs(report: Report, strings: Strings) -> Table:
    """How the inputs were read."""
    columns = [
        _column(strings, "input"),
        _column(strings, "role", minor=True),
        _column(strings, "rows_read", Kind.COUNT),
        _column(strings, "rows_kept", Kind.COUNT),
        _column(strings, "quarantined", Kind.COUNT),
        _column(strings, "duplicates", Kind.COUNT, minor=True),
        _column(strings, "missing_ids", Kind.COUNT, minor=True),
        _column(strings, "notes", minor=True),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            row.name,
            strings.name("roles", row.role) if row.role else None,
            row.rows_read,
            row.rows_kept,
            row.quarantined,
            row.duplicates,
            row.missing_ids,
            strings["clause_mark"].join(row.notes) or None,
        )
        for row in report.quality.inputs
    ]
    return _table("inputs", strings, columns, rows)


def reasons(report: Report, strings: Strings) -> Table:
    """Why rows were set aside."""
    columns = [_column(strings, "input"), _column(strings, "reason"), _column(strings, "rows", Kind.COUNT)]
    rows: list[tuple[Cell, ...]] = [
        (row.name, reason, number)
        for row in report.quality.inputs
        for reason, number in sorted(row.reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
    return _table("reasons", strings, columns, rows)


def coverage(report: Report, strings: Strings) -> Table:
    """Joining of feedback and customers, and what is missing."""
    quality = report.quality
    facts: dict[str, int | None] = {}
    if quality.coverage is not None:
        facts = quality.coverage.model_dump()
    facts |= {
        "without_ts": quality.without_ts,
        "without_sentiment": quality.without_sentiment,
        "duplicate_ids": quality.duplicate_ids,
    }
    columns = [_column(strings, "item"), _column(strings, "value", Kind.COUNT)]
    rows: list[tuple[Cell, ...]] = [
        (strings[f"coverage.{key}"], value) for key, value in facts.items() if value is not None
    ]
    return _table("coverage", strings, columns, rows)
