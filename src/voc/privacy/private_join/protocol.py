"""The three steps of a private join, as functions from messages to messages.

After Meadows (1986) and Huberman, Franklin & Hogg (EC 1999): A sends H(x)^a, B answers with H(x)^ab and
H(y)^b, A makes H(y)^ba and compares. Values are shuffled within their group, so that A cannot tell which of
its persons are shared; each party sees the other's number of persons by group, and A the size of overlaps.

Groups with fewer persons than the minimum cell are merged into `其他` before they are sent, and counts below
it are not told. Both parties are trusted to follow the steps (honest but curious); see docs/privacy.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from voc.errors import GateError, InputError
from voc.privacy.private_join.group import Secret, hash_to_point

__all__ = ["OTHER", "Overlap", "answer", "begin", "finish", "grouped"]

OTHER = "其他"

Blinded = dict[str, list[bytes]]
"""Points by group, in no order that tells anything."""


@dataclass(frozen=True)
class Overlap:
    """Persons whom both have, by A's and B's group; None below the minimum cell."""

    left: str
    right: str
    persons: int | None


def grouped(values: Iterable[tuple[str, str]], min_cell: int) -> dict[str, list[str]]:
    """Gather (value, group) pairs into distinct values by group, small groups merged into `OTHER`.

    Raises
    ------
    GateError
        When even all persons together are fewer than the minimum.
    """
    groups: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    for value, group in values:
        if value not in seen:  # a person in two groups would be counted twice
            seen.add(value)
            groups.setdefault(group, {})[value] = None
    if len(seen) < min_cell:
        raise GateError(f"{len(seen)} persons are fewer than the minimum of {min_cell}")
    small = sorted((group for group, found in groups.items() if len(found) < min_cell), key=str)
    merged: dict[str, None] = {}
    for group in small:
        merged |= groups.pop(group)
    while merged and len(merged) + len(groups.get(OTHER, {})) < min_cell:
        merged |= groups.pop(min(groups, key=lambda group: len(groups[group])))
    if merged:
        groups[OTHER] = merged | groups.get(OTHER, {})
    return {group: list(found) for group, found in sorted(groups.items())}


def begin(groups: Mapping[str, Sequence[str]], secret: Secret, context: bytes) -> Blinded:
    """Return A's first message, which is of the same form as what B makes of its own persons."""
    return {
        group: _shuffled(secret.blind(hash_to_point(value, context)) for value in values)
        for group, values in groups.items()
    }


def answer(
    theirs: Blinded, groups: Mapping[str, Sequence[str]], secret: Secret, context: bytes
) -> tuple[Blinded, Blinded]:
    """Return B's message: A's points blinded once more, and B's own."""
    return _again(theirs, secret), begin(groups, secret, context)


def finish(ours: Blinded, theirs: Blinded, secret: Secret, min_cell: int) -> list[Overlap]:
    """Count the overlaps.

    Parameters
    ----------
    ours
        A's points, blinded by both.
    theirs
        B's points, blinded by B.
    """
    right = {group: set(points) for group, points in _again(theirs, secret).items()}
    found = []
    for a, points in ours.items():
        mine = set(points)
        for b, others in right.items():
            persons = len(mine & others)
            found.append(Overlap(a, b, persons if persons >= min_cell else None))
    return found


def _again(points: Blinded, secret: Secret) -> Blinded:
    failure = False
    try:
        return {group: _shuffled(map(secret.blind, found)) for group, found in points.items()}
    except ValueError:
        failure = True
    assert failure
    raise InputError("the other party's message holds something that is no point of the curve")


def _shuffled(points: Iterable[bytes]) -> list[bytes]:
    found = list(points)
    secrets.SystemRandom().shuffle(found)
    return found
