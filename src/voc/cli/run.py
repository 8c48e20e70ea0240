"""`voc run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Engine, Force, Incremental, Master, Resume, Workers
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["run"]


@command(app, "run", example="voc run pipelines/reviews.yaml --set input=reviews.csv --out runs/october")
def run(
    session: Session,
    pipeline: Annotated[
        str, typer.Argument(metavar="PIPELINE", help="Pipeline file, or the name of one that ships with voc.")
    ],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="K=V", help="Change a variable or a setting.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Run folder.")] = None,
    engine: Engine = "local",
    master: Master = None,
    workers: Workers = None,
    incremental: Incremental = False,
    resume: Resume = True,
    force: Force = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and stop.")] = False,
) -> Summary:
    """Run a pipeline file; steps that are up to date are skipped."""
    from voc.cli.summaries import plan_summary, run_summary
    from voc.config.pipeline import load_pipeline
    from voc.engine.choose import engine_pool, engine_tables
    from voc.pipeline import run as runner

    config = load_pipeline(_pipeline_path(pipeline), settings or ())
    if dry_run:
        return plan_summary(config.name, runner.dry_run(config, out=out))
    with (
        engine_pool(engine, master) as open_pool,
        engine_tables(engine, master, session.warn) as tables,
        session.progress() as progress,
    ):
        result = runner.run_pipeline(
            config,
            out=out,
            workers=workers,
            force=force,
            progress=progress,
            tell=session.note,
            open_pool=open_pool,
            tables=tables,
            resume=resume,
            incremental=incremental,
        )
    return run_summary(session, result)


def _pipeline_path(name: str) -> Path:
    """Take a file as it is; a bare name, or one below `pipelines/`, falls back to what ships with voc."""
    from voc.config import resources

    path = Path(name)
    if path.is_file() or path.parent not in (Path(), Path("pipelines")):
        return path
    return resources.pipeline(path.name if path.suffix else f"{path.name}.yaml")
