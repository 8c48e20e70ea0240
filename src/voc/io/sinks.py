"""The one way out: opens an output in any format, by its name or by the word of the user."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import UsageError
from voc.io.atomic import PartialFile
from voc.io.locations import FORMATS, STDIO, checked_format, database_table, format_of_name
from voc.io.sink import Output, Sink
from voc.io.stdout import StandardOutput

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["open_sink"]


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
