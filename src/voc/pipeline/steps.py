"""Steps of a pipeline, and the ledger that knows which of them need not run again.

A step is described by what decides its output: the digests of the files it reads and its settings (which hold
the fingerprints of policies, models and lexicons). When the ledger holds the same digest and the outputs are
still there unchanged, the step is skipped and its earlier result stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voc import __version__
from voc.io.atomic import write_bytes
from voc.io.manifest import Dataset

__all__ = ["Ledger", "Step", "StepResult"]


@dataclass(frozen=True)
class StepResult:
    """What a step did."""

    rows_in: int = 0
    rows_out: int = 0
    quarantined: int = 0
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Further counts, by name, for the report and the manifest."""


@dataclass(frozen=True)
class Step:
    """One step of a plan."""

    name: str
    """Stable within a pipeline, for example `mask:reviews`."""
    reads: tuple[Path, ...]
    """Files whose content decides the output. Empty with `cacheable` unset: always run."""
    writes: tuple[Path, ...]
    settings: Mapping[str, Any]
    """Everything else that decides the output, as plain JSON values."""
    action: Callable[[], StepResult]
    cacheable: bool = True
    """Unset for inputs that have no digest, such as a database."""
    apart: bool = True
    """Whether it may run in another process beside others; unset for steps that start processes."""


class Ledger:
    """Remembers which steps are done in a run folder (`.voc/steps.json`)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".voc" / "steps.json"
        self._digests: dict[tuple[str, int, int], str] = {}
        self._done: dict[str, dict[str, Any]] = self._read()

    @property
    def exists(self) -> bool:
        """True when the folder holds an earlier run."""
        return self._path.is_file()

    def key(self, step: Step) -> str:
        """Digest of all that decides the step's output."""
        document = {
            "voc": __version__,
            "step": step.name,
            "reads": [self.digest(path) for path in step.reads],
            "settings": step.settings,
        }
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def earlier(self, step: Step) -> StepResult | None:
        """Return the result of an earlier run of the same step, or None when it has to run."""
        done = self._done.get(step.name)
        if done is None or not step.cacheable or not all(path.is_file() for path in step.reads):
            return None
        if done["key"] != self.key(step) or not self._outputs_stand(step, done["outputs"]):
            return None
        return _result(done)

    def results(self) -> dict[str, StepResult]:
        """Results of all steps that this folder has seen, by name."""
        return {name: _result(done) for name, done in self._done.items()}

    def record(self, step: Step, result: StepResult) -> None:
        """Remember a finished step."""
        self._done[step.name] = {
            "key": self.key(step),
            "outputs": {path.name: self.digest(path) for path in step.writes},
            "result": {
                "rows_in": result.rows_in,
                "rows_out": result.rows_out,
                "quarantined": result.quarantined,
                "notes": list(result.notes),
                "facts": dict(result.facts),
            },
        }
        self._write()

    def digest(self, path: Path) -> str:
        """SHA-256 of a file as 64 hex digits; read again only when its size or time changed."""
        stat = path.stat()
        known = (str(path), stat.st_size, stat.st_mtime_ns)
        if known not in self._digests:
            self._digests[known] = Dataset.of_file(path).sha256
        return self._digests[known]

    def _outputs_stand(self, step: Step, digests: Mapping[str, str]) -> bool:
        return all(path.is_file() and self.digest(path) == digests.get(path.name) for path in step.writes)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self._done, sort_keys=True, ensure_ascii=False, indent=1)
        write_bytes(self._path, text.encode(), force=True)


def _result(done: Mapping[str, Any]) -> StepResult:
    result = done["result"]
    return StepResult(**{**result, "notes": tuple(result["notes"])})
