"""Starting and ending processes of this program: none of them hears Ctrl-C, and none outlives its parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from voc.engine.interrupts import undisturbed
from voc.errors import WorkerDiedError

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

__all__ = ["PATIENCE", "begin", "cause", "end", "join", "start_context"]

PATIENCE = 2.0
"""Seconds that a process gets to end before the next harsher means."""


def begin(process: Any) -> None:  # noqa: ANN401 - the process classes of the contexts have no common type
    """Start a process, deaf to Ctrl-C.

    Raises
    ------
    WorkerDiedError
        When the system does not start it.
    """
    failure = ""
    try:
        with _interrupts_blocked():
            process.start()
    except (OSError, EOFError) as error:  # no memory for another process, or the fork server has died
        failure = type(error).__name__
    if failure:
        raise WorkerDiedError(
            f"a worker process could not be started ({failure})", hint="take fewer --workers, or 1"
        )


def cause(code: int | None) -> str:
    """Say how a process ended, given its exit code."""
    if code is None:
        return "closed its pipe"
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"


def end(processes: Sequence[Any]) -> None:
    """End processes that were started, by ever harsher means. Not itself interrupted."""
    started = [process for process in processes if process.pid is not None]
    with undisturbed():
        for means in ("terminate", "kill"):
            for process in started:
                getattr(process, means)()
            join(started)


def join(processes: Sequence[Any]) -> None:
    """Wait for processes to end by themselves, two seconds each at most."""
    for process in processes:
        if process.pid is not None:
            process.join(PATIENCE)


def start_context(modules: Sequence[str]) -> BaseContext:
    """Return a start method that forks no process with threads in it, pyarrow's for example.

    The fork server imports `modules` once for all processes. The program has one such server: processes
    import what is asked for after its start. It listens on a socket in the folder for temporary files; where
    that folder's name is too long for a socket, or takes none, each process imports for itself.
    """
    alone = multiprocessing.get_context("spawn")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return alone
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([name for name in dict.fromkeys(modules) if name != "__main__"])
    with _interrupts_blocked():  # inherited by the server and the workers: no Ctrl-C reaches them at any time
        try:
            forkserver.ensure_running()
        except OSError:
            return alone
    return context


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
