"""Survival curves with the numbers at risk below them, as a statistician reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.report.marks import at_y, chart_of, label
from voc.report.row_plot import INK, MUTED
from voc.report.svg import Margins, Panel, panel

if TYPE_CHECKING:
    import altair as alt

__all__ = ["StayLine", "day_ticks", "draw_staying", "share_domain"]

_STEPS = (30, 60, 90, 120, 180, 360, 720)
_ROW = 18
"""Pixels of a row of numbers."""
_PLOT = 170
_AXIS = 30


@dataclass(frozen=True, slots=True)
class StayLine:
    """One curve, in percent, and the numbers at risk at the ticks."""

    name: str
    color: str
    day: Sequence[float]
    stayed: Sequence[float]
    lower: Sequence[float]
    """Lower end of the interval; empty for a curve without one."""
    upper: Sequence[float]
    at_risk: Sequence[str]
    """One text a tick; empty for a curve without a row of numbers."""


def day_ticks(last: int, *, most: int = 5) -> list[int]:
    """Return round numbers of days from 0 to `last`."""
    step = next((step for step in _STEPS if last // step < most), _STEPS[-1])
    return list(range(0, last + 1, step))


def draw_staying(
    lines: Sequence[StayLine],
    ticks: Sequence[int],
    width: int,
    *,
    last: int,
    domain: tuple[float, float],
    title: str,
    left: int,
    at_risk: str = "",
) -> Panel:
    """Draw the curves of one comparison.

    Parameters
    ----------
    ticks
        Days of the axis, and of the columns of numbers.
    last
        Day at which the axis ends.
    domain
        Of the other axis, in percent.
    left
        Pixels for the names of the rows.
    title, at_risk
        Above the plot, and above the names of the rows of numbers.
    """
    import altair as alt

    rows = [line for line in lines if line.at_risk]
    below = 22 + _ROW * len(rows) if rows else 0
    margins = Margins(left=left, top=32, right=46, bottom=_AXIS + below)
    inner = width - margins.left - margins.right
    low, high = domain
    x_scale = alt.Scale(domain=[0, last], nice=False)
    y_scale = alt.Scale(domain=[low, high], nice=False, clamp=True)
    x_axis = alt.Axis(values=list(ticks), title=None, grid=False, offset=6, labelExpr="datum.label")
    x = alt.X("x:Q", scale=x_scale, axis=x_axis)
    steps = [low + (high - low) * part / 4 for part in range(5)]
    y_axis = alt.Axis(values=steps, title=None, labelExpr="format(datum.value, '~g')", grid=True)
    y = alt.Y("y:Q", scale=y_scale, axis=y_axis)
    layers: list[alt.Chart] = []
    for line in lines:
        layers.extend(_curve(line, x, y, y_scale))
    layers.extend(_ends(lines, inner, low, high))
    layers.append(label(title, -left, 0, color=INK, baseline="bottom", bold=True, dy=-12))
    if rows:
        top = _PLOT + _AXIS + 6
        layers.append(label(at_risk, -left, top, color=MUTED, size=12))
        for place, line in enumerate(rows, start=1):
            layers.extend(_numbers(line, ticks, x_scale, top + _ROW * place, left))
    return panel(alt.layer(*layers), width, margins.top + _PLOT + margins.bottom, margins)


def share_domain(lowest: float, highest: float) -> tuple[float, float]:
    """Return an axis in percent, from 0 or from 100 as far as the values go, with round quarters."""
    if lowest > 20:
        reach = next(reach for reach in (4, 8, 12, 20, 32, 40, 60, 80) if 100 - lowest <= reach)
        return float(100 - reach), 100.0
    reach = next(reach for reach in (4, 8, 12, 20, 32, 40, 60, 80, 100) if highest <= reach)
    return 0.0, float(reach)


def _curve(line: StayLine, x: alt.X, y: alt.Y, y_scale: alt.Scale) -> list[alt.Chart]:
    import altair as alt

    layers: list[alt.Chart] = []
    if line.lower:
        band = [
            {"x": at, "y": low, "upper": high}
            for at, low, high in zip(line.day, line.lower, line.upper, strict=True)
        ]
        area = chart_of(band).mark_area(color=line.color, opacity=0.14, interpolate="step-after")
        layers.append(area.encode(x=x, y=alt.Y("y:Q", scale=y_scale), y2=alt.Y2("upper:Q")))
    rows = [{"x": at, "y": value} for at, value in zip(line.day, line.stayed, strict=True)]
    stroke = chart_of(rows).mark_line(color=line.color, strokeWidth=2, interpolate="step-after")
    layers.append(stroke.encode(x=x, y=y))
    return layers


def _ends(lines: Sequence[StayLine], width: int, low: float, high: float) -> list[alt.Chart]:
    """Last values in the order of the curves, moved apart where they would cover each other."""
    places: list[float] = []
    ordered = sorted(lines, key=lambda one: -one.stayed[-1])
    for line in ordered:
        wanted = _PLOT * (high - line.stayed[-1]) / (high - low)
        places.append(max(wanted, places[-1] + 16) if places else wanted)
    over = max(0.0, places[-1] - _PLOT)
    return [
        label(f"{line.stayed[-1]:.1f}", width + 6, place - over, color=line.color, bold=True)
        for line, place in zip(ordered, places, strict=True)
    ]


def _numbers(
    line: StayLine, ticks: Sequence[int], x_scale: alt.Scale, place: float, left: int
) -> list[alt.Chart]:
    import altair as alt

    rows = [{"x": tick, "text": text} for tick, text in zip(ticks, line.at_risk, strict=True)]
    mark = chart_of(rows).mark_text(color=INK, fontSize=12)
    x = alt.X("x:Q", scale=x_scale)
    return [
        label(line.name, -left, place, color=line.color, bold=True, size=12),
        mark.encode(x=x, y=at_y(place), text=alt.Text("text:N")),
    ]
