"""Plots over time: lines with bands, direct labels, and hollow points for incomplete periods."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from voc.report.marks import chart_of, label
from voc.report.model import Grain, Share
from voc.report.row_plot import INK, MUTED, PAPER, nice_ticks
from voc.report.svg import Margins, Panel, panel

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Line", "TimeAxis", "draw_lines", "top_of"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line; points in the order of the time axis."""

    label: str
    color: str
    points: Sequence[Share | None]


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Periods of a plot."""

    starts: Sequence[date]
    full: Sequence[bool]
    grain: Grain

    def labels(self, most: int) -> dict[int, str]:
        """Return up to `most` evenly spaced tick labels by place."""
        step = max(1, -(-len(self.starts) // most))
        return {i: self.label(i) for i in range(len(self.starts)) if i % step == 0}

    def label(self, i: int) -> str:
        """Return the short name of a period: `2025-03` for a month, `03-17` for a week."""
        return f"{self.starts[i]:{'%Y-%m' if self.grain is Grain.MONTH else '%m-%d'}}"

    def last_full(self) -> int:
        """Return the place of the last full period, or of the last one."""
        full = [i for i, whole in enumerate(self.full) if whole]
        return full[-1] if full else len(self.starts) - 1


def top_of(lines: Sequence[Line]) -> float:
    """Return the upper end of the y axis in percent: above every share, and most of the intervals."""
    shares = [point for line in lines for point in line.points if point]
    highest = max((point.share for point in shares), default=0.0)
    upper = max((min(point.ci_upper, 1.6 * highest) for point in shares), default=0.0)
    return max(1.0, 100 * max(highest, upper)) * 1.04


def draw_lines(
    lines: Sequence[Line],
    time: TimeAxis,
    width: int,
    height: int,
    *,
    top: float,
    title: str = "",
    axis: str | None = None,
    right: int = 12,
    most_ticks: int = 8,
) -> Panel:
    """Draw lines over time.

    Parameters
    ----------
    top
        Upper end of the y axis in percent.
    title
        Stands above the plot, with the value of the last full period.
    axis
        Title of the y axis; it stands above the plot, too.
    right
        Pixels for direct labels: names from 40, values as well from 120.
    """
    import altair as alt

    margins = Margins(left=36, top=32 if title or axis else 12, right=right, bottom=30)
    inner_width, inner_height = width - margins.left - margins.right, height - margins.top - margins.bottom
    labels = time.labels(most_ticks)
    x_axis = alt.Axis(
        values=list(labels),
        labelExpr=f"({json.dumps(labels)})[datum.value]",
        title=None,
        grid=False,
        offset=6,
    )
    ticks = nice_ticks(top, 5 if inner_height > 120 else 4)
    x_scale = alt.Scale(domain=[-0.3, max(1, len(time.starts) - 1) + 0.3], nice=False, zero=False)
    y_scale = alt.Scale(domain=[0, top], nice=False, clamp=True)
    x = alt.X("i:Q", scale=x_scale, axis=x_axis)
    y_axis = alt.Axis(values=ticks, title=None, labelExpr="format(datum.value, '~g')", grid=True)
    y = alt.Y("share:Q", scale=y_scale, axis=y_axis)
    layers: list[alt.Chart] = []
    for line in lines:
        layers.extend(_line(line, time, x, y, y_scale))
    if right >= 40:
        with_value = right >= 120
        layers.extend(_end_labels(lines, time, top, inner_width, inner_height, with_value=with_value))
    layers.extend(_titles(lines, time, title, axis, inner_width))
    return panel(alt.layer(*layers), width, height, margins)


def _line(line: Line, time: TimeAxis, x: alt.X, y: alt.Y, y_scale: alt.Scale) -> list[alt.Chart]:
    import altair as alt

    values: list[dict[str, Any]] = [
        {
            "i": i,
            "share": 100 * point.share if point else None,
            "lower": 100 * point.ci_lower if point else None,
            "upper": 100 * point.ci_upper if point else None,
            "fill": line.color if time.full[i] else PAPER,
            "full": time.full[i],
        }
        for i, point in enumerate(line.points)
    ]
    base = chart_of(values)
    upper = alt.Y("upper:Q", scale=y_scale)
    band = base.mark_area(color=line.color, opacity=0.14).encode(x=x, y=upper, y2=alt.Y2("lower:Q"))
    stroke = base.mark_line(color=line.color, strokeWidth=2).encode(x=x, y=y)
    dense = len(line.points) > 30
    known = base.transform_filter("isValid(datum.share)" + (" && !datum.full" if dense else ""))
    points = known.mark_point(size=24, strokeWidth=1.6, opacity=1, stroke=line.color, filled=False)
    return [band, stroke, points.encode(x=x, y=y, fill=alt.Fill("fill:N", scale=None, legend=None))]


def _value(line: Line, time: TimeAxis) -> Share | None:
    return line.points[time.last_full()] if line.points else None


def _end_labels(
    lines: Sequence[Line], time: TimeAxis, top: float, width: int, height: int, *, with_value: bool
) -> list[alt.Chart]:
    """Names at the right end, and values of the last full period; moved apart where they would cover."""
    ends: list[tuple[float, Line]] = []
    for line in lines:
        last = next((point for point in reversed(line.points) if point), None)
        if last:
            ends.append((height * (1 - 100 * last.share / top), line))
    layers = []
    lowest = -math.inf
    for place, line in sorted(ends, key=lambda pair: pair[0]):
        lowest = max(place, lowest + (36 if with_value else 18))
        value = _value(line, time)
        x = width + 10
        layers.append(label(line.label, x, lowest, color=line.color, bold=True, dy=-8 if with_value else 0))
        if value and with_value:
            text = f"{time.label(time.last_full())}  {100 * value.share:.1f}%"
            layers.append(label(text, x, lowest, color=line.color, size=12, dy=9))
    return layers


def _titles(
    lines: Sequence[Line], time: TimeAxis, title: str, axis: str | None, width: int
) -> list[alt.Chart]:
    layers = []
    if axis:
        layers.append(label(axis, -36, 0, color=MUTED, baseline="bottom", size=12, dy=-12))
    if title:
        layers.append(label(title, -36, 0, color=INK, baseline="bottom", bold=True, dy=-12))
        value = _value(lines[0], time)
        if value:
            text, color = f"{100 * value.share:.1f}", lines[0].color
            layers.append(
                label(text, width, 0, color=color, align="right", baseline="bottom", bold=True, dy=-12)
            )
    return layers
