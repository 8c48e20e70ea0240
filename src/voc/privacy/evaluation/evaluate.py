"""Scores an engine on the labelled cases, and counts what it finds in texts that are taken for clean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from voc.privacy.evaluation.cases import Case, Label
from voc.privacy.evaluation.score import Counts, Score, add, count, score, wilson
from voc.types import Interval, Span

if TYPE_CHECKING:
    from voc.privacy.engine import Engine

__all__ = ["NAMES_AND_PLACES", "TARGETS", "CleanRow", "PartScore", "Target", "clean_rate", "score_cases"]

Found = TypeVar("Found", Span, Label)

NAMES_AND_PLACES: Final = frozenset({"PERSON", "CN_ADDRESS"})
"""Entities that other measurements are about."""


class Target(NamedTuple):
    """What a part must reach."""

    recall: float
    precision: float | None = None
    each_group: bool = False
    """Every group by itself must reach it, not the part as a whole."""


TARGETS: Final[Mapping[str, Target]] = {
    "shaped": Target(0.999, 0.995),
    "links": Target(0.97),
    "disguised": Target(0.97, each_group=True),
    "spelling": Target(0.97, each_group=True),
    "written": Target(0.97, each_group=True),
    "cued": Target(0.95, 0.95),
    "near_miss": Target(0.97),
    "names": Target(0.90, 0.95),
}
"""Targets by part of the cases."""


class PartScore(NamedTuple):
    """Scores of one part of the cases, or of one group of it."""

    part: str
    group: str
    """`all` for the whole part."""
    score: Score
    met: bool | None
    """Whether the target is met; None where none is set."""


class CleanRow(NamedTuple):
    """What was found in texts that are taken for clean."""

    source: str
    texts: int
    hits: int
    """Texts in which something was found. Real ones among them make this an upper bound of what is wrong."""
    per_thousand: float
    per_thousand_ci: Interval


def score_cases(engine: Engine, cases: Iterable[Case], *, ignored: frozenset[str]) -> tuple[PartScore, ...]:
    """Score an engine by part and by group.

    Parameters
    ----------
    ignored
        Entities that count neither for nor against.
    """
    listed = list(cases)
    counts: dict[tuple[str, str], list[Counts]] = {}
    for case, spans in zip(listed, engine.find([case.text for case in listed]), strict=True):
        told = count(_without(case.labels, ignored), _without(spans, ignored))
        for group in ("all", case.group):
            counts.setdefault((case.part, group), []).append(told)
    rows = []
    for (part, group), told_of in counts.items():
        result = score(add(told_of))
        rows.append(PartScore(part, group, result, _met(part, group, result)))
    return tuple(rows)


def _without(found: Sequence[Found], ignored: frozenset[str]) -> list[Found]:
    return [one for one in found if one.entity not in ignored]


def _met(part: str, group: str, result: Score) -> bool | None:
    target = TARGETS.get(part)
    if target is None or target.each_group == (group == "all"):
        return None
    precise = target.precision is None or result.precision >= target.precision
    return result.recall >= target.recall and precise


def clean_rate(engine: Engine, source: str, texts: Sequence[str | None], ignored: frozenset[str]) -> CleanRow:
    """Count the texts in which anything but the ignored entities is found."""
    hits = sum(any(span.entity not in ignored for span in spans) for spans in engine.find(texts))
    interval = wilson(hits, len(texts))
    scaled = Interval(1000 * interval.lower, 1000 * interval.upper, interval.level)
    return CleanRow(source, len(texts), hits, 1000 * hits / len(texts) if texts else 0.0, scaled)
