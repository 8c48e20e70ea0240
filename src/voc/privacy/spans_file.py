"""Writes what was found where, as JSON Lines: `voc mask --spans FILE`."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from voc.errors import OutputError, OutputExistsError
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SpansFile"]


class SpansFile:
    """Observer of masked batches; one line for each row: `{"row": n, "spans": [{"start", "end", …}]}`.

    Rows are numbered from 0 as in the input. Appears whole when the `with` block ends well, else not at all.

    Parameters
    ----------
    path
        Where to write.
    column
        The list column to write; a table without it has no spans.
    force
        Overwrite a file that is there.
    """

    def __init__(self, path: Path, *, column: str = "pii", force: bool = False) -> None:
        self._path = Path(path)
        self._column = column
        if self._path.exists() and not force:
            raise OutputExistsError(str(path))
        self._file: IO[str] | None = None
        self._temporary: Path | None = None
        self._next = 0

    def __enter__(self) -> SpansFile:
        try:
            handle, name = tempfile.mkstemp(prefix=".voc-", suffix=".tmp", dir=self._path.parent or Path())
            self._temporary = Path(name)
            self._file = os.fdopen(handle, "w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise self._error(error) from None
        return self

    def __call__(self, batch: pa.RecordBatch) -> None:
        """Write the rows of one batch."""
        assert self._file is not None, "used outside its with block"
        numbered = ROW_COLUMN in batch.schema.names
        rows = (
            batch.column(ROW_COLUMN).to_pylist()
            if numbered
            else range(self._next, self._next + batch.num_rows)
        )
        self._next += batch.num_rows
        listed = self._column in batch.schema.names
        found = batch.column(self._column).to_pylist() if listed else [None] * batch.num_rows
        try:
            self._file.writelines(_line(row, spans) for row, spans in zip(rows, found, strict=True))
        except OSError as error:
            raise self._error(error) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        assert self._temporary is not None
        try:
            self._file.flush()
            if kind is None:
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                self._temporary.chmod(0o666 & ~_umask())
                self._temporary.replace(self._path)
        except OSError as failure:
            raise self._error(failure) from None
        finally:
            self._temporary.unlink(missing_ok=True)

    def _error(self, error: OSError) -> OutputError:
        return OutputError(f"cannot be written ({error.strerror})", where=str(self._path))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _line(row: int, spans: list[dict[str, object]] | None) -> str:
    told = [
        {
            "start": span["start"],
            "end": span["end"],
            "entity": span["entity"],
            "tier": span["tier"],
            "score": round(float(str(span["score"])), 4),
        }
        for span in spans or []
    ]
    return json.dumps({"row": row, "spans": told}, ensure_ascii=False) + "\n"
