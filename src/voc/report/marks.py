"""Typed pieces of Altair charts: inline rows, places in pixels, and single labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import altair as alt

__all__ = ["at_x", "at_y", "chart_of", "label"]


def chart_of(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """Return a chart whose data are inside it."""
    import altair as alt

    return alt.Chart(alt.InlineData(values=list(rows)))


def at_x(pixels: float) -> alt.XValue:
    """Return a fixed place from the left of the plot."""
    import altair as alt

    return alt.XValue(pixels)  # type: ignore[no-untyped-call]


def at_y(pixels: float) -> alt.YValue:
    """Return a fixed place from the top of the plot."""
    import altair as alt

    return alt.YValue(pixels)  # type: ignore[no-untyped-call]


def label(
    text: str,
    x: float | alt.X,
    y: float,
    *,
    color: str,
    align: Literal["left", "center", "right"] = "left",
    baseline: Literal["middle", "bottom"] = "middle",
    bold: bool = False,
    size: int = 13,
    dy: int = 0,
    rows: Sequence[Mapping[str, Any]] = ({},),
) -> alt.Chart:
    """Return one text at a place in pixels; `x` may be a channel over `rows`."""
    import altair as alt

    mark = chart_of(rows).mark_text(
        align=align,
        baseline=baseline,
        color=color,
        fontWeight="bold" if bold else "normal",
        fontSize=size,
        dy=dy,
    )
    place = at_x(x) if isinstance(x, (int, float)) else x
    value = alt.TextValue(text)
    chart: alt.Chart = mark.encode(x=place, y=at_y(y), text=value)
    return chart
