"""Records of a delimited file, with the rows that break its shape told apart from the rest.

The csv module reads whole batches as long as they are well formed. A batch with a fault is read again record
by record: a quotation mark that opens a cell and is never closed must not swallow the rows after it, so a
record that makes no sense is read as one plain line, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, Protocol

from voc.io.encoding import MARK
from voc.io.lines import NEWLINE_STAND_INS, Extent, LineWindow, Overrun

__all__ = ["BATCH_CHARS", "BadRecord", "Dialect", "Record", "RecordReader", "Records", "parse_record"]

BATCH_CHARS = 1 << 24
"""Bytes after which a batch ends even when it has few rows; also the longest record."""

_STAND_INS = str.maketrans(NEWLINE_STAND_INS)
_HANDFUL = 64
_NO_DELIMITER = "\udffd"

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the module's own limit is 131,072 characters in a cell


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart."""

    delimiter: str | None
    """None for a file with one column."""
    quote: str | None
    """None when quotation marks are ordinary characters."""
    escape: str | None = None
    """The character before a quotation mark inside a cell; None when it is doubled instead."""

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Any:  # noqa: ANN401  (a _csv.reader)
        """Return a csv reader over the lines."""
        return csv.reader(
            lines,
            delimiter=self.delimiter or _NO_DELIMITER,
            quotechar=self.quote or '"',
            quoting=csv.QUOTE_NONE if self.quote is None else csv.QUOTE_MINIMAL,
            doublequote=self.escape is None,
            escapechar=self.escape,
            strict=strict,
        )

    @property
    def literal(self) -> Dialect:
        """The same without quoting."""
        return Dialect(self.delimiter, None)


class Record(NamedTuple):
    """One record as it was read."""

    cells: list[str]
    lines: int
    """How many lines it takes."""
    well_formed: bool
    """False when quotation marks had to be taken as they stand."""


class Lines(Protocol):
    """Lines by number, from which a record is read."""

    def line(self, number: int) -> str | None:
        """Return a line, or None past the end."""
        ...


def parse_record(lines: Lines, at: int, dialect: Dialect, width: int | None) -> Record:
    """Read the record that begins at line `at`.

    Parameters
    ----------
    width
        Number of cells expected. A record that is malformed, or spans lines and has another number of cells,
        is read as a single line without quoting when that gives the right number. None takes what comes.
    """
    reader = dialect.reader(_from(lines, at))
    try:
        cells = next(reader)
    except (csv.Error, Overrun):
        return _single_line(lines.line(at) or "", dialect, width)
    used: int = reader.line_num
    if used > 1 and width is not None and len(cells) != width:
        plain = [_cells(lines.line(n) or "", dialect.literal) for n in range(at, at + used)]
        if all(len(row) in (0, width) for row in plain):
            return Record(plain[0], 1, False)
    return Record(cells, used, True)


def _from(lines: Lines, at: int) -> Iterator[str]:
    size = 0
    while (line := lines.line(at)) is not None:
        size += len(line)
        if size > BATCH_CHARS and size > len(line):
            raise Overrun
        yield line
        at += 1


def _single_line(line: str, dialect: Dialect, width: int | None) -> Record:
    literal = _cells(line, dialect.literal)
    if width is None or len(literal) == width:
        return Record(literal, 1, False)
    lenient = _cells(line, dialect)
    return Record(lenient if len(lenient) == width else literal, 1, False)


def _cells(line: str, dialect: Dialect) -> list[str]:
    try:
        return next(dialect.reader([line], strict=False), [])
    except csv.Error:
        return []


class BadRecord(NamedTuple):
    """A record that is no row of the table."""

    row: int
    reason: str
    first_line: int
    """Within the extent of its batch."""
    lines: int


@dataclass(frozen=True)
class Records:
    """A batch of records."""

    cells: list[list[str]]
    rows: Sequence[int]
    """Row number of each record in `cells`."""
    bad: list[BadRecord]
    extent: Extent
    places: Callable[[], list[tuple[int, int]]]
    """First line within the extent and number of lines of each record in `cells`."""

    def span(self, first_line: int, lines: int) -> tuple[int, int]:
        """First byte and length of some lines of the extent."""
        spans = self.extent.spans()[first_line : first_line + lines]
        return spans[0][0], sum(length for _, length in spans)


