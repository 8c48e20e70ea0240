"""Anchors: the head of the log, signed (Ed25519, RFC 8032), to be kept where nobody who writes the log can.

A mail to the auditors, a ticket, a write-once store: whoever cuts entries off the log cannot change those.
The signature is checked with the public key in the anchor, which must be the one of this log.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voc.config.resources import data_home
from voc.errors import InputError
from voc.io.atomic import write_bytes
from voc.privacy.audit.log import AuditLog, Head
from voc.privacy.vault.key_source import write_private

__all__ = ["read_anchor", "write_anchor"]


def write_anchor(log: AuditLog, path: Path, *, force: bool = False) -> Head:
    """Sign the head of a log into a file."""
    head = log.head()
    key = _signing_key()
    document = {
        "voc": "audit anchor",
        "seq": head.seq,
        "mac": head.mac,
        "at": head.at,
        "public_key": key.public_key().public_bytes_raw().hex(),
    }
    signed = {**document, "signature": key.sign(_bytes(document)).hex()}
    write_bytes(path, (json.dumps(signed, indent=1) + "\n").encode(), force=force)
    return head


def read_anchor(path: Path, *, public_key: str | None = None) -> Head:
    """Read an anchor and check its signature.

    Parameters
    ----------
    public_key
        The key that must have signed it, as hex; that of this machine's log when not given.

    Raises
    ------
    InputError
        When the file is no anchor, or the signature does not hold.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        signature = bytes.fromhex(document.pop("signature"))
        expected = public_key or _signing_key().public_key().public_bytes_raw().hex()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(expected)).verify(signature, _bytes(document))
        return Head(int(document["seq"]), str(document["mac"]), str(document["at"]))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError("this file is no anchor", where=str(path)) from None
    except InvalidSignature:
        raise InputError(
            "this anchor was not signed by this log's key, or was changed", where=str(path)
        ) from None


def _bytes(document: dict[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _signing_key() -> Ed25519PrivateKey:
    path = data_home() / "keys" / "audit-signing.key"
    if not path.exists():
        write_private(path, os.urandom(32).hex().encode() + b"\n")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
