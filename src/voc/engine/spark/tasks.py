"""What an executor runs: the stages, built once for each Python worker, over Arrow batches.

Errors do not travel as exceptions, whose messages and tracebacks would end in Spark's logs: a failed chunk
answers with an error record that holds what `voc.errors` says, which is free of text.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.engine import wire
from voc.engine.chain import StageChain
from voc.errors import StageError, VocError

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.types import BatchFunction

__all__ = ["PACKED_SCHEMA", "ChainSpec", "PackedTask", "TypedTask", "is_there"]

PACKED_SCHEMA = "number bigint, kind int, body binary"
"""Columns of a packed chunk: its number, a kind of `voc.engine.wire`, an Arrow IPC stream or an error."""

_built: dict[str, BatchFunction] = {}
"""Functions that this Python worker has built, by the digest of their chain."""


@dataclass(frozen=True)
class ChainSpec:
    """A chain as it travels to executors: pickled, with the fingerprints that it must have there too.

    A fingerprint covers settings, policy, models, lexicons and the id of the pseudonym key, so an executor
    with another version, another lexicon or another key stops the job instead of spoiling it.
    """

    data: bytes
    fingerprints: tuple[str, ...]

    @classmethod
    def of(cls, chain: StageChain) -> ChainSpec:
        """Pack a chain.

        Raises
        ------
        StageError
            When a stage cannot be pickled.
        """
        failure = ""
        try:
            data = pickle.dumps(chain)
        except Exception as error:
            failure = type(error).__name__
        if failure:
            raise StageError(f"{failure}: the stages cannot be handed to executors")
        return cls(data, tuple(stage.fingerprint() for stage in chain.stages))

    def function(self) -> BatchFunction:
        """Return the stages as one function, built on the first call in this process."""
        key = hashlib.sha256(self.data).hexdigest()
        if key not in _built:
            os.environ["VOC_NO_NEW_KEY"] = "1"  # an executor uses the key it was given; it never makes one
            chain = self._unpacked()
            there = tuple(stage.fingerprint() for stage in chain.stages)
            if there != self.fingerprints:
                raise StageError(
                    "an executor has another voc, policy, lexicon or pseudonym key than the driver",
                    hint="ship the same environment and the same key file to every node",
                )
            _built[key] = chain.build()
        return _built[key]

    def _unpacked(self) -> StageChain:
        failure = ""
        try:
            chain: StageChain = pickle.loads(self.data)  # noqa: S301 - written by the driver of this job
        except Exception as error:
            failure = type(error).__name__
        if failure:
            raise StageError(f"{failure} while the stages were handed to an executor")
        return chain


@dataclass(frozen=True)
class PackedTask:
    """`mapInArrow` function over packed chunks (`PACKED_SCHEMA`), each an Arrow IPC stream."""

    spec: ChainSpec
    codec: str | None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Answer every chunk with its result or its error."""
        import pyarrow as pa

        for batch in batches:
            for number, body in zip(batch.column("number"), batch.column("body"), strict=True):
                kind, answer = self._answer(body.as_buffer())
                columns = [pa.array([number.as_py()], pa.int64()), pa.array([kind], pa.int32())]
                yield pa.RecordBatch.from_arrays(
                    [*columns, pa.array([answer], pa.binary())], names=["number", "kind", "body"]
                )

    def _answer(self, body: pa.Buffer) -> tuple[int, bytes]:
        try:
            result = self.spec.function()(wire.decode(body))
        except VocError as error:
            return wire.ERROR, wire.encode_error(error)
        return wire.BATCH, wire.encode(result, self.codec).to_pybytes()


@dataclass(frozen=True)
class TypedTask:
    """`mapInArrow` function over the columns of a Spark table.

    Spark's Arrow batches carry no field metadata; the declared schemas put it back for the stages.
    """

    spec: ChainSpec
    before: bytes
    """Serialised Arrow schema that goes into the first stage."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Run the stages; a failure is raised as a StageError, whose text is safe."""
        import pyarrow as pa

        schema = pa.ipc.read_schema(pa.py_buffer(self.before))
        function = self.spec.function()
        for batch in batches:
            columns = [batch.column(field.name).cast(field.type) for field in schema]
            yield function(pa.RecordBatch.from_arrays(columns, schema=schema))


def is_there(path: str) -> bool:
    """Say whether an executor sees a file that the driver has made."""
    return Path(path).is_file()
