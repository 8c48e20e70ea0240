"""The one way out: writes Arrow batches in any format, whole or not at all.

What is written depends on the rows only: the bytes are the same whatever batches they came in.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from voc.errors import ColumnError, OutputError, UsageError
from voc.io.append import StagedFile
from voc.io.atomic import PartialFile
from voc.io.locations import FORMATS, STDIO, checked_format, database_table, format_of_name
from voc.io.stdout import StandardOutput
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Output", "Sink", "open_sink"]

Output = PartialFile | StandardOutput | StagedFile


class Sink(ABC):
    """A table that is open for writing. Made by `open_sink`; a context manager that aborts on an exception.

    Attributes
    ----------
    schema
        What is written: the schema given, without the row column.
    rows
        Rows written so far.
    notes
        What a reader of the output should know, for example cells that had to be cut.
    """

    def __init__(self, name: str, schema: pa.Schema) -> None:
        self.name = name
        self.schema = without_rows(schema)
        self.rows = 0
        self.notes: list[str] = []
        self._finished = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch. The row column is dropped; the other columns must be those of the schema.

        Raises
        ------
        ColumnError
            When a column is missing or has another type.
        OutputError
            When the output cannot be written; it is removed.
        """
        plain = self._fitted(batch)
        if not plain.num_rows:
            return
        try:
            self._write(plain)
        except BaseException:
            self.abort()
            raise
        self.rows += plain.num_rows

    def close(self) -> None:
        """Finish the output: from now on it is there, whole. Harmless when called twice or after `abort`."""
        if self._finished:
            return
        try:
            self._close()
        except BaseException:
            self.abort()
            raise
        self._finished = True

    def abort(self) -> None:
        """Remove what was written. Harmless after `close`."""
        if not self._finished:
            self._finished = True
            self._abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _fitted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        arrays = []
        for field in self.schema:
            if field.name not in batch.schema.names:
                raise ColumnError.missing(field.name, batch.schema.names, where=self.name)
            column = batch.column(field.name)
            if column.type != field.type:
                raise ColumnError(
                    f"column {field.name!r} is {column.type}, not {field.type} as declared", where=self.name
                )
            arrays.append(column)
        if not arrays:
            raise OutputError("a table without columns cannot be written", where=self.name)
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    @abstractmethod
    def _write(self, batch: pa.RecordBatch) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    @abstractmethod
    def _abort(self) -> None: ...


def without_rows(schema: pa.Schema) -> pa.Schema:
    """Return the schema without the row column and without what pandas notes for itself."""
    import pyarrow as pa

    metadata = {key: value for key, value in (schema.metadata or {}).items() if key != b"pandas"}
    return pa.schema([field for field in schema if field.name != ROW_COLUMN], metadata=metadata or None)


def open_sink(
    location: str | os.PathLike[str],
    schema: pa.Schema,
    *,
    force: bool = False,
    format: str | None = None,  # noqa: A002  (the word of the command line)
    bom: bool = False,
    private: bool = False,
    by_month: str | None = None,
) -> Sink:
    """Open an output.

    Parameters
    ----------
    location
        A file (`.csv .tsv .jsonl .xlsx .parquet`), `-` for standard output, or a database URL with `::table`.
    schema
        Columns to be written; the row column is left out.
    force
        Overwrite what is there.
    format
        Overrides what the file name tells. Standard output is CSV unless this says otherwise.
    bom
        Begin CSV and TSV with a byte order mark, which older Excel needs to recognise UTF-8.
    private
        A file that only its owner may read.
    by_month
        Column of times. The location is then a folder of Parquet files, one sub-folder a month, and the rows
        are appended to it; `force` lets them take the place of all that are there.

    Raises
    ------
    OutputExistsError
        When the output is there and `force` is not given.
    OutputError
        When the folder is missing or cannot be written.
    UsageError
        For a format that is not known.
    """
    text = os.fspath(location)
    if by_month is not None:
        from voc.io.month_sink import MonthSink

        return MonthSink(text, schema, by_month, force=force)
    if table := database_table(text):
        from voc.io.database_sink import DatabaseSink

        return DatabaseSink(table, schema, force=force)
    kind = _format(text, format)
    output: Output = StandardOutput() if text == STDIO else PartialFile(text, force=force, private=private)
    try:
        return _MAKERS[kind](output, schema, bom)
    except BaseException:
        output.abort()
        raise


def _format(text: str, format_name: str | None) -> str:
    if format_name:
        return checked_format(format_name)
    found = "csv" if text == STDIO else format_of_name(Path(text))
    suffix = Path(text).suffix.lower()
    if found is None or suffix in (".xls", ".xlsb", ".ods", ".xlsm"):
        hint = f"use one of {' '.join('.' + name for name in FORMATS)}, or give the format"
        raise UsageError(
            f"no format is known for {suffix or 'a name without an ending'}", where=text, hint=hint
        )
    return found


def _csv(output: Output, schema: pa.Schema, bom: bool) -> Sink:
    from voc.io.delimited_sink import DelimitedSink

    return DelimitedSink(output, schema, ",", bom=bom)


def _tsv(output: Output, schema: pa.Schema, bom: bool) -> Sink:
    from voc.io.delimited_sink import DelimitedSink

    return DelimitedSink(output, schema, "\t", bom=bom)


def _json_lines(output: Output, schema: pa.Schema, _: bool) -> Sink:
    from voc.io.jsonlines_sink import JsonLinesSink

    return JsonLinesSink(output, schema)


def _spreadsheet(output: Output, schema: pa.Schema, _: bool) -> Sink:
    from voc.io.spreadsheet_sink import SpreadsheetSink

    return SpreadsheetSink(output, schema)


def _parquet(output: Output, schema: pa.Schema, _: bool) -> Sink:
    from voc.io.parquet_sink import ParquetSink

    return ParquetSink(output, schema)


_MAKERS: dict[str, Callable[[Output, pa.Schema, bool], Sink]] = {
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _json_lines,
    "xlsx": _spreadsheet,
    "parquet": _parquet,
}
