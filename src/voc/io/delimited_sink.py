"""Writes CSV and TSV in UTF-8: RFC 4180 quoting, a line feed after each row, null as an empty cell.

Lists and structs are written as JSON. Cells that begin like a formula get an apostrophe before them
(`voc.io.formulas`), so that a spreadsheet shows them and does not run them.
"""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

import pyarrow as pa

from voc.io.atomic import telling_output_errors
from voc.io.cells import text_values
from voc.io.formulas import neutral, neutral_column
from voc.io.sink import Sink

if TYPE_CHECKING:
    from voc.io.sink import Output

__all__ = ["DelimitedSink"]


class DelimitedSink(Sink):
    """Writes one delimited file."""

    def __init__(self, output: Output, schema: pa.Schema, delimiter: str, *, bom: bool = False) -> None:
        super().__init__(output.name, schema)
        self._output = output
        self._buffer = io.StringIO(newline="")
        self._rows = csv.writer(self._buffer, delimiter=delimiter, lineterminator="\n")
        self._quoted = csv.writer(
            self._buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        with telling_output_errors(self.name):
            output.stream.write(codecs.BOM_UTF8 if bom else b"")
        self._row([neutral(name) for name in self.schema.names])
        self._flush()

    def _write(self, batch: pa.RecordBatch) -> None:
        columns = [text_values(neutral_column(column)) for column in batch.columns]
        if any("\r" in cell for column in columns for cell in column if cell):
            for row in zip(*columns, strict=True):
                self._row(row)
        else:
            self._rows.writerows(zip(*columns, strict=True))
        self._flush()

    def _row(self, row: object) -> None:
        """Write a row; one with a carriage return is quoted throughout, as the csv module does not see it."""
        cells = list(row)  # type: ignore[call-overload]
        (self._quoted if any(cell and "\r" in cell for cell in cells) else self._rows).writerow(cells)

    def _flush(self) -> None:
        data = self._buffer.getvalue().encode("utf-8")
        self._buffer.seek(0)
        self._buffer.truncate()
        with telling_output_errors(self.name):
            self._output.stream.write(data)

    def _close(self) -> None:
        self._output.commit()

    def _abort(self) -> None:
        self._output.abort()
