"""The log itself: a JSON Lines file in which every entry is chained to the one before.

Each line ends in `"mac":"…"`, the HMAC-SHA256 of the previous line's mac and of this line up to there, under
a key of its own (`keys/audit.key`), apart from the vault's. An entry that was edited, removed or moved
breaks the chain. Cutting off the end does not: that is found by the head beside the log (`audit.head`),
which is written after each entry, and by anchors kept elsewhere (`voc.privacy.audit.anchor`).

Writers take turns by a lock on `audit.lock`. An entry counts when its line is whole and on disk; half a line
left by a killed process is removed by the next writer, and that is recorded.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from voc.config.resources import data_home
from voc.errors import InputError, OutputError, VocError
from voc.privacy.audit.entry import Entry
from voc.privacy.vault.key_source import write_private

__all__ = ["START", "AuditLog", "Head", "audit_folder", "chained", "system_actor"]

START: Final = "0" * 64
"""What the first entry is chained to."""
MARK: Final = b',"mac":"'
_TAIL: Final = 1 << 16


class Head(NamedTuple):
    """The last entry."""

    seq: int
    mac: str
    at: str = ""


def audit_folder(given: Path | None = None) -> Path:
    """Return the folder of the log: `given`, else `VOC_AUDIT`, else `audit` in the data folder."""
    if given is not None:
        return given
    return Path(os.environ.get("VOC_AUDIT") or data_home() / "audit")


def system_actor() -> str:
    """Name of the account that runs this process."""
    with contextlib.suppress(Exception):
        name = "".join(
            char for char in getpass.getuser() if char.isascii() and (char.isalnum() or char in "_.-")
        )
        return name[:40] or "unknown"
    return "unknown"


def chained(key: bytes, previous: str, body: bytes) -> str:
    """Mac of an entry, as 64 hex digits."""
    return hmac.digest(key, previous.encode("ascii") + body, "sha256").hex()


class AuditLog:
    """An audit log.

    Parameters
    ----------
    folder
        Where it is; made when it is not there.
    key_file
        Its key; made on first use beside the other keys.
    """

    def __init__(self, folder: Path | None = None, *, key_file: Path | None = None) -> None:
        self.folder = audit_folder(folder)
        self.path = self.folder / "audit.jsonl"
        self._key_file = key_file or data_home() / "keys" / "audit.key"
        self._key: bytes | None = None

    @property
    def key(self) -> bytes:
        """The HMAC key."""
        if self._key is None:
            self._key = _read_key(self._key_file, make=not self.path.exists())
        return self._key

    def append(self, entry: Entry) -> Head:
        """Add an entry; when this returns it is on disk.

        Raises
        ------
        OutputError
            When it cannot be written: then what it would have recorded must not happen.
        """
        with self._locked() as file:
            last, torn = self._last(file)
            if torn:
                file.truncate(torn.start)
                mended = Entry(actor=system_actor(), action="audit.mend", reason="half_an_entry", rows=1)
                last = self._write(file, last, mended)
            return self._write(file, last, entry)

    def head(self) -> Head:
        """Return the last entry; sequence number 0 when there is none."""
        if not self.path.exists():
            return Head(0, START)
        with self.path.open("rb") as file:
            return self._last(file)[0]

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield the entries, oldest first, without checking them."""
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            for line in lines:
                with contextlib.suppress(ValueError):
                    yield json.loads(line)

    def _write(self, file: IO[bytes], last: Head, entry: Entry) -> Head:
        at = max(datetime.now(UTC).isoformat(timespec="milliseconds"), last.at)
        told = {"seq": last.seq + 1, "at": at, **entry.facts()}
        body = json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()[:-1]
        mac = chained(self.key, last.mac, body)
        try:
            file.seek(0, os.SEEK_END)
            file.write(body + MARK + mac.encode() + b'"}\n')
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise _cannot(error, self.path) from None
        head = Head(last.seq + 1, mac, at)
        self._save_head(head)
        return head

    def _save_head(self, head: Head) -> None:
        text = f"{head.seq} {head.mac}"
        seal = hmac.digest(self.key, f"head {text}".encode(), "sha256").hex()
        temporary = self.folder / f".head-{secrets.token_hex(4)}"
        try:
            temporary.write_text(f"{text} {seal}\n", encoding="ascii")
            temporary.replace(self.folder / "audit.head")
        except OSError as error:
            raise _cannot(error, self.folder) from None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _ = self.key
            with (self.folder / "audit.lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
                with os.fdopen(handle, "r+b") as file:
                    yield file
        except OSError as error:
            raise _cannot(error, self.folder) from None

    def _last(self, file: IO[bytes]) -> tuple[Head, _Torn | None]:
        """Return the last whole entry, and where half a line begins."""
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        whole, newline, rest = tail.rpartition(b"\n")
        torn = _Torn(size - len(rest)) if rest else None
        if not newline:
            return Head(0, START), torn
        line = whole.rpartition(b"\n")[2]
        try:
            found = json.loads(line)
            return Head(int(found["seq"]), str(found["mac"]), str(found["at"])), torn
        except (ValueError, KeyError, TypeError):
            raise VocError(
                "the last entry of the audit log is no entry",
                where=str(self.path),
                hint="the log was changed: see `voc audit verify`; keep this file, and go on in another "
                "folder named by VOC_AUDIT",
            ) from None


class _Torn(NamedTuple):
    start: int


def read_head_file(log: AuditLog) -> Head | None:
    """Return what `audit.head` says; None when it is missing, Head(-1) when it was changed."""
    try:
        seq, mac, seal = (log.folder / "audit.head").read_text(encoding="ascii").split()
    except OSError:
        return None
    except ValueError:
        return Head(-1, "")
    if not hmac.compare_digest(hmac.digest(log.key, f"head {seq} {mac}".encode(), "sha256").hex(), seal):
        return Head(-1, "")
    return Head(int(seq), mac)


def _read_key(path: Path, *, make: bool) -> bytes:
    if not path.exists():
        if not make:
            raise InputError(
                "the key of the audit log is missing",
                where=str(path),
                hint="put it back from your backup; without it the log cannot be checked or continued",
            )
        write_private(path, secrets.token_hex(32).encode() + b"\n")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(
            "the key of the audit log can be read by others", where=str(path), hint=f"chmod 600 {path}"
        )
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, OSError):
        raise InputError("this file holds no key", where=str(path)) from None
    if len(key) < 32:
        raise InputError("this file holds no key", where=str(path), hint="64 hexadecimal digits are expected")
    return key


def _cannot(error: OSError, path: Path) -> OutputError:
    hint = "nothing may happen unrecorded, so nothing was done: free some space or check the folder"
    return OutputError(f"the audit log cannot be written ({error.strerror})", where=str(path), hint=hint)
