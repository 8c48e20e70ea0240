"""The files that the two companies of a private join send each other, and what may not be in them.

A list of elements is `[[hex, label], …]`: points of the group, shuffled, each with what it is counted by.
Whoever gets a list learns how many people stand behind each label, and a label of one person would tell of
that person whether they are common. So a list with a label of few people is neither sent nor answered.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from voc.errors import GateError, InputError, UsageError
from voc.io.atomic import write_bytes

__all__ = ["Elements", "check_labels", "elements_of", "read_message", "write_message"]

Elements = Sequence[tuple[str, str]]
"""(point as hex, label)."""

_MOST_LABELS: Final = 200


def check_labels(labels: Iterable[str], min_cell: int, whose: str) -> None:
    """Refuse labels that are too many or have too few people.

    Raises
    ------
    UsageError
        For more than 200 labels.
    GateError
        When a label has fewer than `min_cell` people.
    """
    people = Counter(labels)
    if len(people) > _MOST_LABELS:
        raise UsageError(
            f"more than {_MOST_LABELS} labels",
            where="--by",
            hint="choose a column of few categories, such as a segment",
        )
    few = sum(count < min_cell for count in people.values())
    if few or not people:
        what = f"{few} of {len(people)} labels have" if people else "the table has"
        raise GateError(
            f"{what} fewer than {min_cell} people",
            where=whose,
            hint="each could be found by its label: count by a coarser column, or by none",
        )


def elements_of(found: object, path: Path) -> Elements:
    """Check a list of elements. Raises InputError when it is damaged."""
    try:
        elements = [(str(element), str(label)) for element, label in found]  # type: ignore[attr-defined]
        if not all(len(bytes.fromhex(element)) == 32 for element, _ in elements):
            raise ValueError
    except (TypeError, ValueError):
        raise InputError("the elements of this file are damaged", where=str(path)) from None
    return elements


def read_message(path: Path, kind: str) -> dict[str, Any]:
    """Read a message, or one's own secret. Raises InputError when it is another file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("voc") != kind:
        raise InputError(f"this file is no {kind}", where=str(path))
    return document


def write_message(path: Path, document: dict[str, Any], *, force: bool) -> None:
    """Write a message whole or not at all."""
    write_bytes(path, json.dumps(document, ensure_ascii=False, indent=0).encode(), force=force)
