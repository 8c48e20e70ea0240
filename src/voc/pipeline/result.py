"""What a finished run is: its folder, what became of each step, and what to tell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voc.pipeline.schedule import StepOutcome

__all__ = ["RunResult"]


@dataclass(frozen=True)
class RunResult:
    """A finished run."""

    folder: Path
    outcomes: tuple[StepOutcome, ...]
    notes: tuple[str, ...]

    @property
    def quarantined(self) -> int:
        """Number of rows set aside, over all inputs."""
        return sum(outcome.result.quarantined for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """0, or 4 when rows were set aside."""
        return 4 if self.quarantined else 0

    @property
    def report(self) -> Path | None:
        """The HTML report, when there is one."""
        path = self.folder / "report.html"
        return path if path.is_file() else None
