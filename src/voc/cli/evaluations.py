"""Turns evaluations into what a command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voc.cli.session import Session, Summary
from voc.cli.summaries import aligned

if TYPE_CHECKING:
    from voc.pipeline.evaluate import SentimentEvaluation

__all__ = ["sentiment_summary"]


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
