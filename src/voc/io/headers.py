"""Column names as a file gives them, made usable: trimmed, never empty, each one once."""

from __future__ import annotations

from collections.abc import Sequence

from voc.io.encoding import MARK
from voc.types import ROW_COLUMN

__all__ = ["unique_names"]

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
