"""Turns a stream of chunks into a stream of results in the same order, with a bounded number under way."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.engine import wire
from voc.errors import VocError

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.chain import StageChain
    from voc.engine.checkpoint import Checkpoint
    from voc.engine.pool import WorkerPool

__all__ = ["Flow"]


@dataclass
class Flow:
    """The way of the chunks of one run.

    Parameters
    ----------
    chain
        What is done to each chunk.
    workers
        Most processes to use.
    store
        Finished chunks of an earlier run; takes up the new ones.
    """

    chain: StageChain
    workers: int
    store: Checkpoint | None = None
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
        head = list(itertools.islice(chunks, self.workers))
        count = len(head)
        chunks = itertools.chain(head, chunks)
        del head
        if count < 2:
            yield from self._here(chunks)
        else:
            yield from self._pooled(chunks, count)

    def _here(self, chunks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        function = None
        for number, chunk in enumerate(chunks):
            self.chunks += 1
            result = self._kept(number, chunk)
            if result is None:
                function = function or self.chain.build()
                result = function(chunk)
                if self.store is not None:
                    self.store.store(number, wire.encode(result, wire.compression()))
            yield result

    def _pooled(self, chunks: Iterator[pa.RecordBatch], workers: int) -> Iterator[pa.RecordBatch]:
        from voc.engine.pool import QUEUED_PER_WORKER, WorkerPool

        self.processes = workers
        limit = workers * QUEUED_PER_WORKER
        done: dict[int, pa.RecordBatch | VocError] = {}
        given = 0
        with WorkerPool(self.chain, workers, wire.compression() if self.store is not None else None) as pool:
            while True:
                while self.chunks - given < limit and (chunk := next(chunks, None)) is not None:
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
        self, chunk: pa.RecordBatch, pool: WorkerPool, done: dict[int, pa.RecordBatch | VocError]
    ) -> None:
        number = self.chunks
        self.chunks += 1
        kept = self._kept(number, chunk)
        if kept is not None:
            done[number] = kept
        else:
            pool.submit(number, chunk)

    def _collect(self, pool: WorkerPool, done: dict[int, pa.RecordBatch | VocError], *, block: bool) -> None:
        for number, result in pool.results(block=block):
            if isinstance(result, VocError):
                done[number] = result
                continue
            if self.store is not None:
                self.store.store(number, result)
            done[number] = wire.decode(result)

    def _kept(self, number: int, chunk: pa.RecordBatch) -> pa.RecordBatch | None:
        if self.store is None:
            return None
        result = self.store.load(number, chunk)
        if result is not None:
            self.rows_resumed += result.num_rows
        return result
