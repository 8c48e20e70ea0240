"""The charts of the report, each wide and narrow. Sorted, with intervals, labelled where the eye is."""

from __future__ import annotations

from collections.abc import Sequence

from voc.report import figures
from voc.report.cause_charts import cause_curves, cause_overlap, causes
from voc.report.chart import BAD, BLUE, GOOD, GREY, NARROW, WIDE, Chart, row_chart
from voc.report.customer_charts import actions_chart, retention_chart, risk_chart, values_chart
from voc.report.line_plot import Line, TimeAxis, draw_lines, top_of
from voc.report.model import GroupRow, Report, SegmentRow, Trend
from voc.report.row_plot import Mark, RowPlot, shorten
from voc.report.stay_charts import exits_chart, staying_chart
from voc.report.strings import Strings
from voc.report.summary import change_direction, group_direction
from voc.report.svg import Panel, compose, unchecked

__all__ = ["Chart", "draw_charts"]

_COLOURS = {"up": BAD, "down": GOOD, "unclear": GREY}
"""Of a group whose negative share is above, below, or not clearly off the overall one."""
TOP_TAGS = 12
TOP_GROUPS = 12


def draw_charts(report: Report, strings: Strings) -> dict[str, Chart]:
    """Draw the charts for which there are data, by key."""
    makers = (
        _complaints,
        _trend,
        _trend_tags,
        _channels,
        _products,
        _segments,
        _segment_rates,
        retention_chart,
        staying_chart,
        exits_chart,
        values_chart,
        causes,
        cause_curves,
        cause_overlap,
        risk_chart,
        actions_chart,
    )
    with unchecked():
        charts = [make(report, strings) for make in makers]
    return {chart.key: chart for chart in charts if chart is not None}


def _complaints(report: Report, strings: Strings) -> Chart | None:
    rows = report.tags()[:TOP_TAGS]
    if not rows:
        return None
    arrows = {"up": " ▲", "down": " ▼", "unclear": ""}
    marks = []
    for i, row in enumerate(rows):
        share = row.complaints
        text = strings.fill(
            "charts.complaints.value", share=figures.share(share.share), count=figures.count(share.count)
        )
        text += arrows[change_direction(row)]
        marks.append(Mark(i, 100 * share.share, BAD, 100 * share.ci_lower, 100 * share.ci_upper, text))
    labels = [strings.tag(row.id, row.zh) for row in rows]
    plot = RowPlot(labels, marks, strings["charts.complaints.axis"], shape="bar", text_room=140)
    compared = any(row.change is not None for row in rows)
    caption = strings["charts.complaints.caption_compared" if compared else "charts.complaints.caption"]
    first = figures.share(rows[0].complaints.share)
    return row_chart("complaints", plot, strings, caption=caption, first=labels[0], share=first)


def _time_axis(trend: Trend) -> TimeAxis:
    points = trend.points
    return TimeAxis([point.start for point in points], [point.full for point in points], trend.grain)


def _trend(report: Report, strings: Strings) -> Chart | None:
    trend = report.trend
    if trend is None or len(trend.points) < 2:
        return None
    lines = [
        Line(strings["charts.trend.complaint"], BAD, [point.complaint for point in trend.points]),
        Line(strings["charts.trend.negative"], BLUE, [point.negative for point in trend.points]),
    ]
    lines = [line for line in lines if any(line.points)]
    title = strings["charts.trend.title"]
    svgs = []
    for size, width, height, right, ticks in (("wide", WIDE, 300, 132, 9), ("narrow", NARROW, 250, 92, 3)):
        drawn = draw_lines(
            lines,
            _time_axis(trend),
            width,
            height,
            top=top_of(lines),
            axis=strings["charts.trend.axis"],
            right=right,
            most_ticks=ticks,
        )
        svgs.append(
            compose(
                [drawn],
                identifier=f"chart-trend-{size}",
                title=title,
                description=strings.fill("charts.trend.desc", n=len(trend.points)),
                css_class=size,
            )
        )
    return Chart("trend", title, svgs[0], svgs[1], strings[f"charts.trend.caption_{trend.grain}"])


