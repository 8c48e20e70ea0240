"""Reads a table of a DuckDB file or a PostgreSQL server through ibis, batch by batch."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from voc.errors import ColumnError, InputError, MissingExtraError, VocError, nearest
from voc.io.chunk import Chunk, nowhere
from voc.io.locations import DatabaseTable, redacted
from voc.io.sources import InputFile, input_error

__all__ = ["DatabaseReader", "connect", "duckdb_path", "quiet"]


def duckdb_path(table: DatabaseTable) -> Path:
    """Return the file of a DuckDB URL: `duckdb:///absolute/file`, `duckdb://relative/file`."""
    return Path(table.url.split("://", 1)[1])


def connect(table: DatabaseTable, *, write: bool) -> Any:  # noqa: ANN401  (an ibis back end)
    """Open the database of a table.

    Raises
    ------
    InputError
        When it cannot be reached; the server's message is left out, as it may quote data.
    MissingExtraError
        When the driver is not installed.
    """
    import ibis

    if table.scheme == "duckdb":
        path = duckdb_path(table)
        if not write and not path.is_file():
            raise _no_file(path)
        try:
            with quiet():
                return ibis.duckdb.connect(path, read_only=not write)
        except Exception as error:
            kind = type(error).__name__
            hint = "is it a DuckDB file, and does no other program write to it?"
            raise InputError(f"cannot be opened ({kind})", where=str(path), hint=hint) from None
    try:
        with quiet():
            return ibis.connect(table.url.replace("postgresql://", "postgres://", 1))
    except ImportError:
        raise MissingExtraError("the PostgreSQL driver", "postgres") from None
    except Exception as error:
        kind = type(error).__name__
        hint = "check host, port, user and database; the password may stand in PGPASSWORD or ~/.pgpass"
        raise InputError(f"cannot connect ({kind})", where=redacted(table.url), hint=hint) from None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back warnings that ibis and its drivers have for each other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _no_file(path: Path) -> InputError:
    error = input_error(FileNotFoundError(), path)
    relative = Path(str(path).lstrip("/"))
    if path.is_absolute() and relative.is_file():
        error.hint = f"a relative path is written duckdb://{relative}"
    return error


class DatabaseReader:
    """Reads one table.

    A table in a database has no order of its own; rows come as the database keeps them (insertion order in
    DuckDB, the order on disk in PostgreSQL).

    Raises
    ------
    InputError
        When the database cannot be reached or has no such table.
    """

    spreadsheet = False

    def __init__(self, table: DatabaseTable) -> None:
        self.name = table.name
        self.notes: list[str] = []
        self._database = connect(table, write=False)
        try:
            with quiet():
                self._table = self._find(table)
                self.rows_known: int | None = int(self._table.count().to_pyarrow().as_py())
            self.schema = _plain_schema(self._table.schema().to_pyarrow())
        except VocError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise InputError(f"cannot be read ({type(error).__name__})", where=self.name) from None

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Read the rows."""
        at = 0
        batches: Iterator[pa.RecordBatch] | None = None
        while True:
            try:
                with quiet():
                    batches = batches or iter(self._table.to_pyarrow_batches(chunk_size=batch_rows))
                    whole = next(batches, None)
            except Exception as error:
                kind = type(error).__name__
                raise InputError(f"reading stopped after row {at} ({kind})", where=self.name) from None
            if whole is None:
                return
            plain = _plain_batch(whole, self.schema)
            for first in range(0, plain.num_rows, batch_rows):
                part = plain.slice(first, batch_rows)
                yield Chunk(part, range(at, at + part.num_rows), (), nowhere)
                at += part.num_rows

    def input_file(self) -> InputFile:
        """Name of the table; a database has no digest."""
        return InputFile(self.name, 0, "")

    def close(self) -> None:
        """Disconnect."""
        self._database.disconnect()

    def _find(self, table: DatabaseTable) -> Any:  # noqa: ANN401  (an ibis table)
        if table.scheme == "postgres":
            with self._database.begin() as cursor:
                cursor.execute("SET synchronize_seqscans = off")  # the same order every time
        known = self._database.list_tables(database=table.schema)
        if table.table not in known:
            near = nearest(table.table, known)
            hint = f"did you mean {near!r}?" if near else f"tables: {', '.join(sorted(known)[:20]) or 'none'}"
            raise InputError(f"no table {table.table!r}", where=self.name, hint=hint)
        return self._database.table(table.table, database=table.schema)


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    if len(set(schema.names)) < len(schema.names):
        raise ColumnError("two columns have the same name")
    return pa.schema([field.with_type(_plain_type(field.type)).with_nullable(True) for field in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind


def _plain_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for column, field in zip(batch.columns, schema, strict=True):
        plain = column.storage if isinstance(column, pa.ExtensionArray) else column
        arrays.append(plain if plain.type == field.type else plain.cast(field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
