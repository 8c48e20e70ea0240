"""The private join in three messages, each a file.

1. A *offers*: a·H(x) of each of its people, shuffled, with A's label (a segment, for example).
2. B *answers*: b·a·H(x) of A's elements, shuffled anew, and b·H(y) of its own with B's label, shuffled.
3. A *finishes*: a·b·H(y) of B's elements; equal elements are common people. A counts them by both labels and
   writes the cells that are large enough.

This is set intersection by commuting exponents (Meadows 1986; Huberman, Franklin and Hogg 1999,
doi:10.1145/336992.337012), with the shuffling that makes it yield counts only (Ion et al. 2020,
doi:10.1109/EuroSP48549.2020.00031). Secure against parties that follow the protocol and look at what they
get, under decisional Diffie–Hellman. docs/privacy.md says what it does not protect against.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from voc.errors import InputError, UsageError
from voc.io.atomic import write_bytes
from voc.privacy.join.group import SecretExponent, hashed_to_group
from voc.privacy.vault.key_source import write_private

__all__ = ["Common", "Member", "answer", "finish", "offer"]

_MOST_LABELS: Final = 200


class Member(NamedTuple):
    """Somebody in one party's table."""

    key: str
    """Their canonical identifier, or a token under a key that both parties share."""
    label: str
    """What they are counted by."""


class Common(NamedTuple):
    """Common people by both parties' labels."""

    total: int | None
    """None when below the minimum."""
    cells: dict[tuple[str, str], int | None]
    """(A's label, B's label) to people; None where hidden."""
    min_cell: int
    offered: int
    answered: int


def offer(members: Iterable[Member], *, output: Path, state: Path, context: str, force: bool = False) -> int:
    """Write A's first message, and A's secret to a file of its own. Returns the number of people."""
    secret = SecretExponent()
    people = _distinct(members)
    elements = [[secret.blind(hashed_to_group(context, key)).hex(), label] for key, label in people.items()]
    _shuffle(elements)
    _write(output, {"voc": "join offer", "context": context, "elements": elements}, force=force)
    write_private(
        state, json.dumps({"voc": "join secret", "secret": secret.hex(), "context": context}).encode()
    )
    return len(elements)


def answer(members: Iterable[Member], *, offered: Path, output: Path, force: bool = False) -> tuple[int, int]:
    """Write B's message. B keeps no secret. Returns the numbers of A's and of B's people."""
    document = _read(offered, "join offer")
    secret = SecretExponent()
    context = str(document["context"])
    theirs = [
        [secret.blind(bytes.fromhex(element)).hex(), label] for element, label in _elements(document, offered)
    ]
    own = [
        [secret.blind(hashed_to_group(context, key)).hex(), label]
        for key, label in _distinct(members).items()
    ]
    _shuffle(theirs)
    _shuffle(own)
    _write(output, {"voc": "join answer", "context": context, "theirs": theirs, "elements": own}, force=force)
    return len(theirs), len(own)


def finish(answered: Path, *, state: Path, min_cell: int = 10) -> Common:
    """Count the common people, at A. Small cells, and those that would give them away, are None."""
    import numpy as np

    from voc.privacy.disclosure.suppression import protect

    if min_cell < 2:
        raise UsageError("a cell of one person is that person", where="--min-cell")
    document, kept = _read(answered, "join answer"), _read(state, "join secret")
    if kept.get("context") != document.get("context"):
        raise InputError("this answer belongs to another offer", where=str(answered))
    secret = SecretExponent.from_hex(str(kept["secret"]))
    ours = dict(_elements({"elements": document.get("theirs")}, answered))
    theirs = {
        secret.blind(bytes.fromhex(element)).hex(): label for element, label in _elements(document, answered)
    }
    counts = Counter((ours[element], theirs[element]) for element in ours.keys() & theirs.keys())
    rows, columns = sorted(set(ours.values())), sorted(set(theirs.values()))
    table = np.array([[counts[row, column] for column in columns] for row in rows], dtype=float).reshape(
        len(rows), len(columns)
    )
    hidden = protect(table, min_cell=min_cell).hidden[:-1, :-1]
    total = int(table.sum())
    if total < min_cell:
        hidden = np.ones_like(hidden)
    cells = {
        (row, column): None if hidden[at, across] else int(table[at, across])
        for at, row in enumerate(rows)
        for across, column in enumerate(columns)
    }
    return Common(total if total >= min_cell else None, cells, min_cell, len(ours), len(theirs))


def _distinct(members: Iterable[Member]) -> dict[str, str]:
    people: dict[str, str] = {}
    for key, label in members:
        people.setdefault(key, label)
    if len(set(people.values())) > _MOST_LABELS:
        raise UsageError(
            f"more than {_MOST_LABELS} labels",
            where="--by",
            hint="choose a column of few categories, such as a segment",
        )
    return people


def _shuffle(elements: list[Any]) -> None:
    secrets.SystemRandom().shuffle(elements)


def _elements(document: dict[str, Any], path: Path) -> Sequence[tuple[str, str]]:
    try:
        found = [(str(element), str(label)) for element, label in document["elements"]]
        if not all(len(bytes.fromhex(element)) == 32 for element, _ in found):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise InputError("the elements of this file are damaged", where=str(path)) from None
    return found


def _read(path: Path, kind: str) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("voc") != kind:
        raise InputError(f"this file is no {kind}", where=str(path))
    return document


def _write(path: Path, document: dict[str, Any], *, force: bool) -> None:
    write_bytes(path, json.dumps(document, ensure_ascii=False, indent=0).encode(), force=force)
