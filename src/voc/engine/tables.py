"""Where tables of a run are joined and added up: DuckDB of this machine, or Spark SQL (`spark/sql.py`).

A step opens it, reads files as ibis tables, and runs the same expressions on them wherever they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["FILE_ROW", "LocalTables", "OpenTables", "Tables"]

FILE_ROW: Final = "file_row_number"
"""Place of a row in its file, counted from 0, in what `OpenTables.numbered` gives."""


class OpenTables(Protocol):
    """Tables of one step."""

    def read(self, paths: Sequence[Path]) -> ir.Table:
        """Open Parquet files as one table; columns that some lack are null there."""
        ...

    def numbered(self, path: Path) -> ir.Table:
        """Open a Parquet file, with the place of each row in the column `FILE_ROW`."""
        ...


class Tables(Protocol):
    """What works out the tables of a run."""

    def open(self, folder: Path) -> AbstractContextManager[OpenTables]:
        """Give what reads files below `folder` for one step; run the expressions inside the block."""
        ...


class LocalTables:
    """DuckDB of this process, which spills to disk above a bound."""

    @contextlib.contextmanager
    def open(self, folder: Path) -> Iterator[OpenTables]:  # noqa: ARG002 - this machine sees every folder
        """Open a database in memory."""
        from voc.io.spilling import spilling_duckdb

        with spilling_duckdb() as connection:
            yield _OpenDuckDB(connection)


class _OpenDuckDB:
    def __init__(self, connection: Backend) -> None:
        self._connection = connection

    def read(self, paths: Sequence[Path]) -> ir.Table:
        return self._connection.read_parquet([str(path) for path in paths], union_by_name=True)

    def numbered(self, path: Path) -> ir.Table:
        return self._connection.read_parquet(path, file_row_number=True)
