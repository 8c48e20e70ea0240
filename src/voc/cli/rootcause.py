"""`voc rootcause`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Map, QuarantineFile, parse_maps
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["rootcause"]


@command(
    app,
    "rootcause",
    example="voc rootcause --tags tagged.parquet --orders masked-orders.parquet "
    "--churn masked-churn.parquet -o causes",
)
def rootcause(
    session: Session,
    tags: Annotated[
        str,
        typer.Option(
            metavar="T",
            help="A table of voc tag, or a row a tag: feedback_id, customer_id, ts, tag, polarity.",
        ),
    ],
    orders: Annotated[str, typer.Option(metavar="O", help="customer_id, order_id, ts, amount.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Folder to write to.")],
    churn: Annotated[
        str | None,
        typer.Option(metavar="C", help="customer_id, churned_at; from inactivity when left out."),
    ] = None,
    columns: Map = None,
    exposure: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days of complaints.")] = 30,
    gap: Annotated[int, typer.Option(min=0, metavar="DAYS", help="Days between exposure and outcome.")] = 14,
    horizon: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days in which churn counts.")] = 90,
    every: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days between landmarks.")] = 30,
    min_cell: Annotated[int, typer.Option(min=1, metavar="N", help="Suppress smaller cells.")] = 10,
    min_match: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Stop when fewer rows fit a customer.")
    ] = 0.5,
    values: Annotated[
        str | None,
        typer.Option(metavar="V", help="customer_id, expected_value; from recent spend when left out."),
    ] = None,
    negative_control: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="A tag that cannot drive anybody away; may be repeated."),
    ] = None,
    tagger_scores: Annotated[
        str | None, typer.Option(metavar="FILE", help="tag, precision, recall, n_found, n_true.")
    ] = None,
    experiment: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="A result of `voc abtest`; may be repeated."),
    ] = None,
    lang: Annotated[str, typer.Option(metavar="zh|en", help="Language of the report.")] = "zh",
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Which complaints go with customers leaving, how many, what it is worth, and why to doubt it."""
    from voc.cli.summaries import causes_summary, with_rows_set_aside
    from voc.config.pipeline import ChurnConfig, RootCauseConfig
    from voc.pipeline.causes.effects import rootcause_files
    from voc.pipeline.files import open_quarantine

    settings = RootCauseConfig(
        churn=ChurnConfig(source="table" if churn else "inactivity"),
        exposure_days=exposure,
        gap_days=gap,
        horizon_days=horizon,
        every_days=every,
        min_cell=min_cell,
        min_match_rate=min_match,
        negative_controls=negative_control or [],
        tagger_scores=tagger_scores,
        experiments=experiment or [],
    )
    with open_quarantine(str(output), quarantine) as bad:
        result = rootcause_files(
            tags,
            orders,
            churn,
            output,
            settings=settings,
            columns=parse_maps(columns),
            values=values,
            lang=lang,
            quarantine=bad,
            force=force,
        )
    return with_rows_set_aside(causes_summary(session, result, output), bad)
