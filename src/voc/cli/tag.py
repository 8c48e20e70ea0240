"""`voc tag`."""

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
    Map,
    Master,
    Policy,
    QuarantineFile,
    Resume,
    Workers,
    parse_map,
    refuse_on_a_cluster,
)
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import UsageError

__all__ = ["tag"]


@command(app, "tag", example="voc tag masked.parquet -o tagged.parquet --text 评价内容 --masked")
def tag(
    session: Session,
    source: Input,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUTPUT", help="Its format follows the name."),
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="fast, best, auto (sentiment and tags); snownlp, a file of voc train, transformers:PATH.",
        ),
    ] = "fast",
    masked: Annotated[bool, typer.Option("--masked", help="The text is masked already.")] = False,
    lexicon: Annotated[
        Path | None, typer.Option(metavar="TSV", help="Own terms: term, tag, polarity.")
    ] = None,
    taxonomy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own taxonomy; the packed one by default.")
    ] = None,
    custom: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Model of voc train, or transformers:PATH; its labels are added as custom_labels.",
        ),
    ] = None,
    explain: Annotated[
        int | None,
        typer.Option(min=0, metavar="ROW", help="Show which words and rules led to the tags of one row."),
    ] = None,
    policy: Policy = "default",
    columns: Map = None,
    quarantine: QuarantineFile = None,
    engine: Engine = "local",
    master: Master = None,
    workers: Workers = None,
    by_month: ByMonth = None,
    incremental: Incremental = False,
    resume: Resume = True,
    force: Force = False,
) -> Summary:
    """Classify sentiment and complaint topics; text is masked in memory first."""
    from voc.cli.summaries import explain_summary, file_summary
    from voc.engine.choose import engine_pool
    from voc.pipeline.cluster import TableRun, is_cluster_run, tag_table
    from voc.pipeline.files import FileRun, TagChoice, explain_row, tag_file

    renamed = parse_map(columns)
    choice = TagChoice(model, lexicon, taxonomy, custom)
    if explain is not None:
        job = FileRun(source, "-", renamed, quarantine)
        return explain_summary(explain_row(job, explain, choice, text=text, policy=policy, masked=masked))
    if output is None:
        raise UsageError("no output given", hint="-o tagged.parquet, or --explain ROW to look at one row")
    if is_cluster_run(source, output, engine):
        refuse_on_a_cluster(by_month, incremental)
        table = TableRun(source, output, master, force)
        done = tag_table(table, choice, text=text, policy=policy, masked=masked)
        return file_summary(session, done, output, counted="tags")
    with engine_pool(engine, master) as open_pool, session.progress() as progress:
        job = FileRun(
            source,
            output,
            renamed,
            quarantine,
            workers,
            force=force,
            progress=progress,
            open_pool=open_pool,
            by_month=by_month,
            resume=resume,
            incremental=incremental,
        )
        result = tag_file(job, choice, text=text, policy=policy, masked=masked)
    return file_summary(session, result, output, counted="tags")
