"""Labels of characters, and spans from them: first, inner, last, single of each kind, and none (BIOES)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

__all__ = ["NONE", "Tagged", "best_path", "label_ids", "labels_of", "spans_of"]

NONE: Final = "O"
_NEVER: Final = -1e9


class Tagged(NamedTuple):
    """A stretch of text to which a model gives a kind."""

    start: int
    end: int
    kind: str
    score: float
    """Least probability, over its characters, of belonging to something of this kind."""


@cache
def labels_of(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Labels of a reading: `O`, then `B-`, `I-`, `E-`, `S-` of each kind."""
    return (NONE, *(f"{letter}-{kind}" for kind in kinds for letter in "BIES"))


def label_ids(length: int, spans: Iterable[tuple[int, int, str]], kinds: tuple[str, ...]) -> list[int]:
    """Number of the label of each character, for spans that do not overlap."""
    first = {kind: 1 + 4 * place for place, kind in enumerate(kinds)}
    ids = [0] * length
    for start, end, kind in spans:
        at = first[kind]
        if end - start == 1:
            ids[start] = at + 3
        else:
            ids[start:end] = [at, *([at + 1] * (end - start - 2)), at + 2]
    return ids


@cache
def _followers(kinds: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """For each label those that may stand before it."""
    labels = labels_of(kinds)

    def fits(before: str, after: str) -> bool:
        if before[0] in "BI":
            return after[0] in "IE" and before[2:] == after[2:]
        return after[0] in "OBS"

    return tuple(tuple(i for i, before in enumerate(labels) if fits(before, after)) for after in labels)


def _is_whole(path: Sequence[int], kinds: tuple[str, ...]) -> bool:
    labels, before = labels_of(kinds), _followers(kinds)
    if labels[path[0]][0] not in "OBS" or labels[path[-1]][0] not in "OES":
        return False
    return all(one in before[other] for one, other in pairwise(path))


def best_path(scores: Sequence[Sequence[float]], kinds: tuple[str, ...]) -> list[int]:
    """Labels of the highest sum of scores that make whole spans (Viterbi 1967).

    Parameters
    ----------
    scores
        For each character the log probability of each label.
    """
    labels, before = labels_of(kinds), _followers(kinds)
    likeliest = [row.index(max(row)) for row in scores]
    if _is_whole(likeliest, kinds):
        return likeliest
    ways = range(len(labels))
    best = [score if labels[i][0] in "OBS" else _NEVER for i, score in enumerate(scores[0])]
    back: list[list[int]] = []
    for row in scores[1:]:
        origin = [max(before[i], key=best.__getitem__) for i in ways]
        best = [best[origin[i]] + row[i] for i in ways]
        back.append(origin)
    last = max((i for i in ways if labels[i][0] in "OES"), key=best.__getitem__)
    path = [last]
    for origin in reversed(back):
        path.append(origin[path[-1]])
    return path[::-1]


def spans_of(
    path: Sequence[int], scores: Sequence[Sequence[float]], kinds: tuple[str, ...], offset: int = 0
) -> list[Tagged]:
    """Spans of a path, moved by `offset`, with the least probability of their kind."""
    found: list[Tagged] = []
    start = 0
    for at, label in enumerate(path):
        if label == 0:
            continue
        place, letter = divmod(label - 1, 4)
        if letter in (0, 3):
            start = at
        if letter in (2, 3):
            own = slice(1 + 4 * place, 5 + 4 * place)
            score = min(sum(map(math.exp, row[own])) for row in scores[start : at + 1])
            found.append(Tagged(start + offset, at + 1 + offset, kinds[place], min(score, 1.0)))
    return found
