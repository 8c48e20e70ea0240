"""The private join in three messages, each a file.

1. A *offers*: a·H(x) of each of its people, shuffled, with A's label (a segment, for example).
2. B *answers*: b·a·H(x) of A's elements, shuffled anew, and b·H(y) of its own with B's label, shuffled.
3. A *finishes*: a·b·H(y) of B's elements; equal elements are common people. A counts them by both labels and
   writes the cells that are large enough.

This is set intersection by commuting exponents (Meadows 1986; Huberman, Franklin and Hogg 1999,
doi:10.1145/336992.337012), with the shuffling that makes it yield counts only (Ion et al. 2020,
doi:10.1109/EuroSP48549.2020.00031). Secure against parties that follow the protocol and look at what they
get, under decisional Diffie–Hellman.

B may have an amount added up over the common people. Ion et al. do this with homomorphic encryption, which
`cryptography` has not; here it is counting once more for each binary digit: B answers again, under a fresh
secret, with those of its people in whose amount the digit is 1, and the sum is what the counts of the digits
make. Whose digit is 0 stands there as a random point, so all lists are of one length; and lists under
different secrets cannot be brought together. So A learns the digits' counts among common people, and nothing
of a single amount. docs/privacy.md says what all this does not protect against.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from voc.errors import InputError, OutputExistsError, UsageError
from voc.privacy.join.group import SecretExponent, hashed_to_group
from voc.privacy.join.message import Elements, check_labels, elements_of, read_message, write_message
from voc.privacy.vault.key_source import write_private

__all__ = ["Common", "Member", "Summed", "answer", "finish", "offer", "offered_kind"]

Item = TypeVar("Item")
Labels = tuple[str, str]


class Member(NamedTuple):
    """Somebody in one party's table."""

    key: str
    """Their canonical identifier, or a token under a key that both parties share."""
    label: str
    """What they are counted by."""
    amount: float = 0.0
    """What is added up over common people, at B only."""


class Summed(NamedTuple):
    """How B's amounts are added up: in whole units, each person's total cut to 0 … `bound`."""

    name: str
    bound: float
    unit: float = 1.0

    @property
    def most(self) -> int:
        """The bound in units."""
        return round(self.bound / self.unit)


class Common(NamedTuple):
    """Common people by both parties' labels."""

    total: int | None
    """None when below the minimum."""
    cells: dict[Labels, int | None]
    """(A's label, B's label) to people; None where hidden."""
    min_cell: int
    offered: int
    answered: int
    amount: str | None = None
    """Name of what was added up, if anything was."""
    sums: Mapping[Labels, float | None] = {}
    """As `cells`; hidden too where one person could be three quarters of it."""


def offer(
    members: Iterable[Member],
    *,
    output: Path,
    state: Path,
    context: str,
    kind: str = "",
    min_cell: int = 10,
    force: bool = False,
) -> int:
    """Write A's first message, and A's secret to a file of its own. Returns the number of people.

    Parameters
    ----------
    kind
        What the keys are, so that B spells its own in the same way.
    min_cell
        Fewest people of a label.

    Raises
    ------
    OutputExistsError
        When a file is there and `force` is not given. The secret of another join would be lost.
    GateError
        When a label has too few people.
    """
    for path in (output, state):
        if path.exists() and not force:
            raise OutputExistsError(str(path))
    secret = SecretExponent()
    people = _distinct(members)
    check_labels((label for label, _ in people.values()), min_cell, "--by")
    own = {key: label for key, (label, _) in people.items()}
    join = {"join": secrets.token_hex(8), "context": context}
    write_private(state, json.dumps({"voc": "join secret", "secret": secret.hex(), **join}).encode())
    message = {"voc": "join offer", **join, "kind": kind, "elements": _own(secret, context, own)}
    try:
        write_message(output, message, force=force)
    except BaseException:  # a secret without its offer is of no use, and would stand in the way of the next
        state.unlink(missing_ok=True)
        raise
    return len(people)


def offered_kind(offered: Path) -> str:
    """Tell what the keys of an offer are."""
    return str(read_message(offered, "join offer").get("kind") or "")


def answer(
    members: Iterable[Member],
    *,
    offered: Path,
    output: Path,
    min_cell: int = 10,
    summed: Summed | None = None,
    force: bool = False,
) -> tuple[int, int]:
    """Write B's message. B keeps no secret. Returns the numbers of A's and of B's people.

    Raises
    ------
    GateError
        When a label of either party has fewer than `min_cell` people.
    """
    document = read_message(offered, "join offer")
    context = str(document.get("context"))
    theirs = elements_of(document.get("elements"), offered)
    people = _distinct(members)
    check_labels((label for _, label in theirs), min_cell, str(offered))
    check_labels((label for label, _ in people.values()), min_cell, "--by")
    own = {key: label for key, (label, _) in people.items()}
    message = {
        "voc": "join answer",
        "join": str(document.get("join")),
        "min_cell": min_cell,
        **_answered(theirs, own, context),
    }
    if summed is not None:
        if not 1 <= summed.most < 2**40:
            raise UsageError("a bound of sums is one unit or more", where="--bound")
        units = {key: _units(amount, summed) for key, (_, amount) in people.items()}
        message["sums"] = {
            **summed._asdict(),
            "digits": [
                _answered(
                    theirs,
                    {
                        key if units[key] >> digit & 1 else secrets.token_hex(16): label
                        for key, label in own.items()
                    },
                    context,
                )
                for digit in range(summed.most.bit_length())
            ],
        }
    write_message(output, message, force=force)
    return len(theirs), len(people)


