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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from voc.errors import InputError
from voc.privacy.vault.database import Database
from voc.privacy.vault.key_source import KekKey
from voc.privacy.vault.suites import (
    SUITES,
    SealError,
    SealingCipher,
    Suite,
    open_with,
    seal_with,
    suite_named,
)

__all__ = ["DataKey", "Envelope", "SubjectKey", "new_subject_keys"]

_ID: Final = 8  # bytes
_REMEMBERED: Final = 100_000
"""Most keys of people that are kept unwrapped, so that a long table does not fill the memory."""
_MANY: Final = 500  # parameters in one statement; SQLite allows 32,766


@dataclass(frozen=True)
class DataKey:
    """An unwrapped data key, set up once."""

    id: str
    purpose: str
    suite: Suite
    active: bool
    secret: bytes

    def __repr__(self) -> str:
        return f"DataKey(id={self.id!r}, purpose={self.purpose!r})"

    @cached_property
    def cipher(self) -> SealingCipher:
        """Wraps the keys of people."""
        return self.suite.cipher(self.secret)

    @cached_property
    def mac(self) -> Callable[[bytes], bytes]:
        """HMAC under this key."""
        return self.suite.keyed_hash(self.secret)


class SubjectKey:
    """An unwrapped key of one person."""

    __slots__ = ("_cipher", "id", "secret", "suite")

    def __init__(self, key_id: str, suite: Suite, secret: bytes) -> None:
        self.id = key_id
        self.suite = suite
        self.secret = secret
        self._cipher: SealingCipher | None = None

    @property
    def cipher(self) -> SealingCipher:
        """Seals and opens this person's values. Set up on first use: rotation needs none."""
        if self._cipher is None:
            self._cipher = self.suite.cipher(self.secret)
        return self._cipher

    def __repr__(self) -> str:
        return f"SubjectKey(id={self.id!r})"


def new_subject_keys(suite: Suite, count: int) -> list[SubjectKey]:
    """Make keys for people. All randomness is drawn at once: a call for each costs more than the bytes."""
    length = suite.key_bytes
    drawn, ids = os.urandom(count * length), os.urandom(count * _ID).hex()
    return [
        SubjectKey(ids[at * 2 * _ID : (at + 1) * 2 * _ID], suite, drawn[at * length : (at + 1) * length])
        for at in range(count)
    ]


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
        """Unwrap the data keys again: another process changed keys."""
        self.data_keys = self._load()
        self.forget()

    def forget(self) -> None:
        """Forget the keys of people that were unwrapped."""
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
        if len(self._subjects) > _REMEMBERED:
            self.forget()
        missing = [subject for subject in wanted if subject not in self._subjects]
        for at in range(0, len(missing), _MANY):
            self._fetch(missing[at : at + _MANY])
        return {subject: self._subjects[subject] for subject in wanted if subject in self._subjects}

    def add_subjects(self, subjects: Sequence[str]) -> None:
        """Make keys for people who have none."""
        data_key = self.active("seal")
        rows = []
        for subject, key in zip(subjects, new_subject_keys(data_key.suite, len(subjects)), strict=True):
            rows.append((subject, key.id, data_key.id, self.wrap_subject(data_key, subject, key)))
            self._subjects[subject] = key
        self._database.change_many(
            "INSERT INTO vault_subjects (subject, key_id, data_key, wrapped) VALUES (?, ?, ?, ?)", rows
        )

    def wrap_subject(self, data_key: DataKey, subject: str, key: SubjectKey) -> bytes:
        """Wrap a person's key by a data key."""
        return seal_with(data_key.cipher, key.secret, self._subject_bound(subject, key.id))

    def unwrap_subject(self, subject: str, key_id: str, data_key: str, wrapped: bytes) -> SubjectKey:
        """Unwrap a person's key. Its suite is told by its length."""
        by = self.data_keys.get(data_key)
        if by is None:
            raise SealError("a person's key is wrapped by a data key that is not in the vault")
        secret = open_with(by.cipher, bytes(wrapped), self._subject_bound(subject, key_id))
        return SubjectKey(key_id, SUITES["aes" if len(secret) == 32 else "gm"], secret)

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
