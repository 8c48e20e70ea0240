"""`voc abtest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["abtest"]


@command(
    app,
    "abtest",
    example="voc abtest test.csv --variant group --outcome churned --tag logistics.delay -o test.json",
)
def abtest(
    session: Session,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="One row a customer: group, outcome, covariate.")
    ],
    variant: Annotated[str, typer.Option(metavar="COL", help="Column that names the group.")],
    outcome: Annotated[str, typer.Option(metavar="COL", help="Column of the outcome, such as churned.")],
    covariate: Annotated[
        str | None, typer.Option(metavar="COL", help="Something measured before the test (CUPED).")
    ] = None,
    control: Annotated[
        str | None, typer.Option(metavar="NAME", help="Control group; the first by name when left out.")
    ] = None,
    ratio: Annotated[
        float, typer.Option(min=0.001, metavar="R", help="Planned size of the variant over the control.")
    ] = 1.0,
    better: Annotated[str, typer.Option(metavar="lower|higher", help="Which outcome is good.")] = "lower",
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Complaint that the variant mends.")] = None,
    taxonomy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own taxonomy; the packed one by default.")
    ] = None,
    segment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the test: vip, growth, general, churn_risk.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="JSON file, for voc rootcause --experiment."),
    ] = None,
    force: Force = False,
) -> Summary:
    """Read an A/B test: difference, interval, sample-ratio check, CUPED, detectable effect.

    Needs tea-tasting (extra experiments).
    """
    from voc.cli.decision_summaries import abtest_summary
    from voc.pipeline.causes.decisions import ab_test_file

    found = ab_test_file(
        table,
        output,
        variant=variant,
        outcome=outcome,
        covariate=covariate,
        control=control,
        ratio=ratio,
        better=better,
        tag=tag,
        taxonomy=taxonomy,
        segment=segment,
        force=force,
    )
    return abtest_summary(session, found, output)
