"""Actors: people with a role and an Ed25519 key of their own (RFC 8032).

The private key stays with its owner (`keys/actors/NAME.key`, mode 0600); the public key and the role stand
in a registry in the vault, each row authenticated with a key of the vault, so that nobody who can write the
database can make an approver.
"""

from __future__ import annotations

import hmac
import json
import os
import stat
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voc.config.resources import data_home
from voc.errors import InputError, OutputExistsError, UsageError, nearest
from voc.privacy.audit.entry import checked_name
from voc.privacy.vault.key_source import write_private
from voc.privacy.vault.vault import Vault

__all__ = ["Actor", "Signer", "actors", "enroll", "find_actor", "keygen", "load_signer", "strike_off"]


class Actor(NamedTuple):
    """Somebody in the registry."""

    name: str
    role: str
    public_key: str
    """32 bytes, as hex."""

    def verifies(self, message: bytes, signature: str) -> bool:
        """Whether this actor signed the message."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """Somebody's private key."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = name
        self._key = key

    @property
    def public_key(self) -> str:
        """The public key, as hex."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """Sign, as hex."""
        return self._key.sign(message).hex()


def key_file(name: str, given: Path | None = None) -> Path:
    """Return where somebody's private key is."""
    return given or data_home() / "keys" / "actors" / f"{checked_name(name, what='name')}.key"


def keygen(name: str, *, path: Path | None = None) -> Signer:
    """Make a key for somebody.

    Raises
    ------
    OutputExistsError
        When there is one: a key is never overwritten.
    """
    target = key_file(name, path)
    if target.exists():
        raise OutputExistsError(str(target))
    secret = os.urandom(32)
    write_private(target, json.dumps({"voc": "actor", "name": name, "key": secret.hex()}).encode() + b"\n")
    return Signer(name, Ed25519PrivateKey.from_private_bytes(secret))


def load_signer(name: str, *, path: Path | None = None) -> Signer:
    """Load somebody's private key.

    Raises
    ------
    InputError
        When it is missing, open to others, or of somebody else.
    """
    target = key_file(name, path)
    try:
        if os.name == "posix" and stat.S_IMODE(target.stat().st_mode) & 0o077:
            raise InputError("this key can be read by others", where=str(target), hint=f"chmod 600 {target}")
        document = json.loads(target.read_text(encoding="ascii"))
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(document["key"]))
        owner = str(document["name"])
    except FileNotFoundError:
        hint = f"make it on this machine: voc access keygen {name} --role ROLE"
        raise InputError(f"there is no key of {name!r}", where=str(target), hint=hint) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("this file holds no actor's key", where=str(target)) from None
    if owner != name:
        raise InputError(f"this key is of {owner!r}, not of {name!r}", where=str(target))
    return Signer(name, key)


def enroll(vault: Vault, name: str, role: str, public_key: str) -> Actor:
    """Put somebody into the registry.

    Raises
    ------
    UsageError
        When the name is taken, or the key stands under another name: one person is one actor.
    """
    checked_name(name, what="name")
    actor = Actor(name, checked_name(role, what="role"), public_key.strip().lower())
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(actor.public_key))
    except ValueError:
        raise UsageError(
            "this is no public key", hint="64 hexadecimal digits, as `voc access keygen` prints"
        ) from None
    with vault.database.writing():
        for other in actors(vault):
            if other.name == name:
                raise UsageError(f"there is somebody called {name!r} already", hint="choose another name")
            if other.public_key == actor.public_key:
                raise UsageError(
                    f"this key is {other.name!r}'s already", hint="everybody has a key of their own"
                )
        vault.database.change(
            "INSERT INTO access_actors (name, role, public_key, mac) VALUES (?, ?, ?, ?)",
            [*actor, _mac(vault, actor)],
        )
    return actor


def strike_off(vault: Vault, name: str) -> None:
    """Take somebody out of the registry; their approvals no longer count."""
    if not vault.database.change("DELETE FROM access_actors WHERE name = ?", [name]):
        raise _nobody(vault, name)


def actors(vault: Vault) -> list[Actor]:
    """Return everybody in the registry whose row is authentic, by name."""
    rows = vault.database.rows("SELECT name, role, public_key, mac FROM access_actors ORDER BY name")
    return [Actor(*row[:3]) for row in rows if hmac.compare_digest(_mac(vault, Actor(*row[:3])), str(row[3]))]


def find_actor(vault: Vault, name: str) -> Actor:
    """Return somebody. Raises UsageError when the registry has nobody of this name."""
    for actor in actors(vault):
        if actor.name == name:
            return actor
    raise _nobody(vault, name)


def _nobody(vault: Vault, name: str) -> UsageError:
    known = [actor.name for actor in actors(vault)]
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else f"voc access keygen {name} --role ROLE"
    return UsageError(f"nobody called {name!r} is in the registry", hint=hint)


def _mac(vault: Vault, actor: Actor) -> str:
    return vault.mac(f"actor|{vault.id}|{actor.name}|{actor.role}|{actor.public_key}".encode())