class _Ahead:
    """Lines of a window by number, pulled when they are asked for."""

    def __init__(self, window: LineWindow) -> None:
        self._window = window
        self._lines = window.lines()

    def line(self, number: int) -> str | None:
        while number >= len(self._lines):
            self._window.begin_batch()
            more = self._window.more()
            if more is None:
                return None
            self._lines.extend(more)
        return self._lines[number]

    def between(self, first: int, end: int) -> list[str]:
        return self._lines[first:end]


class RecordReader:
    """Reads records in batches.

    Parameters
    ----------
    window
        The lines, positioned after the header.
    width
        Number of cells of a good record.
    undecodable
        Reason given for a row with bytes that could not be decoded.
    """

    def __init__(self, window: LineWindow, dialect: Dialect, width: int, undecodable: str) -> None:
        self._window = window
        self._dialect = dialect
        self._width = width
        self._undecodable = undecodable
        self._row = 0
        self._suspect = 0
        self._reader = dialect.reader(window.rewind())
        self.taken_literally = 0
        """Records whose quotation marks were taken as they stand."""

    def batches(self, size: int) -> Iterator[Records]:
        """Yield batches of up to `size` records, good and bad ones together, until the file ends."""
        while (records := self._fast(size) or self._careful(size)) is not None:
            if records.cells or records.bad:
                yield records

    def _fast(self, size: int) -> Records | None:
        """Read a batch of well-formed records; None, with nothing consumed, when one is not."""
        self._window.begin_batch()
        before: int = self._reader.line_num
        try:
            cells: list[list[str]] = list(islice(self._reader, size))
        except (csv.Error, Overrun):
            return None
        used: int = self._reader.line_num - before
        widths = set(map(len, cells))
        extent = self._window.extent(used)
        if not used or not widths <= {self._width, 0}:
            return None
        if extent.marked and MARK.search("".join(extent.lines())):
            return None
        self._window.consume(used)
        if 0 in widths:
            cells = [row for row in cells if row]
        if extent.replaced:
            cells = [_restored(row) for row in cells]
        first = self._row
        self._row += len(cells)
        return Records(cells, range(first, self._row), [], extent, lambda: self._fast_places(extent))

    def _fast_places(self, extent: Extent) -> list[tuple[int, int]]:
        reader = self._dialect.reader(extent.lines())
        places = []
        at = 0
        for row in reader:
            if row:
                places.append((at, reader.line_num - at))
            at = reader.line_num
        return places

    def _careful(self, size: int) -> Records | None:
        ahead = _Ahead(self._window)
        self._suspect = 0
        cells: list[list[str]] = []
        rows: list[int] = []
        places: list[tuple[int, int]] = []
        bad: list[BadRecord] = []
        at = taken = 0
        while len(rows) + len(bad) < size and taken < BATCH_CHARS and ahead.line(at) is not None:
            for record in self._some(ahead, at, size - len(rows) - len(bad)):
                if not record.cells:
                    at += record.lines
                    continue
                text = ahead.between(at, at + record.lines)
                taken += sum(map(len, text))
                reason = self._fault(record, text)
                if reason is None:
                    cells.append(_restored(record.cells))
                    rows.append(self._row)
                    places.append((at, record.lines))
                else:
                    bad.append(BadRecord(self._row, reason, at, record.lines))
                self._row += 1
                at += record.lines
        if not at:
            return None
        extent = self._window.extent(at)
        self._window.consume(at)
        self._reader = self._dialect.reader(self._window.rewind())
        return Records(cells, rows, bad, extent, lambda: places)

    def _some(self, ahead: _Ahead, at: int, most: int) -> list[Record]:
        """Read the next records: a handful when they are well formed, otherwise just one."""
        if at >= self._suspect:
            reader = self._dialect.reader(_from(ahead, at))
            found: list[Record] = []
            before = 0
            try:
                for cells in islice(reader, min(_HANDFUL, most)):
                    found.append(Record(cells, reader.line_num - before, True))
                    before = reader.line_num
            except (csv.Error, Overrun):
                found = []
            if found and all(len(record.cells) in (0, self._width) for record in found):
                return found
            self._suspect = at + _HANDFUL
        return [parse_record(ahead, at, self._dialect, self._width)]

    def _fault(self, record: Record, text: list[str]) -> str | None:
        if self._window.marked and any(map(MARK.search, text)):
            return self._undecodable
        count = len(record.cells)
        if count != self._width:
            return f"too {'many' if count > self._width else 'few'} cells: {count} instead of {self._width}"
        self.taken_literally += not record.well_formed
        return None


def _restored(row: list[str]) -> list[str]:
    return [cell.translate(_STAND_INS) if not cell.isascii() else cell for cell in row]
