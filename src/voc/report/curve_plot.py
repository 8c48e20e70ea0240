"""Small plots of curves over a number: days after a landmark, or a probability on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.report.marks import chart_of, label
from voc.report.row_plot import INK, nice_ticks
from voc.report.svg import Margins, Panel, panel

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Curve", "CurveAxis", "draw_curves"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve."""

    color: str
    x: Sequence[float]
    y: Sequence[float]
    """In percent."""
    steps: bool = False
    """Whether the curve holds its value up to the next x, as a histogram does."""


@dataclass(frozen=True, slots=True)
class CurveAxis:
    """The x axis of a plot."""

    domain: tuple[float, float]
    ticks: Sequence[float]
    log: bool = False
    percent: bool = False


def draw_curves(
    curves: Sequence[Curve],
    axis: CurveAxis,
    width: int,
    height: int,
    *,
    top: float,
    title: str,
    ends: bool = False,
) -> Panel:
    """Draw curves under a title.

    Parameters
    ----------
    top
        Upper end of the y axis in percent.
    ends
        Whether the last value of each curve stands at its end.
    """
    import altair as alt

    margins = Margins(left=36, top=32, right=44 if ends else 8, bottom=30)
    x_scale = alt.Scale(
        type="log" if axis.log else "linear", domain=list(axis.domain), nice=False, clamp=True
    )
    expression = "format(datum.value, '~%')" if axis.percent else "format(datum.value, '~g')"
    x_axis = alt.Axis(values=list(axis.ticks), labelExpr=expression, title=None, grid=False, offset=6)
    x = alt.X("x:Q", scale=x_scale, axis=x_axis)
    y_axis = alt.Axis(values=nice_ticks(top, 4), title=None, labelExpr="format(datum.value, '~g')", grid=True)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, top], nice=False, clamp=True), axis=y_axis)
    layers: list[alt.Chart] = []
    for curve in curves:
        rows = [{"x": at, "y": value} for at, value in zip(curve.x, curve.y, strict=True)]
        line = chart_of(rows).mark_line(
            color=curve.color, strokeWidth=2, interpolate="step-after" if curve.steps else "linear"
        )
        layers.append(line.encode(x=x, y=y))
    inner = (width - margins.left - margins.right, height - margins.top - margins.bottom)
    if ends:
        layers.extend(_ends(curves, inner[0], inner[1], top))
    layers.append(label(title, -36, 0, color=INK, baseline="bottom", bold=True, dy=-12))
    return panel(alt.layer(*layers), width, height, margins)


def _ends(curves: Sequence[Curve], width: int, height: int, top: float) -> list[alt.Chart]:
    """Last values, moved apart where they would cover each other."""
    layers = []
    lowest = -1e9
    for curve in sorted(curves, key=lambda one: -one.y[-1]):
        place = max(height * (1 - curve.y[-1] / top), lowest + 16)
        lowest = place
        layers.append(label(f"{curve.y[-1]:.1f}", width + 6, place, color=curve.color, bold=True))
    return layers
