"""The tables of the report: one definition that HTML, Excel and Markdown render."""

from __future__ import annotations

from collections.abc import Sequence

from voc.report import customer_tables
from voc.report.cause_tables import cause_segments, cause_worth, causes, doubts
from voc.report.model import GroupRow, Report, SegmentRow, TagRow
from voc.report.readings import reading_text
from voc.report.strings import Strings
from voc.report.summary import change_direction
from voc.report.table import (
    Cell,
    Column,
    Kind,
    Table,
    bounds_of,
    interval_column,
    make_column,
    make_table,
    pair_of,
    value_of,
)

__all__ = ["all_tables"]

_MAIN_TAGS = 4
"""Complaints whose shares by period stand where there is little room."""


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
        customer_tables.cohorts,
        customer_tables.staying,
        customer_tables.exits,
        customer_tables.values,
        customer_tables.satisfaction,
        causes,
        cause_worth,
        cause_segments,
        doubts,
        customer_tables.risk_quality,
        customer_tables.at_risk,
        customer_tables.actions,
        privacy,
        noisy,
        inputs,
        reasons,
        coverage,
    )
    tables = (make(report, strings) for make in makers)
    return tuple(table for table in tables if table.rows)


def complaints(report: Report, strings: Strings) -> Table:
    """Complaints by group and tag."""
    columns = [
        make_column(strings, "tag"),
        make_column(strings, "group", minor=True),
        make_column(strings, "count", Kind.COUNT),
        make_column(strings, "share", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "change", Kind.CHANGE),
        interval_column(strings, Kind.CHANGE_INTERVAL, minor=True),
        make_column(strings, "q_value", Kind.P_VALUE, minor=True),
        make_column(strings, "direction", minor=True, short=True),
        make_column(strings, "praises", Kind.COUNT, minor=True),
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
            bounds_of(tag.complaints),
            tag.change,
            pair_of(tag.change_ci_lower, tag.change_ci_upper),
            tag.change_q_value,
            direction,
            tag.praises,
        )

    keep = [i for i in range(len(columns)) if compared or not 5 <= i <= 8]
    rows = [row(tag) for tag in report.tags()]
    return make_table(
        "complaints",
        strings,
        [columns[i] for i in keep],
        [tuple(cells[i] for i in keep) for cells in rows],
    )


def trend(report: Report, strings: Strings) -> Table:
    """Complaints and sentiment by period."""
    columns = [
        make_column(strings, "period"),
        make_column(strings, "feedback", Kind.COUNT),
        make_column(strings, "complaint_share", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "negative_share", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "full", minor=True),
    ]
    found = report.trend
    rows: list[tuple[Cell, ...]] = [
        (
            strings.period_name(point.start, found.grain),
            point.n,
            value_of(point.complaint),
            bounds_of(point.complaint),
            value_of(point.negative),
            bounds_of(point.negative),
            strings["truth.yes" if point.full else "truth.no"],
        )
        for point in (found.points if found else ())
        if found
    ]
    return make_table("trend", strings, columns, rows)


def trend_tags(report: Report, strings: Strings) -> Table:
    """Shares of the main complaints by period."""
    found = report.trend
    if found is None or not found.tags:
        return make_table("trend_tags", strings, [], [])
    columns = [make_column(strings, "period")]
    for place, tag in enumerate(found.tags):
        minor = place >= _MAIN_TAGS
        columns.append(Column(strings.tag(tag.id, tag.zh), Kind.SHARE, minor))
        columns.append(interval_column(strings, Kind.SHARE_INTERVAL, spare=True))
    rows: list[tuple[Cell, ...]] = []
    for i, point in enumerate(found.points):
        shares = [tag.points[i] for tag in found.tags]
        cells = (cell for share in shares for cell in (value_of(share), bounds_of(share)))
        rows.append((strings.period_name(point.start, found.grain), *cells))
    return make_table("trend_tags", strings, columns, rows)


def _groups(key: str, name: str, groups: Sequence[GroupRow], strings: Strings) -> Table:
    columns = [
        make_column(strings, name),
        make_column(strings, "feedback", Kind.COUNT),
        make_column(strings, "negative_share", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "q_value", Kind.P_VALUE, minor=True),
        make_column(strings, "complaint_share", Kind.SHARE, minor=True),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "top_tag"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            row.name if row.name is not None else strings["unnamed"],
            row.feedback,
            value_of(row.negative),
            bounds_of(row.negative),
            row.negative_q_value,
            row.complaint.share,
            bounds_of(row.complaint),
            strings.tag(row.top_tag, row.top_tag_zh or row.top_tag) if row.top_tag else None,
        )
        for row in groups
    ]
    return make_table(key, strings, columns, rows)


def channels(report: Report, strings: Strings) -> Table:
    """Sentiment by channel."""
    return _groups("channels", "channel", report.channels, strings)


