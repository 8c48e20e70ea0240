"""Files that appear whole or not at all: written beside their name, flushed to disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from voc.errors import OutputError, OutputExistsError

__all__ = [
    "PARTIAL_MARK",
    "PartialFile",
    "open_held",
    "output_error",
    "sweep",
    "telling_output_errors",
    "write_bytes",
]

PARTIAL_MARK = ".voc-partial-"
"""Part of the name of every unfinished file: `.<name>.voc-partial-<random>`."""

_HINTS = {
    errno.ENOSPC: "free some space or write to another disk",
    errno.EDQUOT: "the disk quota is used up: free some space or write elsewhere",
    errno.EACCES: "choose a folder that can be written",
    errno.EPERM: "choose a folder that can be written",
    errno.EROFS: "the disk is read-only: choose another folder",
    errno.ENOENT: "make the folder first",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "that is a folder: give the name of a file",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EFBIG: "write to several files, or lift the file size limit",
    errno.EPIPE: "the program that reads this output has stopped",
}


def output_error(error: OSError, where: str) -> OutputError:
    """Build the error for a failed write. Only the kind of failure is told, never data."""
    kind = os.strerror(error.errno) if error.errno else type(error).__name__
    return OutputError(
        f"cannot be written ({kind})", where=where, hint=_HINTS.get(error.errno or 0, "check the disk")
    )


@contextlib.contextmanager
def telling_output_errors(where: str) -> Iterator[None]:
    """Turn an OSError inside the block into an OutputError that names `where`."""
    try:
        yield
    except OSError as error:
        raise output_error(error, where) from None


def open_held(path: Path, mode: int = 0o666) -> int:
    """Create an unfinished file and lock it while it is open, so that `sweep` knows that its writer lives.

    Returns the file descriptor. Raises OSError.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    while True:
        handle = os.open(path, flags, mode)
        _lock(handle, wait=True)
        if _is_there(handle, path):
            return handle
        os.close(handle)  # swept by another process before it was locked


def sweep(folder: Path, prefix: str) -> None:
    """Remove unfinished files `<prefix>.voc-partial-…` whose writer was killed."""
    for path in folder.glob(f"{glob.escape(prefix)}{PARTIAL_MARK}*"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR)
            try:
                if _lock(handle) and _is_there(handle, path):
                    path.unlink()
            finally:
                os.close(handle)


def _lock(handle: int, *, wait: bool = False) -> bool:
    """Lock an open file; False while another process holds it, or where the system knows no such locks."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


def _is_there(handle: int, path: Path) -> bool:
    """Whether an open file is still what stands there."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


class PartialFile:
    """An output under way.

    The bytes go to `.<name>.voc-partial-<random>` in the same folder; `commit` renames it, `abort` removes
    it. A process that is killed leaves its file behind; the next one that writes this output removes it, as
    nobody holds its lock any more. A link is followed, and what stands there keeps its permissions.
    Something that is no regular file, such as `/dev/stdout` or a named pipe, is written in place and never
    replaced.

    Parameters
    ----------
    path
        The output.
    force
        Overwrite what stands there.
    private
        Only its owner may read it, from the first byte on; what stands there does not matter.

    Raises
    ------
    OutputExistsError
        When the output is there and `force` is not given.
    OutputError
        When the folder is missing or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, force: bool = False, private: bool = False) -> None:
        self._private = private
        self.name = os.fspath(path)
        self.target = Path(os.path.realpath(path))
        self._force = force
        self._done = False
        with telling_output_errors(self.name):
            self.in_place = _is_special(self.target)
            if self.target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "")
            if self.target.exists() and not self.in_place and not force:
                raise OutputExistsError(self.name)
            self.path = self.target if self.in_place else self._beside()
            self.stream: IO[bytes] = self._open()

    def commit(self) -> None:
        """Flush, close and rename. Afterwards the output is there, whole."""
        if self._done:
            return
        with telling_output_errors(self.name):
            try:
                self._flush()
                if not self.in_place:
                    self._rename()
            except BaseException:
                self.abort()
                raise
        self._done = True

    def abort(self) -> None:
        """Remove the unfinished file. Harmless when there is nothing left to remove."""
        if self._done:
            return
        self._done = True
        with contextlib.suppress(OSError):
            self.stream.close()
        if not self.in_place:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def _beside(self) -> Path:
        return self.target.with_name(f".{self.target.name}{PARTIAL_MARK}{secrets.token_hex(4)}")

    def _open(self) -> IO[bytes]:
        if self.in_place:
            return self.path.open("wb")
        sweep(self.target.parent, f".{self.target.name}")
        handle = open_held(self.path, 0o600 if self._private else 0o666)
        if self.target.exists() and not self._private:
            os.fchmod(handle, stat.S_IMODE(self.target.stat().st_mode))
        return os.fdopen(handle, "w+b", buffering=1 << 20)

    def _flush(self) -> None:
        if self.stream.closed:
            return
        self.stream.flush()
        if not self.in_place:
            os.fsync(self.stream.fileno())
        self.stream.close()

    def _rename(self) -> None:
        if self._force:
            self.path.replace(self.target)
            return
        try:
            os.link(self.path, self.target)  # fails when another process has made the output meanwhile
        except FileExistsError:
            raise OutputExistsError(self.name) from None
        except OSError:
            if self.target.exists():
                raise OutputExistsError(self.name) from None
            self.path.replace(self.target)
        else:
            self.path.unlink()


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def write_bytes(path: str | os.PathLike[str], data: bytes, force: bool = False) -> None:
    """Write a small file whole or not at all.

    Raises
    ------
    OutputExistsError
        When the file is there and `force` is not given.
    OutputError
        When it cannot be written.
    """
    partial = PartialFile(path, force=force)
    try:
        with telling_output_errors(partial.name):
            partial.stream.write(data)
        partial.commit()
    finally:
        partial.abort()