def finish(answered: Path, *, state: Path, min_cell: int = 10) -> Common:
    """Count the common people, at A. Small cells, and those that would give them away, are None.

    The larger of both parties' minimums counts.
    """
    if min_cell < 2:
        raise UsageError("a cell of one person is that person", where="--min-cell")
    document, kept = read_message(answered, "join answer"), read_message(state, "join secret")
    if kept.get("join") != document.get("join"):
        raise InputError("this answer belongs to another offer", where=str(answered))
    secret = SecretExponent.from_hex(str(kept["secret"]))
    theirs = document.get("min_cell")
    least = max(min_cell, theirs if isinstance(theirs, int) else 0)
    counts = _counted(document, secret, answered)
    ours = {label for _, label in elements_of(document.get("theirs"), answered)}
    others = {label for _, label in elements_of(document.get("elements"), answered)}
    labels = [(row, column) for row in sorted(ours) for column in sorted(others)]
    sums, summed = _sums(document.get("sums"), labels, secret, answered)
    return _told(
        counts,
        labels,
        sums,
        summed,
        Common(None, {}, least, len(document["theirs"]), len(document["elements"])),
    )


def _told(
    counts: Mapping[Labels, int],
    labels: Sequence[Labels],
    sums: Mapping[Labels, float],
    summed: Summed | None,
    common: Common,
) -> Common:
    """Hide what is small, dominated, or would give those away by the total."""
    import numpy as np

    from voc.suppression import dominated, protect_list

    people = np.array([counts[pair] for pair in labels], dtype=float)
    total = int(people.sum())
    all_hidden = total < common.min_cell
    hidden = protect_list(people, min_cell=common.min_cell) | all_hidden
    cells = {pair: None if hidden[at] else counts[pair] for at, pair in enumerate(labels)}
    told = common._replace(total=None if all_hidden else total, cells=cells)
    if summed is None:
        return told
    amounts = np.array([sums[pair] for pair in labels], dtype=float)
    heavy = dominated(np.full_like(amounts, summed.bound), amounts)
    hidden = protect_list(people, min_cell=common.min_cell, sensitive=heavy) | all_hidden
    return told._replace(
        amount=summed.name,
        sums={pair: None if hidden[at] else sums[pair] for at, pair in enumerate(labels)},
    )


def _sums(
    found: object, labels: Sequence[Labels], secret: SecretExponent, path: Path
) -> tuple[dict[Labels, float], Summed | None]:
    """Add the digits up."""
    if found is None:
        return {}, None
    try:
        summed = Summed(str(found["name"]), float(found["bound"]), float(found["unit"]))  # type: ignore[index]
        digits = list(found["digits"])  # type: ignore[index]
        if not all(isinstance(one, dict) for one in digits) or len(digits) != summed.most.bit_length():
            raise ValueError
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise InputError("the sums of this file are damaged", where=str(path)) from None
    units: Counter[Labels] = Counter()
    for digit, document in enumerate(digits):
        for pair, count in _counted(document, secret, path).items():
            units[pair] += count << digit
    return {pair: round(units[pair] * summed.unit, 9) for pair in labels}, summed


def _counted(document: Mapping[str, Any], secret: SecretExponent, path: Path) -> Counter[Labels]:
    """Count the common people of one answered list by both labels."""
    ours = dict(elements_of(document.get("theirs"), path))
    theirs = {
        secret.blind(bytes.fromhex(element)).hex(): label
        for element, label in elements_of(document.get("elements"), path)
    }
    return Counter((ours[element], theirs[element]) for element in ours.keys() & theirs.keys())


def _answered(theirs: Elements, own: Mapping[str, str], context: str) -> dict[str, list[list[str]]]:
    """Blind both sides under a fresh secret, which is then forgotten."""
    secret = SecretExponent()
    blinded = [[secret.blind(bytes.fromhex(element)).hex(), label] for element, label in theirs]
    return {"theirs": _shuffled(blinded), "elements": _own(secret, context, own)}


def _own(secret: SecretExponent, context: str, people: Mapping[str, str]) -> list[list[str]]:
    return _shuffled(
        [[secret.blind(hashed_to_group(context, key)).hex(), label] for key, label in people.items()]
    )


def _shuffled(elements: list[Item]) -> list[Item]:
    secrets.SystemRandom().shuffle(elements)
    return elements


def _units(amount: float, summed: Summed) -> int:
    """The amount in units, cut to the bound."""
    return round(min(max(amount, 0.0), summed.bound) / summed.unit)


def _distinct(members: Iterable[Member]) -> dict[str, tuple[str, float]]:
    """Label and whole amount of each person; the first label counts."""
    people: dict[str, tuple[str, float]] = {}
    for key, label, amount in members:
        first, before = people.get(key, (label, 0.0))
        people[key] = (first, before + amount)
    return people
