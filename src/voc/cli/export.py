"""`voc export`."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.options import Force, Output
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

__all__ = ["export"]


@command(
    app,
    "export",
    example="voc export masked.parquet -o for-agency.csv --leave-out 工单号 --coarsen 时间=month",
)
def export(
    session: Session,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A masked table.")],
    output: Output,
    role: Annotated[str | None, typer.Option(metavar="ROLE", help="As this role sees it.")] = None,
    quasi: Annotated[
        list[str] | None,
        typer.Option(metavar="COL", help="A quasi-identifier; may be repeated. Known ones are found."),
    ] = None,
    sensitive: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="A sensitive column, for l-diversity.")
    ] = None,
    k: Annotated[
        int | None, typer.Option("-k", min=1, metavar="N", help="Fewest rows that look alike.")
    ] = None,
    l: Annotated[  # noqa: E741
        int | None, typer.Option("-l", min=1, metavar="N", help="Fewest sensitive values among them.")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Leave out rows that break this.")] = False,
    coarsen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL=STEP",
            help="Make times (year, quarter, month, week, day, hour) or numbers (a width) coarser.",
        ),
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="COL", help="Leave a column away.")
    ] = None,
    not_identifying: Annotated[
        list[str] | None,
        typer.Option(
            "--not-identifying", metavar="COL", help="On your word: nobody outside knows what is in it."
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="COL", help="Export counts by one or two columns instead of rows."),
    ] = None,
    person: Annotated[
        str, typer.Option(metavar="COL", help="Whose a row is; people are counted.")
    ] = "customer_key",
    amount: Annotated[str | None, typer.Option(metavar="COL", help="Add this up, with --by.")] = None,
    min_cell: Annotated[
        int | None, typer.Option("--min-cell", min=2, metavar="N", help="Fewest people in a cell, with --by.")
    ] = None,
    base: Annotated[
        int | None, typer.Option("--round", min=2, metavar="N", help="Round to multiples, with --by.")
    ] = None,
    policy: Annotated[str, typer.Option(metavar="FILE", help="Policy file, or a packed one.")] = "protected",
    force: Force = False,
) -> Summary:
    """Write a table for outside, graded (GB/T 42460); exit 1 when somebody in it could be found."""
    from voc.cli.exports import export_summary, only_for_rows, parse_steps
    from voc.pipeline.protection.export import export_counts, export_rows
    from voc.pipeline.protection.export_columns import ColumnWishes

    if by:
        only_for_rows(
            {
                "--quasi": quasi,
                "--sensitive": sensitive,
                "-k": k,
                "-l": l,
                "--drop": drop,
                "--coarsen": coarsen,
                "--leave-out": leave_out,
                "--not-identifying": not_identifying,
            }
        )
        counts = export_counts(
            table,
            output,
            by=by,
            person=person,
            amount=amount,
            policy=policy,
            role=role,
            min_cell=min_cell,
            base=base,
            force=force,
        )
        session.note(
            f"{how_many(counts.small, 'cell is', 'cells are')} small, "
            f"{how_many(counts.secondary, 'more is', 'more are')} hidden so that totals tell nothing"
        )
        facts = {**counts._asdict(), "grade": counts.grade._asdict(), "output": output}
        line = f"{how_many(counts.cells, 'cell')} → {output}, grade {counts.grade.level} {counts.grade.zh}"
        return Summary(facts, (line,), stdout_is_data=output == "-")
    wishes = ColumnWishes(
        quasi=tuple(quasi or ()),
        sensitive=tuple(sensitive or ()),
        not_identifying=tuple(not_identifying or ()),
        leave_out=tuple(leave_out or ()),
        coarsen=parse_steps(coarsen),
    )
    done = export_rows(
        table,
        output,
        policy=policy,
        role=role,
        wishes=wishes,
        k=k,
        l=l,
        person=person,
        drop=drop,
        force=force,
    )
    return export_summary(session, done, wishes, output)
