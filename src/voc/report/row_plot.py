"""Plots with one row a category: bars, dots with intervals, forest. Wide ones have labels at the left, narrow
ones above each row."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from voc.report.marks import at_x, chart_of, label
from voc.report.svg import Margins, Panel, panel

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Mark", "RowPlot", "display_width", "draw_rows", "nice_ticks", "shorten"]

INK, MUTED, PAPER = "var(--ink)", "var(--muted)", "var(--paper)"
_UNIT = 6.9
"""Pixels of half a Han character at 13 px."""
_LABEL_STRIP = 22
"""Pixels at the top of a narrow row that belong to its label."""
_LOG_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_FINE_LOG_TICKS = (0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
_LOG_LIMITS = (0.1, 50.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar or dot."""

    row: int
    value: float
    color: str
    lower: float | None = None
    upper: float | None = None
    text: str = ""
    hollow: bool = False
    slot: float = 0.5
    """Place within the row, 0 top to 1 bottom."""


@dataclass(frozen=True, slots=True)
class RowPlot:
    """What to draw."""

    labels: Sequence[str]
    marks: Sequence[Mark]
    axis: str
    shape: Literal["bar", "dot"] = "dot"
    log: bool = False
    text_place: Literal["column", "beside"] = "column"
    """Texts of marks in a column at the right, or beside each mark."""
    reference: float | None = None
    reference_text: str = ""
    row_height: int = 30
    text_room: int = 110
    """Pixels for the texts at the right."""
    label_room: int | None = None


