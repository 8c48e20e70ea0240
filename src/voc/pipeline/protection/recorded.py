"""What the commands of vault, access and audit share: where things are, and the record of what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from voc.errors import GateError, InputError, UsageError, VocError

if TYPE_CHECKING:
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import AuditLog
    from voc.privacy.policy import Policy
    from voc.privacy.vault.sealing import VaultSpec
    from voc.privacy.vault.vault import Vault

__all__ = ["audit_log", "opened_vault", "record_sealing", "recorded", "table_name", "vault_for", "vault_spec"]

Result = TypeVar("Result")


def table_name(source: str) -> str:
    """Name of a table in the vault: the input's name without its folder and ending."""
    if source == "-":
        return "stdin"
    return Path(source.rpartition("::")[2] if "://" in source else source).stem or "table"


def vault_spec(source: str, vault: str | None, key: str | None) -> VaultSpec | None:
    """Return where the values of a table go, or None when nothing was named on the command line."""
    from voc.privacy.vault.sealing import VaultSpec

    if vault is None and key is None:
        return None
    return VaultSpec(table_name(source), vault, key)


def vault_for(policy: Policy, source: str) -> VaultSpec | None:
    """Return the usual vault for a table where the policy encrypts.

    Raises
    ------
    InputError
        When the policy encrypts and there is no vault.
    """
    if not policy.encrypts:
        return None
    from voc.privacy.vault.sealing import VaultSpec
    from voc.privacy.vault.vault import Vault

    try:
        Vault.open(read_only=True).close()
    except InputError as error:
        error.message = f"policy {policy.name!r} encrypts values: {error.message}"
        raise
    return VaultSpec(table_name(source))


def audit_log() -> AuditLog:
    """Return the audit log of this machine."""
    from voc.privacy.audit.log import AuditLog

    return AuditLog()


@contextmanager
def opened_vault(location: str | None, key: str | None, *, read_only: bool = False) -> Iterator[Vault]:
    """Open a vault for the time of the block."""
    from voc.privacy.vault.key_source import key_source
    from voc.privacy.vault.vault import Vault

    with Vault.open(location, source=key_source(key), read_only=read_only) as vault:
        yield vault


def record_sealing(policy: Policy, spec: VaultSpec | None, rows: int) -> None:
    """Record that a table went into the vault, and how many of its values are there now."""
    if spec is None or not policy.encrypts:
        return
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor

    with opened_vault(spec.location, spec.source, read_only=True) as vault:
        sealed = vault.count_by_entity(spec.table)
    entry = Entry(system_actor(), "vault.seal", policy=policy.fingerprint(), rows=rows, entities=sealed)
    audit_log().append(entry)


def recorded(
    entry: Entry, work: Callable[[], Result], *, after: Callable[[Result], Entry] | None = None
) -> Result:
    """Do something and record how it went. What cannot be recorded is not done.

    Parameters
    ----------
    entry
        What is recorded when it fails, with the outcome set; and when it succeeds, unless `after` tells more.
    """
    from dataclasses import replace

    log = audit_log()
    _ = log.key  # a log that cannot be written is told before, not after
    try:
        result = work()
    except VocError as error:
        refused = isinstance(error, (UsageError, GateError))
        log.append(replace(entry, outcome="denied" if refused else "failed", reason=type(error).__name__))
        raise
    log.append(after(result) if after is not None else entry)
    return result
