"""Writes Parquet with zstd in row groups whose bounds depend on the rows only."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from voc.errors import OutputError
from voc.io.atomic import telling_output_errors
from voc.io.sink import Sink

if TYPE_CHECKING:
    from voc.io.sink import Output

__all__ = ["GROUP_ROWS", "ParquetSink"]

GROUP_ROWS = 32_768
"""Rows of a row group."""

_UNIT = 1024  # a group that holds much text ends early, at a multiple of so many rows
_GROUP_BYTES = 64 << 20


class ParquetSink(Sink):
    """Writes one Parquet file."""

    def __init__(self, output: Output, schema: pa.Schema) -> None:
        super().__init__(output.name, schema)
        self._output = output
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._units: list[pa.Table] = []
        self._units_bytes = 0
        with telling_output_errors(self.name):
            self._writer = pq.ParquetWriter(output.stream, self.schema, compression="zstd", version="2.6")

    @property
    def held_rows(self) -> int:
        """Rows in memory that wait for their row group to be full."""
        return self._waiting_rows + len(self._units) * _UNIT

    def end_group(self) -> None:
        """Write what is held in memory as a row group of its own."""
        if self._waiting:
            self._end_unit()
        if self._units:
            self._end_group()

    def _write(self, batch: pa.RecordBatch) -> None:
        at = 0
        while at < batch.num_rows:
            part = batch.slice(at, _UNIT - self._waiting_rows)
            self._waiting.append(part)
            self._waiting_rows += part.num_rows
            at += part.num_rows
            if self._waiting_rows == _UNIT:
                self._end_unit()

    def _end_unit(self) -> None:
        unit = pa.Table.from_batches(self._waiting, schema=self.schema).combine_chunks()
        self._waiting, self._waiting_rows = [], 0
        self._units.append(unit)
        self._units_bytes += _text_bytes(unit)
        if len(self._units) * _UNIT >= GROUP_ROWS or self._units_bytes >= _GROUP_BYTES:
            self._end_group()

    def _end_group(self) -> None:
        group = pa.concat_tables(self._units).combine_chunks()
        self._units, self._units_bytes = [], 0
        with telling_output_errors(self.name):
            try:
                self._writer.write_table(group, row_group_size=GROUP_ROWS)
            except pa.ArrowException as error:
                kind = type(error).__name__
                raise OutputError(f"cannot be written as Parquet ({kind})", where=self.name) from None

    def _close(self) -> None:
        self.end_group()
        with telling_output_errors(self.name):
            self._writer.close()
        self._output.commit()

    def _abort(self) -> None:
        self._waiting, self._units = [], []
        self._output.abort()
        with contextlib.suppress(Exception):  # the stream is closed already; the file is gone
            self._writer.close()


def _text_bytes(unit: pa.Table) -> int:
    """Bytes of text at the top level: unlike the size in memory, the same however the rows came in."""
    columns = [c for c in unit.columns if pa.types.is_string(c.type)]
    return sum(pc.sum(pc.binary_length(column)).as_py() or 0 for column in columns)
