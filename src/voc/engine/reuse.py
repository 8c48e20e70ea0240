"""Results of the last run, row by row, so that the next one works on new and changed rows only.

A store holds the results in the order of the rows (`<generation>.arrow`, an uncompressed Arrow file that is
mapped, not read) and sorted runs of the rows' keyed digests with the place of each result
(`<generation>-000.npy` …). What is looked up stays on disk, so memory does not grow with the rows; a run of
digests is sorted at a time. `key.json` is written last and names the generation that counts; it also says
under which stages, models, lexicons and version of voc the results were made: under any others they are not
used. Only its user may enter the folder. The results are masked text, as the outputs are.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from voc.engine.private_folder import PrivateFolder
from voc.engine.row_digests import RowDigests
from voc.io import write_bytes
from voc.io.atomic import telling_output_errors
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Reuse", "RowReuse"]

_KEY_FILE = "key.json"
_RUN_ROWS = 1 << 22
"""Digests that are sorted at a time: 64 MB of them."""


@dataclass(frozen=True)
class RowReuse:
    """Where the results of the last run are, and the key of the digests."""

    folder: Path
    secret: bytes

    def __repr__(self) -> str:
        return f"RowReuse({str(self.folder)!r})"


class _Look(NamedTuple):
    """What is known of a chunk that is under way."""

    digests: NDArray[np.uint64]
    places: NDArray[np.int64]
    """Place in the store of each row's result; -1 for a row that is new."""
    rows: pa.Array
    """Numbers of the rows in the input."""


class Reuse:
    """The store of one run: results of the last one to take from, and a new generation to fill.

    Parameters
    ----------
    spec
        Where it is.
    key
        `voc.engine.checkpoint.chain_key` of the run.
    schema
        Schema of the results, with `__row__`.

    Raises
    ------
    OutputError
        When the folder cannot be used, or another run is using it.
    UsageError
        When the folder holds something else.
    """

    def __init__(self, spec: RowReuse, key: str, schema: pa.Schema) -> None:
        self._folder = PrivateFolder(spec.folder, _KEY_FILE, "row store")
        self.rows_reused = 0
        self._key = key
        self._digests = RowDigests(spec.secret)
        self._looks: dict[int, _Look] = {}
        with self._folder.released_on_error(), telling_output_errors(str(spec.folder)):
            if not (spec.folder / _KEY_FILE).exists():  # from now on the folder is known for what it is
                write_bytes(spec.folder / _KEY_FILE, b"{}")
            self._last = _Generation.open(spec.folder, key, schema)
            self._next = _NewGeneration(spec.folder, schema)

    def fresh(self, number: int, chunk: pa.RecordBatch) -> pa.RecordBatch | None:
        """Return those rows of a chunk whose results are not known; None when all are known."""
        import pyarrow as pa

        digests = self._digests(chunk)
        places = self._last.places(digests)
        self._looks[number] = _Look(digests, places, chunk.column(ROW_COLUMN))
        new = places < 0
        if new.all():
            return chunk
        return chunk.filter(pa.array(new)) if new.any() else None

    def whole(self, number: int, result: pa.RecordBatch | None) -> pa.RecordBatch:
        """Return the results of a chunk: those just made for its fresh rows, and those of the last run."""
        import pyarrow as pa

        look = self._looks[number]
        known = np.flatnonzero(look.places >= 0)
        self.rows_reused += len(known)
        if not len(known):
            assert result is not None
            return result
        parts = [self._last.take(look.places[known]), *([] if result is None else [result])]
        order = np.argsort(np.concatenate([known, np.flatnonzero(look.places < 0)]), kind="stable")
        table = pa.Table.from_batches(parts).combine_chunks()
        [batch] = (table if result is None else table.take(pa.array(order))).combine_chunks().to_batches()
        place = batch.schema.get_field_index(ROW_COLUMN)
        columns = [look.rows if at == place else column for at, column in enumerate(batch.columns)]
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)

    def keep(self, number: int, results: pa.RecordBatch) -> None:
        """Put the results of the next chunk in order into the new generation."""
        with telling_output_errors(str(self._folder.path)):
            self._next.add(self._looks.pop(number).digests, results)

    def commit(self) -> None:
        """Let the new generation take the place of the last one."""
        with telling_output_errors(str(self._folder.path)):
            facts = self._next.finish()
            self._last.close()
            write_bytes(
                self._folder.path / _KEY_FILE, json.dumps({"key": self._key, **facts}).encode(), force=True
            )
            _remove_others(self._folder.path, facts["generation"])

    def release(self) -> None:
        """Let go of the folder. Without a `commit`, the last generation stays the one that counts."""
        self._last.close()
        self._next.abort()
        self._folder.release()


