"""Puts tables that a script makes into a page, between `<!-- name:begin -->` and `<!-- name:end -->`."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["put_into_page"]


def put_into_page(page: Path, name: str, text: str) -> None:
    """Replace what stands between the marks. Raises SystemExit when the page has no such marks."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    content = page.read_text(encoding="utf-8")
    between = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    if not between.search(content):
        raise SystemExit(f"{page} has no {begin} … {end}")
    made = f"{begin}\n\n{text}\n\n{end}"
    page.write_text(between.sub(lambda _: made, content), encoding="utf-8")
