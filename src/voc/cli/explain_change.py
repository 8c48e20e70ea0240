"""`voc explain-change`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["explain_change"]


@command(
    app,
    "explain-change",
    example="voc explain-change complaint-rate runs/october --before 2025-09 --after 2025-10",
)
def explain_change(
    session: Session,
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="complaint-rate or churn-rate.")],
    folder: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="Folder of a finished run.")],
    before: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="A month, 2025-09, or days, 2025-09-01..2025-09-14.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Likewise; the last two whole months by default.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="JSON file to write.")
    ] = None,
    force: Force = False,
) -> Summary:
    """Which tag, segment, channel and product moved a rate between two periods. Book-keeping, not causes."""
    from voc.cli.decision_summaries import change_summary
    from voc.pipeline.changes.files import explain_change_file

    result = explain_change_file(metric, folder, output, before=before, after=after, force=force)
    return change_summary(session, result, output)
