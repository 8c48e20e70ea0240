"""`voc report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import UsageError

__all__ = ["report"]

FORMATS = ("html", "xlsx", "md")


@command(app, "report", example="voc report runs/october --lang en --format html")
def report(
    session: Session,
    folder: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="Folder of a finished run.")],
    lang: Annotated[str, typer.Option(metavar="zh|en", help="Language.")] = "zh",
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="html|xlsx|md", help="Rendering, may be repeated.")
    ] = None,
) -> Summary:
    """Render the report of a finished run again, from its report.json."""
    from voc.pipeline.reporting import render_again

    for name in formats or ():
        if name not in FORMATS:
            raise UsageError(f"no format {name!r}", where="--format", hint=f"known: {', '.join(FORMATS)}")
    if lang not in ("zh", "en"):
        raise UsageError(f"no language {lang!r}", where="--lang", hint="known: zh, en")
    written = render_again(folder, lang=lang, formats=tuple(formats or FORMATS))
    session.note(f"rendered from {folder / 'report.json'}")
    facts = {"folder": str(folder), "written": [str(path) for path in written]}
    return Summary(facts, tuple(str(path) for path in written))
