"""`voc join-private`: two companies count the persons they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Input, Output
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["answer", "begin", "finish", "group"]

group = typer.Typer(
    name="join-private",
    help="Count the persons that two companies share without showing each other who they are.",
    no_args_is_help=True,
)
app.add_typer(group)

Column = Annotated[str, typer.Option("--key", metavar="COL", help="Column that identifies a person.")]
By = Annotated[str | None, typer.Option(metavar="COL", help="Count by this column.")]
Context = Annotated[str, typer.Option(metavar="NAME", help="Name of the agreement, the same on both sides.")]
Entity = Annotated[str, typer.Option(metavar="ENTITY", help="What the key is, for example CN_MOBILE.")]
MinCell = Annotated[int, typer.Option(min=2, metavar="N", help="Fewest persons of a group or count.")]
Keep = Annotated[Path, typer.Option(metavar="FILE", help="Our secret; stays here.")]


@command(
    group,
    "begin",
    example="voc join-private begin customers.csv --key 手机 --context q4 -o to-partner.json",
)
def begin(
    session: Session,
    source: Input,
    output: Output,
    key: Column,
    context: Context,
    by: By = None,
    entity: Entity = "CN_MOBILE",
    min_cell: MinCell = 10,
    keep: Keep = Path("join-secret.key"),
) -> Summary:
    """Step 1, by the company that will see the counts: blind our persons and write the message."""
    from voc.pipeline.join_private import Agreement, Side, begin_file

    session.note("blinding takes about 0.2 ms a person")
    persons = begin_file(Side(source, key, by), Path(output), keep, Agreement(context, entity, min_cell))
    lines = (
        f"{persons:,} persons → {output}: send it",
        f"our secret: {keep}: keep it, until finish removes it",
    )
    return Summary({"persons": persons}, lines)


@command(
    group,
    "answer",
    example="voc join-private answer from-partner.json members.csv --key phone --context q4 -o back.json",
)
def answer(
    session: Session,
    letter: Annotated[Path, typer.Argument(metavar="MESSAGE", help="What the other company sent.")],
    source: Input,
    output: Output,
    key: Column,
    context: Context,
    by: By = None,
    entity: Entity = "CN_MOBILE",
    min_cell: MinCell = 10,
) -> Summary:
    """Step 2, by the other company: blind both sides and write the answer; our secret is forgotten."""
    from voc.pipeline.join_private import Agreement, Side, answer_file

    session.note("blinding takes about 0.2 ms a person")
    terms = Agreement(context, entity, min_cell)
    theirs, ours = answer_file(letter, Side(source, key, by), Path(output), terms)
    lines = (f"{theirs:,} persons of theirs and {ours:,} of ours → {output}: send it back",)
    return Summary({"theirs": theirs, "ours": ours}, lines)


@command(group, "finish", example="voc join-private finish back.json -o shared.csv --context q4")
def finish(
    session: Session,
    letter: Annotated[Path, typer.Argument(metavar="MESSAGE", help="The other company's answer.")],
    output: Output,
    context: Context,
    min_cell: MinCell = 10,
    keep: Keep = Path("join-secret.key"),
    force: Force = False,
) -> Summary:
    """Step 3, by the first company: count the persons whom both have, by the groups of both."""
    from voc.pipeline.join_private import Agreement, finish_file

    session.note("counting")
    rows, hidden = finish_file(letter, keep, output, Agreement(context, "", min_cell), force=force)
    lines = (f"{rows:,} counts → {output}", f"{hidden:,} of them are below {min_cell} and not shown")
    return Summary({"rows": rows, "hidden": hidden}, lines, stdout_is_data=output == "-")
