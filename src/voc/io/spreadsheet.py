"""Reads XLSX, XLS, XLSB and ODS: every cell a string as a person would write it.

Numbers lose a trailing `.0`, dates come as ISO 8601, truth values as TRUE and FALSE. The sheet is read whole,
which is the one format where that is so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from voc.errors import InputError, nearest
from voc.how_many import how_many
from voc.io.chunk import Chunk, nowhere
from voc.io.headers import refuse_values, unique_names
from voc.io.merged_header import Area, two_row_header
from voc.io.sources import InputFile, Source

__all__ = ["SpreadsheetReader", "cell_text"]

_TITLE_LINES = 10
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of what holds a workbook that is locked by a password ([MS-OFFCRYPTO] 2.3.4.4)."""


class SpreadsheetReader:
    """Reads one sheet.

    Parameters
    ----------
    source
        The workbook.
    sheet
        Name of the sheet; the first one that holds rows when None.

    Raises
    ------
    InputError
        When the workbook cannot be opened (damaged, password), the sheet is not there, or it is empty.
    UsageError
        When its first row holds values instead of the names of columns.
    """

    spreadsheet = True

    def __init__(self, source: Source, sheet: str | None = None) -> None:
        self._source = source
        self.name = source.name if sheet is None else f"{source.name}::{sheet}"
        self.notes: list[str] = []
        self._rows = self._load(sheet)
        if not self._rows:
            raise InputError(
                "the sheet is empty", where=self.name, hint="the first row must name the columns"
            )
        header = self._header(self._skip_title())
        refuse_values(header, where=self.name)
        names, renamed = unique_names(header)
        self.notes += renamed
        self.schema = pa.schema([pa.field(name, pa.string()) for name in names])
        self._body = [row for row in self._rows[1:] if any(cell != "" for cell in row)]
        self.rows_known: int | None = len(self._body)

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Read the rows."""
        for at in range(0, len(self._body), batch_rows):
            part = self._body[at : at + batch_rows]
            arrays = [
                pa.array([cell_text(cell) for cell in column], pa.string())
                for column in zip(*part, strict=True)
            ]
            batch = pa.RecordBatch.from_arrays(arrays, schema=self.schema)
            yield Chunk(batch, range(at, at + len(part)), (), nowhere)

    def input_file(self) -> InputFile:
        """Path, size and digest."""
        return self._source.input_file

    def close(self) -> None:
        """Close the file and let go of the rows."""
        self._rows = self._body = []
        self._source.close()

    def _unreadable(self, *, locked: bool) -> InputError:
        with self._source.open() as stream:
            if locked or _ENCRYPTED in stream.read():
                return InputError("is protected by a password", where=self.name, hint="save it without one")
        hint = "open and save it again, or export the sheet as CSV"
        return InputError("is no workbook, or is damaged", where=self.name, hint=hint)

    def _load(self, sheet: str | None) -> list[list[Any]]:
        import python_calamine as calamine

        try:
            with self._source.open() as stream:
                book = calamine.load_workbook(stream)
        except Exception as error:  # calamine's own errors quote the file, and it misses some passwords
            raise self._unreadable(locked=isinstance(error, calamine.PasswordError)) from None
        names = list(book.sheet_names)
        if not names:
            raise InputError("the workbook has no sheet", where=self.name)
        if sheet is not None and sheet not in names:
            near = nearest(sheet, names)
            hint = f"did you mean {near!r}?" if near else f"sheets: {', '.join(names[:20])}"
            raise InputError(f"no sheet {sheet!r}", where=self._source.name, hint=hint)
        chosen = sheet if sheet is not None else names[0]
        rows = self._rows_of(book, chosen)
        if sheet is None and len(rows) < 2:
            filled = ((name, found) for name in names[1:] if len(found := self._rows_of(book, name)) > 1)
            chosen, rows = next(filled, (chosen, rows))
        if len(names) > 1:
            passed = sheet is None and chosen != names[0]
            which = f"the first that holds rows of {len(names)}" if passed else f"one of {len(names)}"
            self.notes.append(f"sheet {chosen!r}, {which}; name another with ::sheet")
        self._areas = self._merged(book.get_sheet_by_name(chosen))
        return rows

    def _rows_of(self, book: Any, name: str) -> list[list[Any]]:  # noqa: ANN401 - a workbook of calamine
        try:
            return list(book.get_sheet_by_name(name).to_python())
        except Exception:
            raise InputError(f"sheet {name!r} cannot be read", where=self.name) from None

    @staticmethod
    def _merged(sheet: Any) -> list[Area]:  # noqa: ANN401 - a sheet of calamine
        """Merged cells, counted from the first cell that is not empty, as the rows are."""
        row, column = sheet.start or (0, 0)
        return [
            ((top - row, left - column), (bottom - row, right - column))
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        ]

    def _header(self, skipped: int) -> list[str]:
        """Return the names of the columns; a second row of the header leaves the rows."""
        if len(self._rows) > 1:
            areas = [((t - skipped, left), (b - skipped, right)) for (t, left), (b, right) in self._areas]
            names = two_row_header(self._rows[0], self._rows[1], areas)
            if names is not None:
                self.notes.append("the header takes two rows, as cells of the first are merged")
                del self._rows[1]
                return names
        return [cell_text(cell) for cell in self._rows[0]]

    def _skip_title(self) -> int:
        """Pass over lines above the header, whose number is returned: a title stands alone in its row."""
        width = len(self._rows[0])
        for count, row in enumerate(self._rows[:_TITLE_LINES]):
            filled = sum(cell != "" for cell in row)
            if filled > 1 or width <= 2:
                if count and width > 2:
                    self.notes.append(f"{how_many(count, 'title line')} above the header passed over")
                    self._rows = self._rows[count:]
                    return count
                return 0
        return 0


def cell_text(cell: object) -> str:
    """Return a cell as a person would write it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, (dt.datetime, dt.date, dt.time)):
        return cell.isoformat(" ") if isinstance(cell, dt.datetime) else cell.isoformat()
    return "" if cell is None else str(cell)
