"""Turns candidates that may overlap into ones that do not."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from voc.privacy.recognizers.finder import Candidate

__all__ = ["MOST_OVERLAPPING", "resolve"]

MOST_OVERLAPPING: Final = 2_000
"""Candidates in one chain of overlaps; nobody writes more, so more of them are not worth the time."""


def resolve(candidates: Sequence[Candidate], ranks: Mapping[str, int]) -> list[Candidate]:
    """Choose among overlapping candidates: the longest, then the most sensitive, then the highest score.

    What sticks out of a chosen one on either side is kept as a span of its own, so that no character of any
    candidate stays in clear. The result is ordered, does not overlap and does not depend on the order of
    the candidates.

    Parameters
    ----------
    ranks
        Rank of each entity's tier, the higher the more sensitive.

    Raises
    ------
    OverflowError
        For a chain of more than `MOST_OVERLAPPING` candidates that overlap each other.
    """
    if len(candidates) < 2:
        return list(candidates)
    rest = sorted(set(candidates), key=lambda c: (c.start, c.end))
    chosen: list[Candidate] = []
    for group in _groups(rest):
        chosen += _best(group, ranks) if len(group) > 1 else group
    return chosen


def _groups(ordered: Sequence[Candidate]) -> list[list[Candidate]]:
    """Split candidates, ordered by start, into groups that do not touch each other."""
    groups: list[list[Candidate]] = []
    reach = -1
    for candidate in ordered:
        if candidate.start >= reach:
            groups.append([])
        groups[-1].append(candidate)
        reach = max(reach, candidate.end)
    return groups


def _best(group: Sequence[Candidate], ranks: Mapping[str, int]) -> list[Candidate]:
    if len(group) > MOST_OVERLAPPING:
        raise OverflowError

    def order(candidate: Candidate) -> tuple[object, ...]:
        length = candidate.end - candidate.start
        rank = ranks.get(candidate.entity, 0)
        return (-length, -rank, -candidate.score, candidate.start, candidate.entity, candidate.recognizer)

    taken: list[Candidate] = []
    for candidate in sorted(group, key=order):
        for part in _free_parts(candidate, taken):
            insort(taken, part, key=_start)
    return taken


def _start(candidate: Candidate) -> int:
    return candidate.start


def _free_parts(candidate: Candidate, taken: Sequence[Candidate]) -> list[Candidate]:
    """Parts of a candidate that none of the taken ones, which are in order and do not overlap, covers."""
    parts: list[Candidate] = []
    start = candidate.start
    first = max(0, bisect_right(taken, start, key=_start) - 1)
    for other in islice(taken, first, None):
        if other.start >= candidate.end:
            break
        if other.end <= start:
            continue
        if other.start > start:
            parts.append(candidate._replace(start=start, end=other.start))
        start = max(start, other.end)
    if start < candidate.end:
        parts.append(candidate._replace(start=start))
    return parts
