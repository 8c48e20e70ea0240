"""`voc scan`."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.options import Input, Ner, Policy, Text
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["scan"]


@command(app, "scan", example="voc scan masked.parquet --max-core 0")
def scan(
    session: Session,
    source: Input,
    text: Text = None,
    policy: Policy = "default",
    ner: Ner = None,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="ROWS", help="Look at the first ROWS rows only.")
    ] = None,
    max_core: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Exit 1 above N core-sensitive findings.")
    ] = None,
    max_general: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Exit 1 above N general-sensitive findings.")
    ] = None,
) -> Summary:
    """Tell what personal information is in which column, by entity and tier."""
    from voc.cli.summaries import scan_summary
    from voc.pipeline.files import scan_file

    result = scan_file(source, text=text or (), policy=policy, ner=ner or (), sample=sample)
    return scan_summary(session, result, max_core=max_core, max_general=max_general)
