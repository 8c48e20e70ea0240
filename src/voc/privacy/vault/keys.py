"""The envelope: a key-encryption key wraps data keys, a data key wraps the keys of people, those seal values.

- *key-encryption key* (KEK): 32 bytes outside the vault (`voc.privacy.vault.key_source`).
- *data keys*: few. The active one of purpose `seal` wraps people's keys; `token` makes tokens and `mac`
  authenticates the registry of actors. All stand in the vault, wrapped by the KEK.
- *subject keys*: one for each person, random, wrapped by a data key. Values are sealed under them, so
  deleting one of them shreds one person and nobody else.

Rotation re-wraps keys and touches no value.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from voc.errors import InputError
from voc.privacy.vault.database import Database
from voc.privacy.vault.key_source import KekKey
from voc.privacy.vault.suites import SealError, Suite, suite_named

__all__ = ["DataKey", "Envelope", "SubjectKey"]

_MANY: Final = 500  # parameters in one statement; SQLite allows 32,766


@dataclass(frozen=True)
class DataKey:
    """An unwrapped data key."""

    id: str
    purpose: str
    suite: Suite
    active: bool
    secret: bytes

    def __repr__(self) -> str:
        return f"DataKey(id={self.id!r}, purpose={self.purpose!r})"


@dataclass(frozen=True)
class SubjectKey:
    """An unwrapped key of one person."""

    id: str
    suite: Suite
    secret: bytes

    def __repr__(self) -> str:
        return f"SubjectKey(id={self.id!r})"


class Envelope:
    """The keys of one vault, unwrapped once and kept in memory.

    Raises
    ------
    InputError
        When the key-encryption key is not the one that wrapped the data keys.
    """

    def __init__(self, database: Database, vault_id: str, kek: KekKey) -> None:
        self._database = database
        self._vault_id = vault_id
        self._kek = kek
        self.data_keys = self._load()
        self._subjects: dict[str, SubjectKey] = {}

    def reload(self) -> None:
        """Forget what was unwrapped: another process changed keys."""
        self.data_keys = self._load()
        self._subjects.clear()

    def active(self, purpose: str) -> DataKey:
        """Return the data key in use for a purpose."""
        return next(key for key in self.data_keys.values() if key.purpose == purpose and key.active)

    def add_data_key(self, purpose: str, suite: Suite) -> DataKey:
        """Make a data key the active one of its purpose."""
        key = DataKey(secrets.token_hex(8), purpose, suite, True, os.urandom(suite.key_bytes))
        self._database.change("UPDATE vault_data_keys SET active = 0 WHERE purpose = ?", [purpose])
        self._database.change(
            "INSERT INTO vault_data_keys (id, purpose, suite, kek_id, wrapped, active) "
            "VALUES (?, ?, ?, ?, ?, 1)",
            [key.id, purpose, suite.name, self._kek.id, self._wrapped(key, self._kek)],
        )
        self.data_keys = {
            **{
                old.id: DataKey(old.id, old.purpose, old.suite, False, old.secret)
                if old.purpose == purpose
                else old
                for old in self.data_keys.values()
            },
            key.id: key,
        }
        return key

    def rewrap_data_keys(self, kek: KekKey) -> None:
        """Wrap all data keys by another key-encryption key."""
        for key in self.data_keys.values():
            self._database.change(
                "UPDATE vault_data_keys SET kek_id = ?, wrapped = ? WHERE id = ?",
                [kek.id, self._wrapped(key, kek), key.id],
            )
        self._kek = kek

    def drop_retired(self) -> int:
        """Delete data keys of purpose `seal` that wrap nothing any more. Returns how many."""
        return self._database.change(
            "DELETE FROM vault_data_keys WHERE purpose = 'seal' AND active = 0 "
            "AND id NOT IN (SELECT DISTINCT data_key FROM vault_subjects)"
        )

    def subject_keys(self, subjects: Iterable[str]) -> dict[str, SubjectKey]:
        """Return the keys of those people who have one."""
        wanted = list(dict.fromkeys(subjects))
        missing = [subject for subject in wanted if subject not in self._subjects]
        for at in range(0, len(missing), _MANY):
            self._fetch(missing[at : at + _MANY])
        return {subject: self._subjects[subject] for subject in wanted if subject in self._subjects}

    def add_subjects(self, subjects: Sequence[str]) -> None:
        """Make keys for people who have none."""
        data_key = self.active("seal")
        rows = []
        for subject in subjects:
            key = SubjectKey(secrets.token_hex(8), data_key.suite, os.urandom(data_key.suite.key_bytes))
            rows.append((subject, key.id, data_key.id, self.wrap_subject(data_key, subject, key)))
            self._subjects[subject] = key
        self._database.change_many(
            "INSERT INTO vault_subjects (subject, key_id, data_key, wrapped) VALUES (?, ?, ?, ?)", rows
        )

    def wrap_subject(self, data_key: DataKey, subject: str, key: SubjectKey) -> bytes:
        """Wrap a person's key by a data key."""
        return data_key.suite.seal(data_key.secret, key.secret, self._subject_bound(subject, key.id))

    def unwrap_subject(self, subject: str, key_id: str, data_key: str, wrapped: bytes) -> SubjectKey:
        """Unwrap a person's key. Its suite is told by its length."""
        by = self.data_keys.get(data_key)
        if by is None:
            raise SealError("a person's key is wrapped by a data key that is not in the vault")
        secret = by.suite.open(by.secret, bytes(wrapped), self._subject_bound(subject, key_id))
        return SubjectKey(key_id, suite_named("aes" if len(secret) == 32 else "gm"), secret)

    def _fetch(self, subjects: Sequence[str]) -> None:
        marks = ", ".join("?" * len(subjects))
        found = self._database.rows(
            f"SELECT subject, key_id, data_key, wrapped FROM vault_subjects WHERE subject IN ({marks})",  # noqa: S608
            subjects,
        )
        for subject, key_id, data_key, wrapped in found:
            self._subjects[subject] = self.unwrap_subject(subject, key_id, data_key, wrapped)

    def _load(self) -> dict[str, DataKey]:
        keys = {}
        for key_id, purpose, suite, kek_id, wrapped, active in self._database.rows(
            "SELECT id, purpose, suite, kek_id, wrapped, active FROM vault_data_keys"
        ):
            if kek_id != self._kek.id:
                hint = (
                    "was it replaced by `voc vault rotate`? give the key in use, or restore an exported one"
                )
                raise InputError(
                    f"key {self._kek.id} does not open this vault, which wants key {kek_id}", hint=hint
                )
            by = suite_named(suite)
            bound = self._data_bound(key_id, purpose, suite)
            secret = by.open(by.derive(self._kek.secret, "voc kek"), bytes(wrapped), bound)
            keys[key_id] = DataKey(key_id, purpose, by, bool(active), secret)
        return keys

    def _wrapped(self, key: DataKey, kek: KekKey) -> bytes:
        by = key.suite
        bound = self._data_bound(key.id, key.purpose, by.name)
        return by.seal(by.derive(kek.secret, "voc kek"), key.secret, bound)

    def _data_bound(self, key_id: str, purpose: str, suite: str) -> bytes:
        return f"data key|{self._vault_id}|{key_id}|{purpose}|{suite}".encode()

    def _subject_bound(self, subject: str, key_id: str) -> bytes:
        return f"subject key|{self._vault_id}|{key_id}|{subject}".encode()
