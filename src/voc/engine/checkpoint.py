"""Finished chunks on disk, from which an interrupted run goes on.

A checkpoint folder holds `key.json` and a file for each chunk, `00000012-<bytes>-<digest>.arrow`: an Arrow
IPC stream of the stages' output (masked text, never the input). The name carries length and digest of the
content, so a torn or altered file is found out and its chunk done again. Only its user may enter the folder,
and it is locked while a run works in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import voc
from voc.engine import wire
from voc.errors import OutputError, UsageError
from voc.io import write_bytes
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.chain import StageChain
    from voc.engine.endpoints import InputIdentity

__all__ = ["Checkpoint", "run_key"]

_KEY_FILE = "key.json"
_SUFFIX = ".arrow"


def run_key(inputs: Sequence[InputIdentity], chain: StageChain, chunk_rows: int) -> str | None:
    """Hex digest of all that decides the chunks of a run; None when an input has no digest to tell it by."""
    if not inputs or not all(item.sha256 for item in inputs):
        return None
    facts = {
        "voc": voc.__version__,
        "inputs": [[str(item.path), item.bytes, item.sha256] for item in inputs],
        "stages": [[stage.name, stage.fingerprint()] for stage in chain.stages],
        "schemas": [schema.serialize().to_pybytes().hex() for schema in chain.schemas],
        "chunk_rows": chunk_rows,
    }
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


class Checkpoint:
    """The finished chunks of one run.

    Opening takes up the chunks of an earlier run with the same key and removes those of any other.

    Parameters
    ----------
    folder
        Made when it is not there, with access for its user only.
    key
        What `run_key` gave.
    schema
        Schema of the results, with `__row__`.

    Raises
    ------
    OutputError
        When the folder cannot be made, or another run is using it.
    UsageError
        When the folder holds something else than a checkpoint.
    """

    def __init__(self, folder: Path, key: str, schema: pa.Schema) -> None:
        self.folder = folder
        self._schema = schema
        self.dropped = False
        """True once a chunk could not be stored: the folder is gone, and the run goes on without."""
        with _telling(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            self._check_ours()
            folder.chmod(0o700)
            self._lock: int | None = _locked(folder)
            try:
                self._files = self._taken_up(key)
            except BaseException:
                self.release()
                raise

    def load(self, number: int, chunk: pa.RecordBatch) -> pa.RecordBatch | None:
        """Return the stored result of a chunk; None when there is none, or it is damaged."""
        path = self._files.pop(number, None)
        if path is None:
            return None
        with contextlib.suppress(Exception):  # whatever is wrong with the file, the chunk can be done again
            data = path.read_bytes()
            batch = wire.decode(data) if path.name == _name(number, data) else None
            if batch is not None and self._fits(batch, chunk):
                return batch
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def store(self, number: int, data: bytes | pa.Buffer) -> None:
        """Keep the result of a chunk. A full disk costs the checkpoint, not the run."""
        if self.dropped:
            return
        try:
            write_bytes(self.folder / _name(number, data), data, force=True)
        except OutputError:
            self.dropped = True
            shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder: the run is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def release(self) -> None:
        """Let go of the folder; what is in it stays."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _check_ours(self) -> None:
        names = [path.name for path in self.folder.iterdir() if not path.name.startswith(".")]
        if names and _KEY_FILE not in names:
            hint = "give an empty folder or a new name"
            raise UsageError("is not a checkpoint folder", where=str(self.folder), hint=hint)

    def _taken_up(self, key: str) -> dict[int, Path]:
        """Files of finished chunks by number, after removing what is left of runs with another key."""
        key_file = self.folder / _KEY_FILE
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if json.loads(key_file.read_bytes()).get("key") == key:
                return {int(path.name[:8]): path for path in sorted(self.folder.glob(f"[0-9]*{_SUFFIX}"))}
        for path in self.folder.iterdir():
            path.unlink()
        write_bytes(key_file, json.dumps({"key": key}).encode(), force=True)
        return {}

    def _fits(self, batch: pa.RecordBatch, chunk: pa.RecordBatch) -> bool:
        same_columns = batch.schema.equals(self._schema, check_metadata=True)
        return same_columns and bool(batch.column(ROW_COLUMN).equals(chunk.column(ROW_COLUMN)))


def _name(number: int, data: bytes | pa.Buffer) -> str:
    view = memoryview(data)
    return f"{number:08}-{view.nbytes}-{hashlib.blake2b(view, digest_size=16).hexdigest()}{_SUFFIX}"


@contextlib.contextmanager
def _telling(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = error.strerror or type(error).__name__
        raise OutputError(f"the checkpoint folder cannot be used ({kind})", where=str(folder)) from None


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
