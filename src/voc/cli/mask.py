"""`voc mask`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import (
    ByMonth,
    Engine,
    Force,
    Incremental,
    Input,
    KeyPlace,
    Map,
    Master,
    Ner,
    Output,
    QuarantineFile,
    Resume,
    Text,
    VaultPlace,
    Workers,
    parse_map,
    refuse_on_a_cluster,
)
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import UsageError

__all__ = ["mask"]


@command(app, "mask", example="voc mask reviews.csv -o masked.parquet --text 评价内容")
def mask(
    session: Session,
    source: Input,
    output: Output,
    text: Text = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Policy file, or a packed one: default; protected where --view is given."
        ),
    ] = None,
    ner: Ner = None,
    columns: Map = None,
    spans: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What was found where, a JSON line for every row."),
    ] = None,
    view: Annotated[
        str | None, typer.Option(metavar="ROLE", help="Mask for the eyes of a role that the policy names.")
    ] = None,
    vault: VaultPlace = None,
    key: KeyPlace = None,
    quarantine: QuarantineFile = None,
    engine: Engine = "local",
    master: Master = None,
    workers: Workers = None,
    by_month: ByMonth = None,
    incremental: Incremental = False,
    resume: Resume = True,
    force: Force = False,
) -> Summary:
    """Mask personal information in a table."""
    from voc.cli.summaries import file_summary
    from voc.engine.choose import engine_pool
    from voc.pipeline.cluster import TableRun, is_cluster_run, mask_table
    from voc.pipeline.files import FileRun, mask_file
    from voc.pipeline.protection.recorded import vault_spec

    policy = policy or ("default" if view is None else "protected")
    if is_cluster_run(source, output, engine):
        if view is not None:
            raise UsageError("views are made on one machine", where="--view", hint="voc view, afterwards")
        refuse_on_a_cluster(by_month, incremental)
        table = TableRun(source, output, master, force)
        done = mask_table(table, text=text or (), policy=policy, ner=ner or ())
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
            by_month=by_month,
            resume=resume,
            incremental=incremental,
        )
        keeper = vault_spec(source, vault, key)
        result = mask_file(
            job, text=text or (), policy=policy, ner=ner or (), spans=spans, view=view, vault=keeper
        )
    return file_summary(session, result, output, counted="entities")
