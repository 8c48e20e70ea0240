"""Writes `run.json`: what went in, what came out, and what made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from voc.config.pipeline import PipelineConfig
from voc.io.manifest import Dataset, RunManifest
from voc.pipeline.plan import versions
from voc.pipeline.steps import Ledger, Step

if TYPE_CHECKING:
    from voc.pipeline.result import RunResult

__all__ = ["write_manifest"]


def write_manifest(config: PipelineConfig, plan: Sequence[Step], result: RunResult) -> None:
    """Write `run.json` into the run folder."""
    outcomes = {outcome.name: outcome for outcome in result.outcomes}
    ledger = Ledger(result.folder)
    inputs: list[Dataset] = []
    outputs: list[Dataset] = []
    for step in plan:
        done = outcomes[step.name].result
        if step.name.startswith("mask:"):
            inputs += _inputs(config, step, ledger, done.rows_in, done.quarantined)
        for path in step.writes:
            rows = done.rows_out if path.suffix == ".parquet" else None
            outputs.append(_dataset(path, ledger, path.relative_to(result.folder).as_posix(), rows))
    manifest = RunManifest(
        job=config.name,
        config=config.model_dump(mode="json"),
        inputs=inputs,
        outputs=outputs,
        versions=versions(config),
        counts={"quarantined": result.quarantined, "skipped": sum(o.skipped for o in result.outcomes)},
        timings={outcome.name: outcome.seconds for outcome in result.outcomes},
        notes=[*result.notes, *(note for outcome in result.outcomes for note in outcome.result.notes)],
        facts={"steps": {outcome.name: dict(outcome.result.facts) for outcome in result.outcomes}},
    )
    manifest.write(result.folder / "run.json")


def _inputs(config: PipelineConfig, step: Step, ledger: Ledger, rows: int, quarantined: int) -> list[Dataset]:
    from voc.io.locations import redacted

    if not step.reads:
        location = config.inputs[step.name.removeprefix("mask:")].path
        name = location if isinstance(location, str) else ", ".join(location)
        return [Dataset(redacted(name), rows=rows, quarantined=quarantined)]
    alone = len(step.reads) == 1
    found = [_dataset(path, ledger, str(path), rows if alone else None) for path in step.reads]
    return [replace(item, quarantined=quarantined if alone else None) for item in found]


def _dataset(path: Path, ledger: Ledger, name: str, rows: int | None) -> Dataset:
    return Dataset(name, path.stat().st_size, ledger.digest(path), rows)