def _trend_tags(report: Report, strings: Strings) -> Chart | None:
    trend = report.trend
    if trend is None or len(trend.points) < 2 or not trend.tags:
        return None
    lines = [Line(strings.tag(tag.id, tag.zh), BAD, tag.points) for tag in trend.tags]
    top, time = top_of(lines), _time_axis(trend)
    title = strings["charts.trend_tags.title"]
    svgs = []
    for size, columns, width, height, gap, ticks in (
        ("wide", 3, 294, 170, (29, 22), 3),
        ("narrow", 2, 168, 140, (14, 16), 2),
    ):
        panels: list[Panel] = [
            draw_lines(
                [line],
                time,
                width,
                height,
                top=top,
                title=shorten(line.label if size == "wide" else tag.zh, 30 if size == "wide" else 16),
                most_ticks=ticks,
            )
            for line, tag in zip(lines, trend.tags, strict=True)
        ]
        svgs.append(
            compose(
                panels,
                identifier=f"chart-trend-tags-{size}",
                title=title,
                description=strings.fill("charts.trend_tags.desc", n=len(lines)),
                columns=columns,
                gap=gap,
                css_class=size,
            )
        )
    return Chart("trend_tags", title, svgs[0], svgs[1], strings["charts.trend_tags.caption"])


def _channels(report: Report, strings: Strings) -> Chart | None:
    return _groups("channels", report.channels, report, strings)


def _products(report: Report, strings: Strings) -> Chart | None:
    return _groups("products", report.products, report, strings)


def _groups(key: str, groups: Sequence[GroupRow], report: Report, strings: Strings) -> Chart | None:
    """Dots for the named groups; of many, those with the highest lower bound, sorted by share."""
    overall = report.headline.negative
    known = [
        (row.name, row.negative, _COLOURS[group_direction(row, overall)])
        for row in groups
        if row.name is not None and row.negative
    ]
    if len(known) < 2:
        return None
    shown = sorted(known, key=lambda group: (-group[1].ci_lower, group[0]))[:TOP_GROUPS]
    shown.sort(key=lambda group: (-group[1].share, group[0]))
    level = overall.share if overall else 0.0
    marks = [
        Mark(
            i,
            100 * share.share,
            colour,
            100 * share.ci_lower,
            100 * share.ci_upper,
            strings.fill("charts.channels.value", share=figures.share(share.share), n=figures.count(share.n)),
        )
        for i, (_, share, colour) in enumerate(shown)
    ]
    plot = RowPlot(
        [name for name, *_ in shown],
        marks,
        strings[f"charts.{key}.axis"],
        reference=100 * level,
        reference_text=strings.fill("charts.channels.overall", share=figures.share(level)),
        text_room=140,
    )
    caption = strings["charts.channels.caption"]
    if len(known) > TOP_GROUPS:
        top = strings.fill(f"charts.{key}.caption_top", all=len(known), n=len(shown))
        caption = f"{caption}{strings['space']}{top}"
    first = figures.share(shown[0][1].share)
    return row_chart(key, plot, strings, caption=caption, first=shown[0][0], share=first)


def _shown_segments(report: Report) -> list[SegmentRow]:
    return [row for row in report.segments.rows if not row.suppressed] if report.segments else []


def _segments(report: Report, strings: Strings) -> Chart | None:
    rows = _shown_segments(report)
    if not rows:
        return None
    key = "charts.segments"
    marks = []
    for i, row in enumerate(rows):
        for value, color, slot, name in (
            (row.customer_share, GREY, 0.29, strings[f"{key}.customers"]),
            (row.revenue_share, BLUE, 0.71, strings[f"{key}.revenue"]),
        ):
            if value is not None:
                text = figures.share(value) + (f" {name}" if i == 0 else "")
                marks.append(Mark(i, 100 * value, color, text=text, slot=slot))
    plot = RowPlot(
        [strings.name("segments", row.name) for row in rows],
        marks,
        strings[f"{key}.axis"],
        shape="bar",
        text_place="beside",
        row_height=48,
        text_room=136,
    )
    return row_chart("segments", plot, strings)


def _segment_rates(report: Report, strings: Strings) -> Chart | None:
    rows = _shown_segments(report)
    key = "charts.segment_rates"
    marks = []
    named: set[str] = set()
    for i, row in enumerate(rows):
        for share, color, slot, name in (
            (row.complaint, BLUE, 0.29, strings[f"{key}.complaint"]),
            (row.churn, BAD, 0.71, strings[f"{key}.churn"]),
        ):
            if share is not None:
                text = figures.share(share.share) + (f" {name}" if name not in named else "")
                named.add(name)
                bounds = (100 * share.ci_lower, 100 * share.ci_upper)
                marks.append(Mark(i, 100 * share.share, color, *bounds, text=text, slot=slot))
    if not marks:
        return None
    plot = RowPlot(
        [strings.name("segments", row.name) for row in rows],
        marks,
        strings[f"{key}.axis"],
        text_place="beside",
        row_height=48,
        text_room=136,
    )
    return row_chart("segment_rates", plot, strings, caption=strings[f"{key}.caption"])
