"""Folders beside an output that one run at a time works in, and that only their user may enter."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from voc.errors import OutputError, UsageError

__all__ = ["PrivateFolder"]


class PrivateFolder:
    """A locked folder.

    Parameters
    ----------
    folder
        Made when it is not there, with access for its user only.
    mark
        File that shows that the folder is what it is taken for.
    what
        What it is called in messages, for example `checkpoint`.

    Raises
    ------
    OutputError
        When the folder cannot be made, or another run is using it.
    UsageError
        When the folder holds something else.
    """

    def __init__(self, folder: Path, mark: str, what: str) -> None:
        self.path = folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            self._check_ours(mark, what)
            folder.chmod(0o700)
            self._lock: int | None = _locked(folder)
        except OSError as error:
            kind = error.strerror or type(error).__name__
            raise OutputError(f"the {what} folder cannot be used ({kind})", where=str(folder)) from None

    def release(self) -> None:
        """Let go of the folder; what is in it stays."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextlib.contextmanager
    def released_on_error(self) -> Iterator[None]:
        """Let go of the folder when the block raises."""
        try:
            yield
        except BaseException:
            self.release()
            raise

    def _check_ours(self, mark: str, what: str) -> None:
        names = [path.name for path in self.path.iterdir() if not path.name.startswith(".")]
        if names and mark not in names:
            hint = "give an empty folder or a new name"
            raise UsageError(f"is not a {what} folder", where=str(self.path), hint=hint)


def _locked(folder: Path) -> int | None:
    """Lock a folder for this process; None where the system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise OutputError(
            "another run is at work on this output", where=str(folder), hint="wait until it ends"
        ) from None
    return handle
