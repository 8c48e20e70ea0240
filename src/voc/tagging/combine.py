"""Puts the lexicon's findings and the model's predictions together into the tags of a text.

The model decides, knowing what the lexicon found; the lexicon gives the evidence and the last word on
polarity where both look at the same clause, because it reads negation. A text of one clause gives the
model little to go by: there the lexicon's sure findings count too. A tag that the labelled texts hold too
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
_NEVER: Final = 2.0
"""No finding scores as much."""
_SHORT: Final = 1
"""A text of so many clauses is short."""
_SURE_IN_SHORT: Final = 0.6
"""A finding of at least this score stands in a short text."""


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
    if not findings and not predictions:
        return []
    found = {(finding.tag, finding.polarity): finding for finding in findings}
    tags: dict[tuple[str, int], Tagged] = {}
    for prediction in sorted(predictions, key=_by_score) if len(predictions) > 1 else predictions:
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
    short = reading.units_of(row) <= _SHORT
    for finding in findings:
        key = finding.tag, finding.polarity
        if finding.rule == "user":
            tags[key] = _as_found(reading, row, finding, "user")
        elif (finding.score >= _SURE and key not in learnt) or (
            short and finding.score >= _SURE_IN_SHORT and key not in tags
        ):
            tags[key] = _as_found(reading, row, finding, "lexicon")
    if short:
        _drop_contradicted(tags)
    return sorted(tags.values(), key=_by_place) if len(tags) > 1 else list(tags.values())


def _by_score(prediction: Prediction) -> tuple[float, str, int]:
    return -prediction.score, prediction.tag, prediction.polarity


def _by_place(tag: Tagged) -> tuple[int, int, str, int]:
    return tag.start, tag.end, tag.tag, tag.polarity


def _as_found(reading: Reading, row: int, finding: Finding, source: str) -> Tagged:
    start, end = reading.span(row, finding.start, finding.end)
    return Tagged(finding.tag, finding.polarity, start, end, finding.score, source)


def _drop_contradicted(tags: dict[tuple[str, int], Tagged]) -> None:
    """Of a tag with both polarities in a short text, drop the one that the model alone sees."""
    for tag, polarity in [key for key, told in tags.items() if told.source == "linear"]:
        if (tag, -polarity) in tags and tags[tag, -polarity].source != "linear":
            del tags[tag, polarity]


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
