"""Cells that a spreadsheet would run as a formula are made plain text before they leave.

What begins with = + - @, a tab or a carriage return (or the full-width forms of the signs) and is no number
is neutralised after OWASP, "CSV Injection": in CSV and TSV by an apostrophe before it, in XLSX by Excel's
own quote prefix, which leaves the text as it is. An apostrophe that stands before such a cell already gets
another one, so that removing one apostrophe always gives the cell back.
"""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["is_formula", "neutral", "neutral_column"]

_SIGNS: Final = "=+@\t\r\uff1d\uff0b\uff0d\uff20-"
_FORMULA: Final = re.compile(f"'*[{_SIGNS}]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?%?")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take a cell for more than text; plain numbers it may."""
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None


def neutral(text: str) -> str:
    """Return the cell with an apostrophe before it where it needs one."""
    return f"'{text}" if is_formula(text) else text


def neutral_column(column: pa.Array) -> pa.Array:
    """Neutralise a column of strings; other columns are returned as they are."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    if not pc.any(pc.match_substring_regex(column, f"^'*[{_SIGNS}]"), min_count=0).as_py():
        return column
    return pa.array([None if text is None else neutral(text) for text in column.to_pylist()], column.type)
