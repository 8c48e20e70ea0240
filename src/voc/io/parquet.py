"""Reads Parquet in batches, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from voc.errors import InputError
from voc.io.chunk import Chunk, Rejected, nowhere
from voc.io.sources import InputFile, Source

__all__ = ["ParquetReader"]

_NOT_UTF8 = "bytes that are not UTF-8"


class ParquetReader:
    """Reads one Parquet file. Types stay as they are, except that dictionaries become plain columns.

    Raises
    ------
    InputError
        When the file is no Parquet file, or is damaged.
    """

    spreadsheet = False

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name
        self.notes: list[str] = []
        with source.open() as stream:
            file = self._open(stream)
            self.schema = pa.schema(
                [field.with_type(_plain_type(field.type)) for field in file.schema_arrow],
                metadata=file.schema_arrow.metadata,
            )
            self.rows_known: int | None = file.metadata.num_rows
        if len(set(self.schema.names)) < len(self.schema.names):
            raise InputError("two columns have the same name", where=self.name)

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Read the rows."""
        at = 0
        with self._source.open() as stream:
            try:
                for batch in self._open(stream).iter_batches(batch_rows):
                    yield self._chunk(batch, at)
                    at += batch.num_rows
            except (pa.ArrowException, OSError):
                raise InputError(f"the file is damaged after row {at}", where=self.name) from None

    def input_file(self) -> InputFile:
        """Path, size and digest."""
        return self._source.input_file

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def _open(self, stream: Any) -> pq.ParquetFile:  # noqa: ANN401  (a binary stream)
        try:
            return pq.ParquetFile(stream, pre_buffer=False)
        except (pa.ArrowException, OSError):
            raise InputError("is no Parquet file, or is damaged", where=self.name) from None

    def _chunk(self, batch: pa.RecordBatch, first: int) -> Chunk:
        arrays = [
            column.cast(field.type) if column.type != field.type else column
            for column, field in zip(batch.columns, self.schema, strict=True)
        ]
        rows = range(first, first + batch.num_rows)
        bad = {
            index: field.name
            for array, field in zip(arrays, self.schema, strict=True)
            if pa.types.is_string(field.type)
            for index in _broken(array)
        }
        plain = pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        if not bad:
            return Chunk(plain, rows, (), nowhere)
        keep = np.ones(len(rows), bool)
        keep[list(bad)] = False
        rejected = [Rejected(rows[index], _NOT_UTF8, name) for index, name in sorted(bad.items())]
        return Chunk(plain.filter(pa.array(keep)), [rows[i] for i in np.flatnonzero(keep)], rejected, nowhere)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind


def _broken(array: pa.Array) -> list[int]:
    """Rows whose bytes are no UTF-8, which Parquet does not check."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        data = pc.cast(array, pa.binary()).to_pylist()
        return [index for index, value in enumerate(data) if value is not None and not _is_utf8(value)]
    return []


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
