"""Chunks to a Spark cluster and results back, with the interface of the local worker pool.

Chunks are gathered into windows; a window is one Spark job with a task for each core. Two windows are under
way at most: one at work, one being filled. Spark repeats the tasks of an executor that died; as the stages
are pure functions, the result is the same.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voc.engine import wire
from voc.engine.spark.tasks import PACKED_SCHEMA, ChainSpec, PackedTask
from voc.errors import WorkerDiedError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from voc.engine.chain import StageChain
    from voc.engine.pool import Result

__all__ = ["SparkPool"]

CHUNKS_PER_TASK = 2

_Window = list[tuple[int, int, bytes]]


class SparkPool:
    """A pool whose workers are Spark executors. Use it in a `with` block.

    Parameters
    ----------
    session
        An open session.
    chain
        What the executors run.
    codec
        Compression of chunks and results.
    """

    def __init__(self, session: SparkSession, chain: StageChain, codec: str | None = None) -> None:
        self._session = session
        self._task = PackedTask(ChainSpec.of(chain), codec)
        self._codec = codec
        self._tasks: int = max(session.sparkContext.defaultParallelism, 1)
        self._window: _Window = []
        self._running = 0
        self._done: queue.SimpleQueue[list[Result] | WorkerDiedError] = queue.SimpleQueue()

    def __enter__(self) -> SparkPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._session.sparkContext.cancelAllJobs()

    @property
    def processes(self) -> int:
        """Tasks that run at the same time."""
        return self._tasks

    @property
    def capacity(self) -> int:
        """Chunks that may be under way."""
        return 2 * self._tasks * CHUNKS_PER_TASK

    def submit(self, number: int, chunk: pa.RecordBatch) -> None:
        """Add a chunk to the window that is being filled; a full one is sent off."""
        body = wire.encode(chunk, self._codec).to_pybytes()
        self._window.append((number, wire.BATCH, body))
        if len(self._window) >= self._tasks * CHUNKS_PER_TASK:
            self._send()

    def results(self, *, block: bool) -> Iterator[Result]:
        """Give the results that are there; with `block`, send off what is gathered and wait for a window.

        Raises
        ------
        WorkerDiedError
            When Spark gave a job up, after its own repetitions.
        """
        if block and not self._running and self._window:
            self._send()
        while self._running and (block or not self._done.empty()):
            answer = self._done.get()
            self._running -= 1
            if isinstance(answer, WorkerDiedError):
                raise answer
            yield from answer
            block = False

    def _send(self) -> None:
        window, self._window = self._window, []
        self._running += 1
        threading.Thread(target=self._run, args=(window,), daemon=True).start()

    def _run(self, window: _Window) -> None:
        failure = ""
        try:
            self._done.put(self._answers(window))
        except Exception as error:  # of py4j: its message may quote anything
            failure = type(error).__name__
        if failure:
            hint = "see the executors' own logs; finished chunks are kept where checkpoints are on"
            self._done.put(
                WorkerDiedError(f"Spark gave up a job ({failure})", where=_rows(window), hint=hint)
            )

    def _answers(self, window: _Window) -> list[Result]:
        context = self._session.sparkContext
        rows: Any = context.parallelize(window, min(self._tasks, len(window)))
        frame = self._session.createDataFrame(rows, PACKED_SCHEMA, verifySchema=False)
        answers = frame.mapInArrow(self._task, PACKED_SCHEMA).collect()
        return [_result(answer.number, answer.kind, bytes(answer.body)) for answer in answers]


def _result(number: int, kind: int, body: bytes) -> Result:
    return number, wire.decode_error(body) if kind == wire.ERROR else body


def _rows(window: _Window) -> str:
    return f"chunks {window[0][0]} to {window[-1][0]}"
