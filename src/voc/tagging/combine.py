"""Puts the lexicon's findings and the model's predictions together into the tags of a text.

The model decides, knowing what the lexicon found; the lexicon gives the evidence and the last word on
polarity where both look at the same clause, because it reads negation. A tag that the labelled texts hold too
rarely for the model to learn is the lexicon's alone. A term of the user's own lexicon always counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from voc.tagging.reader import Reading
from voc.tagging.topic_model import Prediction
from voc.tagging.topics import Finding

__all__ = ["Tagged", "combine_row"]

_SURE: Final = 0.65
"""A finding of at least this score stands for a tag that the model does not know."""


class Tagged(NamedTuple):
    """One tag of a text. Offsets are code points of the masked text."""

    tag: str
    polarity: int
    start: int
    end: int
    score: float
    source: str
    """`lexicon+linear`, `linear`, `lexicon` or `user`."""


def combine_row(
    reading: Reading,
    row: int,
    findings: Sequence[Finding],
    predictions: Sequence[Prediction],
    learnt: Collection[tuple[str, int]],
) -> list[Tagged]:
    """Return the tags of one row in order of place; at most one for each tag and polarity.

    `learnt` names the tags and polarities that the model knows.
    """
    found = {(finding.tag, finding.polarity): finding for finding in findings}
    tags: dict[tuple[str, int], Tagged] = {}
    for prediction in sorted(predictions, key=lambda p: (-p.score, p.tag, p.polarity)):
        finding = found.get((prediction.tag, prediction.polarity))
        if finding is None:
            finding = _corrected(reading, prediction, found)
        key = prediction.tag, finding.polarity if finding else prediction.polarity
        if key in tags:
            continue
        if finding is not None:
            score = max(prediction.score, finding.score / 2)
            start, end = reading.span(row, finding.start, finding.end)
            tags[key] = Tagged(*key, start, end, score, "lexicon+linear")
        elif span := _unit_span(reading, row, prediction.unit):
            tags[key] = Tagged(*key, *span, prediction.score, "linear")
    for finding in findings:
        key = finding.tag, finding.polarity
        if finding.rule == "user" or (key not in learnt and finding.score >= _SURE):
            source = "user" if finding.rule == "user" else "lexicon"
            tags[key] = Tagged(*key, *reading.span(row, finding.start, finding.end), finding.score, source)
    return sorted(tags.values(), key=lambda tag: (tag.start, tag.end, tag.tag, tag.polarity))


def _corrected(
    reading: Reading, prediction: Prediction, found: dict[tuple[str, int], Finding]
) -> Finding | None:
    """Return the lexicon's finding of the other polarity in the clause that the model looks at.

    If there is one.
    """
    other = found.get((prediction.tag, -prediction.polarity))
    if other is None:
        return None
    start, end = reading.units.starts[prediction.unit], reading.units.ends[prediction.unit]
    return other if other.start < end and start < other.end else None


def _unit_span(reading: Reading, row: int, unit: int) -> tuple[int, int] | None:
    """Span of a clause in the row's original text, without blanks at its ends; None when nothing is left."""
    start, end = int(reading.units.starts[unit]), int(reading.units.ends[unit])
    clause = reading.joined[start:end]
    stripped = clause.strip("\ue000 \t\u3000")
    if not stripped:
        return None
    start += clause.index(stripped)
    return reading.span(row, start, start + len(stripped))
