"""The charts on the life of customers: retention, expected value, early warning, actions."""

from __future__ import annotations

from voc.report import figures
from voc.report.chart import BLUE, GOOD, GREY, NARROW, WIDE, Chart, panel_chart, row_chart
from voc.report.curve_plot import Curve, CurveAxis, draw_curves
from voc.report.model import Report
from voc.report.row_plot import Mark, RowPlot
from voc.report.strings import Strings

__all__ = ["actions_chart", "retention_chart", "risk_chart", "values_chart"]

TOP_ACTIONS = 10


def retention_chart(report: Report, strings: Strings) -> Chart | None:
    """Retention over all cohorts by months since coming."""
    points = report.life.retention if report.life else ()
    if len(points) < 3:
        return None
    x = [float(point.months) for point in points]
    y = [100 * point.retention for point in points]
    step = 1 if len(x) <= 13 else 3
    axis = CurveAxis((0.0, max(x)), [month for month in x if month % step == 0])
    title = strings["charts.retention.axis"]
    sizes = [
        (
            size,
            1,
            [draw_curves([Curve(BLUE, x, y)], axis, width, 260, top=100, title=title, ends=True)],
            (0, 0),
        )
        for size, width in (("wide", WIDE), ("narrow", NARROW))
    ]
    return panel_chart("retention", sizes, strings, caption=strings["charts.retention.caption"])


def values_chart(report: Report, strings: Strings) -> Chart | None:
    """Mean expected value of a customer by segment, the highest first."""
    known = [
        (row.segment, row.expected_value, row.p_alive)
        for row in (report.life.values if report.life else ())
        if row.expected_value is not None and row.p_alive is not None
    ]
    if len(known) < 2:
        return None
    known.sort(key=lambda row: (-row[1], row[0]))
    key = "charts.values"
    marks = [
        Mark(
            i,
            value,
            BLUE,
            text=strings.fill(f"{key}.value", value=figures.money(value), alive=figures.share(alive)),
        )
        for i, (_, value, alive) in enumerate(known)
    ]
    labels = [strings.name("segments", segment) for segment, _, _ in known]
    model = report.life.value_model if report.life else None
    months = model.months if model else 12
    plot = RowPlot(labels, marks, strings.fill(f"{key}.axis", months=months), shape="bar", text_room=170)
    return row_chart(
        "values",
        plot,
        strings,
        caption=strings[f"{key}.caption"],
        first=labels[0],
        value=figures.money(known[0][1]),
    )


def risk_chart(report: Report, strings: Strings) -> Chart | None:
    """How many times more leavers the top of the list holds than chance: the model, and recency alone."""
    quality = report.life.risk if report.life else None
    if quality is None or not quality.lifts:
        return None
    key = "charts.risk"
    marks = []
    for i, lift in enumerate(quality.lifts):
        for value, color, slot, hollow, name in (
            (lift.lift, BLUE, 0.29, False, strings[f"{key}.model"]),
            (lift.baseline_lift, GREY, 0.71, True, strings[f"{key}.recency"]),
        ):
            text = figures.ratio(value) + (f" {name}" if i == 0 else "")
            marks.append(Mark(i, value, color, text=text, hollow=hollow, slot=slot))
    plot = RowPlot(
        [strings.fill(f"{key}.row", share=figures.share(lift.share)) for lift in quality.lifts],
        marks,
        strings[f"{key}.axis"],
        text_place="beside",
        reference=1.0,
        reference_text=strings[f"{key}.chance"],
        row_height=48,
        text_room=130,
    )
    caption = strings.fill(f"{key}.caption", days=quality.horizon_days)
    return row_chart("risk", plot, strings, caption=caption)


def actions_chart(report: Report, strings: Strings) -> Chart | None:
    """What the actions that save most are expected to save, with intervals, in thousands."""
    known = [
        (row, row.saving, row.saving_ci_lower, row.saving_ci_upper)
        for row in (report.life.actions if report.life else ())
        if row.saving is not None and row.saving_ci_lower is not None and row.saving_ci_upper is not None
    ]
    if not known:
        return None
    shown = sorted(known, key=lambda item: (-item[1], item[0].segment, item[0].action))[:TOP_ACTIONS]
    key = "charts.actions"
    marks = [
        Mark(
            i,
            saving / 1000,
            GOOD if lower > 0 else GREY,
            lower / 1000,
            upper / 1000,
            figures.money(saving),
            hollow=lower <= 0,
        )
        for i, (_, saving, lower, upper) in enumerate(shown)
    ]
    labels = []
    for row, *_ in shown:
        segment = strings.name("segments", row.segment)
        cause = strings.tag(row.tag, row.tag_zh or row.tag) if row.tag else row.action
        labels.append(f"{segment} · {cause}")
    plot = RowPlot(labels, marks, strings[f"{key}.axis"], reference=0.0)
    return row_chart("actions", plot, strings, caption=strings[f"{key}.caption"], first=labels[0])
