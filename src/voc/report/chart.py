"""What a chart of the report is: two sizes, a title and a caption; and the one way to draw rows in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voc.report.row_plot import RowPlot, draw_rows
from voc.report.strings import Strings
from voc.report.svg import Panel, compose

__all__ = ["BAD", "BLUE", "GOOD", "GREY", "NARROW", "WIDE", "Chart", "panel_chart", "row_chart"]

WIDE = 940
NARROW = 350
BAD, GOOD, BLUE, GREY = "var(--c-bad)", "var(--c-good)", "var(--c-blue)", "var(--c-grey)"


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart in its two sizes, as `svg` elements."""

    key: str
    title: str
    wide: str
    narrow: str
    caption: str | None = None


def row_chart(
    key: str, plot: RowPlot, strings: Strings, *, caption: str | None = None, **facts: object
) -> Chart:
    """Draw rows in both sizes; texts stand under `charts.<key>`."""
    title = strings[f"charts.{key}.title"]
    description = strings.fill(f"charts.{key}.desc", n=len(plot.labels), **facts)
    wide, narrow = (
        compose(
            [draw_rows(plot, width, narrow=size == "narrow")],
            identifier=f"chart-{key.replace('_', '-')}-{size}",
            title=title,
            description=description,
            css_class=size,
        )
        for size, width in (("wide", WIDE), ("narrow", NARROW))
    )
    return Chart(key, title, wide, narrow, caption)


def panel_chart(
    key: str,
    sizes: Sequence[tuple[str, int, Sequence[Panel], tuple[int, int]]],
    strings: Strings,
    *,
    caption: str | None = None,
    **facts: object,
) -> Chart:
    """Put small plots together in both sizes.

    Parameters
    ----------
    sizes
        Name (wide, then narrow), columns, panels, and pixels between columns and rows.
    """
    title = strings[f"charts.{key}.title"]
    drawn = [
        compose(
            _first_row_filled(panels, columns),
            identifier=f"chart-{key.replace('_', '-')}-{size}",
            title=title,
            description=strings.fill(f"charts.{key}.desc", n=len(panels), **facts),
            columns=columns,
            gap=gap,
            css_class=size,
        )
        for size, columns, panels, gap in sizes
    ]
    return Chart(key, title, drawn[0], drawn[1], caption)


def _first_row_filled(panels: Sequence[Panel], columns: int) -> list[Panel]:
    """Add empty panels to a first row that is not full, lest few be blown up to the width of the page."""
    empty = [Panel(panels[0].width, panels[0].height, "")] * max(0, columns - len(panels))
    return [*panels, *empty]
