"""`voc evaluate pii`."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.evaluate import group
from voc.cli.options import Policy, QuarantineAsked
from voc.cli.session import Session, Summary, command

__all__ = ["pii"]


@command(group, "pii", example="voc evaluate pii --seed 1 --size 25 --clean reviews.csv")
def pii(
    session: Session,
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same cases.")] = 1,
    size: Annotated[
        int, typer.Option(min=1, metavar="N", help="Values of each kind beside each kind of neighbour.")
    ] = 25,
    split: Annotated[
        str,
        typer.Option(metavar="dev|test", help="Sentences that the recognisers were written with, or not."),
    ] = "test",
    clean: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Reviews that are taken for clean, may be repeated."),
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="COL", help="Their text column.")] = None,
    policy: Policy = "default",
    quarantine: QuarantineAsked = None,
    details: Annotated[bool, typer.Option("--details", help="Every group of each part.")] = False,
) -> Summary:
    """Score how well identifiers are found; exit 1 when a target is missed."""
    from voc.cli.pii_scores import pii_summary
    from voc.cli.summaries import with_rows_set_aside
    from voc.errors import UsageError
    from voc.io import Quarantine
    from voc.pipeline.learning.evaluate_pii import evaluate_pii

    if split not in ("dev", "test"):
        raise UsageError(f"no split {split!r}", where="--split", hint="dev or test")
    session.note("making the cases")
    with Quarantine(quarantine) as bad:
        result = evaluate_pii(
            seed=seed,
            size=size,
            split=split,
            policy=policy,
            clean=clean or (),
            text=text,
            quarantine=bad,
        )
    return with_rows_set_aside(pii_summary(result, details=details), bad)
