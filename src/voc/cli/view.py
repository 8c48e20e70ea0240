"""`voc view`."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.options import Force, QuarantineFile
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["view"]


@command(app, "view", example="voc view masked.parquet --role marketing -o for-marketing.csv")
def view(
    session: Session,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A masked table.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="For whose eyes.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="OUTPUT", help="File, or - for stdout.")
    ] = "-",
    policy: Annotated[str, typer.Option(metavar="FILE", help="Policy file, or a packed one.")] = "protected",
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Show of a masked table what a role may see; what is not granted is masked."""
    from voc.cli.summaries import file_summary
    from voc.pipeline.files import FileRun
    from voc.pipeline.protection.views import view_file

    result = view_file(FileRun(table, output, {}, quarantine, 1, force=force), role=role, policy=policy)
    return file_summary(session, result, output, counted="entities")