def display_width(text: str) -> int:
    """Return the width of a text in half-width columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shorten(text: str, columns: int) -> str:
    """Cut a text to a width, with an ellipsis."""
    if display_width(text) <= columns:
        return text
    kept = ""
    for char in text:
        if display_width(kept + char) > columns - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def nice_ticks(top: float, most: int) -> list[float]:
    """Return at most `most` ticks from 0 to `top`, by 1, 2, 2.5 or 5 times a power of ten."""
    if top <= 0:
        return [0.0]
    raw = top / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(
        step for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if step >= raw * 0.999999
    )
    return [round(step * i, 10) for i in range(int(top / step + 1e-9) + 1)]


def draw_rows(plot: RowPlot, width: int, *, narrow: bool) -> Panel:
    """Draw the plot at a width in pixels."""
    import altair as alt

    row_height = _row_height(plot, narrow)
    top = 26 if plot.reference_text else 8
    label_room = 1 if narrow else (plot.label_room or _label_room(plot.labels))
    beside = plot.text_place == "beside"
    margins = Margins(
        left=label_room,
        top=top,
        right=plot.text_room if beside or not narrow else 1,
        bottom=50,
    )
    height = len(plot.labels) * row_height + margins.top + margins.bottom
    inner = width - margins.left - margins.right
    x_scale, ticks = _x_scale(plot, 5 if narrow else 7)
    axis = alt.Axis(
        title=plot.axis,
        values=ticks,
        grid=True,
        labelExpr="format(datum.value, '~g')",
        titleAnchor="start",
        titleAlign="left",
        titleX=0,
        offset=4,
    )
    y_scale = alt.Scale(domain=[0, len(plot.labels)], reverse=True, nice=False, zero=False)
    y = alt.Y("y:Q", scale=y_scale, axis=None)
    layers = [
        *_reference(plot, x_scale, y_scale, inner, margins, narrow=narrow),
        *_marks(plot, x_scale, axis, y_scale, narrow=narrow),
    ]
    layers.extend(_texts(plot, y, inner, narrow=narrow))
    return panel(alt.layer(*layers), width, height, margins)


def _row_height(plot: RowPlot, narrow: bool) -> int:
    """Height of a row; narrow ones have their label in it."""
    return plot.row_height + (18 if narrow else 0)


def _label_room(labels: Sequence[str]) -> int:
    widest = max(map(display_width, labels), default=0)
    return int(min(260, max(80, widest * _UNIT + 18)))


def _x_scale(plot: RowPlot, most: int) -> tuple[alt.Scale, list[float]]:
    import altair as alt

    ends = [end for mark in plot.marks for end in (mark.value, mark.lower, mark.upper) if end is not None]
    if plot.reference is not None:
        ends.append(plot.reference)
    if not plot.log:
        top = max(ends, default=1.0) * 1.02
        low = min(0.0, min(ends, default=0.0) * 1.02)
        if top <= 0 and low == 0:
            top = 1.0
        top = max(top, 0.0)
        # one step on both sides of 0
        ticks = nice_ticks(max(top, -low), most)
        ticks = [*(-tick for tick in reversed(ticks[1:]) if -tick >= low), *(t for t in ticks if t <= top)]
        return alt.Scale(domain=[low, top], nice=False, clamp=True), ticks
    low, high = _log_domain(ends)
    choices = _FINE_LOG_TICKS if high / low < 8 else _LOG_TICKS
    ticks = [tick for tick in choices if low <= tick <= high]
    if len(ticks) > most:
        ticks = [tick for tick in _LOG_TICKS if low <= tick <= high]
    return alt.Scale(type="log", domain=[low, high], nice=False, clamp=True), ticks


def _log_domain(ends: Sequence[float]) -> tuple[float, float]:
    positive = [end for end in ends if end > 0] or [1.0]
    low = max(_LOG_LIMITS[0], min(0.8, min(positive) / 1.08))
    high = min(_LOG_LIMITS[1], max(1.25, max(positive) * 1.08))
    return low, high


def _reference(
    plot: RowPlot, x_scale: alt.Scale, y_scale: alt.Scale, inner: int, margins: Margins, *, narrow: bool
) -> list[alt.Chart]:
    """The line to compare with; in narrow plots it leaves out the labels, which it would run through."""
    import altair as alt

    if plot.reference is None:
        return []
    rows = [{"value": plot.reference}]
    x = alt.X("value:Q", scale=x_scale)
    skipped = _LABEL_STRIP / _row_height(plot, narrow) if narrow else 0.0
    parts = [
        {"value": plot.reference, "from": row + skipped, "to": row + 1} for row in range(len(plot.labels))
    ]
    rule = chart_of(parts).mark_rule(color=MUTED, strokeWidth=1, strokeDash=[] if plot.log else [3, 3])
    layers = [rule.encode(x=x, y=alt.Y("from:Q", scale=y_scale, axis=None), y2=alt.Y2("to:Q"))]
    if plot.reference_text:
        text, top = plot.reference_text, 0
        align = _alignment(text, _place(plot.reference, x_scale, inner), inner, margins)
        layers.append(
            label(text, x, top, color=MUTED, align=align, baseline="bottom", size=12, dy=-6, rows=rows)
        )
    return layers


def _place(value: float, x_scale: alt.Scale, inner: int) -> float:
    """Pixels of a value from the left of the plot."""
    low, high = x_scale.domain
    if x_scale.type == "log":
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float(inner * (value - low) / (high - low))


def _alignment(text: str, place: float, inner: int, margins: Margins) -> Literal["left", "center", "right"]:
    """How a text at a place is aligned, so that neither end is cut."""
    half = display_width(text) * _UNIT / 2
    if place + half > inner + margins.right:
        return "right"
    return "left" if place - half < -margins.left else "center"


def _position(mark: Mark, narrow: bool, row_height: int) -> float:
    """Place of a mark from the top, in rows; in narrow plots the label takes the top."""
    label = _LABEL_STRIP / row_height if narrow else 0.0
    return mark.row + label + mark.slot * (1 - label)


def _marks(
    plot: RowPlot, x_scale: alt.Scale, x_axis: alt.Axis, y_scale: alt.Scale, *, narrow: bool
) -> list[alt.Chart]:
    import altair as alt

    row_height = _row_height(plot, narrow)
    thickness = 7.0 / row_height
    values: list[dict[str, Any]] = []
    for mark in plot.marks:
        centre = _position(mark, narrow, row_height)
        values.append(
            {
                "value": mark.value,
                "zero": 0,
                "lower": mark.lower,
                "upper": mark.upper,
                "y": centre,
                "y0": centre - thickness,
                "y1": centre + thickness,
                "color": mark.color,
                "fill": PAPER if mark.hollow else mark.color,
                "text": mark.text,
                "end": max(mark.value, mark.upper or mark.value),
            }
        )
    base = chart_of(values)
    x = alt.X("value:Q", scale=x_scale, axis=x_axis)
    y = alt.Y("y:Q", scale=y_scale, axis=None)
    color = alt.Color("color:N", scale=None, legend=None)
    lower = alt.X("lower:Q", scale=x_scale)
    interval = base.transform_filter("isValid(datum.lower) && isValid(datum.upper)")
    layers = []
    if plot.shape == "bar":
        top = alt.Y("y0:Q", scale=y_scale, axis=None)
        layers.append(
            base.mark_rect().encode(x=x, x2=alt.X2("zero:Q"), y=top, y2=alt.Y2("y1:Q"), color=color)
        )
        layers.append(
            interval.mark_rule(color=INK, strokeWidth=1.2).encode(x=lower, x2=alt.X2("upper:Q"), y=y)
        )
    else:
        lines = interval.mark_rule(strokeWidth=2).encode(x=lower, x2=alt.X2("upper:Q"), y=y)
        layers.append(lines.encode(color=color))
        dots = base.mark_point(size=58, strokeWidth=2, opacity=1, filled=False)
        layers.append(dots.encode(x=x, y=y, stroke=color, fill=alt.Fill("fill:N", scale=None, legend=None)))
    if plot.text_place == "beside":
        text = base.transform_filter("datum.text != ''").mark_text(align="left", dx=8, fontSize=12, color=INK)
        layers.append(text.encode(x=alt.X("end:Q", scale=x_scale), y=y, text=alt.Text("text:N")))
    return layers


def _texts(plot: RowPlot, y: alt.Y, inner: int, *, narrow: bool) -> list[alt.Chart]:
    """Labels of the rows, and the texts of their marks when those stand in a column."""
    import altair as alt

    row_height = _row_height(plot, narrow)
    line = 13 / row_height if narrow else 0.5
    columns = 34 if narrow else 36
    texts = {mark.row: mark.text for mark in plot.marks}
    values = [
        {"y": row + line, "label": shorten(label, columns), "text": texts.get(row, "")}
        for row, label in enumerate(plot.labels)
    ]
    base = chart_of(values)
    names = base.mark_text(align="left" if narrow else "right", color=INK, fontSize=13)
    layers = [names.encode(x=at_x(0 if narrow else -12), y=y, text=alt.Text("label:N"))]
    if plot.text_place == "column":
        texts_at = at_x(inner if narrow else inner + plot.text_room - 8)
        text = base.mark_text(align="right", color=INK, fontSize=13)
        layers.append(text.encode(x=texts_at, y=y, text=alt.Text("text:N")))
    return layers
