"""Which rows are spoilt, as a company's files have them, so that truth.json can list them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from voc.simulator.world import Defects

__all__ = ["BadRow", "Duplicate", "Spoilt", "choose_defects"]

_SMALL = 100
"""Files with fewer rows stay whole."""


@dataclass(frozen=True)
class BadRow:
    """A row that a reader cannot take as it is."""

    file: str
    row: int
    """0-based number of the data row in the file."""
    id: str
    reason: str


@dataclass(frozen=True)
class Duplicate:
    """A row that is an exact copy of an earlier one."""

    file: str
    row: int
    of_row: int
    id: str


@dataclass
class Spoilt:
    """Which records of each file are to be spoilt; records are numbered before copies are put in."""

    undecodable: set[int] = field(default_factory=set)
    extra_cell: set[int] = field(default_factory=set)
    copied: set[int] = field(default_factory=set)
    impossible_date: set[int] = field(default_factory=set)
    broken_json: set[int] = field(default_factory=set)
    missing_customer: set[int] = field(default_factory=set)


def _count(share: float, rows: int) -> int:
    return 0 if rows < _SMALL or share <= 0 else max(1, round(share * rows))


def choose_defects(
    defects: Defects, *, reviews: int, tickets: int, turns: int, orders: int, rng: Random
) -> Spoilt:
    """Choose disjoint rows to spoil in files of the given numbers of rows."""
    counts = [
        _count(share, reviews) for share in (defects.undecodable, defects.extra_cell, defects.duplicate)
    ]
    chosen = rng.sample(range(reviews), sum(counts))
    first, second = counts[0], counts[0] + counts[1]
    return Spoilt(
        undecodable=set(chosen[:first]),
        extra_cell=set(chosen[first:second]),
        copied=set(chosen[second:]),
        impossible_date=set(rng.sample(range(tickets), _count(defects.impossible_date, tickets))),
        broken_json=set(rng.sample(range(turns), _count(defects.broken_json, turns))),
        missing_customer=set(rng.sample(range(orders), _count(defects.missing_customer, orders))),
    )
