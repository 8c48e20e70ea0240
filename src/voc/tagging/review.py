"""Which rows a person should look at, and what their corrections say of the model.

Half of a review is uncertain rows, from which a model learns most (uncertainty sampling, Lewis and Gale,
1994); half is a random sample, from which alone precision is estimated, with Wilson (1927) intervals.
Agreement of two people is Cohen's kappa (1960).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Any, Final, NamedTuple

import numpy as np

from voc.types import Interval

__all__ = ["Precision", "Review", "Reviewed", "choose_rows", "kappa", "precision_by_tag", "wilson"]

_Z: Final = 1.959963984540054


class Reviewed(NamedTuple):
    """What one reviewer, and the model, say of one row."""

    row: int
    sample: str
    """`uncertain` or `random`."""
    text: str
    sentiment: int | None
    tags: frozenset[str]
    """`logistics.delay:-1`."""
    model_sentiment: int | None
    model_tags: frozenset[str]

    @property
    def is_changed(self) -> bool:
        """Whether the reviewer says something else than the model."""
        return (self.sentiment, self.tags) != (self.model_sentiment, self.model_tags)


class Review(NamedTuple):
    """What came back from one reviewer."""

    judged: tuple[Reviewed, ...]
    """Rows that the reviewer marked as judged; a row that nobody marked says nothing of the model."""
    unmarked: tuple[Reviewed, ...]
    has_marks: bool = True
    """False for a file in which rows cannot be marked: all of them are taken for judged."""


class Precision(NamedTuple):
    """Share of the model's findings that the reviewer let stand."""

    name: str
    right: int
    told: int
    value: float
    interval: Interval


def wilson(hits: int, total: int) -> Interval:
    """Wilson score interval of a proportion, 95 %. Of nothing, everything is possible."""
    if not total:
        return Interval(0.0, 1.0)
    share = hits / total
    centre = (share + _Z**2 / (2 * total)) / (1 + _Z**2 / total)
    half = _Z / (1 + _Z**2 / total) * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    return Interval(max(centre - half, 0.0), min(centre + half, 1.0))


def uncertainty(row: Mapping[str, Any]) -> float:
    """How unsure the model is of a tagged row: 1 when a score stands at one half, 0 when all are plain."""
    scores = [tag["score"] for tag in row.get("tags") or [] if tag["score"] is not None]
    if (mood := row.get("sentiment_score")) is not None:
        scores.append(mood)
    return max((1 - abs(2 * score - 1) for score in scores), default=0.0)


def choose_rows(
    rows: Sequence[Mapping[str, Any]], uncertain: int, random: int, seed: int
) -> list[tuple[int, str]]:
    """Positions of the rows to review and the sample that each belongs to, in the order of the table.

    The random sample is drawn first, so that it is a sample of all rows; uncertain ones are taken from
    the rest.
    """
    rng = np.random.default_rng(seed)
    drawn = set(rng.permutation(len(rows))[:random].tolist())
    ranked = sorted(
        (at for at in range(len(rows)) if at not in drawn), key=lambda at: (-uncertainty(rows[at]), at)
    )
    chosen = [(at, "random") for at in drawn] + [(at, "uncertain") for at in ranked[:uncertain]]
    return sorted(chosen)


def precision_by_tag(reviewed: Iterable[Reviewed]) -> list[Precision]:
    """Precision of every tag and of all together, over the random sample; tags in order of their number."""
    told: dict[str, int] = {}
    right: dict[str, int] = {}
    for row in reviewed:
        if row.sample == "random":
            for tag in row.model_tags:
                told[tag] = told.get(tag, 0) + 1
                right[tag] = right.get(tag, 0) + (tag in row.tags)
    names = sorted(told, key=lambda tag: (-told[tag], tag))
    found = [_precision(tag, right[tag], told[tag]) for tag in names]
    return [_precision("all", sum(right.values()), sum(told.values())), *found] if found else []


def _precision(name: str, right: int, told: int) -> Precision:
    return Precision(name, right, told, right / told, wilson(right, told))


def kappa(first: Sequence[object], second: Sequence[object]) -> float | None:
    """Cohen's kappa of two people's answers to the same questions; None when chance agreement is complete."""
    total = len(first)
    if not total:
        return None
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    names = {*first, *second}
    chance = sum((list(first).count(name) / total) * (list(second).count(name) / total) for name in names)
    return None if chance >= 1 else (agreed - chance) / (1 - chance)
