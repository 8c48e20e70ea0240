"""Scores people and places that were found against labels, by data set and kind.

Strict: start, end and kind are the label's (the convention of CoNLL-2003). Overlap: one character in common
is enough. Intervals are percentiles of a bootstrap over texts (Efron & Tibshirani 1993, ch. 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from voc.types import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Located", "NameScore", "name_scores"]

Located = tuple[int, int, str]
"""Start, end and kind."""
_LEVEL: Final = 0.95


class NameScore(NamedTuple):
    """How well one kind was found in one data set."""

    data_set: str
    kind: str
    texts: int
    labels: int
    found: int
    """Spans of the kind that were found, right or wrong."""
    precision: float
    recall: float
    f1: float
    f1_ci: Interval
    overlap_precision: float
    overlap_recall: float
    overlap_f1: float
    leaked: float
    """Share of the labels' characters that no span of any kind covers."""


def name_scores(
    data_set: str,
    texts: Iterable[tuple[Sequence[Located], Sequence[Located]]],
    kinds: Sequence[str],
    *,
    draws: int = 1000,
    seed: int = 20240601,
) -> tuple[NameScore, ...]:
    """Score some texts.

    Parameters
    ----------
    texts
        For each text its labels and what was found in it.
    kinds
        Kinds to score, a row each.
    draws
        Bootstrap samples.
    """
    pairs = list(texts)
    return tuple(_score(data_set, pairs, kind, draws, seed) for kind in kinds)


def _score(
    data_set: str,
    pairs: Sequence[tuple[Sequence[Located], Sequence[Located]]],
    kind: str,
    draws: int,
    seed: int,
) -> NameScore:
    counts = np.array([_count(labels, found, kind) for labels, found in pairs], dtype=np.int64).reshape(-1, 7)
    total = counts.sum(axis=0)
    labels, found, exact, met, right, characters, leaked = total.tolist()
    overlap_precision, overlap_recall = _share(right, found), _share(met, labels)
    return NameScore(
        data_set=data_set,
        kind=kind,
        texts=len(pairs),
        labels=labels,
        found=found,
        precision=_share(exact, found),
        recall=_share(exact, labels),
        f1=_share(2 * exact, labels + found),
        f1_ci=_interval(counts, draws, seed),
        overlap_precision=overlap_precision,
        overlap_recall=overlap_recall,
        overlap_f1=_share(2 * overlap_precision * overlap_recall, overlap_precision + overlap_recall),
        leaked=leaked / characters if characters else 0.0,
    )


def _count(labels: Sequence[Located], found: Sequence[Located], kind: str) -> tuple[int, ...]:
    wanted = [span for span in labels if span[2] == kind]
    given = [span for span in found if span[2] == kind]
    exact = len(set(wanted) & set(given))
    met = sum(any(_touch(label, span) for span in given) for label in wanted)
    right = sum(any(_touch(label, span) for label in wanted) for span in given)
    covered = {at for start, end, _ in found for at in range(start, end)}
    characters = [at for start, end, _ in wanted for at in range(start, end)]
    leaked = sum(at not in covered for at in characters)
    return len(wanted), len(given), exact, met, right, len(characters), leaked


def _touch(one: Located, other: Located) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _interval(counts: npt.NDArray[np.int64], draws: int, seed: int) -> Interval:
    """Of strict F1. Texts without a label and without a span add nothing and are drawn as one group."""
    telling = counts[(counts[:, 0] + counts[:, 1]) > 0]
    if not len(telling):
        return Interval(1.0, 1.0, _LEVEL)
    generator = np.random.default_rng(seed)
    sizes = generator.binomial(len(counts), len(telling) / len(counts), size=draws)
    values = np.empty(draws)
    for draw, size in enumerate(sizes.tolist()):
        labels, found, exact = telling[generator.integers(0, len(telling), size), :3].sum(axis=0).tolist()
        values[draw] = _share(2 * exact, labels + found)
    lower, upper = np.quantile(values, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return Interval(lower, upper, _LEVEL)


def _share(part: float, whole: float) -> float:
    """Part of a whole; of nothing, everything."""
    return part / whole if whole else 1.0
