"""Turns a stream of chunks into a stream of results in the same order, with a bounded number under way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from voc.engine import wire
from voc.errors import VocError

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.chain import StageChain
    from voc.engine.checkpoint import Checkpoint
    from voc.engine.pool import Result
    from voc.engine.reuse import Reuse

__all__ = ["Flow", "OpenPool", "Pool"]


class Pool(Protocol):
    """Workers that turn chunks into results: processes here, or executors of a cluster."""

    @property
    def processes(self) -> int:
        """How many work at the same time."""
        ...

    @property
    def capacity(self) -> int:
        """Chunks that may be under way."""
        ...

    def submit(self, number: int, chunk: pa.RecordBatch) -> None:
        """Take a chunk; does not wait for it."""
        ...

    def results(self, *, block: bool) -> Iterator[Result]:
        """Give the results that are there, in any order; with `block`, wait for one."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


OpenPool = Callable[["StageChain", str | None], Pool]
"""Makes a pool for a chain, given the compression of its results."""


@dataclass
class Flow:
    """The way of the chunks of one run.

    Parameters
    ----------
    chain
        What is done to each chunk.
    workers
        Most processes to use on this machine.
    store
        Finished chunks of an earlier run; takes up the new ones.
    open_pool
        Makes the pool that does the work; processes of this machine when not given.
    reuse
        Results of the last run: the rows that it knows are not worked on.
    """

    chain: StageChain
    workers: int
    store: Checkpoint | None = None
    open_pool: OpenPool | None = None
    reuse: Reuse | None = None
    chunks: int = 0
    rows_resumed: int = 0
    processes: int = 1
    """Processes in use; 1 is this one."""

    def results(self, chunks: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
        """Give the result of each chunk, in order. Close the generator to stop the workers.

        Raises
        ------
        VocError
            The first error in the order of the chunks, whichever worker met one first.
        """
        with closing(self._worked(chunks)) as worked:
            for number, result in enumerate(worked):
                if self.reuse is not None:
                    self.reuse.keep(number, result)
                yield result

    def _worked(self, chunks: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
        codec = wire.compression() if self.store is not None else None
        if self.open_pool is not None:
            yield from self._pooled(chunks, self.open_pool(self.chain, codec))
            return
        head = list(itertools.islice(chunks, self.workers))
        count = len(head)
        chunks = itertools.chain(head, chunks)
        del head
        if count < 2:
            yield from self._here(chunks)
        else:
            from voc.engine.pool import WorkerPool

            yield from self._pooled(chunks, WorkerPool(self.chain, count, codec))

    def _here(self, chunks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        function = None
        for number, chunk in enumerate(chunks):
            self.chunks += 1
            fresh = self._fresh(number, chunk)
            result = self._kept(number, chunk)
            if result is None:
                if fresh is not None:
                    function = function or self.chain.build()
                    result = function(fresh)
                result = self._whole(number, result)
                if self.store is not None:
                    self.store.store(number, wire.encode(result, wire.compression()))
            yield result

    def _pooled(self, chunks: Iterator[pa.RecordBatch], workers: Pool) -> Iterator[pa.RecordBatch]:
        self.processes = workers.processes
        done: dict[int, pa.RecordBatch | VocError] = {}
        given = 0
        with workers as pool:
            while True:
                while self.chunks - given < pool.capacity and (chunk := next(chunks, None)) is not None:
                    self._hand_over(chunk, pool, done)
                if given == self.chunks:
                    return
                self._collect(pool, done, block=given not in done)
                if given in done:
                    result = done.pop(given)
                    if isinstance(result, VocError):
                        raise result
                    given += 1
                    yield result

    def _hand_over(
        self, chunk: pa.RecordBatch, pool: Pool, done: dict[int, pa.RecordBatch | VocError]
    ) -> None:
        number = self.chunks
        self.chunks += 1
        fresh = self._fresh(number, chunk)
        kept = self._kept(number, chunk)
        if kept is not None:
            done[number] = kept
        elif fresh is not None:
            pool.submit(number, fresh)
        else:
            done[number] = self._whole(number, None)

    def _collect(self, pool: Pool, done: dict[int, pa.RecordBatch | VocError], *, block: bool) -> None:
        for number, result in pool.results(block=block):
            if isinstance(result, VocError):
                done[number] = result
                continue
            batch = self._whole(number, wire.decode(result))
            if self.store is not None:
                made = result if self.reuse is None else wire.encode(batch, wire.compression())
                self.store.store(number, made)
            done[number] = batch

    def _fresh(self, number: int, chunk: pa.RecordBatch) -> pa.RecordBatch | None:
        return chunk if self.reuse is None else self.reuse.fresh(number, chunk)

    def _whole(self, number: int, result: pa.RecordBatch | None) -> pa.RecordBatch:
        if self.reuse is not None:
            return self.reuse.whole(number, result)
        assert result is not None
        return result

    def _kept(self, number: int, chunk: pa.RecordBatch) -> pa.RecordBatch | None:
        if self.store is None:
            return None
        result = self.store.load(number, chunk)
        if result is not None:
            self.rows_resumed += result.num_rows
        return result
