"""Column names as a file gives them, made usable: trimmed, never empty, each one once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voc.errors import UsageError
from voc.how_many import how_many
from voc.io.encoding import MARK
from voc.types import ROW_COLUMN

__all__ = ["NO_HEADER_HINT", "refuse_values", "unique_names"]

NO_HEADER_HINT: Final = "the first line must name the columns: put one above it, such as 姓名,手机号,评价内容"
_VALUE: Final = re.compile(
    r"(?:\+?(?:00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}|[0-9]{14,}|[0-9]{17}[0-9Xx]"
    r"|[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"
    r"|(?:19|20)[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?[ T]+"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z?"
)
"""A phone number, a number of a person or an account, an e-mail address, a moment."""
_SENTENCE: Final = re.compile(r"[，。！!、；]|[了太很没就都][\u4e00-\u9fff]")
_QUESTION: Final = re.compile(r"[您请?？:：()（）]|是否")
"""What the columns of a survey are called."""
_TURN: Final = re.compile(r"[\u4e00-\u9fff].*[0-9]{1,2}[:：][0-9]{2}")
"""Somebody, and when they wrote."""
_LONG: Final = 8

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060 \t\r\n\f\v\u3000\xa0"


def unique_names(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return usable column names, and notes on those that were changed.

    White space and invisible characters around a name go. An empty name becomes `column_3`, after its place;
    a name that is there already becomes `name_2`, `name_3`.
    """
    names: list[str] = []
    notes: list[str] = []
    plain = [MARK.sub("\ufffd", cell).strip(_INVISIBLE) for cell in cells]
    taken = set(plain)
    for place, name in enumerate(plain, start=1):
        wanted = name if name and name != ROW_COLUMN else f"column_{place}"
        chosen = wanted
        number = 2
        while chosen in names or (chosen != name and chosen in taken):
            chosen = f"{wanted}_{number}"
            number += 1
        if not name:
            notes.append(f"column {place} has no name, read as {chosen!r}")
        elif chosen != name:
            notes.append(f"column {place} is a second {name!r}, read as {chosen!r}")
        names.append(chosen)
    return names, notes


def refuse_values(cells: Sequence[str], *, where: str) -> None:
    """Refuse a first line that holds values instead of names, without quoting it.

    Raises
    ------
    UsageError
        When a cell is an identifier or a moment, or the only one is a sentence or a turn of a chat.
    """
    values = sum(_VALUE.fullmatch(cell.strip(_INVISIBLE)) is not None for cell in cells)
    if values:
        told = f"{how_many(values, 'cell')} of the first line {'is a value' if values == 1 else 'are values'}"
        raise UsageError(f"{told}, not the name of a column", where=where, hint=NO_HEADER_HINT)
    if len(cells) == 1 and _is_said(cells[0].strip(_INVISIBLE)):
        raise UsageError("the first line is text, not the name of a column", where=where, hint=NO_HEADER_HINT)


def _is_said(cell: str) -> bool:
    if _TURN.search(cell):
        return True
    return len(cell) >= _LONG and not _QUESTION.search(cell) and _SENTENCE.search(cell) is not None
