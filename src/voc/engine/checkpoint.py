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
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import voc
from voc.engine import wire
from voc.engine.private_folder import PrivateFolder
from voc.errors import OutputError
from voc.io import write_bytes
from voc.io.atomic import telling_output_errors
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.chain import StageChain
    from voc.engine.endpoints import InputIdentity

__all__ = ["Checkpoint", "chain_key", "run_key"]

_KEY_FILE = "key.json"
_SUFFIX = ".arrow"


def run_key(inputs: Sequence[InputIdentity], chain: StageChain, chunk_rows: int) -> str | None:
    """Hex digest of all that decides the chunks of a run; None when an input has no digest to tell it by."""
    if not inputs or not all(item.sha256 for item in inputs):
        return None
    files = [[str(item.path), item.bytes, item.sha256] for item in inputs]
    return _digest({**_chain_facts(chain), "inputs": files, "chunk_rows": chunk_rows})


def chain_key(chain: StageChain) -> str:
    """Hex digest of all that decides the result of a row, besides the row."""
    return _digest(_chain_facts(chain))


def _chain_facts(chain: StageChain) -> dict[str, Any]:
    return {
        "voc": voc.__version__,
        "stages": [[stage.name, stage.fingerprint()] for stage in chain.stages],
        "schemas": [schema.serialize().to_pybytes().hex() for schema in chain.schemas],
    }


def _digest(facts: Mapping[str, Any]) -> str:
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
    resume
        Take up the chunks of an earlier run; else they are removed.

    Raises
    ------
    OutputError
        When the folder cannot be made, or another run is using it.
    UsageError
        When the folder holds something else than a checkpoint.
    """

    def __init__(self, folder: Path, key: str, schema: pa.Schema, *, resume: bool = True) -> None:
        self.folder = folder
        self._schema = schema
        self.dropped = False
        """True once a chunk could not be stored: the folder is gone, and the run goes on without."""
        self._private = PrivateFolder(folder, _KEY_FILE, "checkpoint")
        with self._private.released_on_error():
            self._files = self._taken_up(key, resume=resume)

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
        self._private.release()

    def _taken_up(self, key: str, *, resume: bool) -> dict[int, Path]:
        """Files of finished chunks by number, after removing what is left of runs with another key."""
        key_file = self.folder / _KEY_FILE
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if resume and json.loads(key_file.read_bytes()).get("key") == key:
                return {int(path.name[:8]): path for path in sorted(self.folder.glob(f"[0-9]*{_SUFFIX}"))}
        with telling_output_errors(str(self.folder)):
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
