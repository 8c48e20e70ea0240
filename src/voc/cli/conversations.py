"""`voc conversations`."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.options import Force, Input, Output, QuarantineFile
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

__all__ = ["conversations"]


@command(
    app, "conversations", example="voc conversations tagged-chats.parquet -o chats.parquet --by session_id"
)
def conversations(
    session: Session,
    source: Input,
    output: Output,
    by: Annotated[
        str | None, typer.Option(metavar="COL", help="Column that names the chat; found when left out.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    speaker: Annotated[str, typer.Option(metavar="COL", help="Column that says who speaks.")] = "speaker",
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Sum up tagged chat turns: the customer's first and last mood, complaints, and whether it was solved."""
    from voc.cli.summaries import with_rows_set_aside
    from voc.pipeline.conversations import conversations_table
    from voc.pipeline.files import open_quarantine

    with open_quarantine(output, quarantine) as bad:
        told = conversations_table(
            source, output, by=by, text=text, speaker=speaker, quarantine=bad, force=force
        )
    session.note("solved or not is read from the customer's last words")
    lines = [f"{how_many(told['conversations'], 'conversation')} → {output}"]
    lines += [f"  {told[name]:>9,}  {name}" for name in ("solved", "unsolved", "untold")]
    summary = Summary({"output": output, **told}, tuple(lines), stdout_is_data=output == "-")
    return with_rows_set_aside(summary, bad)
