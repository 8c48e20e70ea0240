"""Progress on stderr: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from voc.engine.progress import Progress

__all__ = ["make_progress"]


def make_progress(console: Console) -> Progress:
    """Return live progress when the console is a terminal, plain lines otherwise."""
    if console.is_terminal:
        return _Live(console)
    from voc.engine.progress import PlainProgress

    return PlainProgress(total=False)  # the command's own summary tells the total


class _Live:
    """One live line: label, bar, rows, rate, time left."""

    def __init__(self, console: Console) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def start(self, label: str, total_rows: int | None) -> None:
        """Begin a new line."""
        self.stop()
        self._bar.start()
        self._task = self._bar.add_task(label, total=total_rows)

    def advance(self, rows: int) -> None:
        """Count finished rows."""
        if self._task is not None:
            self._bar.advance(self._task, rows)

    def stop(self) -> None:
        """Clear the line."""
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._bar.stop()
            self._task = None
