"""The charts of how long customers stay, and of the ways in which they leave."""

from __future__ import annotations

from voc.report import figures
from voc.report.chart import BAD, BLUE, GOOD, GREY, NARROW, WIDE, Chart, panel_chart
from voc.report.customer_model import ExitCurve, StayCurve, StayGrouping
from voc.report.model import Report
from voc.report.row_plot import display_width, shorten
from voc.report.stay_plot import StayLine, day_ticks, draw_staying, share_domain
from voc.report.strings import Strings
from voc.report.svg import Panel

__all__ = ["at_risk_at", "exits_chart", "group_name", "staying_chart"]

_COLORS = {
    None: BLUE,
    "yes": BAD,
    "no": GREY,
    "vip": BLUE,
    "growth": GOOD,
    "general": GREY,
    "churn_risk": BAD,
}
_GAP = 30


def group_name(grouping: str, group: str | None, strings: Strings) -> str:
    """Return the name of a group of customers."""
    if group is None:
        return strings["everybody"]
    return strings.name("segments" if grouping == "segment" else "stay_complaint", group)


def at_risk_at(curve: StayCurve, day: int) -> int | None:
    """Return the customers at risk on a day; None where that point is left out."""
    return next((point.at_risk for point in curve.points if point.day == day), None)


def staying_chart(report: Report, strings: Strings) -> Chart | None:
    """Kaplan-Meier curves with intervals and numbers at risk: all, by complaint, by segment."""
    found = report.life.staying if report.life else ()
    shown = [one for one in found if any(len(curve.points) > 1 for curve in one.curves)]
    design = report.life.stay_design if report.life else None
    if not shown or design is None:
        return None
    sizes = [
        ("wide", 2, [_draw(one, (WIDE - _GAP) // 2, strings) for one in shown], (_GAP, 26)),
        ("narrow", 1, [_draw(one, NARROW, strings) for one in shown], (0, 20)),
    ]
    caption = strings.fill(
        "charts.staying.caption",
        landmark=strings.day(design.landmark),
        gap=design.gap_days,
        days=design.complaint_days,
        n=report.min_cell,
    )
    return panel_chart("staying", sizes, strings, caption=caption)


def _draw(found: StayGrouping, width: int, strings: Strings) -> Panel:
    curves = [curve for curve in found.curves if len(curve.points) > 1]
    last = max(curve.points[-1].day for curve in curves)
    ticks = day_ticks(last)
    lines = [
        StayLine(
            group_name(found.grouping, curve.group, strings),
            _COLORS.get(curve.group, GREY),
            [point.day for point in curve.points],
            [100 * point.stayed for point in curve.points],
            [100 * point.ci_lower for point in curve.points],
            [100 * point.ci_upper for point in curve.points],
            [_count(at_risk_at(curve, tick), strings) for tick in ticks],
        )
        for curve in curves
    ]
    left = max(40, *(round(7.2 * display_width(line.name)) + 26 for line in lines))
    return draw_staying(
        lines,
        ticks,
        width,
        last=last,
        domain=share_domain(min(value for line in lines for value in line.lower), 100.0),
        title=strings[f"charts.staying.{found.grouping}"],
        left=left,
        at_risk=strings["charts.staying.at_risk"],
    )


def _count(value: int | None, strings: Strings) -> str:
    return strings["unknown"] if value is None else figures.count(value)


def exits_chart(report: Report, strings: Strings) -> Chart | None:
    """Cumulative incidence of each way out, small plots on one scale."""
    found = report.life.exits if report.life else ()
    if not found:
        return None
    last = max(curve.points[-1].day for curve in found)
    domain = share_domain(0.0, max(100 * curve.points[-1].share for curve in found))
    ticks = day_ticks(last, most=4)

    def draw(curve: ExitCurve, width: int) -> Panel:
        name = strings.name("exit_names", curve.name)
        line = StayLine(
            name,
            BAD,
            [point.day for point in curve.points],
            [100 * point.share for point in curve.points],
            (),
            (),
            (),
        )
        title = shorten(name, 16 if width < 200 else 30)
        return draw_staying([line], ticks, width, last=last, domain=domain, title=title, left=40)

    sizes = [
        ("wide", 3, [draw(curve, 294) for curve in found], (29, 22)),
        ("narrow", 2, [draw(curve, 168) for curve in found], (14, 16)),
    ]
    return panel_chart(
        "exits", sizes, strings, caption=strings.fill("charts.exits.caption", n=report.min_cell)
    )
