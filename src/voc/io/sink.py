"""What every output is: a table that is open for writing, whole or not at all.

What is written depends on the rows only: the bytes are the same whatever batches they came in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING, Self

from voc.errors import ColumnError, OutputError
from voc.io.append import StagedFile
from voc.io.atomic import PartialFile
from voc.io.stdout import StandardOutput
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Output", "Sink"]

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
