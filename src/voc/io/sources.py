"""Where bytes come from: a file, or a stream kept in an anonymous temporary file, with its digest."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from voc.errors import InputError, nearest

__all__ = ["InputFile", "Source", "digest_of", "input_error"]

_BLOCK = 1 << 20


@dataclass(frozen=True)
class InputFile:
    """An input and its digest, for the manifest of a run."""

    path: str
    bytes: int
    """Size; 0 for a database table."""
    sha256: str
    """64 hex digits; empty for a database table, which has no digest."""


def digest_of(stream: BinaryIO) -> tuple[int, str]:
    """Return size in bytes and SHA-256 (hex) of a stream, read to its end."""
    digest = hashlib.sha256()
    size = 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


def input_error(error: OSError, path: Path) -> InputError:
    """Build the error for a file that cannot be read, with the nearest name in its folder as a hint."""
    if isinstance(error, FileNotFoundError):
        return InputError("no such file", where=str(path), hint=_near(path))
    if isinstance(error, PermissionError):
        return InputError("cannot be read: permission denied", where=str(path), hint="check who may read it")
    return InputError(f"cannot be read ({error.strerror or type(error).__name__})", where=str(path))


def _near(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  (names, not paths)
    except OSError:
        return f"the folder {folder} cannot be listed"
    found = nearest(path.name, names)
    return f"did you mean {folder / found}?" if found else f"the folder {folder} has no such name"


class Source:
    """Bytes that can be read more than once.

    Parameters
    ----------
    path
        A file; None takes standard input, which is kept in an anonymous temporary file that only this user
        can read and that vanishes with the process.

    Raises
    ------
    InputError
        When the file is missing or cannot be read.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.name = "-" if path is None else str(path)
        self._handle = _spool(sys.stdin.buffer) if path is None else _open_file(path)
        self._known: InputFile | None = None

    @property
    def size(self) -> int:
        """Size in bytes."""
        return os.fstat(self._handle.fileno()).st_size

    @property
    def input_file(self) -> InputFile:
        """Path, size and digest. Reads the whole source on first use unless `remember` was called."""
        if self._known is None:
            self.remember(*digest_of(cast(BinaryIO, self.open())))
        assert self._known is not None
        return self._known

    def remember(self, size: int, sha256: str) -> None:
        """Keep a digest that was computed while the source was read for something else."""
        self._known = InputFile(self.name, size, sha256)

    def open(self) -> io.BufferedReader:
        """Return a stream at the beginning of the source, independent of other streams over it."""
        return io.BufferedReader(_Window(self._handle.fileno()), _BLOCK)

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        return os.pread(self._handle.fileno(), size, 0)

    def check_unchanged(self) -> None:
        """Raise InputError when the size differs from what the first reading saw."""
        if self._known is not None and self._known.bytes != self.size:
            raise InputError(
                "changed while it was read", where=self.name, hint="run again when it is complete"
            )

    def close(self) -> None:
        """Close the file."""
        self._handle.close()


class _Window(io.RawIOBase):
    """Reads a shared file descriptor at a position of its own."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
        self._at = offset + (os.fstat(self._handle).st_size if base is None else base)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = os.pread(self._handle, len(view), self._at)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def _open_file(path: Path) -> IO[bytes]:
    try:
        if path.is_dir():
            raise InputError("is a folder, not a file", where=str(path))
        handle = path.open("rb", buffering=0)
        if stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
            return handle
    except OSError as error:
        raise input_error(error, path) from None
    with handle:  # a pipe or a device: it can be read once only
        return _spool(handle)


def _spool(stream: IO[bytes]) -> IO[bytes]:
    spool = tempfile.TemporaryFile(prefix="voc-")  # noqa: SIM115  (closed by the source)
    try:
        shutil.copyfileobj(stream, spool, _BLOCK)
        spool.flush()
    except OSError as error:
        spool.close()
        raise InputError(
            f"the stream cannot be kept ({error.strerror})", hint="set TMPDIR to a larger disk"
        ) from None
    return spool
