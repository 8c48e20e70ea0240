"""The files of a private join: what each party sends, and what it keeps to itself."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from voc.errors import InputError, OutputError
from voc.privacy.private_join.group import Secret

__all__ = ["keep_secret", "kept_secret", "read_letter", "write_letter"]

_VERSION = "voc private join v1"
_POINT_BYTES = 32


def write_letter(
    path: Path, step: str, context: str, *, force: bool, **points: dict[str, list[bytes]]
) -> None:
    """Write a message for the other party: points only, no secret and no value."""
    from voc.io import write_bytes

    document: dict[str, Any] = {"version": _VERSION, "step": step, "context": context}
    for name, groups in points.items():
        document[name] = {group: [point.hex() for point in found] for group, found in groups.items()}
    write_bytes(path, json.dumps(document, ensure_ascii=False).encode(), force=force)


def read_letter(path: Path, step: str, context: str, *names: str) -> list[dict[str, list[bytes]]]:
    """Read the other party's message.

    Raises
    ------
    InputError
        When it is not there, is damaged, or belongs to another step or agreement.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        facts = (document["version"], document["step"], document["context"])
        points = [_points(document[name]) for name in names]
    except FileNotFoundError:
        raise InputError("there is no such message", where=str(path)) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError("this is no message of a private join, or it is damaged", where=str(path)) from None
    if facts != (_VERSION, step, context):
        hint = f"this step reads the message of step {step!r} with --context {context!r}"
        raise InputError("the message belongs to another step or agreement", where=str(path), hint=hint)
    return points


def _points(groups: dict[str, list[str]]) -> dict[str, list[bytes]]:
    found = {str(group): [bytes.fromhex(point) for point in points] for group, points in groups.items()}
    if any(len(point) != _POINT_BYTES for points in found.values() for point in points):
        raise ValueError
    return found


def keep_secret(path: Path, secret: Secret) -> None:
    """Write a secret into a new file that its owner alone can read.

    Raises
    ------
    OutputError
        When the file is there already or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secret.private_bytes().hex().encode())
    except FileExistsError:
        raise OutputError("the secret of a join that has begun is here already", where=str(path)) from None
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror})", where=str(path)) from None


def kept_secret(path: Path) -> Secret:
    """Read a secret.

    Raises
    ------
    InputError
        When it is not there, others than its owner can read it, or it is damaged.
    """
    try:
        status = path.stat()
        if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
            raise InputError("the secret can be read by others", where=str(path), hint=f"chmod 600 {path}")
        return Secret(bytes.fromhex(path.read_text(encoding="ascii")))
    except OSError as error:
        raise InputError(f"the secret cannot be read ({error.strerror})", where=str(path)) from None
    except ValueError:
        raise InputError("this file holds no secret of a join", where=str(path)) from None
