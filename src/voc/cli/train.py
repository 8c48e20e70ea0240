"""`voc train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Policy, QuarantineFile
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import UsageError

__all__ = ["export", "train"]

group = typer.Typer(help="Models of your own.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="model")


@command(app, "train", example="voc train labelled.csv -o ours.npz --text 内容 --label 类别")
def train(
    session: Session,
    labelled: Annotated[
        list[str], typer.Argument(metavar="LABELLED...", help="Tables with a text and a label column.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="MODEL", help="Where the model goes: .npz, or a folder."),
    ],
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    label: Annotated[
        str | None, typer.Option(metavar="COL", help="Label column; several tags are parted by ; or |.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="sentiment, label or tags; seen from the labels when left out."),
    ] = None,
    backend: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="linear; best, with the encoder too; or transformers, which fine-tunes the model of --base.",
        ),
    ] = "linear",
    base: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Folder of a transformers model, or its name in the local cache."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, metavar="N", help="Times that fine-tuning sees a text.")] = 3,
    learning_rate: Annotated[
        float, typer.Option(min=1e-7, metavar="RATE", help="Largest learning rate of fine-tuning.")
    ] = 5e-5,
    policy: Policy = "default",
    masked: Annotated[bool, typer.Option("--masked", help="The text is masked already.")] = False,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Train a model on your own labels, for `voc tag --model` (sentiment) or `voc tag --custom` (others)."""
    from voc.cli.evaluations import train_summary
    from voc.cli.summaries import with_rows_set_aside
    from voc.pipeline.files import open_quarantine
    from voc.pipeline.learning.train import train_custom
    from voc.tagging.custom.fine_tuning import FineTuning

    if backend not in ("linear", "best", "transformers"):
        raise UsageError(f"no backend {backend!r}", where="--backend", hint="linear, best or transformers")
    if (backend == "transformers") != (base is not None):
        raise UsageError("--backend transformers and --base PATH go together", where="--base")
    tuning = FineTuning(base, epochs, learning_rate) if base is not None else None
    with open_quarantine(str(output), quarantine) as bad:
        result = train_custom(
            labelled,
            output,
            kind=kind,
            text=text,
            label=label,
            policy=policy,
            masked=masked,
            quarantine=bad,
            force=force,
            best=backend == "best",
            tuning=tuning,
            told=lambda epoch, loss: session.note(f"epoch {epoch} of {epochs}: loss {loss:.4f}"),
        )
    return with_rows_set_aside(train_summary(session, result), bad)


@command(group, "export", example="voc model export ours -o ours-onnx")
def export(
    session: Session,  # noqa: ARG001
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Folder of a transformers model, or its name in the cache.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where it goes.")],
    force: Force = False,
) -> Summary:
    """Write a transformers model as ONNX, which `transformers:FOLDER` then runs without PyTorch."""
    from voc.pipeline.learning.train import export_model

    difference = export_model(model, output, force=force)
    lines = (f"{model} → {output}: probabilities differ by {difference:.1g} at most",)
    return Summary({"output": str(output), "difference": difference}, lines)
