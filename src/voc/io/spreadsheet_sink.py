"""Writes XLSX row by row in constant memory: text is text, also where it looks like a formula or a link."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import shutil
import tempfile
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from voc.errors import OutputError
from voc.how_many import how_many
from voc.io.atomic import telling_output_errors
from voc.io.cells import text_values
from voc.io.formulas import is_formula
from voc.io.sink import Sink

if TYPE_CHECKING:
    from voc.io.sink import Output

__all__ = ["MAX_CELL", "MAX_COLUMNS", "MAX_ROWS", "SpreadsheetSink", "cut_to_cell"]

MAX_ROWS = 1_048_576
"""Rows of a sheet, header included (Excel specifications and limits)."""
MAX_COLUMNS = 16_384
MAX_CELL = 32_767
"""UTF-16 code units in a cell."""

_EXACT = 10**15  # Excel keeps 15 digits; longer whole numbers are ids and are written as text
_FIRST_DAY = dt.datetime(1900, 3, 1)  # before it, Excel counts a day that never was
_REPLACED = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})
_CREATED = dt.datetime(2000, 1, 1)


class SpreadsheetSink(Sink):
    """Writes one workbook with one sheet. Cells longer than Excel allows are cut, and that is told in
    `notes`.

    Raises
    ------
    OutputError
        When there are more rows or columns than a sheet can hold.
    """

    def __init__(self, output: Output, schema: pa.Schema) -> None:
        super().__init__(output.name, schema)
        import xlsxwriter

        if len(self.schema) > MAX_COLUMNS:
            raise OutputError(
                f"a sheet holds {MAX_COLUMNS:,} columns", where=self.name, hint="write .parquet"
            )
        self._output = output
        self._cut: dict[str, tuple[int, int]] = {}
        self._illegal = 0
        self._line = 0
        with telling_output_errors(self.name):
            # rows wait in files of their own until the workbook is put together: private, removed in any case
            self._folder = tempfile.mkdtemp(prefix="voc-")
            spool: IO[bytes] = output.stream
            if output.in_place:  # a stream cannot be written out of order
                spool = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  (closed when done)
            self._spool = _Quiet(spool)
        options = {"constant_memory": True, "tmpdir": self._folder, "in_memory": False}
        self._book = xlsxwriter.Workbook(self._spool, options)
        self._book.set_properties({"created": _CREATED})
        self._sheet = self._book.add_worksheet("Sheet1")
        self._sheet.freeze_panes(1, 0)
        self._times = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._days = self._book.add_format({"num_format": "yyyy-mm-dd"})
        for place, name in enumerate(self.schema.names):
            self._string(place, name, name)
        self._line = 1

    def _write(self, batch: pa.RecordBatch) -> None:
        if self._line + batch.num_rows > MAX_ROWS:
            hint = "write .csv or .parquet"
            raise OutputError(f"a sheet holds {MAX_ROWS - 1:,} rows", where=self.name, hint=hint)
        columns = [_values(column) for column in batch.columns]
        with telling_output_errors(self.name):
            for row in zip(*columns, strict=True):
                for place, value in enumerate(row):
                    self._cell(place, value)
                self._line += 1

    def _cell(self, place: int, value: object) -> None:
        if value is None or value == "":
            return
        if isinstance(value, str):
            self._string(place, value, self.schema.names[place])
        elif isinstance(value, bool):
            self._sheet.write_boolean(self._line, place, value)
        elif isinstance(value, dt.datetime):
            self._sheet.write_datetime(self._line, place, value, self._times)
        elif isinstance(value, dt.date):
            self._sheet.write_datetime(self._line, place, value, self._days)
        else:
            self._sheet.write_number(self._line, place, value)

    def _string(self, place: int, text: str, column: str) -> None:
        if "\ufffe" in text or "\uffff" in text:  # no characters of XML; Excel would call the file damaged
            text = text.translate(_REPLACED)
            self._illegal += 1
        if len(text) > MAX_CELL // 2:
            short = cut_to_cell(text)
            if short != text:
                count, first = self._cut.get(column, (0, self._line - 1))
                self._cut[column] = (count + 1, first)
                text = short
        self._sheet.write_string(self._line, place, text, self._quoted if is_formula(text) else None)

    def _close(self) -> None:
        self._tell()
        with telling_output_errors(self.name):
            self._book.close()
            if self._spool.error is not None:
                raise self._spool.error
            if self._output.in_place:
                self._spool.stream.seek(0)
                shutil.copyfileobj(self._spool.stream, self._output.stream)
                self._spool.stream.close()
        self._output.commit()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tell(self) -> None:
        for column, (count, first) in self._cut.items():
            cells = how_many(count, "cell")
            self.notes.append(
                f"column {column!r}: {cells} cut to {MAX_CELL:,} characters, the first in row {first}"
            )
        if self._illegal:
            self.notes.append(
                f"{how_many(self._illegal, 'cell')} had characters that XLSX cannot hold, replaced by U+FFFD"
            )

    def _abort(self) -> None:
        self._output.abort()
        with contextlib.suppress(Exception):
            self._sheet.row_data_fh.close()
        self._book.fileclosed = True  # its own clean-up would complain about the missing close
        shutil.rmtree(self._folder, ignore_errors=True)


class _Quiet:
    """A file for the zip archive that keeps the first failure instead of raising it.

    An archive whose file fails tries to finish it once more when it is collected, and complains on stderr.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        if self.error is None:
            try:
                self.stream.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def tell(self) -> int:
        return 0 if self.error else self.stream.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        if self.error is None:
            try:
                return self.stream.seek(offset, whence)
            except OSError as error:  # what was buffered does not fit
                self.error = error
        return offset

    def flush(self) -> None:
        self.seek(0, 1)

    def seekable(self) -> bool:
        return True


def _values(column: pa.Array) -> list[Any]:
    """Return what the sheet can hold of a column; everything else as text."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_date(kind):
        values = list(column.to_pylist())
    elif pa.types.is_integer(kind):
        values = [str(v) if v is not None and abs(v) >= _EXACT else v for v in column.to_pylist()]
    elif pa.types.is_float32(kind) or pa.types.is_float64(kind):
        texts = column.cast(pa.string()).to_pylist() if pa.types.is_float32(kind) else column.to_pylist()
        numbers = [None if text is None else float(text) for text in texts]
        values = [v if v is not None and math.isfinite(v) else None for v in numbers]
    elif pa.types.is_timestamp(kind) and kind.tz is None:
        values = [_excel_time(v) for v in column.cast(pa.timestamp("us"), safe=False).to_pylist()]
    else:
        return text_values(column)
    return [_excel_day(v) if isinstance(v, dt.date) and not isinstance(v, dt.datetime) else v for v in values]


def _excel_time(value: dt.datetime | None) -> dt.datetime | str | None:
    return value.isoformat(" ") if value is not None and value < _FIRST_DAY else value


def _excel_day(value: dt.date) -> dt.date | str:
    return value.isoformat() if value < _FIRST_DAY.date() else value


def cut_to_cell(text: str) -> str:
    """Return as much of a text as a cell can hold."""
    data = text.encode("utf-16-le")
    return text if len(data) <= 2 * MAX_CELL else data[: 2 * MAX_CELL].decode("utf-16-le", "ignore")
