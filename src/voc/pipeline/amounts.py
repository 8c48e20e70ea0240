"""Reads the column that a command adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voc.errors import ColumnError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["amounts_of"]


def amounts_of(table: pa.Table, name: str, *, source: str, option: str) -> list[float]:
    """Return the amounts of a column; what is empty adds nothing.

    Raises
    ------
    ColumnError
        When a cell is no number, with its row; `option` is how the column was named.
    """
    import pyarrow as pa

    from voc.io.amounts import parse_numbers

    try:
        found = parse_numbers(table.column(name).combine_chunks())
    except pa.ArrowException:
        kind = table.schema.field(name).type
        raise ColumnError(
            f"column {name!r} holds {kind}, no amounts",
            where=source,
            hint=f"{option} takes a column of numbers",
        ) from None
    if found.reasons:
        row, reason = min(found.reasons.items())
        raise ColumnError(
            f"column {name!r}, row {row}: {reason}",
            where=source,
            hint=f"{option} takes a column of numbers: mend the cell, or empty it where it adds nothing",
        )
    return [value or 0.0 for value in found.values.to_pylist()]
