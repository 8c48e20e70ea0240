"""Rows that cannot be read, set aside with their place in the input and the reason, never with their text."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import IO

from voc.errors import VocError
from voc.io.atomic import PartialFile, telling_output_errors
from voc.io.chunk import row_place

__all__ = ["Quarantine"]

_KEYS = ("source", "row", "reason")


class Quarantine:
    """A JSON Lines file of rows set aside.

    Each line has `source` (the input), `row` (0-based number of the data row in it), `reason`, and where
    known `column`, `byte_start` and `byte_length` (the row's place in the input, which still holds the text).
    The file appears on `close`, whole, when at least one row was set aside. An earlier quarantine file under
    the same name is replaced, or removed when this time every row was fine.

    As a context manager it leaves no file when the block fails; voc's error then tells of the rows.

    Parameters
    ----------
    path
        The file; its folder is made when needed. None, or the null device, only counts.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        special = path is None or os.fspath(path) == os.devnull
        self.path = None if special or path is None else Path(path)
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self._first = ""
        self._lines: IO[bytes] | None = None  # anonymous: a run that dies leaves nothing beside the output
        self._closed = False

    def add(  # noqa: PLR0917  (the order is that of the file)
        self,
        source: str,
        row: int,
        reason: str,
        column: str | None = None,
        byte_start: int | None = None,
        byte_length: int | None = None,
    ) -> None:
        """Set one row aside. `reason` must not quote the row."""
        self.count += 1
        self.reasons[reason] += 1
        self._first = self._first or f"{row_place(source, row, column)}: {reason}"
        if self.path is None:
            return
        entry = {"source": source, "row": row, "column": column, "reason": reason}
        entry |= {"byte_start": byte_start, "byte_length": byte_length}
        line = json.dumps({k: v for k, v in entry.items() if v is not None}, ensure_ascii=False) + "\n"
        with telling_output_errors(str(self.path)):
            if self._lines is None:
                self._lines = tempfile.SpooledTemporaryFile(1 << 20)  # noqa: SIM115  (closed with this object)
            self._lines.write(line.encode("utf-8", "backslashreplace"))

    @property
    def told(self) -> str:
        """How many rows were set aside, and where the first of them is; empty when there are none."""
        if self.count < 2:
            return self._first and f"a row cannot be read and was left out: {self._first}"
        return f"{self.count:,} rows cannot be read and were left out, the first: {self._first}"

    def close(self) -> None:
        """Write the file when there is anything to tell. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self.path is None:
            return
        if self._lines is not None:
            self._write(self._lines, self.path)
        elif _is_quarantine(self.path):
            with telling_output_errors(str(self.path)):
                self.path.unlink()

    def abort(self) -> None:
        """Leave no file behind."""
        self._closed = True
        if self._lines is not None:
            self._lines.close()

    def _write(self, lines: IO[bytes], path: Path) -> None:
        with telling_output_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = PartialFile(path, force=True)
            try:
                lines.seek(0)
                shutil.copyfileobj(lines, partial.stream)
                partial.commit()
            finally:
                partial.abort()
                lines.close()

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            if isinstance(error, VocError) and self.told:
                error.hint = "; ".join(filter(None, [error.hint, self.told]))
            self.abort()


def _is_quarantine(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        with path.open("rb") as stream:
            entry = json.loads(stream.readline(1 << 20))
        return isinstance(entry, dict) and all(key in entry for key in _KEYS)
    return False
