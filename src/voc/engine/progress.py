"""Tells how far a run is. The live display of the command line is in `voc.cli`; here are the plain ones."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from voc.how_many import how_many

__all__ = ["PlainProgress", "Progress", "SilentProgress"]


class Progress(Protocol):
    """What a run tells of its way. One object may serve several runs, one after the other."""

    def start(self, label: str, total_rows: int | None) -> None:
        """Begin: what is run, and how many rows there are if that is known."""
        ...

    def advance(self, rows: int) -> None:
        """Count rows that are done."""
        ...

    def stop(self) -> None:
        """End, whole or not. May be called again."""
        ...


class SilentProgress:
    """Tells nothing."""

    def start(self, label: str, total_rows: int | None) -> None:
        """Do nothing."""

    def advance(self, rows: int) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class PlainProgress:
    """Rows, rows per second and time left in plain text.

    On a terminal it is one line that changes, elsewhere a line now and then.

    Parameters
    ----------
    stream
        Where it goes; stderr when not given.
    interval
        Least seconds between two lines; by default a quarter on a terminal and ten elsewhere.
    clock
        Seconds that only grow.
    total
        Tell the sum at the end of a run.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        interval: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        total: bool = True,
    ) -> None:
        self._tell_total = total
        self._stream = stream
        self._interval = interval
        self._clock = clock
        self._label: str | None = None
        self._total: int | None = None
        self._rows = 0
        self._began = self._told = 0.0
        self._width = 0

    def start(self, label: str, total_rows: int | None) -> None:
        """Begin a new count; one that was under way ends."""
        self.stop()
        self._label, self._total, self._rows, self._width = label, total_rows, 0, 0
        self._began = self._told = self._clock()

    def advance(self, rows: int) -> None:
        """Count rows that are done, and tell it if the last time is long enough ago."""
        self._rows += rows
        now = self._clock()
        if self._label is not None and now - self._told >= self._pause:
            self._told = now
            self._write(self._line(now - self._began), last=False)

    def stop(self) -> None:
        """Tell the sum. Does nothing when nothing is under way."""
        if self._label is None:
            return
        if self._tell_total:
            self._write(self._line(self._clock() - self._began, done=True), last=True)
        self._label = None

    @property
    def _out(self) -> TextIO:
        return self._stream if self._stream is not None else sys.stderr

    @property
    def _pause(self) -> float:
        if self._interval is not None:
            return self._interval
        return 0.25 if self._out.isatty() else 10.0

    def _line(self, seconds: float, *, done: bool = False) -> str:
        rows = how_many(self._rows, "row")
        if self._total is not None and not done:
            rows = f"{self._rows:,} of {how_many(self._total, 'row')}"
        parts = [f"{self._label}: {rows}"]
        rate = self._rows / seconds if seconds > 0 else 0.0
        if rate:
            parts.append(f"{rate:,.0f} rows/s")
        if done:
            parts.append(f"{seconds:.1f} s")
        elif self._total is not None and rate:
            parts.append(f"{_duration(max(self._total - self._rows, 0) / rate)} left")
        return ", ".join(parts)

    def _write(self, line: str, *, last: bool) -> None:
        if self._out.isatty():
            padded = line.ljust(self._width)  # covers what a longer line before left over
            self._out.write(f"\r{padded}\n" if last else f"\r{padded}")
            self._width = len(line)
        else:
            self._out.write(f"{line}\n")
        self._out.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
