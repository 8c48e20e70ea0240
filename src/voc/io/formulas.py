"""Text that a spreadsheet would run as a formula when it opens a CSV file, made harmless.

The rule is that of the OWASP page on CSV injection: such a cell begins with = + - @, a tab or a carriage
return (or their full-width forms, which some versions of Excel fold). A leading apostrophe keeps it text.
Plain signed numbers are no formulas and stay as they are, so columns of amounts can still be summed.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_formula", "neutralised"]

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet could take the text of a cell for a formula."""
    return text.startswith(_STARTS) and _NUMBER.fullmatch(text) is None


def neutralised(text: str) -> str:
    """Return the text with an apostrophe before it where it looks like a formula. Idempotent."""
    return f"'{text}" if is_formula(text) else text
