"""Several files that join a folder together: staged beside their names, listed in a journal, then renamed.

A process that dies before the journal is written has changed nothing; one that dies after it has left all
that `finish` needs to bring the append to its end. `expand` refuses a folder whose journal is still there, so
that voc never reads half an append. A file's name comes from its content: the same rows appended twice are
there once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from voc.io.atomic import PARTIAL_MARK, open_held, sweep, telling_output_errors, write_bytes

__all__ = ["Append", "StagedFile", "finish", "unfinished"]

_JOURNAL = ".voc-append-"


class StagedFile:
    """A file of an append: whole and on disk after `commit`, but not yet under its name."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self.path = folder / f".part{PARTIAL_MARK}{secrets.token_hex(4)}"
        self.in_place = False
        with telling_output_errors(self.name):
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder, ".part")
            self.stream: IO[bytes] = os.fdopen(open_held(self.path), "w+b", buffering=1 << 20)

    def commit(self) -> None:
        """Bring the bytes to disk. The file stays open, and thereby locked, until it has its name."""
        with telling_output_errors(self.name):
            self.stream.flush()
            os.fsync(self.stream.fileno())

    def abort(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            self.stream.close()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def digest(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of the content."""
        with telling_output_errors(self.name), self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


class Append:
    """Files on their way into a folder.

    Parameters
    ----------
    folder
        Made when it is not there. An append that stopped half-way is finished first.

    Raises
    ------
    OutputError
        When the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._staged: list[StagedFile] = []
        self._made = not folder.exists()
        with telling_output_errors(str(folder)):
            if folder.exists() and not folder.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "")
            folder.mkdir(parents=True, exist_ok=True)
        finish(folder)

    def stage(self, place: str) -> StagedFile:
        """Begin a file in the sub-folder `place`."""
        staged = StagedFile(self.folder / place)
        self._staged.append(staged)
        return staged

    def commit(self, remove: Iterable[str] = ()) -> tuple[str, ...]:
        """Let all files appear. Every one has been committed by then.

        Parameters
        ----------
        remove
            Files, relative to the folder, whose place the new ones take.

        Returns
        -------
        tuple of str
            Names of the new files, relative to the folder, in the order in which they were staged.
        """
        renames = {}
        for staged in self._staged:
            final = staged.path.with_name(f"part-{staged.digest()}.parquet")
            renames[self._relative(staged.path)] = self._relative(final)
        gone = sorted(set(remove) - set(renames.values()))
        journal = self.folder / f"{_JOURNAL}{secrets.token_hex(4)}.json"
        write_bytes(journal, json.dumps({"rename": renames, "remove": gone}).encode())
        _carry_out(journal)
        for staged in self._staged:
            staged.stream.close()
        self._staged = []
        return tuple(renames.values())

    def abort(self) -> None:
        """Leave the folder as it was."""
        for staged in self._staged:
            staged.abort()
        places = {staged.path.parent for staged in self._staged}
        self._staged = []
        for place in [*sorted(places, reverse=True), *([self.folder] if self._made else [])]:
            with contextlib.suppress(OSError):  # it holds other files
                place.rmdir()

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def unfinished(folder: Path) -> Sequence[Path]:
    """Journals of appends that have not come to their end."""
    return sorted(folder.glob(f"{_JOURNAL}*.json"))


def finish(folder: Path) -> None:
    """Bring appends that stopped half-way to their end. Raises OutputError when the disk refuses."""
    for journal in unfinished(folder):
        _carry_out(journal)


def _carry_out(journal: Path) -> None:
    folder = journal.parent
    with telling_output_errors(str(folder)):
        try:
            todo = json.loads(journal.read_bytes())
        except FileNotFoundError:
            return  # another process has just carried it out
        for staged, final in todo["rename"].items():
            with contextlib.suppress(FileNotFoundError):  # renamed already
                (folder / staged).replace(folder / final)
        for name in todo["remove"]:
            (folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other files are still in it
                (folder / name).parent.rmdir()
        journal.unlink(missing_ok=True)
