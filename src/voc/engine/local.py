"""Runs text stages over a stream: in this process, in a pool of worker processes, or in any other pool.

The rows come out in the order in which they went in, and the result does not depend on the number of workers
or the size of the chunks. At most two chunks for each worker are under way, so memory does not grow with the
input.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.engine.chain import StageChain
from voc.engine.checkpoint import Checkpoint, chain_key, run_key
from voc.engine.chunks import rechunk
from voc.engine.flow import Flow
from voc.engine.interrupts import stoppable, undisturbed
from voc.engine.progress import Progress, SilentProgress
from voc.errors import InputError, InterruptedRunError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.endpoints import BatchSink, BatchSource
    from voc.engine.flow import OpenPool
    from voc.engine.reuse import Reuse, RowReuse
    from voc.types import Stage

__all__ = ["DEFAULT_CHUNK_ROWS", "RunStats", "available_cores", "run", "run_in_process"]

DEFAULT_CHUNK_ROWS = 4096


@dataclass(frozen=True)
class RunStats:
    """What a run did."""

    rows: int
    """Rows written."""
    chunks: int
    rows_resumed: int
    """Rows that an earlier, interrupted run had finished."""
    workers: int
    """Processes that worked on chunks; 1 is this process."""
    seconds: float
    rows_reused: int = 0
    """Rows whose results the last run had made."""
    checkpoint_dropped: bool = False
    """True when the disk had no room for checkpoints, so that the run went on without them."""

    @property
    def rows_per_second(self) -> float:
        """Rows written by second of wall-clock time."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0


def available_cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    source: BatchSource,
    stages: Sequence[Stage],
    sink: BatchSink,
    *,
    workers: int | None = None,
    chunk_rows: int = DEFAULT_CHUNK_ROWS,
    checkpoint: Path | None = None,
    resume: bool = True,
    reuse: RowReuse | None = None,
    progress: Progress | None = None,
    observers: Sequence[Callable[[pa.RecordBatch], None]] = (),
    label: str | None = None,
    open_pool: OpenPool | None = None,
) -> RunStats:
    """Run stages over all rows of a source into a sink, and close the sink.

    Parameters
    ----------
    source, sink
        Where batches come from and go to. The sink appears whole, or is aborted.
    stages
        Run one after the other on each chunk.
    workers
        Number of processes; all cores that may be used when not given. With 1, or for a single chunk, the
        work is done in this process.
    chunk_rows
        Rows that a worker takes at a time.
    checkpoint
        Folder that keeps finished chunks, so that an interrupted run goes on where it was. Removed on
        success; not used for inputs without a digest.
    resume
        Take up such chunks; else they are removed and all is done again.
    reuse
        Results of the last run: rows that are the same as then are not worked on again.
    progress
        Told the rows that are written.
    observers
        Called with every result in order, in this process, after it was written.
    label
        What progress calls the run; the names of the stages when not given.
    open_pool
        Makes the pool that does the work, executors of a cluster for example; processes when not given.

    Raises
    ------
    StageError
        When a stage fails: its name, the rows and the type of the exception, never its message.
    WorkerDiedError
        When a worker process was killed.
    InterruptedRunError
        When the user stopped the run by Ctrl-C or SIGTERM.
    UsageError
        When `workers` or `chunk_rows` is below 1.
    VocError
        What the source, a stage, the sink or the checkpoint folder says.
    """
    workers = available_cores() if workers is None else _positive("workers", workers)
    rows = _positive("chunk_rows", chunk_rows)
    job = _Job(source, tuple(stages), sink, workers, rows, open_pool, resume, reuse)
    progress = progress or SilentProgress()
    try:
        with stoppable():
            return job.run(checkpoint, progress, observers, label)
    except BaseException as error:
        with undisturbed():
            sink.abort()
        if not isinstance(error, KeyboardInterrupt):
            raise
    finally:
        progress.stop()
    raise _stopped(checkpoint)


def run_in_process(stages: Sequence[Stage], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Run stages over batches in this process, batch by batch, with the same checks as `run`.

    The batches hold `__row__`. Nothing is loaded when there are none.
    """
    remaining = iter(batches)
    first = next(remaining, None)
    if first is None:
        return
    chain = StageChain.plan(stages, first.schema)
    function = chain.build()
    for batch in itertools.chain([first], remaining):
        yield function(_conformed(batch, chain.schemas[0]))


@dataclass(frozen=True)
class _Job:
    source: BatchSource
    stages: tuple[Stage, ...]
    sink: BatchSink
    workers: int
    chunk_rows: int
    open_pool: OpenPool | None = None
    resume: bool = True
    reuse: RowReuse | None = None

    def run(
        self,
        folder: Path | None,
        progress: Progress,
        observers: Sequence[Callable[[pa.RecordBatch], None]],
        label: str | None,
    ) -> RunStats:
        began = time.perf_counter()
        chain = StageChain.plan(self.stages, self.source.schema)
        name = label or " + ".join(stage.name for stage in self.stages) or "copy"
        progress.start(name, self.source.rows_known)
        rows = 0
        with ExitStack() as stack:
            store = self._store(folder, chain)
            if store is not None:
                stack.callback(store.release)
            reuse = self._reuse(chain)
            if reuse is not None:
                stack.callback(reuse.release)
            flow = Flow(chain, self.workers, store, self.open_pool, reuse)
            results = stack.enter_context(closing(flow.results(self._chunks(chain.schemas[0]))))
            for batch in results:
                self.sink.write(batch)
                for observe in observers:
                    observe(batch)
                rows += batch.num_rows
                progress.advance(batch.num_rows)
            self.sink.close()
            if reuse is not None:
                reuse.commit()
            if store is not None:
                store.remove()
        seconds = time.perf_counter() - began
        dropped = store is not None and store.dropped
        reused = 0 if reuse is None else reuse.rows_reused
        return RunStats(rows, flow.chunks, flow.rows_resumed, flow.processes, seconds, reused, dropped)

    def _chunks(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return rechunk((_conformed(batch, schema) for batch in self.source.batches()), self.chunk_rows)

    def _store(self, folder: Path | None, chain: StageChain) -> Checkpoint | None:
        if folder is None:
            return None
        key = run_key(self.source.inputs, chain, self.chunk_rows)
        return None if key is None else Checkpoint(folder, key, chain.output_schema, resume=self.resume)

    def _reuse(self, chain: StageChain) -> Reuse | None:
        if self.reuse is None:
            return None
        from voc.engine.reuse import Reuse

        return Reuse(self.reuse, chain_key(chain), chain.output_schema)


def _conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch under the schema that the source promised."""
    import pyarrow as pa

    if batch.schema.equals(schema, check_metadata=True):
        return batch
    columns = []
    for field in schema:
        number = batch.schema.get_field_index(field.name)
        if number < 0 or batch.schema.field(number).type != field.type:
            raise InputError(
                f"the source gave a batch whose column {field.name!r} is missing or of another type"
            )
        columns.append(batch.column(number))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _positive(name: str, value: int) -> int:
    if value < 1:
        raise UsageError(f"must be at least 1, not {value}", where=name)
    return value


def _stopped(folder: Path | None) -> InterruptedRunError:
    kept = folder is not None and folder.is_dir()
    hint = "run the same again: it goes on after the chunks that are done" if kept else None
    return InterruptedRunError("stopped; no output was written", hint=hint)
