"""Writes folders of Parquet files by month, laid out as in Hive and Spark: `month=2026-01/part-….parquet`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from voc.errors import ColumnError, OutputError, UsageError
from voc.how_many import how_many
from voc.io.append import Append
from voc.io.atomic import telling_output_errors
from voc.io.locations import STDIO, database_table, format_of_name
from voc.io.parquet_sink import ParquetSink
from voc.io.partitions import NO_VALUE, partition_files
from voc.io.sink import Sink
from voc.io.timestamps import parse_times

__all__ = ["MONTH", "MonthSink"]

MONTH: Final = "month"
"""Name of the partition column."""

_BLOCK_ROWS = 8192
_HELD_ROWS = 131_072
"""Most rows in memory over all months: the fullest month ends its row group when there are more."""
_MOST_MONTHS = 480


class MonthSink(Sink):
    """Appends rows to a folder, all of them or none.

    Rows whose time is missing or not understood go to `month=__HIVE_DEFAULT_PARTITION__`, as in Hive, and a
    note tells how many. Which rows share a file and a row group depends on the rows only.

    Parameters
    ----------
    location
        The folder; made when it is not there.
    column
        Column of times, or of texts that `voc.io.timestamps` understands.
    force
        The new rows take the place of all that are there.
    replaces
        Files, relative to the folder, whose place the new ones take.

    Raises
    ------
    UsageError
        When the location is no folder.
    ColumnError
        When the column is missing, or the rows that are there have other columns.
    """

    def __init__(
        self,
        location: str,
        schema: pa.Schema,
        column: str,
        *,
        force: bool = False,
        replaces: Sequence[str] = (),
    ) -> None:
        super().__init__(location, schema)
        if location == STDIO or database_table(location) or format_of_name(Path(location)):
            hint = "give the name of a folder, for example masked/"
            raise UsageError("files by month go into a folder", where=location, hint=hint)
        if column not in self.schema.names:
            raise ColumnError.missing(column, self.schema.names, where=location)
        if column == MONTH:
            raise ColumnError(f"the partition column itself is called {MONTH!r}", where=location)
        self._column = column
        self._force = force
        self._replaces = frozenset(replaces)
        self._append = Append(Path(location))
        self._inner = pa.schema([f for f in self.schema if f.name != MONTH], metadata=self.schema.metadata)
        self._parts: dict[str, ParquetSink] = {}
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._without = 0
        self.files: tuple[str, ...] = ()
        """Names of the files written, relative to the folder; known after `close`."""
        try:
            self._check_columns()
        except BaseException:
            self._append.abort()
            raise

    def _write(self, batch: pa.RecordBatch) -> None:
        at = 0
        while at < batch.num_rows:
            part = batch.slice(at, _BLOCK_ROWS - self._waiting_rows)
            self._waiting.append(part)
            self._waiting_rows += part.num_rows
            at += part.num_rows
            if self._waiting_rows == _BLOCK_ROWS:
                self._end_block()

    def _end_block(self) -> None:
        block = pa.Table.from_batches(self._waiting, schema=self.schema).combine_chunks().to_batches()[0]
        self._waiting, self._waiting_rows = [], 0
        months = self._months(block)
        self._without += months.null_count
        plain = block.select(self._inner.names)
        for month in pc.unique(months).to_pylist():
            chosen = pc.is_null(months) if month is None else pc.fill_null(pc.equal(months, month), False)
            self._part(month or NO_VALUE).write(plain.filter(chosen))
        while sum(part.held_rows for part in self._parts.values()) > _HELD_ROWS:
            max(self._parts.values(), key=lambda part: part.held_rows).end_group()

    def _months(self, block: pa.RecordBatch) -> pa.Array:
        months = pc.strftime(parse_times(block.column(self._column)).values, "%Y-%m")
        if MONTH in block.schema.names:
            given = block.column(MONTH)
            same = pa.types.is_string(given.type) and given.equals(months)
            if not same:
                hint = "rename it, or leave it out"
                raise ColumnError(f"there is a column {MONTH!r} of another kind", where=self.name, hint=hint)
        return months

    def _part(self, month: str) -> ParquetSink:
        if month not in self._parts:
            if len(self._parts) >= _MOST_MONTHS:
                hint = f"are the times in {self._column!r} right?"
                raise OutputError(f"more than {_MOST_MONTHS} months", where=self.name, hint=hint)
            self._parts[month] = ParquetSink(self._append.stage(f"{MONTH}={month}"), self._inner)
        return self._parts[month]

    def _close(self) -> None:
        if self._waiting:
            self._end_block()
        for part in self._parts.values():
            part.close()
        gone = {*self._replaces, *(self._present() if self._force else ())}
        self.files = self._append.commit(gone)
        if self._without:
            self.notes.append(f"{how_many(self._without, 'row')} without a month in {self._column!r}")

    def _abort(self) -> None:
        self._waiting = []
        for part in self._parts.values():
            part.abort()
        self._append.abort()

    def _present(self) -> list[str]:
        folder = self._append.folder
        with telling_output_errors(self.name):
            return [path.relative_to(folder).as_posix() for path in partition_files(folder)]

    def _check_columns(self) -> None:
        """Rows of one table have the same columns; two policies may have masked them."""
        present = [] if self._force else sorted({*self._present()} - self._replaces)
        if not present:
            return
        first = present[0]
        try:
            there = pq.read_schema(self._append.folder / first)
        except (pa.ArrowException, OSError):
            raise OutputError("the table there is damaged", where=f"{self.name}/{first}") from None
        ours = {field.name: field.type for field in self._inner}
        theirs = {field.name: field.type for field in there}
        if ours != theirs:
            differ = sorted(n for n in {*ours, *theirs} if ours.get(n) != theirs.get(n))
            raise ColumnError(
                f"the rows there have other columns: {', '.join(map(repr, differ))}",
                where=self.name,
                hint="give another folder, or --force to put the new rows in their place",
            )
