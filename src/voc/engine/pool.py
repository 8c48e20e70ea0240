"""A pool of worker processes whose death, stop and memory are under control.

`concurrent.futures.ProcessPoolExecutor` takes any number of tasks, pickles them, says of a killed worker only
that the pool is broken, and prints tracebacks with messages on Ctrl-C; hence a small pool of our own over
`multiprocessing`: one pipe a worker, at most two chunks on it, and a wait for pipes and processes together.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import connection as mp_connection
from typing import TYPE_CHECKING, Any

from voc.engine import processes, wire
from voc.engine.chain import StageChain, rows_named
from voc.engine.worker import work
from voc.errors import StageError, VocError, WorkerDiedError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import pyarrow as pa

__all__ = ["QUEUED_PER_WORKER", "Result", "WorkerPool"]

QUEUED_PER_WORKER = 2
"""Chunks with a worker: one at work, one that waits, so that the worker never does."""

_ALWAYS = ("pyarrow", "pyarrow.compute", "pandas")
"""Modules that every stage comes to need; pyarrow imports pandas as soon as it makes an array from a list."""

Result = tuple[int, bytes | VocError]
"""Number of a chunk, and its result as an Arrow IPC stream, or what went wrong with it."""


@dataclass
class _Worker:
    process: Any  # the process classes of the contexts have no common public type
    connection: Connection
    rows: dict[int, str] = field(default_factory=dict)
    """Rows of each chunk that it has, by the chunk's number."""


class WorkerPool:
    """Processes that turn chunks into results.

    Use it in a `with` block: leaving it normally lets the workers end by themselves, an exception ends them
    at once. No worker outlives the block, nor the process that opened it.

    Parameters
    ----------
    chain
        What the workers run.
    workers
        How many.
    codec
        Compression of the results.
    """

    def __init__(self, chain: StageChain, workers: int, codec: str | None = None) -> None:
        self._chain = chain
        self._count = workers
        self._codec = codec
        self._workers: list[_Worker] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._finish()
        else:
            self._kill()

    @property
    def processes(self) -> int:
        """Number of workers."""
        return self._count

    @property
    def capacity(self) -> int:
        """Chunks that may be under way."""
        return self._count * QUEUED_PER_WORKER

    @property
    def pending(self) -> int:
        """Number of chunks that the workers have."""
        return sum(len(worker.rows) for worker in self._workers)

    def submit(self, number: int, chunk: pa.RecordBatch) -> None:
        """Give a chunk to the worker that has the fewest. The first call starts the workers.

        Raises
        ------
        WorkerDiedError
            When that worker has been killed.
        """
        if not self._workers:
            self._start()
        worker = min(self._workers, key=lambda worker: len(worker.rows))
        worker.rows[number] = rows_named(chunk)
        with contextlib.suppress(OSError):  # a worker that has gone is told by `results`, with its last words
            wire.send(worker.connection, wire.BATCH, number, wire.encode(chunk))

    def results(self, *, block: bool) -> Iterator[Result]:
        """Give the results that are there, in the order in which they come; with `block`, wait for one.

        Raises
        ------
        WorkerDiedError
            When a worker has been killed.
        VocError
            When a worker cannot load its stages.
        """
        if not self.pending:
            return
        by_handle: dict[Any, _Worker] = {}
        for worker in self._workers:
            by_handle[worker.connection] = worker
            by_handle[worker.process.sentinel] = worker
        ready = mp_connection.wait(list(by_handle), None if block else 0)
        for worker in {id(by_handle[handle]): by_handle[handle] for handle in ready}.values():
            yield from self._read(worker)

    def _read(self, worker: _Worker) -> Iterator[Result]:
        try:
            while worker.connection.poll():
                message = wire.receive(worker.connection)
                if message.kind == wire.BROKEN:
                    raise wire.decode_error(message.body)
                del worker.rows[message.number]
                failed = message.kind == wire.ERROR
                yield message.number, wire.decode_error(message.body) if failed else message.body
        except (EOFError, OSError):
            raise self._death(worker) from None
        if not worker.process.is_alive() and not worker.connection.poll():
            raise self._death(worker)

    def _death(self, worker: _Worker) -> WorkerDiedError:
        worker.process.join(processes.PATIENCE)
        code = worker.process.exitcode
        had = " and ".join(worker.rows.values()) or "no rows"
        hint = "if memory ran out, take fewer --workers; finished chunks are kept where checkpoints are on"
        return WorkerDiedError(f"a worker process {processes.cause(code)}", where=had, hint=hint)

    def _start(self) -> None:
        try:
            chain = pickle.dumps(self._chain)
        except Exception as error:
            chain, failure = b"", type(error).__name__
        if not chain:
            raise StageError(f"{failure}: the stages cannot be handed to worker processes")
        context = processes.start_context(_modules(self._chain))
        environment = dict(os.environ)
        for _ in range(self._count):
            ours, theirs = context.Pipe()
            arguments = (theirs, chain, environment, self._codec)
            process = context.Process(target=work, args=arguments, daemon=True)  # type: ignore[attr-defined]
            self._workers.append(_Worker(process, ours))
            with theirs:
                processes.begin(process)

    def _finish(self) -> None:
        for worker in self._workers:
            with contextlib.suppress(OSError):
                wire.send(worker.connection, wire.STOP, -1)
        processes.join([worker.process for worker in self._workers])
        self._kill()

    def _kill(self) -> None:
        processes.end([worker.process for worker in self._workers])
        for worker in self._workers:
            worker.connection.close()
        self._workers.clear()


def _modules(chain: StageChain) -> list[str]:
    """Modules of the stages, and those that a stage names in an attribute `preload`."""
    modules = ["voc.engine.worker", *_ALWAYS]
    for stage in chain.stages:
        modules += [type(stage).__module__, *getattr(stage, "preload", ())]
    return modules
