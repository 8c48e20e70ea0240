"""Reads tickets in which people [P:...] and addresses [A:...] are marked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from names.writer import Marked

__all__ = ["read_tickets"]

_MARK: Final = re.compile(r"\[([PA]):([^\]]+)\]")
_KINDS: Final = {"P": "PER", "A": "ADR"}


def read_tickets(path: Path) -> list[Marked]:
    """Read one text a line; lines that begin with # are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_unmarked(line.replace("\\n", "\n")) for line in lines if line and not line.startswith("#")]


def _unmarked(line: str) -> Marked:
    text, spans, done = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[done : mark.start()]
        spans.append((len(text), len(text) + len(mark[2]), _KINDS[mark[1]]))
        text += mark[2]
        done = mark.end()
    return Marked(text + line[done:], tuple(spans))
