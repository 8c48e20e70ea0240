"""Runs a pipeline: plans, skips what stands, runs the rest, and writes the manifest of the run folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.config.pipeline import PipelineConfig
from voc.errors import OutputError, OutputExistsError
from voc.how_many import how_many
from voc.pipeline.manifest import write_manifest
from voc.pipeline.plan import build_plan, left_out
from voc.pipeline.result import RunResult
from voc.pipeline.schedule import StepOutcome, run_steps
from voc.pipeline.steps import Ledger, Step
from voc.pipeline.text import TextRunner

if TYPE_CHECKING:
    from voc.engine.flow import OpenPool
    from voc.engine.progress import Progress
    from voc.engine.tables import Tables

__all__ = ["PlannedStep", "dry_run", "run_pipeline"]


@dataclass(frozen=True)
class PlannedStep:
    """One step that a run would take."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    rows: int | None
    up_to_date: bool


def run_pipeline(
    config: PipelineConfig,
    *,
    out: Path | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda _: None,
    open_pool: OpenPool | None = None,
    tables: Tables | None = None,
    resume: bool = True,
    incremental: bool = False,
) -> RunResult:
    """Run a pipeline into its folder.

    A folder that holds an earlier run of the tool is brought up to date: steps whose inputs, settings, models
    and lexicons are unchanged are skipped unless `force`. Any other folder that is not empty is refused.
    `open_pool` says where text stages run, `tables` where tables are joined and added up
    (`voc.engine.choose`); the results are the same everywhere. With two `workers` or more, steps on large
    tables of this machine that do not need each other run at the same time. A step that was interrupted goes
    on where it stopped unless `resume` is unset. With `incremental`, text steps work on rows that are new or
    changed since the last such run; the results are the same.

    Raises
    ------
    OutputExistsError
        When the folder holds something that is not an earlier run.
    """
    folder = (out or Path(config.out)).resolve()
    ledger = _open_folder(folder, force=force)
    plan = build_plan(config, TextRunner(folder, workers, progress, open_pool, resume, incremental), tables)
    notes = left_out(config)
    outcomes = run_steps(
        plan, ledger, workers=workers, force=force, tell=lambda outcome: tell(_line(outcome))
    )
    result = RunResult(folder, outcomes, tuple(notes))
    write_manifest(config, plan, result)
    return result


def dry_run(config: PipelineConfig, *, out: Path | None = None) -> list[PlannedStep]:
    """Say what a run would do, without writing anything."""
    folder = (out or Path(config.out)).resolve()
    ledger = Ledger(folder)
    planned = []
    stale: set[Path] = set()
    for step in build_plan(config, TextRunner(folder, None, None)):
        fresh = not stale.intersection(step.reads) and ledger.earlier(step) is not None
        if not fresh:
            stale.update(step.writes)
        reads = tuple(str(path) for path in step.reads)
        writes = tuple(str(path) for path in step.writes)
        planned.append(PlannedStep(step.name, reads, writes, _rows_known(step), fresh))
    return planned


def _open_folder(folder: Path, *, force: bool) -> Ledger:
    ledger = Ledger(folder)
    if folder.exists() and not folder.is_dir():
        raise OutputExistsError(str(folder))
    if folder.is_dir() and any(folder.iterdir()) and not ledger.exists and not force:
        started = (folder / ".voc").is_dir()
        if not started:
            raise OutputExistsError(str(folder))
    try:
        (folder / ".voc").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "choose a folder that can be written with --out"
        raise OutputError(f"cannot be made ({error.strerror})", where=str(folder), hint=hint) from None
    return ledger


def _line(outcome: StepOutcome) -> str:
    if outcome.skipped:
        return f"{outcome.name}: unchanged, skipped"
    text = f"{outcome.name}: {how_many(outcome.result.rows_out, 'row')} in {outcome.seconds:.1f} s"
    if outcome.result.quarantined:
        text += f", {outcome.result.quarantined:,} set aside"
    return "; ".join([text, *outcome.result.notes])


def _rows_known(step: Step) -> int | None:
    from voc.io import rows_known

    if not step.name.startswith("mask:") or not step.reads:
        return None
    return rows_known([str(path) for path in step.reads])
