"""`voc demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Workers
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["demo"]


@command(app, "demo", example="voc demo")
def demo(
    session: Session,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write to.")] = Path("voc-demo"),
    customers: Annotated[
        int, typer.Option(min=50, max=1_000_000, metavar="N", help="Customers of the sample company.")
    ] = 3000,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the simulation.")] = 20240101,
    lang: Annotated[str, typer.Option(metavar="zh|en", help="Language of the report.")] = "zh",
    workers: Workers = None,
    force: Force = False,
) -> Summary:
    """Write a sample company, run the whole job on it, and say where the report is."""
    from voc.cli.summaries import run_summary
    from voc.pipeline.demo import run_demo

    with session.progress() as progress:
        result = run_demo(
            out,
            customers=customers,
            seed=seed,
            lang=lang,
            workers=workers,
            force=force,
            progress=progress,
            tell=session.note,
        )
    return run_summary(session, result)
