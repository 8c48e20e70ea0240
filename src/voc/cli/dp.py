"""`voc dp …`."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.options import Force
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import UsageError

__all__ = ["budget", "figures"]

group = typer.Typer(
    help="Figures with differential privacy (extra dp).", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(group, name="dp")

Dataset = Annotated[str, typer.Option(metavar="NAME", help="Name under which the budget is kept.")]
PolicyFile = Annotated[str, typer.Option("--policy", metavar="FILE", help="Policy file, or a packed one.")]


@command(
    group,
    "figures",
    example="voc dp figures runs/october/tags.parquet --by tag --dataset october --epsilon 1",
)
def figures(
    session: Session,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table with a person in each row.")],
    by: Annotated[list[str], typer.Option(metavar="COL", help="Column to count by; may be repeated.")],
    dataset: Dataset,
    kind: Annotated[str, typer.Option(metavar="counts|sums|rates", help="What is told.")] = "counts",
    groups: Annotated[
        list[str] | None, typer.Option("--group", metavar="VALUE", help="All groups, a|b for two columns.")
    ] = None,
    person: Annotated[str, typer.Option(metavar="COL", help="Who is protected.")] = "customer_key",
    amount: Annotated[str | None, typer.Option(metavar="COL", help="What is added up.")] = None,
    bound: Annotated[float | None, typer.Option(metavar="X", help="Most that one person adds.")] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="COL", help="True for those who count in a rate.")
    ] = None,
    epsilon: Annotated[
        float, typer.Option(min=0.001, metavar="E", help="Privacy loss of this answer.")
    ] = 1.0,
    max_groups: Annotated[
        int,
        typer.Option("--max-groups", min=1, metavar="N", help="Groups that one person counts in at most."),
    ] = 1,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="OUTPUT", help="Also write them as a table.")
    ] = None,
    policy: PolicyFile = "protected",
    force: Force = False,
) -> Summary:
    """Count, add up or rate people by group, with OpenDP's noise. Exit 1 when the budget is spent."""
    from voc.cli.summaries import aligned
    from voc.pipeline.protection.private_figures import private_figures

    if kind not in ("counts", "sums", "rates"):
        raise UsageError(f"no kind {kind!r}", where="--kind", hint="counts, sums, rates")
    done = private_figures(
        table,
        dataset=dataset,
        by=by,
        kind=kind,
        groups=groups,
        person=person,
        amount=amount,
        bound=bound,
        positive=positive,
        epsilon=epsilon,
        max_groups=max_groups,
        policy=policy,
        output=output,
        force=force,
    )
    session.note(
        f"epsilon {epsilon:g} spent, {done.budget.left:g} of {done.budget.total:g} left for {dataset}"
    )
    rows = [("group", kind, "95 % interval", "noise scale")]
    digits = 3 if kind == "rates" else 2 if kind == "sums" else 0
    rows += [
        (
            one.group,
            f"{one.value:,.{digits}f}",
            f"{one.ci_lower:,.{digits}f} – {one.ci_upper:,.{digits}f}",
            f"{one.scale:.3g}",
        )
        for one in done.figures
    ]
    facts = {
        "kind": kind,
        "figures": [one._asdict() for one in done.figures],
        "epsilon": epsilon,
        "left": done.budget.left,
        "total": done.budget.total,
    }
    return Summary(facts, tuple(aligned(rows)), stdout_is_data=output == "-")


@command(group, "budget", example="voc dp budget --dataset october")
def budget(session: Session, dataset: Dataset, policy: PolicyFile = "protected") -> Summary:  # noqa: ARG001
    """Tell what is left of a data set's privacy budget."""
    from voc.pipeline.protection.private_figures import budget_of

    found = budget_of(dataset, policy)
    facts = {**found._asdict(), "left": found.left}
    return Summary(
        facts, (f"{dataset}: {found.left:g} of {found.total:g} left after {found.queries} answers",)
    )
