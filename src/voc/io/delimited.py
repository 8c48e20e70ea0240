"""Reads CSV and TSV: every cell a string, in the encoding and dialect that the whole file shows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import StringIO

import pyarrow as pa

from voc.errors import InputError
from voc.how_many import how_many
from voc.io.chunk import Chunk, Rejected, Span
from voc.io.dialect import Sniffed, line_end, sniff_dialect
from voc.io.encoding import ERRORS, sniff_encoding
from voc.io.headers import refuse_values, unique_names
from voc.io.lines import LineWindow, read_blocks
from voc.io.records import BATCH_CHARS, RecordReader, Records
from voc.io.sources import InputFile, Source

__all__ = ["DelimitedReader"]

_SAMPLE = 1 << 17
_HEAD = 4096
_CONTROLS = bytes({*range(32), 127} - {9, 10, 11, 12, 13, *range(26, 32)})
_BINARY = 0.02
"""Share of bytes that no text holds from which on a file is none."""


class DelimitedReader:
    """Reads one delimited file.

    Parameters
    ----------
    source
        The bytes.
    tabs
        Take the tab as delimiter when the header has one, as in a file named `.tsv`.

    Raises
    ------
    InputError
        When the file is empty, or no text.
    UsageError
        When its first line holds values instead of the names of columns.
    """

    rows_known: int | None = None
    spreadsheet = False

    def __init__(self, source: Source, *, tabs: bool = False) -> None:
        self._source = source
        self.name = source.name
        if source.size == 0:
            raise InputError(
                "the file is empty", where=self.name, hint="the first line must name the columns"
            )
        with source.open() as stream:
            self._encoding = sniff_encoding(stream)
        source.remember(self._encoding.size, self._encoding.sha256)
        if self._encoding.bad and not self._encoding.wide and _is_binary(source.head(_HEAD)):
            raise InputError(
                "this is no text: a picture, an archive or another binary file",
                where=self.name,
                hint="give a table: CSV, TSV, JSON Lines, Excel or Parquet",
            )
        self._newline, self._sniffed = self._sniff("\t" if tabs else None)
        refuse_values(self._sniffed.header, where=self.name)
        names, renamed = unique_names(self._sniffed.header)
        self.schema = pa.schema([pa.field(name, pa.string()) for name in names])
        self.notes = [self._encoding.note, self._sniffed.note, *renamed]
        if self._newline == "\r":
            self.notes.append("rows end in carriage returns")

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Read the rows."""
        undecodable = f"bytes that are not {self._encoding.label}"
        with self._source.open() as stream:
            window = LineWindow(read_blocks(stream, self._encoding, self._newline), BATCH_CHARS)
            self._skip_header(window)
            reader = RecordReader(window, self._sniffed.dialect, len(self.schema), undecodable)
            for records in reader.batches(batch_rows):
                yield self._chunk(records)
        self._source.check_unchanged()
        self._tell_literal(reader.taken_literally)

    def input_file(self) -> InputFile:
        """Path, size and digest."""
        return self._source.input_file

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def _sniff(self, prefer: str | None) -> tuple[str, Sniffed]:
        """Find line ends and dialect in the head of the file, reading on until it holds a whole line."""
        size = _SAMPLE
        while True:
            whole = size >= self._source.size
            data = self._source.head(size)[self._encoding.bom_bytes :]
            text = data.decode(self._encoding.codec, ERRORS)
            newline = line_end(text)
            lines = list(StringIO(text.replace("\n", " ") if newline == "\r" else text, newline=newline))
            found = sniff_dialect(lines if whole else lines[:-1], whole=whole, prefer=prefer)
            if found is not None:
                return newline, found
            if whole:
                hint = "the first line must name the columns"
                raise InputError("the file holds blank lines only", where=self.name, hint=hint)
            size *= 4

    def _skip_header(self, window: LineWindow) -> None:
        count = self._sniffed.header_lines
        while len(window.lines()) < count and window.more() is not None:
            window.begin_batch()
        window.consume(count)

    def _chunk(self, records: Records) -> Chunk:
        columns = zip(*records.cells, strict=True) if records.cells else ([] for _ in self.schema)
        arrays = [pa.array(column, pa.string()) for column in columns]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        rejected = [
            Rejected(bad.row, bad.reason, None, records.span(bad.first_line, bad.lines))
            for bad in records.bad
        ]

        @lru_cache(maxsize=1)
        def places() -> list[tuple[int, int]]:
            return records.places()

        def locate(index: int) -> Span | None:
            return records.span(*places()[index])

        return Chunk(batch, records.rows, rejected, locate)

    def _tell_literal(self, count: int) -> None:
        if count:
            note = f"{how_many(count, 'row')} with stray quotation marks, taken as they stand"
            if note not in self.notes:
                self.notes.append(note)


def _is_binary(head: bytes) -> bool:
    """Whether a file with bytes that no encoding knows is none of text."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return head.startswith(b"%PDF-") or controls > _BINARY * len(head)
