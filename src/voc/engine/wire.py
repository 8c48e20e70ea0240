"""How batches, calls and errors travel between processes: Arrow IPC streams behind a small header."""

from __future__ import annotations

import pickle
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from voc.errors import StageError, VocError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import pyarrow as pa

__all__ = [
    "BATCH",
    "BROKEN",
    "CALL",
    "ERROR",
    "STOP",
    "Message",
    "compression",
    "decode",
    "decode_error",
    "encode",
    "encode_error",
    "receive",
    "send",
]

BATCH, ERROR, BROKEN, STOP, CALL = range(5)
"""Kinds of messages: a batch; the error of a batch or a call; a worker that cannot work; the end of work; a
pickled call, or what it returned."""

_HEADER = struct.Struct("<Bq")


class Message(NamedTuple):
    """One message."""

    kind: int
    number: int
    """Number of the chunk, from 0; -1 when the message is about none."""
    body: bytes


def send(connection: Connection, kind: int, number: int, body: Any = b"") -> None:  # noqa: ANN401 - a buffer
    """Send a message; `body` is anything with the buffer protocol."""
    connection.send_bytes(_HEADER.pack(kind, number))
    connection.send_bytes(body)


def receive(connection: Connection) -> Message:
    """Wait for a message. Raises EOFError or OSError when the other end has gone."""
    kind, number = _HEADER.unpack(connection.recv_bytes())
    return Message(kind, number, connection.recv_bytes())


def compression() -> str | None:
    """Name of a quick codec that this pyarrow has, or None."""
    import pyarrow as pa

    return "lz4" if pa.Codec.is_available("lz4_frame") else None


def encode(batch: pa.RecordBatch, codec: str | None = None) -> pa.Buffer:
    """Write a batch as an Arrow IPC stream; only the rows of a slice are written."""
    import pyarrow as pa

    stream = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with pa.ipc.new_stream(stream, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    return stream.getvalue()


def decode(data: bytes | pa.Buffer) -> pa.RecordBatch:
    """Read the batch of an Arrow IPC stream; it shares the memory of `data` unless it is compressed."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_next_batch()


def encode_error(error: VocError) -> bytes:
    """Pickle an error; one that cannot be pickled is told by its type."""
    try:
        return pickle.dumps(error)
    except Exception:
        return pickle.dumps(StageError(f"{type(error).__name__} in a stage"))


def decode_error(data: bytes) -> VocError:
    """Return the error that a worker of this program sent."""
    error = pickle.loads(data)  # noqa: S301 - written by a process that this one started
    assert isinstance(error, VocError)
    return error
