"""`voc doctor`."""

from __future__ import annotations

from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["doctor"]


@command(app, "doctor", example="voc doctor --json")
def doctor(session: Session) -> Summary:
    """Tell what is installed, which back ends work, and where files are."""
    from voc.pipeline.checkup import checkup

    result = checkup()
    mark = {True: "ok", False: "--"}
    lines = [f"voc {result.version}, Python {result.python}, {result.cores} cores"]
    lines += [f"  {mark[check.works]}  {check.name}: {check.detail}" for check in result.checks]
    session.note("-- marks what is not installed or does not work")
    return Summary(result.facts(), tuple(lines), exit_code=0 if result.healthy else 3)
