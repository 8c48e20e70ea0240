"""What every format reader gives: batches with row numbers, rows set aside, and where a row's bytes are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.io.sources import InputFile

__all__ = ["Chunk", "FormatReader", "Rejected", "Span", "nowhere", "row_place"]

Span = tuple[int, int]
"""First byte and length in the input."""


class Rejected(NamedTuple):
    """A row that cannot be read."""

    row: int
    """0-based number of the data row in its input."""
    reason: str
    """Never quotes the row."""
    column: str | None = None
    span: Span | None = None


class Chunk(NamedTuple):
    """Some rows of one input."""

    batch: pa.RecordBatch
    rows: Sequence[int]
    """Row number of each row of the batch."""
    rejected: Sequence[Rejected]
    """Rows of the same stretch that are not in the batch."""
    locate: Callable[[int], Span | None]
    """Place in the input of a row, given its index in the batch."""


def row_place(source: str, row: int, column: str | None) -> str:
    """Say where a row of an input is that cannot be read, for messages."""
    return f"{source}, row {row}" + (f", column {column!r}" if column else "")


def nowhere(_: int) -> Span | None:
    """Say nothing about where a row is (formats in which a row has no place of its own)."""
    return None


class FormatReader(Protocol):
    """Reads one input of one format."""

    name: str
    """The input, for messages."""
    schema: pa.Schema
    notes: list[str]
    """What was found out about the input: encoding, delimiter, renamed columns."""
    rows_known: int | None
    spreadsheet: bool
    """True when numbers may be the dates of a spreadsheet."""

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Read from the beginning in chunks of at most `batch_rows` rows."""
        ...

    def input_file(self) -> InputFile:
        """Path, size and digest."""
        ...

    def close(self) -> None:
        """Close files and connections."""
        ...
