"""The commands of the vault: make, look at, rotate, shred, export, back up, restore; each is recorded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from voc.errors import UsageError
from voc.pipeline.protection.recorded import opened_vault, recorded

if TYPE_CHECKING:
    from voc.engine.progress import Progress
    from voc.privacy.audit.entry import Entry
    from voc.privacy.vault.rotation import Rotation
    from voc.privacy.vault.vault import VaultStatus

__all__ = [
    "PASSPHRASE_VARIABLE",
    "Restored",
    "backup_vault",
    "export_vault_key",
    "init_vault",
    "reencrypt_vault",
    "restore_vault",
    "rotate_vault",
    "shred_person",
    "vault_status",
]

PASSPHRASE_VARIABLE = "VOC_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable


class Restored(NamedTuple):
    """What a restore brought back."""

    records: int
    shredded_again: int


def init_vault(location: str | None, key: str | None, suite: str) -> tuple[VaultStatus, str]:
    """Make a vault. Returns its status and where its key is."""
    from voc.privacy.vault.key_source import key_source
    from voc.privacy.vault.vault import Vault

    source = key_source(key)

    def make() -> VaultStatus:
        with Vault.create(location, source=source, suite=suite) as vault:
            return vault.status()

    return recorded(_entry("vault.init"), make), source.name


def vault_status(location: str | None, key: str | None) -> VaultStatus:
    """Count what is in a vault."""
    with opened_vault(location, key, read_only=True) as vault:
        return vault.status()


def rotate_vault(
    location: str | None, key: str | None, new_key: str | None, progress: Progress | None
) -> Rotation:
    """Replace the keys; no value is read."""
    from voc.privacy.vault.key_source import key_source
    from voc.privacy.vault.rotation import rotate

    def work() -> Rotation:
        with opened_vault(location, key) as vault:
            fresh = key_source(new_key) if new_key else None
            return rotate(vault, key_source(key), new_source=fresh, progress=_told(progress, "rotate"))

    return recorded(_entry("vault.rotate"), work, after=lambda done: _counted("vault.rotate", done.subjects))


def reencrypt_vault(
    location: str | None, key: str | None, suite: str | None, progress: Progress | None
) -> Rotation:
    """Seal every value anew."""
    from voc.privacy.vault.rotation import reencrypt

    def work() -> Rotation:
        with opened_vault(location, key) as vault:
            return reencrypt(vault, suite=suite, progress=_told(progress, "reencrypt"))

    return recorded(
        _entry("vault.reencrypt"), work, after=lambda done: _counted("vault.reencrypt", done.records)
    )


def shred_person(location: str | None, key: str | None, *, subject: str | None, customer: str | None) -> int:
    """Shred one person, named by pseudonym or by their customer id. Returns the number of their values."""
    from voc.privacy.pseudonym import CUSTOMER_DOMAIN, load_pseudonyms
    from voc.privacy.vault.shredding import shred

    if (subject is None) == (customer is None):
        raise UsageError(
            "who is to be shredded?",
            hint="give --subject CUSTOMER_KEY, or --customer-stdin and the id on stdin",
        )

    def work() -> int:
        with opened_vault(location, key) as vault:
            if subject is not None:
                return shred(vault, subject)
            # pseudonyms follow the suite of the policy, which may not be that of the vault
            names = [
                load_pseudonyms(suite=suite).token(CUSTOMER_DOMAIN, str(customer)) for suite in ("aes", "gm")
            ]
            known = vault.envelope.subject_keys(names)
            return shred(vault, next(iter(known), names[0]))

    return recorded(_entry("vault.shred"), work, after=lambda count: _counted("vault.shred", count))


def export_vault_key(
    location: str | None, key: str | None, path: Path, passphrase: str, *, force: bool
) -> str:
    """Write the key in use under a passphrase. Returns its id."""
    from voc.privacy.vault.backup import export_key
    from voc.privacy.vault.key_source import key_source

    def work() -> str:
        with opened_vault(location, key, read_only=True) as vault:
            in_use = vault.status().kek_id
            kek = next(one for one in key_source(key).load() if one.id == in_use)
            export_key(kek, passphrase, path, force=force)
            return in_use

    return recorded(_entry("vault.export-key"), work)


def backup_vault(location: str | None, key: str | None, path: Path, *, force: bool) -> int:
    """Write a copy of a vault. Returns the number of records."""
    from voc.privacy.vault.backup import backup

    def work() -> int:
        with opened_vault(location, key) as vault:
            return backup(vault, path, force=force)

    return recorded(_entry("vault.backup"), work, after=lambda count: _counted("vault.backup", count))


def restore_vault(
    saved: Path,
    location: str | None,
    key: str | None,
    *,
    exported_key: Path | None,
    passphrase: Callable[[], str],
    force: bool,
) -> Restored:
    """Put a backup in the place of a vault; with an exported key, put that in the place of the key first."""
    from voc.privacy.vault.backup import import_key, restore
    from voc.privacy.vault.key_source import key_source

    source = key_source(key)

    def work() -> Restored:
        if exported_key is not None:
            kek = import_key(exported_key, passphrase())
            present = [one for one in (source.load() if source.exists() else []) if one.id != kek.id]
            if present and not force:
                hint = "give --force to put the exported one in its place, or name another place with --key"
                raise UsageError("there is another key", where=source.name, hint=hint)
            source.save(kek)
        return Restored(*restore(saved, location, source, force=force))

    return recorded(_entry("vault.restore"), work, after=lambda done: _counted("vault.restore", done.records))


def passphrase_from_environment() -> str | None:
    """Return the passphrase that the environment gives."""
    return os.environ.get(PASSPHRASE_VARIABLE)


def _entry(action: str) -> Entry:
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor

    return Entry(system_actor(), action)


def _counted(action: str, rows: int) -> Entry:
    return replace(_entry(action), rows=rows)


def _told(progress: Progress | None, label: str) -> Callable[[int, int], None] | None:
    """Turn (done, total) into steps of a progress line."""
    if progress is None:
        return None
    seen = -1

    def tell(done: int, total: int) -> None:
        nonlocal seen
        if seen < 0:
            progress.start(label, total)
            seen = 0
        progress.advance(done - seen)
        seen = done

    return tell
