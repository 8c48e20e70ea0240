"""The charts of causes of churn: forest plot, curves of churn, and overlap of exposed and unexposed."""

from __future__ import annotations

from voc.report import figures
from voc.report.cause_model import CauseCurve, CauseOverlap, CauseRow
from voc.report.chart import BAD, BLUE, GOOD, GREY, Chart, panel_chart, row_chart
from voc.report.curve_plot import Curve, CurveAxis, draw_curves
from voc.report.model import Report
from voc.report.row_plot import Mark, RowPlot, shorten
from voc.report.strings import Strings
from voc.report.svg import Panel

__all__ = ["cause_curves", "cause_overlap", "causes"]

TOP_CAUSES = 20
_SMALL = (("wide", 3, 294, 190, (29, 22)), ("narrow", 2, 168, 150, (14, 16)))
"""Name, columns, width, height and gaps of small plots."""


def causes(report: Report, strings: Strings) -> Chart | None:
    """Forest plot: the Mantel–Haenszel ratio of each complaint, the doubly robust one below it."""
    known = [row for row in report.causes.rows if _drawable(row)] if report.causes else []
    rows = known[:TOP_CAUSES]
    if not rows:
        return None
    colors = {"higher": BAD, "lower": GOOD, "differs": BLUE}
    robust = any(row.dr_rr for row in rows)
    marks = []
    for i, row in enumerate(rows):
        value, lower, upper = row.adjusted_rr, row.adjusted_rr_ci_lower, row.adjusted_rr_ci_upper
        assert value is not None
        assert lower is not None
        assert upper is not None
        if row.dr_rr is not None:
            marks.append(Mark(i, row.dr_rr, GREY, row.dr_rr_ci_lower, row.dr_rr_ci_upper, "", True, 0.74))
        text = f"{figures.ratio(value)} ({figures.ratio(lower)}–{figures.ratio(upper)})"
        hollow = row.verdict == "inconclusive"
        color = colors.get(row.verdict, GREY)
        marks.append(Mark(i, value, color, lower, upper, text, hollow, 0.34 if robust else 0.5))
    plot = RowPlot(
        [strings.tag(row.tag, row.zh) for row in rows],
        marks,
        strings["charts.causes.axis"],
        log=True,
        reference=1.0,
        row_height=38 if robust else 30,
        text_room=140,
    )
    caption = strings["charts.causes.caption_robust" if robust else "charts.causes.caption"]
    if len(known) > len(rows):
        top = strings.fill("charts.causes.caption_top", all=len(known), n=len(rows))
        caption = f"{caption}{strings['space']}{top}"
    return row_chart("causes", plot, strings, caption=caption)


def _drawable(row: CauseRow) -> bool:
    figures_known = None not in (row.adjusted_rr, row.adjusted_rr_ci_lower, row.adjusted_rr_ci_upper)
    return figures_known and (row.adjusted_rr or 0) > 0


def cause_curves(report: Report, strings: Strings) -> Chart | None:
    """How churn builds up among those who made a clear complaint, and among others like them."""
    found = report.causes.curves if report.causes else ()
    if not found:
        return None
    top = 104 * max(value for curve in found for value in (*curve.exposed, *curve.unexposed)) or 1.0
    days = found[0].days
    axis = CurveAxis((days[0], days[-1]), [days[0], (days[0] + days[-1]) // 2, days[-1]])

    def draw(curve: CauseCurve, width: int, height: int) -> Panel:
        lines = [
            Curve(GREY, curve.days, [100 * value for value in curve.unexposed]),
            Curve(BAD, curve.days, [100 * value for value in curve.exposed]),
        ]
        title = _title(curve, width, strings)
        return draw_curves(lines, axis, width, height, top=top, title=title, ends=True)

    sizes = [
        (name, columns, [draw(curve, width, height) for curve in found], gap)
        for name, columns, width, height, gap in _SMALL
    ]
    return panel_chart("cause_curves", sizes, strings, caption=strings["charts.cause_curves.caption"])


def cause_overlap(report: Report, strings: Strings) -> Chart | None:
    """Whether customers with a clear complaint have others like them to be compared with."""
    found = report.causes.overlaps if report.causes else ()
    if not found:
        return None
    top = 104 * max(value for one in found for value in (*one.exposed, *one.unexposed)) or 1.0
    low, high = min(one.edges[0] for one in found), max(one.edges[-1] for one in found)
    ticks = [tick for tick in (0.0001, 0.001, 0.01, 0.1, 0.5) if low <= tick <= high]

    def draw(one: CauseOverlap, width: int, height: int) -> Panel:
        axis = CurveAxis((low, high), ticks if width >= 200 else ticks[1::2], log=True, percent=True)
        lines = [
            Curve(color, one.edges, [*(100 * value for value in shares), 0.0], steps=True)
            for color, shares in ((GREY, one.unexposed), (BAD, one.exposed))
        ]
        title = _title(one, width, strings)
        return draw_curves(lines, axis, width, height, top=top, title=title)

    sizes = [
        (name, columns, [draw(one, width, height) for one in found], gap)
        for name, columns, width, height, gap in _SMALL
    ]
    return panel_chart("cause_overlap", sizes, strings, caption=strings["charts.cause_overlap.caption"])


def _title(shown: CauseCurve | CauseOverlap, width: int, strings: Strings) -> str:
    """Name of a complaint, in Chinese alone where there is little room."""
    if width < 200:
        return shorten(shown.zh, 16)
    return shorten(strings.tag(shown.tag, shown.zh), 30)
