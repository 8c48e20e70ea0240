"""`voc mask`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import (
    Force,
    Input,
    KeyPlace,
    Map,
    Output,
    Policy,
    QuarantineFile,
    Text,
    VaultPlace,
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
    view: Annotated[
        str | None, typer.Option(metavar="ROLE", help="Mask for the eyes of a role that the policy names.")
    ] = None,
    vault: VaultPlace = None,
    key: KeyPlace = None,
    quarantine: QuarantineFile = None,
    workers: Workers = None,
    force: Force = False,
) -> Summary:
    """Mask personal information in a table."""
    from voc.cli.summaries import file_summary
    from voc.pipeline.files import FileRun, mask_file
    from voc.pipeline.protection import vault_spec

    with session.progress() as progress:
        job = FileRun(source, output, parse_map(columns), quarantine, workers, force=force, progress=progress)
        result = mask_file(
            job, text=text or (), policy=policy, spans=spans, view=view, vault=vault_spec(source, vault, key)
        )
    return file_summary(session, result, output, counted="entities")
