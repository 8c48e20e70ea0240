"""`voc whatif`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import UsageError

__all__ = ["whatif"]


@command(
    app,
    "whatif",
    example="voc whatif causes --tag logistics.delay --mends 0.3-0.6 --cost 50000-80000",
)
def whatif(
    session: Session,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of `voc rootcause`, or of a finished run.")
    ],
    tag: Annotated[str, typer.Option(metavar="TAG", help="Complaint to mend.")],
    cost: Annotated[str, typer.Option(metavar="A[-B]", help="Cost of mending it, or its bounds.")],
    mends: Annotated[
        str, typer.Option(metavar="A[-B]", help="Share of the complaints that are prevented, or its bounds.")
    ] = "1",
    segment: Annotated[
        str | None, typer.Option(metavar="NAME", help="For one segment: vip, growth, general, churn_risk.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="Days that the plan is for.")] = 365,
    draws: Annotated[int, typer.Option(min=100, metavar="N", help="Draws.")] = 20_000,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draws.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="JSON file to write.")
    ] = None,
    force: Force = False,
) -> Summary:
    """What mending a complaint would bring: saved customers, money, return, and the chance of a loss."""
    from voc.cli.decision_summaries import whatif_summary
    from voc.pipeline.causes.decisions import Plan, what_if_file

    plan = Plan(tag, segment, _bounds(mends, "--mends"), _bounds(cost, "--cost"), days)
    result = what_if_file(folder, plan, output, draws=draws, seed=seed, force=force)
    return whatif_summary(session, result, output)


def _bounds(text: str, option: str) -> tuple[float, float]:
    lower, _, upper = text.partition("-")
    try:
        return float(lower), float(upper or lower)
    except ValueError:
        raise UsageError(f"{text!r} is no number, nor two with - between", where=option) from None
