"""A process that answers calls, one after the other, until told to stop."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from voc.engine import wire
from voc.engine.algebra import one_thread
from voc.engine.interrupts import stoppable
from voc.engine.worker import Tasks, receive_into
from voc.errors import VocError, unexpected

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["answer_calls"]


def answer_calls(connection: Connection, environment: Mapping[str, str], folder: str) -> None:
    """Body of the process.

    Parameters
    ----------
    connection
        Calls come in and answers go out here.
    environment, folder
        Environment variables and working folder of the parent; those of the fork server may be older.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tasks: Tasks = queue.SimpleQueue()
    threading.Thread(target=receive_into, args=(connection, tasks), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt), stoppable():  # SIGTERM: unfinished files are removed
        while (task := tasks.get()) is not None:
            kind, body = _answered(task.body)
            try:
                wire.send(connection, kind, task.number, body)
            except OSError:
                os._exit(0)  # the parent is gone


def _answered(call: bytes) -> tuple[int, bytes]:
    try:
        with one_thread():
            value = pickle.loads(call)()  # noqa: S301 - written by the parent process
        return wire.CALL, pickle.dumps(value)
    except VocError as error:
        return wire.ERROR, wire.encode_error(error)
    except Exception as error:
        return wire.ERROR, wire.encode_error(unexpected(error))
