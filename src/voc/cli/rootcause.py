"""`voc rootcause`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["rootcause"]


@command(
    app,
    "rootcause",
    example="voc rootcause --tags tags.parquet --orders orders.parquet --churn churn.csv -o causes",
)
def rootcause(
    session: Session,
    tags: Annotated[
        str, typer.Option(metavar="T", help="Exploded tags: feedback_id, customer_id, ts, tag, polarity.")
    ],
    orders: Annotated[str, typer.Option(metavar="O", help="customer_id, order_id, ts, amount.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Folder to write to.")],
    churn: Annotated[
        str | None,
        typer.Option(metavar="C", help="customer_id, churned_at; from inactivity when left out."),
    ] = None,
    exposure: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days of complaints.")] = 30,
    gap: Annotated[int, typer.Option(min=0, metavar="DAYS", help="Days between exposure and outcome.")] = 14,
    horizon: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days in which churn counts.")] = 90,
    every: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days between landmarks.")] = 30,
    min_cell: Annotated[int, typer.Option(min=1, metavar="N", help="Suppress smaller cells.")] = 10,
    force: Force = False,
) -> Summary:
    """Which complaints go with customers leaving: crude and adjusted risk ratios with intervals."""
    from voc.cli.summaries import causes_summary
    from voc.config.pipeline import ChurnConfig, RootCauseConfig
    from voc.pipeline.effects import rootcause_files

    settings = RootCauseConfig(
        churn=ChurnConfig(source="table" if churn else "inactivity"),
        exposure_days=exposure,
        gap_days=gap,
        horizon_days=horizon,
        every_days=every,
        min_cell=min_cell,
    )
    result = rootcause_files(tags, orders, churn, output, settings=settings, force=force)
    return causes_summary(session, result, output)
