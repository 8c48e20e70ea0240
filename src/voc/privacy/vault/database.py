"""One connection to the vault's tables: a SQLite file in WAL mode, or PostgreSQL, with the same SQL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from voc.errors import InputError, MissingExtraError, OutputError, UsageError, VocError
from voc.io.locations import redacted

__all__ = ["TABLES", "Database", "open_database"]

TABLES: Final[dict[str, str]] = {
    "vault_meta": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "vault_data_keys": (
        "id TEXT PRIMARY KEY, purpose TEXT NOT NULL, suite TEXT NOT NULL, kek_id TEXT NOT NULL, "
        "wrapped BLOB NOT NULL, active BIGINT NOT NULL"
    ),
    "vault_subjects": (
        "subject TEXT PRIMARY KEY, key_id TEXT NOT NULL, data_key TEXT NOT NULL, wrapped BLOB NOT NULL"
    ),
    "vault_records": (
        "token TEXT PRIMARY KEY, subject TEXT NOT NULL, key_id TEXT NOT NULL, table_name TEXT NOT NULL, "
        "column_name TEXT NOT NULL, row_key TEXT NOT NULL, entity TEXT NOT NULL, sealed BLOB NOT NULL"
    ),
    "vault_shredded": "subject TEXT PRIMARY KEY, shredded_at TEXT NOT NULL, records BIGINT NOT NULL",
    "access_actors": "name TEXT PRIMARY KEY, role TEXT NOT NULL, public_key TEXT NOT NULL, mac TEXT NOT NULL",
    "access_requests": (
        "id TEXT PRIMARY KEY, body TEXT NOT NULL, signature TEXT NOT NULL, used BIGINT NOT NULL, "
        "revoked TEXT NOT NULL"
    ),
    "access_decisions": (
        "request TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL, signature TEXT NOT NULL, "
        "PRIMARY KEY (request, actor)"
    ),
}
"""Columns of every table. The vault and the access room share them, so that one transaction holds both."""

_INDEXES: Final = (
    "CREATE INDEX IF NOT EXISTS vault_records_subject ON vault_records (subject)",
    "CREATE INDEX IF NOT EXISTS vault_subjects_data_key ON vault_subjects (data_key)",
)
_APPENDED: Final = frozenset({"vault_records"})
"""Large and random in its key: rows go at the end, and only the small index of keys is written all over."""
_LOCK: Final = 0x766F63  # the advisory lock of voc's writers in PostgreSQL


class Database:
    """A connection. `?` stands for a parameter in every statement."""

    def __init__(self, connection: Any, *, name: str, postgres: bool) -> None:  # noqa: ANN401 - of either driver
        self._connection = connection
        self.name = name
        self.postgres = postgres
        self._depth = 0

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._telling():
            return list(self._connection.execute(self._sql(statement), values).fetchall())

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement. Returns the number of rows that it changed."""
        with self._telling():
            return int(self._connection.execute(self._sql(statement), values).rowcount)

    def change_many(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        """Run a statement for each sequence of values."""
        with self._telling():
            if not self.postgres:
                self._connection.executemany(statement, values)
                return
            with self._connection.cursor() as cursor:
                cursor.executemany(self._sql(statement), list(values))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock and commit at the end, or roll everything back. May be nested."""
        if self._depth:
            yield
            return
        with self._telling():
            self._connection.execute("BEGIN" if self.postgres else "BEGIN IMMEDIATE")
            if self.postgres:
                self._connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        self._depth = 1
        try:
            yield
            with self._telling():
                self._connection.execute("COMMIT")
        except BaseException:
            with suppress(Exception):
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def create_tables(self) -> None:
        """Make the tables that are not there yet."""
        with self.writing():
            for name, columns in TABLES.items():
                kinds = columns.replace("BLOB", "BYTEA") if self.postgres else columns
                ending = "" if self.postgres or name in _APPENDED else " WITHOUT ROWID"
                self.change(f"CREATE TABLE IF NOT EXISTS {name} ({kinds}){ending}")
            for statement in _INDEXES:
                self.change(statement)

    def has_tables(self) -> bool:
        """Whether a vault was made here."""
        catalogue = "pg_tables WHERE tablename" if self.postgres else "sqlite_master WHERE name"
        return bool(self.rows(f"SELECT 1 FROM {catalogue} = ?", ["vault_meta"]))  # noqa: S608 - a constant

    def forget_freed_pages(self) -> None:
        """Overwrite what was deleted, also in the write-ahead log."""
        with self._telling():
            if self.postgres:
                self._connection.execute("VACUUM vault_subjects")
                return
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def _sql(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.postgres else statement

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn a driver's error into one of voc's, without the driver's message, which may quote values."""
        try:
            yield
        except VocError:
            raise
        except sqlite3.Error as error:
            raise _sqlite_error(error, self.name) from None
        except Exception as error:
            if type(error).__module__.startswith("psycopg"):
                raise _postgres_error(error, self.name) from None
            raise


def open_database(location: str, *, create: bool = False, read_only: bool = False) -> Database:
    """Open the vault's database.

    Parameters
    ----------
    location
        Path of a SQLite file, or a `postgresql://` URL.
    create
        Make the file when it is not there.
    read_only
        Refuse every change.

    Raises
    ------
    InputError
        When there is none, or it cannot be opened.
    """
    if location.startswith(("postgres://", "postgresql://")):
        return _postgres(location, read_only=read_only)
    path = Path(location)
    if not create and not path.is_file():
        hint = "run `voc vault init`, or name the vault with --vault or VOC_VAULT"
        raise InputError("there is no vault", where=str(path), hint=hint)
    mode = "ro" if read_only else "rwc" if create else "rw"
    try:
        if create:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=60
        )
        # FULL: what is committed outlives a loss of power; secure_delete: what is deleted is overwritten
        for pragma in (
            "busy_timeout = 60000",
            "synchronous = FULL",
            "secure_delete = ON",
            "cache_size = -65536",
            "wal_autocheckpoint = 8000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if not read_only:
            _wal(connection)
    except sqlite3.Error as error:
        raise _sqlite_error(error, str(path)) from None
    except OSError as error:
        raise OutputError(f"the vault cannot be made ({error.strerror})", where=str(path)) from None
    return Database(connection, name=str(path), postgres=False)


def _wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; several processes that open a new file at once take turns."""
    for attempt in range(50):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == 49:
                raise
            time.sleep(0.02)
        else:
            return


def _postgres(location: str, *, read_only: bool) -> Database:
    try:
        import psycopg
    except ImportError:
        raise MissingExtraError("the PostgreSQL driver", "postgres") from None
    name = redacted(location)
    try:
        connection = psycopg.connect(location, autocommit=True)
        if read_only:
            connection.execute("SET default_transaction_read_only = on")
    except psycopg.Error as error:
        hint = "check host, port, user and database; the password may stand in PGPASSWORD or ~/.pgpass"
        raise InputError(f"cannot connect ({type(error).__name__})", where=name, hint=hint) from None
    return Database(connection, name=name, postgres=True)


def _sqlite_error(error: sqlite3.Error, name: str) -> VocError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    told = {
        sqlite3.SQLITE_FULL: ("the disk is full", "free some space; nothing that was committed is lost"),
        sqlite3.SQLITE_IOERR: ("the disk fails", "is it full? nothing that was committed is lost"),
        sqlite3.SQLITE_READONLY: (
            "the vault is open for reading only",
            "check the permissions of file and folder",
        ),
        sqlite3.SQLITE_BUSY: ("another program holds the vault", "wait until it is done, and try again"),
        sqlite3.SQLITE_NOTADB: ("this file is no vault", "is the path right? else restore a backup"),
        sqlite3.SQLITE_CORRUPT: ("the file is damaged", "restore a backup: `voc vault restore`"),
        sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", "check the path and its permissions"),
    }
    message, hint = told.get(code, (f"the vault fails ({type(error).__name__} {code})", None))
    return OutputError(message, where=name, hint=hint)


def _postgres_error(error: Exception, name: str) -> VocError:
    kind = type(error).__name__
    if kind == "ReadOnlySqlTransaction":
        return OutputError("the vault is open for reading only", where=name)
    if kind in ("UndefinedTable", "InvalidSchemaName"):
        return UsageError("there is no vault in this database", where=name, hint="run `voc vault init`")
    return OutputError(f"the database fails ({kind})", where=name)