class _Generation:
    """Results of a finished run; an empty one where there are none that can be used."""

    def __init__(self) -> None:
        self._offsets: NDArray[np.int64] = np.zeros(1, np.int64)
        self._runs: list[NDArray[np.uint64]] = []
        self._file: pa.ipc.RecordBatchFileReader | None = None
        self._map: pa.MemoryMappedFile | None = None

    @classmethod
    def open(cls, folder: Path, key: str, schema: pa.Schema) -> _Generation:
        """Open the generation that counts. Whatever is wrong with it, all rows can be done again."""
        import pyarrow as pa

        found = cls()
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            facts = json.loads((folder / _KEY_FILE).read_bytes())
            if facts["key"] != key or not _sizes_stand(folder, facts["files"]):
                return cls()
            name = facts["generation"]
            found._map = pa.memory_map(str(folder / f"{name}.arrow"))
            found._file = pa.ipc.open_file(found._map)
            if not found._file.schema.equals(schema, check_metadata=True):
                return cls()
            found._offsets = np.asarray(facts["offsets"], np.int64)
            runs = sorted(folder.glob(f"{name}-*.npy"))
            found._runs = [np.load(path, mmap_mode="r") for path in runs]
            return found
        return cls()

    def places(self, digests: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Place of the result of each digest; -1 where there is none."""
        places = np.full(len(digests), -1, np.int64)
        for run in self._runs:
            wanted = np.flatnonzero(places < 0)
            at = np.searchsorted(run[0], digests[wanted, 0])
            at = np.minimum(at, run.shape[1] - 1)
            same = (run[0, at] == digests[wanted, 0]) & (run[1, at] == digests[wanted, 1])
            places[wanted[same]] = run[2, at[same]].astype(np.int64)
        return places

    def take(self, places: NDArray[np.int64]) -> pa.RecordBatch:
        """Return the results at these places, in their order."""
        import pyarrow as pa

        assert self._file is not None
        order = np.argsort(places, kind="stable")
        ordered = places[order]
        blocks = np.searchsorted(self._offsets, ordered, side="right") - 1
        parts = []
        for block in np.unique(blocks).tolist():
            local = ordered[blocks == block] - self._offsets[block]
            parts.append(self._file.get_batch(block).take(pa.array(local)))
        table = pa.Table.from_batches(parts).combine_chunks()
        if not np.array_equal(order, np.arange(len(order))):
            table = table.take(pa.array(np.argsort(order, kind="stable"))).combine_chunks()
        [batch] = table.to_batches()
        return batch

    def close(self) -> None:
        """Let go of the files."""
        self._runs = []
        self._file = None
        if self._map is not None:
            self._map.close()
            self._map = None


class _NewGeneration:
    """Results of the run that is under way."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        import pyarrow as pa

        self._folder = folder
        self._name = secrets.token_hex(4)
        self._offsets = [0]
        self._waiting: list[NDArray[np.uint64]] = []
        self._waiting_rows = 0
        self._sorted_rows = 0
        self._runs = 0
        self._stream = (folder / f"{self._name}.arrow").open("xb")
        self._writer = pa.ipc.new_file(self._stream, schema)
        self._done = False

    def add(self, digests: NDArray[np.uint64], results: pa.RecordBatch) -> None:
        self._writer.write_batch(results)
        self._offsets.append(self._offsets[-1] + results.num_rows)
        self._waiting.append(digests)
        self._waiting_rows += len(digests)
        if self._waiting_rows >= _RUN_ROWS:
            self._sort_run()

    def finish(self) -> dict[str, Any]:
        """Bring all to disk; return what `key.json` says of it."""
        if self._waiting_rows:
            self._sort_run()
        self._writer.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._done = True
        files = {path.name: path.stat().st_size for path in sorted(self._folder.glob(f"{self._name}*"))}
        return {"generation": self._name, "offsets": self._offsets, "files": files}

    def abort(self) -> None:
        """Remove what was written, unless it is finished."""
        if self._done:
            return
        self._done = True
        with contextlib.suppress(Exception):  # a full disk
            self._writer.close()
        with contextlib.suppress(OSError):
            self._stream.close()
            for path in self._folder.glob(f"{self._name}*"):
                path.unlink()

    def _sort_run(self) -> None:
        digests = np.concatenate(self._waiting)
        places = np.arange(self._sorted_rows, self._sorted_rows + len(digests), dtype=np.uint64)
        order = np.argsort(digests[:, 0], kind="stable")
        run = np.stack([digests[order, 0], digests[order, 1], places[order]])
        with (self._folder / f"{self._name}-{self._runs:03}.npy").open("xb") as stream:
            np.save(stream, run)
            stream.flush()
            os.fsync(stream.fileno())
        self._sorted_rows += len(digests)
        self._waiting, self._waiting_rows = [], 0
        self._runs += 1


def _sizes_stand(folder: Path, sizes: dict[str, int]) -> bool:
    return all((folder / name).stat().st_size == size for name, size in sizes.items())


def _remove_others(folder: Path, generation: str) -> None:
    for path in folder.iterdir():
        if path.name != _KEY_FILE and not path.name.startswith(generation):
            with contextlib.suppress(OSError):
                path.unlink()
