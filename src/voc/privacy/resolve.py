"""Turns candidates that may overlap into ones that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voc.privacy.recognizers.finder import Candidate

__all__ = ["resolve"]


def resolve(candidates: Sequence[Candidate], ranks: Mapping[str, int]) -> list[Candidate]:
    """Choose among overlapping candidates: the longest, then the most sensitive, then the highest score.

    What sticks out of a chosen one on either side is kept as a span of its own, so that no character of any
    candidate stays in clear. The result is ordered, does not overlap and does not depend on the order of
    the candidates.

    Parameters
    ----------
    ranks
        Rank of each entity's tier, the higher the more sensitive.
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
    def order(candidate: Candidate) -> tuple[object, ...]:
        length = candidate.end - candidate.start
        rank = ranks.get(candidate.entity, 0)
        return (-length, -rank, -candidate.score, candidate.start, candidate.entity, candidate.recognizer)

    taken: list[Candidate] = []
    for candidate in sorted(group, key=order):
        taken += _free_parts(candidate, taken)
    return sorted(taken)


def _free_parts(candidate: Candidate, taken: Sequence[Candidate]) -> list[Candidate]:
    """Parts of a candidate that none of the taken ones covers."""
    parts: list[Candidate] = []
    start = candidate.start
    for other in sorted(taken):
        if other.end <= start or other.start >= candidate.end:
            continue
        if other.start > start:
            parts.append(candidate._replace(start=start, end=other.start))
        start = max(start, other.end)
    if start < candidate.end:
        parts.append(candidate._replace(start=start))
    return parts
