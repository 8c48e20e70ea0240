"""Backup and restore of a vault, and escrow of its key.

A backup is a SQLite file with the vault's rows as they are: everything in it is sealed, and it is worth
nothing without the key. The key is exported apart, under a passphrase (scrypt, RFC 7914, and AES-256-GCM).
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from voc.errors import InputError, OutputError, OutputExistsError, UsageError
from voc.privacy.vault.database import TABLES, Database, open_database
from voc.privacy.vault.key_source import KekKey, KeySource, write_private
from voc.privacy.vault.shredding import shred_again
from voc.privacy.vault.vault import Vault, vault_location

__all__ = ["backup", "export_key", "import_key", "restore"]

_ROWS: Final = 10_000
_SHORTEST: Final = 12


def backup(vault: Vault, path: Path, *, force: bool = False) -> int:
    """Write a consistent copy of a vault to a SQLite file. Returns the number of records.

    Raises
    ------
    OutputExistsError
        When the file is there and `force` is not given.
    """
    if path.exists() and not force:
        raise OutputExistsError(str(path))
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    copy = open_database(str(partial), create=True)
    try:
        copy.create_tables()
        with vault.database.writing():  # nothing changes meanwhile
            _copy_rows(vault.database, copy)
        records = int(copy.rows("SELECT count(*) FROM vault_records")[0][0])
        copy.forget_freed_pages()
        copy.rows("PRAGMA journal_mode = DELETE")
        copy.close()
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"the backup cannot be written ({error.strerror})", where=str(path)) from None
    finally:
        copy.close()
        for suffix in ("", "-wal", "-shm"):
            partial.with_name(partial.name + suffix).unlink(missing_ok=True)
    return records


def restore(path: Path, location: str | None, source: KeySource, *, force: bool = False) -> tuple[int, int]:
    """Put a backup in the place of a vault. Returns the records, and the people shredded again.

    Whoever was shredded in the vault that is replaced stays shredded.

    Raises
    ------
    UsageError
        When there is a vault and `force` is not given.
    InputError
        When the backup is none, or the key does not open it.
    """
    where = vault_location(location)
    saved = open_database(str(path), read_only=True)
    try:
        if not saved.has_tables():
            raise InputError("this file is no backup of a vault", where=str(path))
        _check_key(saved, source, path)
        target = open_database(where, create=True)
        try:
            target.create_tables()
            with target.writing():
                if target.rows("SELECT 1 FROM vault_meta LIMIT 1") and not force:
                    raise UsageError(
                        "there is a vault already", where=target.name, hint="give --force to replace it"
                    )
                gone = target.rows("SELECT subject, shredded_at, records FROM vault_shredded")
                latest = target.rows("SELECT value FROM vault_meta WHERE name = 'latest'")
                for table in TABLES:
                    target.change(f"DELETE FROM {table}")  # noqa: S608 - a constant
                _copy_rows(saved, target)
                target.change_many(
                    "INSERT INTO vault_shredded (subject, shredded_at, records) VALUES (?, ?, ?) "
                    "ON CONFLICT (subject) DO NOTHING",
                    gone,
                )
                if latest:  # the clock of the vault does not go back with it
                    target.change(
                        "UPDATE vault_meta SET value = ? WHERE name = 'latest' AND value < ?",
                        [*latest[0], *latest[0]],
                    )
        finally:
            target.close()
    finally:
        saved.close()
    with Vault.open(where, source=source) as vault:
        return vault.status().records, shred_again(vault)


def export_key(kek: KekKey, passphrase: str, path: Path, *, force: bool = False) -> None:
    """Write a key under a passphrase, for the safe.

    Raises
    ------
    UsageError
        For a passphrase of fewer than 12 characters.
    """
    if len(passphrase) < _SHORTEST:
        raise UsageError(f"a passphrase has {_SHORTEST} characters or more")
    if path.exists() and not force:
        raise OutputExistsError(str(path))
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, kek.secret, kek.id.encode())
    document = {
        "voc": "vault key",
        "version": 1,
        "kdf": "scrypt n=32768 r=8 p=1",
        "key_id": kek.id,
        "salt": salt.hex(),
        "nonce": nonce.hex(),
        "sealed": sealed.hex(),
    }
    write_private(path, (json.dumps(document, indent=1) + "\n").encode())


def import_key(path: Path, passphrase: str) -> KekKey:
    """Read an exported key.

    Raises
    ------
    InputError
        When the file is none, or the passphrase is wrong.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        salt, nonce, sealed = (bytes.fromhex(document[name]) for name in ("salt", "nonce", "sealed"))
        key_id = str(document["key_id"])
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, KeyError, TypeError):
        raise InputError("this file is no exported key", where=str(path)) from None
    try:
        return KekKey(AESGCM(_stretched(passphrase, salt)).decrypt(nonce, sealed, key_id.encode()))
    except InvalidTag:
        raise InputError("the passphrase is wrong, or the file was changed", where=str(path)) from None


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())


def _check_key(saved: Database, source: KeySource, path: Path) -> None:
    wanted = {row[0] for row in saved.rows("SELECT DISTINCT kek_id FROM vault_data_keys")}
    if wanted.isdisjoint(key.id for key in source.load()):
        raise InputError(
            f"this backup needs key {', '.join(sorted(wanted))}, which {source.name} does not hold",
            where=str(path),
            hint="give the key that was in use then with --key, or an exported one with --exported-key",
        )


def _copy_rows(source: Database, target: Database) -> None:
    for table, columns in TABLES.items():
        names = [
            part.split()[0]
            for part in columns.split(", ")
            if not part.lstrip().startswith(("PRIMARY", "actor)"))
        ]
        marks = ", ".join("?" * len(names))
        listed = ", ".join(names)
        key = ", ".join(names[:2] if table == "access_decisions" else names[:1])
        after: tuple[object, ...] = ()
        while True:
            where = f" WHERE ({key}) > ({', '.join('?' * len(after))})" if after else ""
            rows = source.rows(f"SELECT {listed} FROM {table}{where} ORDER BY {key} LIMIT {_ROWS}", after)  # noqa: S608
            target.change_many(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)  # noqa: S608
            if len(rows) < _ROWS:
                break
            after = rows[-1][: len(key.split(", "))]
