"""`voc review …`: people correct what the model says, and it learns from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Input, QuarantineFile
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

__all__ = ["export", "import_"]

group = typer.Typer(help="Corrections by people.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="review")

OwnTaxonomy = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Your own; the packed one by default.")
]


@command(
    group, "export", example="voc review export tagged.parquet -o review.xlsx --uncertain 100 --random 100"
)
def export(
    session: Session,
    source: Input,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help=".xlsx, or .json for Label Studio.")
    ],
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    uncertain: Annotated[
        int, typer.Option(min=0, metavar="N", help="Rows that the model is least sure of.")
    ] = 100,
    random: Annotated[int, typer.Option(min=0, metavar="N", help="Random rows, for honest figures.")] = 100,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the random sample.")] = 1,
    taxonomy: OwnTaxonomy = None,
    masked: Annotated[bool, typer.Option("--masked", help="The text is masked already.")] = False,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Write rows of a tagged table for people to correct."""
    from voc.cli.summaries import with_rows_set_aside
    from voc.pipeline.files import open_quarantine
    from voc.pipeline.learning.review import export_review

    with open_quarantine(str(output), quarantine) as bad:
        result = export_review(
            source, output, text=text, uncertain=uncertain, random=random, seed=seed, taxonomy=taxonomy,
            masked=masked, quarantine=bad, force=force,
        )  # fmt: skip
    for interface in result.files[1:]:
        session.note(f"{interface} is the labelling interface for Label Studio")
    if result.cut:
        session.warn(
            f"{how_many(result.cut, 'text')} cut to what a cell of Excel holds; .json keeps them whole"
        )
    names = [str(path) for path in result.files]
    return with_rows_set_aside(Summary({"written": names, "cut": result.cut}, tuple(names)), bad)


@command(group, "import", example="voc review import review.xlsx -o corrected.csv --second other.xlsx")
def import_(
    session: Session,
    reviewed: Annotated[Path, typer.Argument(metavar="FILE", help="The corrected file.")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="TABLE", help="Corrected labels, for voc train.")
    ] = None,
    second: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The same rows by another reviewer: kappa is told.")
    ] = None,
    taxonomy: OwnTaxonomy = None,
    force: Force = False,
) -> Summary:
    """Take corrections back: precision with intervals, kappa of two reviewers, labels for training.

    Rows count that are marked 已核对 in the column 'reviewed', or submitted in Label Studio.
    """
    from voc.cli.evaluations import review_summary
    from voc.pipeline.learning.review import import_review

    result = import_review(reviewed, output, second=second, taxonomy=taxonomy, force=force)
    return review_summary(session, result, output)
