"""Notices numbers that a spreadsheet has shortened: two ids that differ then read as one."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from voc.how_many import how_many

__all__ = ["LostDigits"]

_SHORTENED: Final = r"^\s*[0-9](?:\.[0-9]{1,16})?[eE]\+?(?:1[1-9]|[2-9][0-9])\s*$"
_EXACT: Final = float(2**53)


class LostDigits:
    """Counts, by column, cells whose last digits are not there any more."""

    def __init__(self) -> None:
        self._cells: Counter[str] = Counter()

    def look(self, batch: pa.RecordBatch) -> None:
        """Look at the rows of a batch, which must not have been looked at before."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if found := _lost(column):
                self._cells[name] += found

    @property
    def notes(self) -> list[str]:
        """A warning for each such column, without a value."""
        return [
            f"column {name!r}: {how_many(count, 'number')} in scientific notation or beyond 15 digits, "
            "of which the last are lost; ids that differ may read as one: export the column as text"
            for name, count in self._cells.items()
        ]


def _lost(column: pa.Array) -> int:
    if pa.types.is_string(column.type):
        lost = pc.match_substring_regex(column, _SHORTENED)
    elif pa.types.is_floating(column.type):
        lost = pc.greater_equal(pc.abs(column.cast(pa.float64())), _EXACT)
    else:
        return 0
    return int(pc.sum(lost).as_py() or 0)
