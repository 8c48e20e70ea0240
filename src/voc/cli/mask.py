"""`voc mask`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import (
    Engine,
    Force,
    Input,
    Map,
    Master,
    Output,
    Policy,
    QuarantineFile,
    Text,
    Workers,
    parse_map,
)
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["mask"]


@command(app, "mask", example="voc mask reviews.csv -o masked.parquet --text 评价内容")
def mask(
    session: Session,
    source: Input,
    output: Output,
    text: Text = None,
    policy: Policy = "default",
    columns: Map = None,
    spans: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What was found where, a JSON line for every row."),
    ] = None,
    quarantine: QuarantineFile = None,
    engine: Engine = "local",
    master: Master = None,
    workers: Workers = None,
    force: Force = False,
) -> Summary:
    """Mask personal information in a table."""
    from voc.cli.summaries import file_summary
    from voc.engine.choose import engine_pool
    from voc.pipeline.cluster import TableRun, is_cluster_run, mask_table
    from voc.pipeline.files import FileRun, mask_file

    if is_cluster_run(source, output, engine):
        done = mask_table(TableRun(source, output, master, force), text=text or (), policy=policy)
        return file_summary(session, done, output, counted="entities")
    with engine_pool(engine, master) as open_pool, session.progress() as progress:
        job = FileRun(
            source,
            output,
            parse_map(columns),
            quarantine,
            workers,
            force=force,
            progress=progress,
            open_pool=open_pool,
        )
        result = mask_file(job, text=text or (), policy=policy, spans=spans)
    return file_summary(session, result, output, counted="entities")
