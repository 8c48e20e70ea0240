"""`voc evaluate …`: scores models on labelled tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Policy, QuarantineAsked
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["group", "sentiment", "topics"]

group = typer.Typer(help="Score models on labelled tables.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="evaluate")

Labelled = Annotated[
    list[str], typer.Argument(metavar="LABELLED...", help="Tables with a text and a label column.")
]


@command(group, "sentiment", example="voc evaluate sentiment labelled.csv --label 情感 --train train.csv")
def sentiment(
    session: Session,
    labelled: Labelled,
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    label: Annotated[
        str | None, typer.Option(metavar="COL", help="Label column: -1, 0, 1, or 负面, 中性, 正面.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="COL", help="Figures by this column; by table when left out.")
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="NAME", help="May be repeated; fast and snownlp when left out."),
    ] = None,
    train: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Tables that the TF-IDF floor learns from; may be repeated."),
    ] = None,
    held_out: Annotated[
        bool,
        typer.Option(
            "--held-out", help="Score only the tenth of the texts that shipped models never learn from."
        ),
    ] = False,
    minimum: Annotated[
        float | None,
        typer.Option(min=0, max=1, metavar="X", help="Exit 1 when the first model's accuracy is below X."),
    ] = None,
    policy: Policy = "default",
    masked: Annotated[bool, typer.Option("--masked", help="The text is masked already.")] = False,
    quarantine: QuarantineAsked = None,
) -> Summary:
    """Accuracy, macro F1 and calibration of sentiment, by source, beside SnowNLP and a TF-IDF floor."""
    from voc.cli.evaluations import sentiment_summary
    from voc.cli.summaries import with_rows_set_aside
    from voc.io import Quarantine
    from voc.pipeline.learning.evaluate import LabelledInput, evaluate_sentiment

    chosen = models or ["fast", "snownlp"]
    given = LabelledInput(labelled, text, label, by, policy, masked)
    learnt = LabelledInput(train, text, label, by, policy, masked) if train else None
    with Quarantine(quarantine) as bad:
        result = evaluate_sentiment(
            given, models=chosen, training=learnt, only_held_out=held_out, quarantine=bad
        )
    summary = sentiment_summary(session, result, chosen[0], minimum)
    return with_rows_set_aside(summary, bad)


@command(group, "topics", example="voc evaluate topics labelled.csv --label 标签 --train train.csv")
def topics(
    session: Session,
    labelled: Labelled,
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    label: Annotated[
        str | None, typer.Option(metavar="COL", help="Column of tags, by id or name, parted by ; or |.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="COL", help="Figures by this column; by table when left out.")
    ] = None,
    train: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Tables that the TF-IDF floor learns from; may be repeated."),
    ] = None,
    taxonomy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own; the packed one by default.")
    ] = None,
    lexicon: Annotated[
        Path | None, typer.Option(metavar="TSV", help="Own terms: term, tag, polarity.")
    ] = None,
    minimum: Annotated[
        float | None,
        typer.Option(min=0, max=1, metavar="X", help="Exit 1 when the micro F1 of level 2 is below X."),
    ] = None,
    policy: Policy = "default",
    masked: Annotated[bool, typer.Option("--masked", help="The text is masked already.")] = False,
    quarantine: QuarantineAsked = None,
) -> Summary:
    """Micro and macro F1 of complaint tags, by source, beside the lexicon alone and a TF-IDF floor."""
    from voc.cli.evaluations import topics_summary
    from voc.cli.summaries import with_rows_set_aside
    from voc.io import Quarantine
    from voc.pipeline.learning.evaluate import LabelledInput, evaluate_topics

    given = LabelledInput(labelled, text, label, by, policy, masked)
    learnt = LabelledInput(train, text, label, by, policy, masked) if train else None
    with Quarantine(quarantine) as bad:
        result = evaluate_topics(given, taxonomy=taxonomy, lexicon=lexicon, training=learnt, quarantine=bad)
    return with_rows_set_aside(topics_summary(session, result, minimum), bad)
