"""Writes a table of a DuckDB file or a PostgreSQL server: under another name first, renamed when whole.

All happens in one transaction, so neither an abort nor a killed process leaves anything behind.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from voc.errors import InputError, OutputError, OutputExistsError, VocError
from voc.how_many import how_many
from voc.io.cells import json_values, text_values
from voc.io.database import connect, duckdb_path, quiet
from voc.io.locations import DatabaseTable
from voc.io.sink import Sink

__all__ = ["DatabaseSink"]

_POSTGRES_TYPES = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "smallint"),
    (pa.types.is_int16, "smallint"),
    (pa.types.is_int32, "integer"),
    (pa.types.is_integer, "bigint"),
    (pa.types.is_float32, "real"),
    (pa.types.is_floating, "double precision"),
    (pa.types.is_date, "date"),
    (pa.types.is_decimal, "numeric"),
    (pa.types.is_nested, "jsonb"),
)


class DatabaseSink(Sink):
    """Writes one table. Lists and structs stay what they are in DuckDB and become `jsonb` in PostgreSQL.

    Raises
    ------
    OutputExistsError
        When the table is there and `force` is not given.
    OutputError
        When the database cannot be reached or refuses the table.
    """

    def __init__(self, table: DatabaseTable, schema: pa.Schema, *, force: bool) -> None:
        super().__init__(table.name, schema)
        self._table = table
        self._postgres = table.scheme == "postgres"
        self._new_file = None if self._postgres or duckdb_path(table).exists() else duckdb_path(table)
        self._partial = f"voc_partial_{secrets.token_hex(4)}"
        self._replaced = 0
        try:
            self._database = connect(table, write=True)
        except InputError as error:
            raise OutputError(error.message, where=error.where, hint=error.hint) from None
        with self._telling():
            with quiet():
                exists = table.table in self._database.list_tables(database=table.schema)
            if exists and not force:
                self._database.disconnect()
                raise OutputExistsError(self.name)
            self._run("BEGIN")
            self._create()

    def _create(self) -> None:
        if self._postgres:
            columns = ", ".join(f"{_quoted(f.name)} {_postgres_type(f.type)}" for f in self.schema)
            self._run(f"CREATE TABLE {self._named(self._partial)} ({columns})")
        else:
            self._insert(self.schema.empty_table(), f"CREATE TABLE {self._named(self._partial)} AS")

    def _write(self, batch: pa.RecordBatch) -> None:
        with self._telling():
            if self._postgres:
                self._copy(batch)
            else:
                self._insert(pa.Table.from_batches([batch]), f"INSERT INTO {self._named(self._partial)}")

    def _insert(self, rows: pa.Table, statement: str) -> None:
        duckdb = self._database.con
        duckdb.register("voc_rows", rows)
        duckdb.execute(f"{statement} SELECT * FROM voc_rows")  # noqa: S608  (quoted names only)
        duckdb.unregister("voc_rows")

    def _copy(self, batch: pa.RecordBatch) -> None:
        columns = [self._values(column) for column in batch.columns]
        statement = f"COPY {self._named(self._partial)} FROM STDIN"
        with self._database.con.cursor() as cursor, cursor.copy(statement) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)

    def _values(self, column: pa.Array) -> list[Any]:
        """Values for COPY. PostgreSQL has no place for NUL in text, so that character is replaced."""
        texts: list[Any]
        if pa.types.is_nested(column.type) or pa.types.is_string(column.type):
            texts = text_values(column)
            mark = "\\u0000" if pa.types.is_nested(column.type) else "\x00"
            bad = sum(mark in text for text in texts if text)
            self._replaced += bad
            return [t.replace(mark, "\ufffd") if t else t for t in texts] if bad else texts
        if pa.types.is_boolean(column.type) or pa.types.is_decimal(column.type):
            return list(column.to_pylist())
        if pa.types.is_floating(column.type) and not pa.types.is_float32(column.type):
            return list(column.to_pylist())
        return json_values(column)

    def _close(self) -> None:
        with self._telling():
            self._run(f"DROP TABLE IF EXISTS {self._named(self._table.table)}")
            partial = self._named(self._partial)
            self._run(f"ALTER TABLE {partial} RENAME TO {_quoted(self._table.table)}")
            self._run("COMMIT")
            self._database.disconnect()
        if self._replaced:
            self.notes.append(f"{how_many(self._replaced, 'cell')} had NUL characters, replaced by U+FFFD")

    def _abort(self) -> None:
        with contextlib.suppress(Exception):
            self._run("ROLLBACK")
        with contextlib.suppress(Exception):
            self._database.disconnect()
        if self._new_file is not None:
            self._new_file.unlink(missing_ok=True)
            self._new_file.with_name(self._new_file.name + ".wal").unlink(missing_ok=True)

    def _run(self, statement: str) -> None:
        self._database.con.execute(statement)

    def _named(self, name: str) -> str:
        return f"{_quoted(self._table.schema)}.{_quoted(name)}" if self._table.schema else _quoted(name)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except VocError:
            raise
        except Exception as error:
            self.abort()
            kind = type(error).__name__
            raise OutputError(f"the database refused the table ({kind})", where=self.name) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _postgres_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamptz" if kind.tz else "timestamp"
    return next((name for test, name in _POSTGRES_TYPES if test(kind)), "text")