def products(report: Report, strings: Strings) -> Table:
    """Sentiment by product."""
    return _groups("products", "product", report.products, strings)


def severity(report: Report, strings: Strings) -> Table:
    """Feedback with severe signals."""
    columns = [make_column(strings, "item"), make_column(strings, "feedback", Kind.COUNT)]
    rows: list[tuple[Cell, ...]] = [
        (strings.name("severity", row.name), row.feedback) for row in report.severity
    ]
    return make_table("severity", strings, columns, rows)


def quotes(report: Report, strings: Strings) -> Table:
    """Evidence, for Excel and Markdown."""
    names = ("tag", "quote", "evidence", "channel", "product", "month")
    columns = [make_column(strings, name) for name in names]
    columns.append(make_column(strings, "feedback_id", spare=True))
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
    return make_table("quotes", strings, columns, rows)


def segments(report: Report, strings: Strings) -> Table:
    """Customers by segment."""
    columns = [
        make_column(strings, "segment"),
        make_column(strings, "customers", Kind.COUNT, minor=True),
        make_column(strings, "customer_share", Kind.SHARE),
        make_column(strings, "revenue", Kind.MONEY, minor=True),
        make_column(strings, "revenue_share", Kind.SHARE),
        make_column(strings, "complaint_rate", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "churn_rate", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
    ]
    hidden = strings["hidden"]

    def row(segment: SegmentRow) -> tuple[Cell, ...]:
        return (
            strings.name("segments", segment.name),
            hidden if segment.suppressed else segment.customers,
            segment.customer_share,
            segment.revenue,
            segment.revenue_share,
            value_of(segment.complaint),
            bounds_of(segment.complaint),
            value_of(segment.churn),
            bounds_of(segment.churn),
        )

    rows = [row(segment) for segment in report.segments.rows] if report.segments else []
    return make_table("segments", strings, columns, rows)


def privacy(report: Report, strings: Strings) -> Table:
    """What was found in texts, and whether it was masked."""
    columns = [
        make_column(strings, "entity"),
        make_column(strings, "tier"),
        make_column(strings, "spans", Kind.COUNT),
        make_column(strings, "rows", Kind.COUNT),
        make_column(strings, "treatment"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            strings.name("entities", row.entity),
            strings.name("tiers", row.tier),
            row.spans,
            row.rows,
            strings.name("treatments", "kept" if row.kept else "masked"),
        )
        for row in (report.privacy.rows if report.privacy else ())
    ]
    return make_table("privacy", strings, columns, rows)


def noisy(report: Report, strings: Strings) -> Table:
    """Customers with a complaint, with noise for readers outside."""
    columns = [
        make_column(strings, "tag"),
        make_column(strings, "segment"),
        make_column(strings, "noisy_customers", Kind.COUNT),
        make_column(strings, "ci_lower", Kind.COUNT),
        make_column(strings, "ci_upper", Kind.COUNT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            strings.tag(row.tag, row.tag_zh or row.tag),
            strings.name("segments", row.segment) if row.segment else None,
            round(row.customers),
            round(row.ci_lower),
            round(row.ci_upper),
        )
        for row in (report.noisy.rows if report.noisy else ())
    ]
    return make_table("noisy", strings, columns, rows)


def inputs(report: Report, strings: Strings) -> Table:
    """How the inputs were read."""
    columns = [
        make_column(strings, "input"),
        make_column(strings, "role", minor=True),
        make_column(strings, "rows_read", Kind.COUNT),
        make_column(strings, "rows_kept", Kind.COUNT),
        make_column(strings, "quarantined", Kind.COUNT),
        make_column(strings, "duplicates", Kind.COUNT, minor=True),
        make_column(strings, "missing_ids", Kind.COUNT, minor=True),
        make_column(strings, "notes", minor=True),
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
            strings["clause_mark"].join(reading_text(note, strings) for note in row.notes) or None,
        )
        for row in report.quality.inputs
    ]
    return make_table("inputs", strings, columns, rows)


def reasons(report: Report, strings: Strings) -> Table:
    """Why rows were set aside."""
    columns = [
        make_column(strings, "input"),
        make_column(strings, "reason"),
        make_column(strings, "rows", Kind.COUNT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (row.name, reading_text(reason, strings), number)
        for row in report.quality.inputs
        for reason, number in sorted(row.reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
    return make_table("reasons", strings, columns, rows)


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
        "off_scale": quality.off_scale,
    }
    columns = [make_column(strings, "item"), make_column(strings, "value", Kind.COUNT)]
    rows: list[tuple[Cell, ...]] = [
        (strings[f"coverage.{key}"], value) for key, value in facts.items() if value is not None
    ]
    return make_table("coverage", strings, columns, rows)
