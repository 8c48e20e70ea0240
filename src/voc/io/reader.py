"""The one way in: opens a table of any format and yields it in Arrow batches, bad rows set aside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from voc.errors import InputError
from voc.io.chunk import Chunk, FormatReader, Rejected, row_place
from voc.io.conform import ColumnMap, Conformer, plan_columns
from voc.io.contracts import Contract, Kind
from voc.io.locations import (
    STDIO,
    LocationLike,
    checked_format,
    database_table,
    expand,
    file_and_sheet,
    format_of_content,
    format_of_name,
)
from voc.io.lost_digits import LostDigits
from voc.io.numeric_text import numeric_text_note
from voc.io.partitions import PartitionReader, partition_values
from voc.io.sources import InputFile, Source
from voc.io.unify import Unified, unify
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    from voc.io.quarantine import Quarantine

__all__ = ["TableReader", "open_table", "read_table", "rows_known"]

_ROW_FIELD = pa.field(ROW_COLUMN, pa.int64(), nullable=False)


class TableReader:
    """A table that is open for reading. Made by `open_table`; a context manager.

    Attributes
    ----------
    schema
        Columns under voc's names, without the row column.
    input_names
        Columns under the input's names.
    rows_known
        Number of rows, bad ones included, where the format tells it beforehand; else None.
    notes
        What was found out about the input, for the user: encoding, delimiter, renamed columns.
    """

    def __init__(
        self,
        parts: list[FormatReader],
        unified: Unified,
        conformers: list[Conformer],
        *,
        batch_rows: int,
        quarantine: Quarantine | None,
        text_column: str | None,
    ) -> None:
        self._parts = parts
        self._unified = unified
        self._conformers = conformers
        self._batch_rows = batch_rows
        self._quarantine = quarantine
        self._text_column = text_column
        self._told: tuple[int, int] = (-1, -1)
        self.schema: pa.Schema = conformers[0].schema
        self.input_names: list[str] = [name for name in unified.schema.names if name != ROW_COLUMN]
        counts = [part.rows_known for part in parts]
        self.rows_known = None if None in counts else sum(count or 0 for count in counts)
        self._first_notes = [*unified.notes, *conformers[0].notes]
        self._late_notes: list[str] = []
        self._lost = LostDigits()
        self._looked: tuple[int, int] = (-1, -1)

    @property
    def notes(self) -> list[str]:
        """What was found out about the input so far."""
        many = len(self._parts) > 1
        own = [f"{part.name}: {note}" if many else note for part in self._parts for note in part.notes]
        return [*own, *self._first_notes, *self._late_notes, *self._lost.notes]

    @property
    def inputs(self) -> list[InputFile]:
        """The files behind the table with their digests."""
        return [part.input_file() for part in self._parts]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order, in batches of at most `batch_rows`, with the row column last.

        Row numbers count data rows from 0 over all files of the table, bad rows included. May be called
        again to read from the beginning; rows are set aside once.

        Raises
        ------
        InputError
            At a row that cannot be read, when no quarantine was given.
        """
        offset = 0
        for number, (part, conformer) in enumerate(zip(self._parts, self._conformers, strict=True)):
            rows = 0
            for chunk in part.chunks(self._batch_rows):
                batch, good, rejected = self._conform(chunk, conformer, number)
                rows = max(
                    rows, *(row + 1 for row in good[-1:].tolist()), *(bad.row + 1 for bad in rejected), 0
                )
                self._set_aside(number, rejected)
                if batch.num_rows:
                    self._look_at_digits(batch, number, int(good[-1]))
                    yield self._with_rows(batch, good + offset)
            offset += rows

    def watch_text(self, column: str) -> None:
        """Look at this column of the first batch, and add a note when a text column holds numbers only.

        With a contract, its text column is watched anyway.
        """
        self._text_column = column

    def close(self) -> None:
        """Close all files."""
        for part in self._parts:
            part.close()

    def __enter__(self) -> TableReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _conform(
        self, chunk: Chunk, conformer: Conformer, part: int
    ) -> tuple[pa.RecordBatch, np.ndarray[tuple[int], np.dtype[np.int64]], list[Rejected]]:
        rows = np.asarray(chunk.rows, np.int64)
        batch, faults = conformer.apply(self._unified.align(chunk.batch, part))
        self._look_at_text(batch)
        if not faults:
            return batch, rows, list(chunk.rejected)
        keep = np.ones(len(rows), bool)
        keep[list(faults)] = False
        broken = conformer.rejected(faults, chunk.rows, chunk.locate)
        return batch.filter(pa.array(keep)), rows[keep], sorted([*chunk.rejected, *broken])

    def _look_at_text(self, batch: pa.RecordBatch) -> None:
        column, self._text_column = self._text_column, None
        if column is not None and (note := numeric_text_note(batch, column)):
            self._late_notes.append(note)

    def _look_at_digits(self, batch: pa.RecordBatch, part: int, last: int) -> None:
        """Look at rows that were not read before: a table may be read again from the beginning."""
        if (part, last) > self._looked:
            self._looked = (part, last)
            self._lost.look(batch)

    def _set_aside(self, part: int, rejected: list[Rejected]) -> None:
        for row in rejected:
            if (part, row.row) <= self._told:
                continue
            self._told = (part, row.row)
            name = self._parts[part].name
            if self._quarantine is None:
                raise InputError(
                    row.reason,
                    where=row_place(name, row.row, row.column),
                    hint="mend the row or take it out: this table is read whole or not at all",
                )
            start, length = row.span or (None, None)
            self._quarantine.add(name, row.row, row.reason, row.column, start, length)

    def _with_rows(
        self, batch: pa.RecordBatch, rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> pa.RecordBatch:
        schema = self.schema.append(_ROW_FIELD)
        return pa.RecordBatch.from_arrays([*batch.columns, pa.array(rows, pa.int64())], schema=schema)


def open_table(
    location: LocationLike,
    *,
    batch_rows: int = 4096,
    columns: ColumnMap | None = None,
    contract: Contract | None = None,
    quarantine: Quarantine | None = None,
    format: str | None = None,  # noqa: A002  (the word of the command line)
) -> TableReader:
    """Open a table.

    Parameters
    ----------
    location
        A file (`.csv .tsv .jsonl .xlsx .parquet` and kin; `book.xlsx::Sheet2` for a sheet), a folder or glob
        of them or a list of files (one table, columns matched by name), `-` for standard input, or a database
        URL with `::table`.
    batch_rows
        Upper bound on the rows of a batch.
    columns
        voc's column names to the input's; a list names candidates of which the first that is there is taken.
    contract
        What the table must hold: columns are parsed to its types, and its required ones must be there.
    quarantine
        Takes rows that cannot be read. Without one, the first such row is an error.
    format
        Overrides what the file name tells: `csv`, `tsv`, `jsonl`, `xlsx`, `parquet`.

    Raises
    ------
    InputError
        When the input is missing, empty, damaged or cannot be read.
    ColumnError
        When a column is missing, with the nearest name as a hint, or files of one table do not fit together.
    UsageError
        For an unknown format or a URL without a table.
    """
    parts = _open_parts(location, format)
    try:
        unified = unify([(part.name, part.schema) for part in parts])
        where = parts[0].name if len(parts) == 1 else f"{len(parts)} files"
        conformers = [
            plan_columns(unified.schema, columns, contract, where=where, serials=part.spreadsheet)
            for part in parts
        ]
        text = next((c.name for c in contract or () if c.kind is Kind.TEXT), None)
        return TableReader(
            parts, unified, conformers, batch_rows=batch_rows, quarantine=quarantine, text_column=text
        )
    except BaseException:
        for part in parts:
            part.close()
        raise


def read_table(
    location: LocationLike,
    *,
    columns: ColumnMap | None = None,
    contract: Contract | None = None,
    quarantine: Quarantine | None = None,
    format: str | None = None,  # noqa: A002  (the word of the command line)
) -> pa.Table:
    """Read a small table whole, without the row column. Parameters and errors are those of `open_table`."""
    with open_table(
        location, columns=columns, contract=contract, quarantine=quarantine, format=format
    ) as reader:
        batches = [batch.drop_columns([ROW_COLUMN]) for batch in reader.batches()]
        return pa.Table.from_batches(batches, schema=reader.schema)


def rows_known(location: LocationLike) -> int | None:
    """Return the number of rows of a table when it can be told without reading the rows, else None."""
    import pyarrow.parquet as pq

    files = expand(location)
    if files is None or not all(format_of_name(path) == "parquet" and path.is_file() for path in files):
        return None
    try:
        return sum(int(pq.read_metadata(path).num_rows) for path in files)
    except (pa.ArrowException, OSError):
        return None


def _open_parts(location: LocationLike, format_name: str | None) -> list[FormatReader]:
    chosen = checked_format(format_name) if format_name else None
    single = location if isinstance(location, str) else None
    if isinstance(location, (list, tuple)) and len(location) == 1 and isinstance(location[0], str):
        single = location[0]
    if table := database_table(single):
        from voc.io.database import DatabaseReader

        return [DatabaseReader(table)]
    if single == STDIO:
        return [_reader(Source(None), None, chosen)]
    sheet = file_and_sheet(single)[1] if single else None
    parts: list[FormatReader] = []
    try:
        for path in expand(location) or ():
            open_file = partial(_reader_of, path, sheet, chosen)
            values = _folder_values(location, path)
            parts.append(PartitionReader(open_file, values) if values else open_file())
    except BaseException:
        for part in parts:
            part.close()
        raise
    return parts


def _folder_values(location: LocationLike, path: Path) -> dict[str, str | None]:
    """Columns that the folders below the location tell of one of its files."""
    for root in [location] if isinstance(location, (str, os.PathLike)) else location:
        if path.parent != Path(root) and path.is_relative_to(root) and Path(root).is_dir():
            return partition_values(Path(root), path)
    return {}


def _reader_of(path: Path, sheet: str | None, format_name: str | None) -> FormatReader:
    return _reader(Source(path), sheet, format_name or format_of_name(path))


def _reader(source: Source, sheet: str | None, format_name: str | None) -> FormatReader:
    head = source.head(4096)
    told = format_of_content(head)
    kind = format_name or told
    try:
        if kind in _TEXT and told not in _TEXT and b"\x00" in head:  # a column may be called PAR1
            kinds = {"xlsx": "an Excel file", "parquet": "a Parquet file"}
            raise InputError(
                f"this is {kinds[told]}, and is called {kind}",
                where=source.name,
                hint=f"let its name end in .{told}",
            )
        return _MAKERS[kind](source, sheet)
    except BaseException:
        source.close()
        raise


def _delimited(source: Source, _: str | None) -> FormatReader:
    from voc.io.delimited import DelimitedReader

    return DelimitedReader(source)


def _tabbed(source: Source, _: str | None) -> FormatReader:
    from voc.io.delimited import DelimitedReader

    return DelimitedReader(source, tabs=True)


def _json_lines(source: Source, _: str | None) -> FormatReader:
    from voc.io.jsonlines import JsonLinesReader

    return JsonLinesReader(source)


def _spreadsheet(source: Source, sheet: str | None) -> FormatReader:
    from voc.io.spreadsheet import SpreadsheetReader

    return SpreadsheetReader(source, sheet)


def _parquet(source: Source, _: str | None) -> FormatReader:
    from voc.io.parquet import ParquetReader

    return ParquetReader(source)


_TEXT = frozenset({"csv", "tsv", "jsonl"})
_MAKERS: dict[str, Callable[[Source, str | None], FormatReader]] = {
    "csv": _delimited,
    "tsv": _tabbed,
    "jsonl": _json_lines,
    "xlsx": _spreadsheet,
    "parquet": _parquet,
}
