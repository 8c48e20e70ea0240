"""Calls of plain functions, each in another process: for work that is not a stream of chunks.

A process takes one call after the other, so that what it has imported serves the next one. It is started when
there is a call that no process is free for.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection as mp_connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from voc.engine import processes, wire
from voc.engine.callee import answer_calls
from voc.errors import StageError, WorkerDiedError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Answer", "CallPool"]


class Answer(NamedTuple):
    """What came of a call."""

    number: int
    """The one that it was given."""
    value: Any
    """What the function returned; a VocError when it failed."""


@dataclass
class _Callee:
    process: Any  # the process classes of the contexts have no common public type
    connection: Connection
    number: int = -1
    """Of the call that it works on; -1 when it is free."""
    name: str = ""


class CallPool:
    """Processes that answer calls. Use it in a `with` block: no process outlives it, nor this one.

    Parameters
    ----------
    size
        Most processes.
    modules
        What the calls will import; done once for all where processes are forked from a server.
    """

    def __init__(self, size: int, modules: Sequence[str] = ()) -> None:
        self._size = size
        self._modules = modules
        self._callees: list[_Callee] = []

    def __enter__(self) -> CallPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and not self._busy:
            for callee in self._callees:
                with contextlib.suppress(OSError):
                    wire.send(callee.connection, wire.STOP, -1)
            processes.join([callee.process for callee in self._callees])
        processes.end([callee.process for callee in self._callees])
        for callee in self._callees:
            callee.connection.close()
        self._callees.clear()

    @property
    def free(self) -> int:
        """How many calls can be taken at once."""
        return self._size - len(self._busy)

    def submit(self, number: int, name: str, call: Callable[[], object]) -> None:
        """Take a call, which is pickled; does not wait for it. `name` is told when its process is killed.

        Raises
        ------
        WorkerDiedError
            When no process can be started.
        """
        idle = [callee for callee in self._callees if callee.number < 0]
        callee = idle[0] if idle else self._start()
        callee.number, callee.name = number, name
        with contextlib.suppress(OSError):  # a process that has gone is told by `answers`
            wire.send(callee.connection, wire.CALL, number, _pickled(call, name))

    def answers(self) -> list[Answer]:
        """Wait until a call is done, and return those that are.

        A call whose process was killed is answered by a WorkerDiedError.
        """
        handles: dict[Any, _Callee] = {}
        for callee in self._busy:
            handles[callee.connection] = callee
            handles[callee.process.sentinel] = callee
        ready = mp_connection.wait(list(handles))
        return [
            self._answer(callee) for callee in {id(c): c for c in map(handles.__getitem__, ready)}.values()
        ]

    @property
    def _busy(self) -> list[_Callee]:
        return [callee for callee in self._callees if callee.number >= 0]

    def _answer(self, callee: _Callee) -> Answer:
        number, callee.number = callee.number, -1
        try:
            message = wire.receive(callee.connection)
        except (EOFError, OSError):
            self._callees.remove(callee)
            return Answer(number, _death(callee))
        if message.kind == wire.CALL:
            return Answer(number, pickle.loads(message.body))  # noqa: S301 - written by a process of this one
        return Answer(number, wire.decode_error(message.body))

    def _start(self) -> _Callee:
        context = processes.start_context(["voc.engine.callee", *self._modules])
        ours, theirs = context.Pipe()
        arguments = (theirs, dict(os.environ), str(Path.cwd()))
        process = context.Process(target=answer_calls, args=arguments, daemon=True)  # type: ignore[attr-defined]
        callee = _Callee(process, ours)
        self._callees.append(callee)
        with theirs:
            processes.begin(process)
        return callee


def _pickled(call: Callable[[], object], name: str) -> bytes:
    failure = ""
    try:
        return pickle.dumps(call)
    except Exception as error:
        failure = type(error).__name__
    raise StageError(f"{failure}: {name} cannot be handed to another process")


def _death(callee: _Callee) -> WorkerDiedError:
    callee.process.join(processes.PATIENCE)
    code = callee.process.exitcode
    hint = "if memory ran out, take fewer --workers; the steps before it are kept"
    processes.end([callee.process])
    callee.connection.close()
    return WorkerDiedError(f"a worker process {processes.cause(code)}", where=callee.name, hint=hint)
