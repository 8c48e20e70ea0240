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
        When a cell is no number; `option` is how the column was named.
    """
    import pyarrow as pa

    from voc.io.amounts import parse_numbers

    try:
        found = parse_numbers(table.column(name).combine_chunks())
    except pa.ArrowException:
        raise _no_numbers(name, source, option) from None
    if found.reasons:
        raise _no_numbers(name, source, option)
    return [value or 0.0 for value in found.values.to_pylist()]


def _no_numbers(name: str, source: str, option: str) -> ColumnError:
    return ColumnError(
        f"column {name!r} holds no amounts", where=source, hint=f"{option} takes a column of numbers"
    )
