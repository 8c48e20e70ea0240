"""`voc join-private …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

__all__ = ["answer", "finish", "offer"]

group = typer.Typer(
    help="Count common customers of two companies; neither shows who they are.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(group, name="join-private")

Table = Annotated[str, typer.Argument(metavar="TABLE", help="Your customers.")]
On = Annotated[str, typer.Option(metavar="COL", help="Column that both have: phone numbers, shared tokens.")]
By = Annotated[str | None, typer.Option(metavar="COL", help="Count by this column of few categories.")]
Out = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Message to the other company.")]
State = Annotated[
    Path, typer.Option(metavar="FILE", help="Your secret of this join. Keep it, show it to nobody.")
]

MinCell = Annotated[
    int, typer.Option("--min-cell", min=2, metavar="N", help="Fewest people of a label or in a cell.")
]


@command(
    group,
    "offer",
    example="voc join-private offer customers.csv --on phone --by segment -o offer.json --state join.key",
)
def offer(
    session: Session,
    table: Table,
    on: On,
    output: Out,
    state: State,
    by: By = None,
    context: Annotated[
        str, typer.Option(metavar="TEXT", help="Name of this join; keeps joins apart.")
    ] = "join",
    min_cell: MinCell = 10,
    force: Force = False,
) -> Summary:
    """First step: blind your customers and write the message to the other company."""
    from voc.pipeline.protection.join_private import JoinedTable, offer_join

    people, nameless = offer_join(
        JoinedTable(table, on, by),
        output=output,
        state=state,
        context=context,
        min_cell=min_cell,
        force=force,
    )
    _tell_nameless(session, nameless, on)
    session.note(f"they run: voc join-private answer THEIR_TABLE --on COL --offer {output} -o answer.json")
    facts = {"people": people, "left_out": nameless, "output": str(output)}
    return Summary(facts, (f"{how_many(people, 'person', 'people')} → {output}",))


@command(
    group,
    "answer",
    example="voc join-private answer members.csv --on mobile --by plan --offer offer.json -o answer.json",
)
def answer(
    session: Session,
    table: Table,
    on: On,
    offered: Annotated[Path, typer.Option("--offer", metavar="FILE", help="Their message.")],
    output: Out,
    by: By = None,
    amount: Annotated[
        str | None, typer.Option("--sum", metavar="COL", help="Let them add this column up, with --bound.")
    ] = None,
    bound: Annotated[
        float | None, typer.Option(min=1, metavar="X", help="Most that one person adds to a sum.")
    ] = None,
    min_cell: MinCell = 10,
    force: Force = False,
) -> Summary:
    """Second step, at the other company: blind both sides and send them back."""
    from voc.pipeline.protection.join_private import JoinedTable, answer_join

    theirs, ours, nameless = answer_join(
        JoinedTable(table, on, by, amount),
        offered=offered,
        output=output,
        bound=bound,
        min_cell=min_cell,
        force=force,
    )
    _tell_nameless(session, nameless, on)
    session.note("send it back; you have no secret to keep")
    facts = {"theirs": theirs, "ours": ours, "left_out": nameless, "output": str(output)}
    return Summary(facts, (f"{theirs:,} of theirs and {ours:,} of ours → {output}",))


@command(
    group,
    "finish",
    example="voc join-private finish answer.json --state join.key -o common.csv",
)
def finish(
    session: Session,
    answered: Annotated[Path, typer.Argument(metavar="ANSWER", help="Their message.")],
    state: State,
    output: Annotated[str, typer.Option("--output", "-o", metavar="OUTPUT", help="Table of counts.")],
    min_cell: MinCell = 10,
    force: Force = False,
) -> Summary:
    """Third step: count the common customers; small cells are hidden."""
    from voc.pipeline.protection.join_private import finish_join

    common = finish_join(answered, state=state, output=output, min_cell=min_cell, force=force)
    hidden = sum(count is None for count in common.cells.values())
    total = f"fewer than {common.min_cell}" if common.total is None else f"{common.total:,}"
    session.note(f"{hidden:,} of {how_many(len(common.cells), 'cell')} hidden")
    facts = {
        "total": common.total,
        "hidden": hidden,
        "cells": len(common.cells),
        "min_cell": common.min_cell,
        "output": output,
    }
    return Summary(facts, (f"common people: {total} → {output}",), stdout_is_data=output == "-")


def _tell_nameless(session: Session, count: int, on: str) -> None:
    if count:
        session.note(f"left out, as they have no {on}: {how_many(count, 'row')}")
