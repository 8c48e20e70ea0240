"""Changes keys: `rotate` re-wraps them without reading a value, `reencrypt` seals every value anew.

Both go through the people in batches, each batch one transaction. A stopped one is taken up by running it
again: people whose key is still under the old data key are those that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from voc.errors import UsageError
from voc.privacy.vault.key_source import KeySource, new_kek
from voc.privacy.vault.keys import DataKey, SubjectKey, new_subject_keys
from voc.privacy.vault.suites import SealError, open_with, seal_with, suite_named
from voc.privacy.vault.vault import Cell, Vault

__all__ = ["Rotation", "reencrypt", "rotate"]

_BATCH: Final = 1000
Progress = Callable[[int, int], None]
"""Told (done, of how many) after each batch."""


class Rotation(NamedTuple):
    """What a rotation did."""

    resumed: bool
    subjects: int
    records: int
    """Values sealed anew; 0 for `rotate`."""
    broken: int
    """Values that do not open under their key; they are left as they are."""
    kek_id: str


def rotate(
    vault: Vault,
    source: KeySource,
    *,
    new_source: KeySource | None = None,
    progress: Progress | None = None,
    batch: int = _BATCH,
) -> Rotation:
    """Replace the key-encryption key and the data key. No value is read.

    Parameters
    ----------
    source
        Where the key in use is. A file or a keyring gets the new key by itself.
    new_source
        Where the new key is, for sources that voc cannot write to.

    Raises
    ------
    UsageError
        When the source cannot take a new key, or a re-encryption waits to be finished.
    """
    resumed = _resume(vault, "rotate")
    if not resumed:
        _replace_kek(vault, source, new_source)
    elif source.writable and len(source.load()) > 1:
        _keep_only(vault, source)
    done = _through_subjects(vault, _rewrap, progress, batch)
    return Rotation(resumed, done.subjects, 0, done.broken, vault.status().kek_id)


def reencrypt(
    vault: Vault, *, suite: str | None = None, progress: Progress | None = None, batch: int = _BATCH
) -> Rotation:
    """Seal every value under a new key of its person, under another suite if one is given.

    Raises
    ------
    UsageError
        When a rotation waits to be finished.
    """
    cipher = suite_named(suite) if suite else vault.suite
    resumed = _resume(vault, "reencrypt")
    if not resumed:
        with vault.database.writing():
            vault.envelope.add_data_key("seal", cipher)
            vault.set_meta("operation", "reencrypt")
            vault.bump()
    done = _through_subjects(vault, _reseal, progress, batch)
    return Rotation(resumed, done.subjects, done.records, done.broken, vault.status().kek_id)


class _Done(NamedTuple):
    subjects: int
    records: int
    broken: int


_Work = Callable[[Vault, DataKey, Sequence[tuple[str, SubjectKey]]], tuple[int, int]]


def _resume(vault: Vault, operation: str) -> bool:
    under_way = vault.meta("operation")
    if under_way and under_way != operation:
        raise UsageError(
            f"`voc vault {under_way}` was stopped and waits", hint=f"run `voc vault {under_way}` again first"
        )
    return bool(under_way)


def _replace_kek(vault: Vault, source: KeySource, new_source: KeySource | None) -> None:
    """Write the new key beside the old one, re-wrap, then drop the old one: safe to stop between any two."""
    kek_id = vault.status().kek_id
    keys = source.load()
    current = next((key for key in keys if key.id == kek_id), keys[0])
    if new_source is not None:
        kek = new_source.load()[0]
        if kek.id == current.id:
            raise UsageError("the new key is the old one", where=new_source.name)
    elif source.writable:
        kek = new_kek()
        source.save(kek, current)
    else:
        raise UsageError(
            "voc cannot put a new key there",
            where=source.name,
            hint="put one elsewhere and give --new-key SOURCE",
        )
    with vault.database.writing():
        vault.refresh()
        vault.envelope.rewrap_data_keys(kek)
        vault.envelope.add_data_key("seal", vault.suite)
        vault.set_meta("operation", "rotate")
        vault.bump()
    if new_source is None:
        source.save(kek)


def _keep_only(vault: Vault, source: KeySource) -> None:
    """Drop the old key that a stopped rotation left in the source."""
    kek_id = vault.status().kek_id
    source.save(*[key for key in source.load() if key.id == kek_id])


def _through_subjects(vault: Vault, work: _Work, progress: Progress | None, batch: int) -> _Done:
    subjects = records = broken = 0
    total = vault.status().waiting
    while True:
        with vault.database.writing():
            vault.refresh()
            data_key = vault.envelope.active("seal")
            rows = _next_subjects(vault, batch)
            if not rows:
                vault.envelope.drop_retired()
                vault.set_meta("operation", "")
                vault.bump()
                break
            keys = [(row[0], vault.envelope.unwrap_subject(*row)) for row in rows]
            done, bad = work(vault, data_key, keys)
            vault.bump()
        vault.envelope.reload()
        subjects, records, broken = subjects + len(rows), records + done, broken + bad
        if progress is not None:
            progress(subjects, max(total, subjects))
    vault.envelope.reload()
    vault.database.forget_freed_pages()
    return _Done(subjects, records, broken)


def _next_subjects(vault: Vault, batch: int) -> list[tuple[str, str, str, bytes]]:
    """Return people whose key is under a retired data key: by the index, however many are done already."""
    for key in vault.envelope.data_keys.values():
        if key.purpose == "seal" and not key.active:
            rows = vault.database.rows(
                "SELECT subject, key_id, data_key, wrapped FROM vault_subjects "
                "WHERE data_key = ? ORDER BY subject LIMIT ?",
                [key.id, batch],
            )
            if rows:
                return rows
    return []


def _rewrap(vault: Vault, data_key: DataKey, keys: Sequence[tuple[str, SubjectKey]]) -> tuple[int, int]:
    _store(vault, data_key, keys)
    return 0, 0


def _reseal(vault: Vault, data_key: DataKey, keys: Sequence[tuple[str, SubjectKey]]) -> tuple[int, int]:
    made = new_subject_keys(data_key.suite, len(keys))
    fresh = {subject: key for (subject, _), key in zip(keys, made, strict=True)}
    changed, broken = [], 0
    for subject, old in keys:
        for token, *place, sealed in vault.database.rows(
            "SELECT token, table_name, column_name, row_key, entity, sealed FROM vault_records "
            "WHERE subject = ?",
            [subject],
        ):
            cell, new = Cell(*place), fresh[subject]
            try:
                plain = open_with(old.cipher, bytes(sealed), vault.bound(token, old.id, cell))
            except SealError:
                broken += 1
                continue
            changed.append((new.id, seal_with(new.cipher, plain, vault.bound(token, new.id, cell)), token))
    vault.database.change_many("UPDATE vault_records SET key_id = ?, sealed = ? WHERE token = ?", changed)
    _store(vault, data_key, list(fresh.items()))
    return len(changed), broken


def _store(vault: Vault, data_key: DataKey, keys: Sequence[tuple[str, SubjectKey]]) -> None:
    vault.database.change_many(
        "UPDATE vault_subjects SET key_id = ?, data_key = ?, wrapped = ? WHERE subject = ?",
        [
            (key.id, data_key.id, vault.envelope.wrap_subject(data_key, subject, key), subject)
            for subject, key in keys
        ],
    )
