"""Renders Altair charts to SVG that can stand in a page: no script, no font files, no colours of its own.

Every chart has a fixed size and margins, so that its bytes do not hang on the fonts of the machine that
renders it. Colours are CSS custom properties of the page, so that dark mode and print need no second chart.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

__all__ = ["FONTS", "Margins", "Panel", "compose", "panel", "unchecked"]

FONTS = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC",sans-serif'
_OPENING = re.compile(r"<svg[^>]*>")
_IDS = re.compile(r'\bid="([^"]+)"')


@contextmanager
def unchecked() -> Iterator[None]:
    """Leave out Altair's checks of charts that are known to be right; they take longer than drawing."""
    from altair.utils import schemapi

    with schemapi.debug_mode(False):
        yield


@dataclass(frozen=True, slots=True)
class Margins:
    """Room around the plot, in pixels."""

    left: int = 8
    top: int = 8
    right: int = 8
    bottom: int = 44


@dataclass(frozen=True, slots=True)
class Panel:
    """A rendered chart without its `svg` element."""

    width: int
    height: int
    body: str


def panel(chart: alt.LayerChart | alt.FacetChart, width: int, height: int, margins: Margins) -> Panel:
    """Render a chart.

    Parameters
    ----------
    width, height
        Size of the whole panel, margins included.
    """
    import vl_convert

    sized = chart.properties(
        width=width - margins.left - margins.right,
        height=height - margins.top - margins.bottom,
        padding={"left": 0, "top": 0, "right": 0, "bottom": 0},
        autosize="none",
    )
    spec = {**sized.to_dict(validate=False), "config": _CONFIG}
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    body = _OPENING.sub("", svg, count=1).removesuffix("</svg>")
    moved = f'<g transform="translate({margins.left},{margins.top})">{body}</g>'
    return Panel(width, height, moved)


def compose(
    panels: Sequence[Panel],
    *,
    identifier: str,
    title: str,
    description: str,
    columns: int = 1,
    gap: tuple[int, int] = (0, 0),
    css_class: str = "",
) -> str:
    """Put panels of one size of columns into one `svg` element, row by row.

    Parameters
    ----------
    identifier
        Prefix of all ids inside, unique on the page.
    gap
        Pixels between columns and between rows.
    """
    placed = []
    x = y = row_height = full_width = 0
    for number, one in enumerate(panels):
        if number and number % columns == 0:
            x, y, row_height = 0, y + row_height + gap[1], 0
        placed.append(f'<g transform="translate({x},{y})">{_own_ids(one.body, f"{identifier}-{number}")}</g>')
        x += one.width + gap[0]
        row_height = max(row_height, one.height)
        full_width = max(full_width, x - gap[0])
    height = y + row_height
    label = html.escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart {css_class}" id="{identifier}" role="img" '
        f'viewBox="0 0 {full_width} {height}" width="{full_width}" height="{height}" '
        f'aria-label="{label}" aria-describedby="{identifier}-desc">'
        f'<title>{label}</title><desc id="{identifier}-desc">{html.escape(description)}</desc>'
        f"{''.join(placed)}</svg>"
    )


def _own_ids(body: str, prefix: str) -> str:
    """Give the ids of a panel (clip paths) a prefix, so that they are unique on the page."""
    for found in sorted(set(_IDS.findall(body))):
        body = body.replace(f'id="{found}"', f'id="{prefix}-{found}"').replace(
            f"url(#{found})", f"url(#{prefix}-{found})"
        )
    return body


_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONTS,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--muted)",
        "titleColor": "var(--muted)",
        "gridColor": "var(--grid)",
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelOverlap": False,
        "labelBound": False,
        "labelLimit": 0,
        "titleLimit": 0,
        "labelPadding": 6,
        "titlePadding": 8,
        "domain": False,
        "ticks": False,
    },
    "axisY": {"minExtent": 34, "maxExtent": 34},
    "text": {"color": "var(--ink)", "fontSize": 13, "limit": 0},
}
