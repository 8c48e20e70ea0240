"""`voc train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Policy
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["train"]


@command(app, "train", example="voc train labelled.csv -o ours.npz --text 内容 --label 类别")
def train(
    session: Session,
    labelled: Annotated[
        list[str], typer.Argument(metavar="LABELLED...", help="Tables with a text and a label column.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="MODEL", help="Where the model goes, .npz.")
    ],
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    label: Annotated[
        str | None, typer.Option(metavar="COL", help="Label column; several tags are parted by ; or |.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="sentiment, label or tags; seen from the labels when left out."),
    ] = None,
    policy: Policy = "default",
    masked: Annotated[bool, typer.Option("--masked", help="The text is masked already.")] = False,
    force: Force = False,
) -> Summary:
    """Train a model on your own labels, for `voc tag --model` (sentiment) or `voc tag --custom` (others)."""
    from voc.cli.evaluations import train_summary
    from voc.pipeline.train import train_custom

    result = train_custom(
        labelled, output, kind=kind, text=text, label=label, policy=policy, masked=masked, force=force
    )
    return train_summary(session, result)
