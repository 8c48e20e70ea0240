"""What the engine asks of the two ends of a run: a source of batches and a sink for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BatchSink", "BatchSource", "InputIdentity"]


class InputIdentity(Protocol):
    """What tells an input from another."""

    @property
    def path(self) -> str:
        """Where it is."""
        ...

    @property
    def bytes(self) -> int:
        """Size."""
        ...

    @property
    def sha256(self) -> str:
        """64 hex digits; empty when there is no digest (a database table), which rules out checkpoints."""
        ...


class BatchSource(Protocol):
    """Where batches come from; `voc.io.open_table` gives one."""

    @property
    def schema(self) -> pa.Schema:
        """Columns, without `__row__`."""
        ...

    @property
    def rows_known(self) -> int | None:
        """Number of rows, when it is known before reading; used for progress only."""
        ...

    @property
    def inputs(self) -> Sequence[InputIdentity]:
        """What is read. Asked for only when checkpoints are kept."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Read from the beginning. Every batch has the columns of `schema` and `__row__` (int64)."""
        ...


class BatchSink(Protocol):
    """Where batches go; `voc.io.open_sink` gives one."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Take the next batch."""
        ...

    def close(self) -> None:
        """Make the output appear, whole. Called once more by a `with` block, so it must bear that."""
        ...

    def abort(self) -> None:
        """Remove what was written. Must bear being called more than once."""
        ...
