"""`voc export` and `voc release`: what may leave the company."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Input, Output, Policy
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import UsageError

__all__ = ["export", "release"]


@command(
    app, "export", example="voc export customers.parquet -o partner.csv --quasi 城市 --sensitive segment"
)
def export(
    session: Session,
    source: Input,
    output: Output,
    quasi: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL", help="Column that an outsider may know, beside those found by themselves."
        ),
    ] = None,
    sensitive: Annotated[
        str | None, typer.Option(metavar="COL", help="Column that a group must not give away.")
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", min=1, metavar="N", help="Fewest persons who look alike.")
    ] = None,
    suppress: Annotated[
        bool, typer.Option("--suppress", help="Take out rows of too small groups instead of refusing.")
    ] = False,
    policy: Policy = "default",
    force: Force = False,
) -> Summary:
    """Write masked rows for others, graded after GB/T 42460; exit 1 when a person could be found in them."""
    from voc.pipeline.export import export_file

    session.note("looking for what is left of persons in every column")
    done = export_file(
        source,
        output,
        quasi=quasi or (),
        sensitive=sensitive,
        k=k,
        policy=policy,
        suppress=suppress,
        force=force,
    )
    facts = {
        "rows_in": done.rows_in,
        "rows_out": done.rows_out,
        "quasi": list(done.quasi),
        "left_out": list(done.left_out),
        "grade": int(done.graded.grade),
        "k": done.graded.anonymity.k if done.graded.anonymity else None,
    }
    lines = [
        f"{done.rows_out:,} of {done.rows_in:,} rows → {output}",
        f"grade {int(done.graded.grade)} of GB/T 42460: {done.graded.grade.zh}; smallest group {facts['k']}",
        f"quasi-identifiers: {', '.join(done.quasi)}",
    ]
    if done.left_out:
        lines.append(f"not exported (free text and findings): {', '.join(done.left_out)}")
    return Summary(facts, tuple(lines), stdout_is_data=output == "-")


@command(app, "release", example="voc release tags.parquet -o counts.csv --by segment --by tag")
def release(
    session: Session,
    source: Input,
    output: Output,
    by: Annotated[list[str], typer.Option(metavar="COL", help="Count persons by this column; up to two.")],
    epsilon: Annotated[
        float | None,
        typer.Option(metavar="E", help="Publish with noise (differential privacy) at this price."),
    ] = None,
    groups: Annotated[
        int, typer.Option(min=1, metavar="N", help="With noise: most groups in which a person counts.")
    ] = 3,
    rate: Annotated[
        str | None, typer.Option(metavar="COL", help="With noise: share of persons for whom this is true.")
    ] = None,
    total: Annotated[
        str | None, typer.Option("--sum", metavar="COL", help="With noise: sum of this.")
    ] = None,
    bound: Annotated[
        float | None, typer.Option(metavar="X", help="Most that a person may add to a sum.")
    ] = None,
    ledger: Annotated[Path, typer.Option(metavar="FILE", help="Budget of this data set.")] = Path(
        "privacy-budget.jsonl"
    ),
    policy: Policy = "default",
    force: Force = False,
) -> Summary:
    """Write figures for others: small cells hidden, or all with noise from a budget (exit 1 when spent)."""
    from voc.pipeline.release import Spending, release_noisy, release_protected

    if epsilon is None:
        if rate or total:
            raise UsageError("rates and sums are published with noise", hint="add --epsilon 0.5")
        done = release_protected(source, output, by, policy=policy, force=force)
        lines = [f"{done.rows:,} cells → {output}", f"{done.hidden:,} of them are not shown"]
    else:
        spending = Spending(epsilon, ledger, groups)
        done = release_noisy(
            source, output, by, spending, rate=rate, total=total, bound=bound, policy=policy, force=force
        )
        session.note(f"a person counts in at most {groups} groups; the budget is kept in {ledger}")
        lines = [f"{done.rows:,} figures with noise → {output}", f"budget left: {done.left:.4g}"]
    facts = {"rows": done.rows, "hidden": done.hidden, "epsilon": done.epsilon, "budget_left": done.left}
    return Summary(facts, tuple(lines), stdout_is_data=output == "-")
