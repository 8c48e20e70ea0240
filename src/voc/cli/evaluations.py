"""Turns evaluations into what a command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voc.cli.session import Session, Summary
from voc.cli.summaries import aligned
from voc.how_many import how_many

if TYPE_CHECKING:
    from voc.pipeline.learning.evaluate import SentimentEvaluation, TopicsEvaluation
    from voc.pipeline.learning.review import ImportResult
    from voc.pipeline.learning.train import TrainResult

__all__ = ["review_summary", "sentiment_summary", "topics_summary", "train_summary"]

_NAMED: Final = 20
"""Labels that are named of those that were left out."""


def sentiment_summary(
    session: Session, result: SentimentEvaluation, model: str, minimum: float | None
) -> Summary:
    """Summarise sentiment figures as a table; exit 1 when `model` falls below `minimum`."""
    for note in result.notes:
        session.note(note)
    table = [
        ("model", "source", "texts", "accuracy", "95 % interval", "macro F1", "95 % interval", "Brier", "ECE")
    ]
    table += [
        (
            row.model, row.source, f"{row.texts:,}",
            f"{row.accuracy:.4f}", f"{row.accuracy_ci_lower:.4f} – {row.accuracy_ci_upper:.4f}",
            f"{row.macro_f1:.4f}", f"{row.macro_f1_ci_lower:.4f} – {row.macro_f1_ci_upper:.4f}",
            _figure(row.brier), _figure(row.calibration_error),
        )
        for row in result.rows
    ]  # fmt: skip
    broken = minimum is not None and any(row.model == model and row.accuracy < minimum for row in result.rows)
    lines = list(aligned(table))
    if broken:
        lines.append(f"accuracy of {model} is below {minimum:g}")
    facts = {
        "figures": [row._asdict() for row in result.rows],
        "notes": list(result.notes),
        "passed": not broken,
    }
    return Summary(facts, tuple(lines), exit_code=1 if broken else 0)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def train_summary(session: Session, result: TrainResult) -> Summary:
    """Summarise a trained model and its figures on texts that it did not see."""
    for note in result.notes:
        session.note(note)
    use = "--model" if result.kind == "sentiment" else "--custom"
    read = f"{how_many(result.texts, 'text')}, {how_many(len(result.labels), 'label')}"
    lines = [f"{read}, kind {result.kind} → {result.output}"]
    if result.rows:
        table = [("on the held-out tenth", "texts", "accuracy", "micro F1", "macro F1", "95 % interval")]
        table += [
            (
                row.model, f"{row.texts:,}", _figure(row.accuracy),
                f"{row.micro_f1:.3f}", f"{row.macro_f1:.3f}",
                f"{row.macro_f1_ci_lower:.3f} – {row.macro_f1_ci_upper:.3f}",
            )
            for row in result.rows
        ]  # fmt: skip
        lines += aligned(table)
    if result.left_out:
        names = sorted(result.left_out)
        more = f" … and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        lines.append(f"too few texts to be learnt: {', '.join(names[:_NAMED])}{more}")
    where = f"transformers:{result.output}" if result.output.is_dir() else str(result.output)
    lines.append(f"use it: voc tag INPUT -o OUTPUT {use} {where}")
    facts = {
        "output": str(result.output), "kind": result.kind, "texts": result.texts, "labels": result.labels,
        "left_out": result.left_out, "figures": [row._asdict() for row in result.rows],
        "notes": list(result.notes),
    }  # fmt: skip
    return Summary(facts, tuple(lines))


def review_summary(session: Session, result: ImportResult, output: str | None) -> Summary:
    """Summarise what corrections say of the model."""
    found = [*([result.sentiment] if result.sentiment else []), *result.tags]
    if found:
        session.note("precision is that of the random sample; 95 % Wilson intervals")
    else:
        session.note("no row of the random sample was judged: no precision")
    if not result.has_marks:
        session.warn(
            "this file has no column 'reviewed': every row counts as judged, also those that nobody looked at"
        )
    if result.unmarked:
        rows = how_many(result.unmarked, "row is", "rows are")
        session.warn(f"{rows} changed but not marked as judged: that does not count")
    lines = [f"{result.rows:,} of {how_many(result.of, 'row')} judged, {result.changed:,} changed"]
    if found:
        table = [("", "right", "told", "precision", "95 % interval")]
        table += [
            (
                row.name, f"{row.right:,}", f"{row.told:,}", f"{row.value:.3f}",
                f"{row.interval.lower:.3f} – {row.interval.upper:.3f}",
            )
            for row in found
        ]  # fmt: skip
        lines += aligned(table)
    if result.shared:
        lines.append(
            f"two reviewers on {how_many(result.shared, 'row')}: "
            f"kappa of sentiment {_figure(result.kappa_sentiment)}, of tags {_figure(result.kappa_tags)}"
        )
    if output:
        lines.append(f"→ {output}")
    facts = {
        "rows": result.rows, "of": result.of, "changed": result.changed, "unmarked": result.unmarked,
        "has_marks": result.has_marks, "shared": result.shared, "output": output,
        "precision": [
            {
                "name": row.name, "right": row.right, "told": row.told, "precision": row.value,
                "precision_ci_lower": row.interval.lower, "precision_ci_upper": row.interval.upper,
            }
            for row in found
        ],
        "kappa_sentiment": result.kappa_sentiment, "kappa_tags": result.kappa_tags,
    }  # fmt: skip
    return Summary(facts, tuple(lines))


def topics_summary(session: Session, result: TopicsEvaluation, minimum: float | None) -> Summary:
    """Summarise figures of complaint tags; exit 1 when level 2 of `fast` falls below `minimum`."""
    for note in result.notes:
        session.note(note)
    table = [
        ("model", "source", "level", "texts", "precision", "recall", "micro F1", "95 % interval", "macro F1")
    ]
    table += [
        (
            row.model, row.source, str(row.level), f"{row.texts:,}",
            f"{row.precision:.3f}", f"{row.recall:.3f}",
            f"{row.micro_f1:.3f}", f"{row.micro_f1_ci_lower:.3f} – {row.micro_f1_ci_upper:.3f}",
            f"{row.macro_f1:.3f}",
        )
        for row in result.rows
    ]  # fmt: skip
    lines = list(aligned(table))
    own = [row for row in result.rows if row.model == "fast" and row.level == 2]
    broken = minimum is not None and any(row.micro_f1 < minimum for row in own)
    if broken:
        lines.append(f"micro F1 of level 2 is below {minimum:g}")
    facts = {
        "figures": [row._asdict() for row in result.rows],
        "by_tag": {
            tag: {"right": right, "told": told, "true": true}
            for tag, (right, told, true) in result.by_tag.items()
        },
        "passed": not broken,
    }  # fmt: skip
    return Summary(facts, tuple(lines), exit_code=1 if broken else 0)
