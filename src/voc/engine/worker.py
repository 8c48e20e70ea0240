"""A worker process: builds the stages once, then turns chunks into results until told to stop.

A thread of its own receives, so that the next chunk is there when the last one is done, and the sender never
waits. It watches the parent too: a pipe that closes without a word means that the parent is gone.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from voc.engine import wire
from voc.errors import StageError, VocError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from voc.engine.chain import StageChain
    from voc.types import BatchFunction

__all__ = ["Tasks", "receive_into", "work"]

Tasks = queue.SimpleQueue[wire.Message | None]
"""What came in; None at the end of work."""


def work(connection: Connection, chain: bytes, environment: Mapping[str, str], codec: str | None) -> None:
    """Body of a worker process.

    Parameters
    ----------
    connection
        Chunks come in and results go out here.
    chain
        A pickled `StageChain`.
    environment
        Environment variables of the parent; those of the fork server may be older.
    codec
        Compression of the results, or None.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    tasks: Tasks = queue.SimpleQueue()
    threading.Thread(target=receive_into, args=(connection, tasks), daemon=True).start()
    try:
        function = _loaded(chain)
        while (task := tasks.get()) is not None:
            _answer(connection, function, task, codec)
    except VocError as error:
        _tell(connection, error)
    except OSError:
        os._exit(0)  # the parent is gone
    except Exception as error:
        _tell(connection, StageError(f"{type(error).__name__} in a worker process"))


def receive_into(connection: Connection, tasks: Tasks) -> None:
    """Body of the thread that receives. Ends the process at once when the parent has gone."""
    try:
        while (message := wire.receive(connection)).kind != wire.STOP:
            tasks.put(message)
    except (EOFError, OSError):
        os._exit(0)
    tasks.put(None)


def _loaded(data: bytes) -> BatchFunction:
    failure = ""
    try:
        chain: StageChain = pickle.loads(data)  # noqa: S301 - written by the parent process
    except Exception as error:
        failure = type(error).__name__
    if failure:
        raise StageError(f"{failure} while the stages were handed to a worker process")
    return chain.build()


def _answer(connection: Connection, function: BatchFunction, task: wire.Message, codec: str | None) -> None:
    try:
        result = wire.encode(function(wire.decode(task.body)), codec)
    except VocError as error:
        wire.send(connection, wire.ERROR, task.number, wire.encode_error(error))
    else:
        wire.send(connection, wire.BATCH, task.number, result)


def _tell(connection: Connection, error: VocError) -> None:
    try:
        wire.send(connection, wire.BROKEN, -1, wire.encode_error(error))
    except OSError:
        os._exit(0)
