"""What `voc evaluate pii` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voc.cli.session import Summary
from voc.cli.summaries import aligned

if TYPE_CHECKING:
    from voc.pipeline.learning.evaluate_pii import PiiEvaluation
    from voc.privacy.evaluation.evaluate import CleanRow, PartScore
    from voc.types import Interval

__all__ = ["pii_summary"]

_HEAD = (
    "part",
    "group",
    "values",
    "recall",
    "95 % interval",
    "strict",
    "precision",
    "95 % interval",
    "leak",
    "",
)


def pii_summary(result: PiiEvaluation, *, details: bool) -> Summary:
    """Summarise the scores; the exit code is 1 when a target is missed."""
    missed = [f"{row.part}/{row.group}" for row in result.scores if row.met is False]
    shown = [row for row in result.scores if details or row.group == "all" or row.met is False]
    lines = [f"seed {result.seed}, size {result.size}, sentences of {result.split}"]
    lines += aligned([_HEAD, *(_cells(row) for row in shown)])
    if result.clean:
        lines += ["", "found in texts that are taken for clean:"]
        lines += aligned(
            [("table", "texts", "hits", "per 1,000", "95 % interval"), *map(_clean, result.clean)]
        )
    lines += [f"target missed: {name}" for name in missed]
    facts = {
        "seed": result.seed,
        "size": result.size,
        "split": result.split,
        "scores": [_facts(row) for row in result.scores],
        "clean": [row._asdict() for row in result.clean],
        "missed": missed,
    }
    return Summary(facts, tuple(lines), 1 if missed else 0)


def _facts(row: PartScore) -> dict[str, object]:
    score = {**row.score._asdict(), "counts": row.score.counts._asdict()}
    return {"part": row.part, "group": row.group, "met": row.met, **score}


def _cells(row: PartScore) -> tuple[str, ...]:
    score = row.score
    return (
        row.part,
        row.group,
        f"{score.counts.labels:,}",
        f"{score.recall:.4f}",
        _interval(score.recall_ci),
        f"{score.strict_recall:.4f}",
        f"{score.precision:.4f}",
        _interval(score.precision_ci),
        f"{score.leak:.4f}",
        {True: "met", False: "missed", None: ""}[row.met],
    )


def _clean(row: CleanRow) -> tuple[str, ...]:
    interval = f"{row.per_thousand_ci.lower:.2f} – {row.per_thousand_ci.upper:.2f}"
    return (row.source, f"{row.texts:,}", f"{row.hits:,}", f"{row.per_thousand:.2f}", interval)


def _interval(interval: Interval) -> str:
    return f"{interval.lower:.4f} – {interval.upper:.4f}"
