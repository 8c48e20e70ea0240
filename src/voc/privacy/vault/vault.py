"""The vault: seals values into records and opens them again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from voc.config.resources import data_home
from voc.errors import InputError, UsageError
from voc.privacy.pseudonym import token_text
from voc.privacy.vault.database import Database, open_database
from voc.privacy.vault.key_source import KekKey, KeySource, key_source, new_kek
from voc.privacy.vault.keys import DataKey, Envelope
from voc.privacy.vault.suites import NONCE, SealError, Suite, open_with, suite_named

__all__ = ["Cell", "Opened", "State", "Value", "Vault", "VaultStatus", "row_subject", "vault_location"]

VAULT_VARIABLE: Final = "VOC_VAULT"
_FORMAT: Final = "1"
_MANY: Final = 500
_PLACE: Final = "token, table_name, column_name, row_key, entity"
_COLUMNS: Final = "token, subject, key_id, table_name, column_name, row_key, entity, sealed"
_TO_A_PERSON: Final = (
    "subject = excluded.subject, key_id = excluded.key_id, sealed = excluded.sealed "
    "WHERE vault_records.key_id <> '' AND vault_records.subject <> excluded.subject "
    "AND vault_records.subject = excluded.table_name || '/' || excluded.row_key"
)
"""A record of a row, whose subject is named after it (`row_subject`), goes to the person of the new one."""


class Cell(NamedTuple):
    """Where a value stands. A sealed value opens in its own cell only."""

    table: str
    column: str
    row: str
    """Key of the row within the table."""
    entity: str


class Value(NamedTuple):
    """A value to be sealed."""

    cell: Cell
    subject: str
    """Pseudonym of the person whose key seals it; the row where nobody is known."""
    text: str


class State(StrEnum):
    """What became of a token."""

    OPENED = "opened"
    UNKNOWN = "unknown"
    """No such record."""
    SHREDDED = "shredded"
    """Its person was shredded."""
    BROKEN = "broken"
    """It does not open: changed, moved, or under another key."""


class Opened(NamedTuple):
    """A record that was asked for."""

    token: str
    state: State
    cell: Cell | None
    text: str | None

    def __repr__(self) -> str:
        return f"Opened(token={self.token!r}, state={self.state!r})"


class VaultStatus(NamedTuple):
    """What a vault holds."""

    location: str
    vault_id: str
    suite: str
    kek_id: str
    records: int
    subjects: int
    shredded: int
    data_keys: int
    unfinished: str | None
    """`rotate` or `reencrypt` when one was stopped and waits to be run again."""
    waiting: int
    """People whose key is still under a retired data key."""


def row_subject(table: str, row: str) -> str:
    """Name who a value belongs to where only its row is known."""
    return f"{table}/{row}"


def vault_location(given: str | None = None) -> str:
    """Return where the vault is: `given`, else `VOC_VAULT`, else the file in the data folder."""
    return given or os.environ.get(VAULT_VARIABLE) or str(data_home() / "vault" / "vault.db")


class Vault:
    """An open vault.

    Use `Vault.create` and `Vault.open`; close it, or use it as a context manager.
    """

    def __init__(self, database: Database, kek: KekKey) -> None:
        self.database = database
        self.id = self.meta("vault_id")
        self.envelope = Envelope(database, self.id, kek)
        self._generation = self.meta("generation")

    @classmethod
    def create(
        cls, location: str | None = None, *, source: KeySource | None = None, suite: str = "aes"
    ) -> Vault:
        """Make a vault, and a key where the source has none and can take one.

        Raises
        ------
        UsageError
            When there is a vault already.
        """
        where, keys = vault_location(location), source or key_source()
        cipher = suite_named(suite)
        database = open_database(where, create=True)
        try:
            database.create_tables()
            with database.writing():
                if database.rows("SELECT 1 FROM vault_meta WHERE name = 'vault_id'"):
                    raise UsageError(
                        "there is a vault already", where=database.name, hint="see `voc vault status`"
                    )
                kek = _first_kek(keys)
                vault_id = secrets.token_hex(8)
                meta = {
                    "vault_id": vault_id,
                    "format": _FORMAT,
                    "generation": "1",
                    "operation": "",
                    "latest": "",
                }
                database.change_many("INSERT INTO vault_meta (name, value) VALUES (?, ?)", meta.items())
                envelope = Envelope(database, vault_id, kek)
                for purpose in ("seal", "token", "mac"):
                    envelope.add_data_key(purpose, cipher)
            return cls(database, kek)
        except BaseException:
            database.close()
            raise

    @classmethod
    def open(
        cls, location: str | None = None, *, source: KeySource | None = None, read_only: bool = False
    ) -> Vault:
        """Open a vault.

        Raises
        ------
        InputError
            When there is none, or the key is missing or another one.
        """
        where, keys = vault_location(location), source or key_source()
        database = open_database(where, read_only=read_only)
        try:
            if not database.has_tables():
                raise InputError("this is no vault", where=database.name, hint="run `voc vault init`")
            return cls(database, _kek_in_use(database, keys))
        except BaseException:
            database.close()
            raise

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self.database.close()

    def meta(self, name: str) -> str:
        """Return a setting of the vault; an empty string when it has none of that name."""
        found = self.database.rows("SELECT value FROM vault_meta WHERE name = ?", [name])
        return str(found[0][0]) if found else ""

    def set_meta(self, name: str, value: str) -> None:
        """Change a setting of the vault."""
        self.database.change(
            "INSERT INTO vault_meta (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )

    @property
    def suite(self) -> Suite:
        """The suite under which new values are sealed."""
        return self.envelope.active("seal").suite

    def mac(self, message: bytes) -> str:
        """Authenticate a row of the registry of actors, as hex."""
        return self.envelope.active("mac").mac(message).hex()

    def token(self, cell: Cell, text: str) -> str:
        """Token of a value in its cell: the same for the same value there, and nowhere else."""
        return _token(self.envelope.active("token"), cell, text)

    def seal(self, values: Sequence[Value]) -> list[str]:
        """Seal values in one transaction; when this returns they are on disk. Returns their tokens.

        A value that is there already stays as it is, so doing this twice does no harm; only one that was of
        a row becomes a person's once that is known, so that it is shredded with theirs. Values of people who
        were shredded get a token and are not kept.
        """
        token_key = self.envelope.active("token")
        tokens = [_token(token_key, value.cell, value.text) for value in values]
        try:
            self._keep(values, tokens)
        except BaseException:
            self.envelope.forget()  # keys that were made for this batch are not in the vault
            raise
        return tokens

    def _keep(self, values: Sequence[Value], tokens: Sequence[str]) -> None:
        with self.database.writing():
            self.refresh()
            subjects = list(dict.fromkeys(value.subject for value in values))
            keys = self.envelope.subject_keys(subjects)
            new = [subject for subject in subjects if subject not in keys]
            if new:
                gone = self._shredded(new)
                self.envelope.add_subjects([subject for subject in new if subject not in gone])
                keys = self.envelope.subject_keys(subjects)
            rows = []
            nonces = os.urandom(NONCE * len(values))  # drawn at once: a call for each costs more
            for at, (token, (cell, subject, text)) in enumerate(zip(tokens, values, strict=True)):
                key = keys.get(subject)
                if key is not None:
                    nonce = nonces[at * NONCE : (at + 1) * NONCE]
                    plain = text.encode("utf-8", "surrogatepass")
                    sealed = nonce + key.cipher.encrypt(nonce, plain, self.bound(token, key.id, cell))
                    rows.append((token, subject, key.id, *cell, sealed))
            rows.sort()  # neighbours in the index are written together
            self.database.change_many(
                f"INSERT INTO vault_records ({_COLUMNS}) "  # noqa: S608 - constants
                f"VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO UPDATE SET {_TO_A_PERSON}",
                rows,
            )

    def open_tokens(self, tokens: Iterable[str]) -> list[Opened]:
        """Open records, in the order asked for."""
        wanted = list(dict.fromkeys(tokens))
        found: dict[str, Opened] = {}
        for at in range(0, len(wanted), _MANY):
            for opened in self._open_some(wanted[at : at + _MANY]):
                found[opened.token] = opened
        return [found.get(token, Opened(token, State.UNKNOWN, None, None)) for token in wanted]

    def find(
        self,
        *,
        entity: str | None = None,
        table: str | None = None,
        column: str | None = None,
        subject: str | None = None,
        limit: int = 1_000_000,
    ) -> list[str]:
        """Return the tokens of records that fit, in a fixed order."""
        filters = {"entity": entity, "table_name": table, "column_name": column, "subject": subject}
        chosen = {name: value for name, value in filters.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in chosen) or "1 = 1"
        rows = self.database.rows(
            f"SELECT token FROM vault_records WHERE {where} ORDER BY token LIMIT {int(limit)}",  # noqa: S608
            list(chosen.values()),
        )
        return [row[0] for row in rows]

    def places(self, tokens: Sequence[str]) -> Iterator[tuple[str, Cell]]:
        """Yield the cell of each token that is known; nothing is opened."""
        for at in range(0, len(tokens), _MANY):
            part = list(tokens[at : at + _MANY])
            marks = ", ".join("?" * len(part))
            for token, *cell in self.database.rows(
                f"SELECT {_PLACE} FROM vault_records WHERE token IN ({marks})",  # noqa: S608 - constants
                part,
            ):
                yield token, Cell(*cell)

    def count_by_entity(self, table: str) -> dict[str, int]:
        """Count the values of one table."""
        rows = self.database.rows(
            "SELECT entity, count(*) FROM vault_records WHERE table_name = ? GROUP BY entity", [table]
        )
        return {entity: int(count) for entity, count in rows}

    def status(self) -> VaultStatus:
        """Count what is there."""

        def count(statement: str) -> int:
            return int(self.database.rows(f"SELECT count(*) FROM {statement}")[0][0])  # noqa: S608 - constants

        active = self.envelope.active("seal")
        waiting = self.database.rows("SELECT count(*) FROM vault_subjects WHERE data_key <> ?", [active.id])
        return VaultStatus(
            location=self.database.name,
            vault_id=self.id,
            suite=active.suite.name,
            kek_id=self.database.rows("SELECT kek_id FROM vault_data_keys LIMIT 1")[0][0],
            records=count("vault_records WHERE key_id <> ''"),
            subjects=count("vault_subjects"),
            shredded=count("vault_shredded"),
            data_keys=count("vault_data_keys"),
            unfinished=self.meta("operation") or None,
            waiting=int(waiting[0][0]),
        )

    def bound(self, token: str, key_id: str, cell: Cell) -> bytes:
        """Associated data of a record: its cell, token and key. Each part carries its length."""
        table, column, row, entity = cell
        return (
            f"{self.id}|{token}|{key_id}|{len(table)}:{table}|{len(column)}:{column}|{len(row)}:{row}|{entity}"
        ).encode("utf-8", "surrogatepass")

    def refresh(self) -> None:
        """Forget cached keys when another process rotated, re-encrypted or shredded meanwhile."""
        generation = self.meta("generation")
        if generation != self._generation:
            self.envelope.reload()
            self._generation = generation

    def bump(self) -> None:
        """Tell other processes that keys have changed."""
        self._generation = secrets.token_hex(8)
        self.set_meta("generation", self._generation)

    def now(self, *, write: bool = True) -> datetime:
        """Return the time, which never goes back.

        Raises
        ------
        UsageError
            When the clock is more than five minutes behind the latest time that this vault has seen.
        """
        now = datetime.now(UTC)
        latest = self.meta("latest")
        if latest:
            seen = datetime.fromisoformat(latest)
            if (seen - now).total_seconds() > 300:
                raise UsageError(
                    f"the clock says {now:%Y-%m-%d %H:%M}, but this vault was used at {seen:%Y-%m-%d %H:%M}",
                    hint="the clock was moved back: set it right; nothing expires by moving it",
                )
            now = max(now, seen)
        if write:
            self.set_meta("latest", now.isoformat())
        return now

    def _open_some(self, tokens: Sequence[str]) -> Iterator[Opened]:
        marks = ", ".join("?" * len(tokens))
        self.refresh()
        rows = self.database.rows(
            f"SELECT {_COLUMNS} FROM vault_records WHERE token IN ({marks})",  # noqa: S608 - constants
            tokens,
        )
        keys = self.envelope.subject_keys(row[1] for row in rows)
        for token, subject, key_id, *place, sealed in rows:
            cell = Cell(*place)
            if not key_id:
                yield Opened(token, State.SHREDDED, cell, None)
                continue
            key = keys.get(subject)
            try:
                if key is None or key.id != key_id:
                    raise SealError("no key")
                plain = open_with(key.cipher, bytes(sealed), self.bound(token, key_id, cell))
            except SealError:
                yield Opened(token, State.BROKEN, cell, None)
            else:
                yield Opened(token, State.OPENED, cell, plain.decode("utf-8", "surrogatepass"))

    def _shredded(self, subjects: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for at in range(0, len(subjects), _MANY):
            part = list(subjects[at : at + _MANY])
            marks = ", ".join("?" * len(part))
            rows = self.database.rows(f"SELECT subject FROM vault_shredded WHERE subject IN ({marks})", part)  # noqa: S608
            found.update(row[0] for row in rows)
        return found


def _token(key: DataKey, cell: Cell, text: str) -> str:
    message = "\x00".join((*cell, text)).encode("utf-8", "surrogatepass")
    return token_text(key.mac(message))


def _first_kek(source: KeySource) -> KekKey:
    if source.exists():
        return source.load()[0]
    if not source.writable:
        return source.load()[0]  # tells what is missing
    kek = new_kek()
    source.save(kek)
    return kek


def _kek_in_use(database: Database, source: KeySource) -> KekKey:
    """Return that of the source's keys which wraps the data keys, else the first, which will be refused."""
    keys = source.load()
    wanted = {row[0] for row in database.rows("SELECT DISTINCT kek_id FROM vault_data_keys")}
    return next((key for key in keys if key.id in wanted), keys[0])
