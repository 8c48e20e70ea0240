"""Cuts a stream of batches into chunks whose borders depend on the rows alone, never on the reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MAX_CHUNK_BYTES", "rechunk"]

MAX_CHUNK_BYTES = 64 << 20
"""A chunk larger than this is halved until it fits, so that a few huge cells do not fill the memory."""


def rechunk(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Cut a stream into chunks of exactly `rows` rows; the last one holds the rest.

    Chunks above `MAX_CHUNK_BYTES` are halved. Empty batches vanish. A chunk shares the memory of the batch
    that it was cut from; one that spans several batches is a copy.
    """
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            piece = batch.slice(start, rows - count)
            held.append(piece)
            count += piece.num_rows
            start += piece.num_rows
            if count == rows:
                yield from _bounded(_joined(held))
                held, count = [], 0
    if held:
        yield from _bounded(_joined(held))


def _joined(pieces: list[pa.RecordBatch]) -> pa.RecordBatch:
    import pyarrow as pa

    if len(pieces) == 1:
        return pieces[0]
    table = pa.Table.from_batches(pieces).combine_chunks()
    (batch,) = table.to_batches()
    return batch


def _bounded(chunk: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if chunk.num_rows < 2 or chunk.nbytes <= MAX_CHUNK_BYTES:
        yield chunk
        return
    half = chunk.num_rows // 2
    yield from _bounded(chunk.slice(0, half))
    yield from _bounded(chunk.slice(half))
