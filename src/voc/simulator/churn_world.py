"""Worlds of customers who complain and leave, with known effects, for trying out what is said about causes.

Day by day every customer who is still there may leave and may complain. A complaint of a harmful tag
multiplies the hazard of leaving for a while; a confounded world has busy customers who complain more and stay
longer; a leaky one has complaints that are written while leaving; and a tagger may get tags wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ChurnWorld", "WorldRules", "simulate_world", "true_risk_ratio"]

Ints = NDArray[np.int64]

STAYS = np.iinfo(np.int64).max // 2
"""Day on which a customer leaves who stays."""


@dataclass(frozen=True)
class WorldRules:
    """What is true in a world."""

    customers: int = 4000
    days: int = 540
    tags: int = 6
    hazard: float = 0.0008
    """Probability of leaving on a day."""
    rate: float = 0.0012
    """Probability of a complaint of one tag on a day."""
    harm: Mapping[int, float] = field(default_factory=dict)
    """By how much a complaint of a tag multiplies the hazard, other tags do nothing."""
    harm_days: int = 134
    """For how long."""
    confounded: bool = False
    """Whether half of the customers are quiet: they complain a third as often, leave three times as often."""
    cancelling: float = 0.0
    """Share of leaving customers who complain of tag 0 in the ten days before, because they are leaving."""
    precision: float = 1.0
    """Share of found complaints that are complaints of their tag; the rest come from anybody."""
    recall: float = 1.0
    """Share of complaints that are found."""


class ChurnWorld(NamedTuple):
    """What can be seen of a world: days count from 0."""

    churn_day: Ints
    """Day on which each customer left, `STAYS` for who stays; shape (customers,)."""
    complaint_customer: Ints
    complaint_day: Ints
    complaint_tag: Ints
    busy: Ints
    """1 for busy customers, 0 for quiet ones; shape (customers,)."""


class _State(NamedTuple):
    hazard: NDArray[np.float64]
    rate: NDArray[np.float64]
    gone: Ints
    last: Ints
    """Day of the last complaint of each tag, far in the past for none; shape (tags, customers)."""


def _start(rules: WorldRules, rng: np.random.Generator) -> tuple[Ints, _State]:
    busy = (rng.random(rules.customers) < 0.5).astype(np.int64)
    quiet = (busy == 0) & rules.confounded
    return busy, _State(
        hazard=np.where(quiet, 3 * rules.hazard, rules.hazard),
        rate=np.where(quiet, rules.rate / 3, rules.rate),
        gone=np.full(rules.customers, STAYS),
        last=np.full((rules.tags, rules.customers), -STAYS),
    )


def _live_a_day(
    rules: WorldRules, state: _State, day: int, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Let customers leave and complain; return who left, and who complained of which tag."""
    factor = np.ones(rules.customers)
    for tag, ratio in rules.harm.items():
        factor[state.last[tag] + rules.harm_days >= day] *= ratio
    here = state.gone > day
    leaves = here & (rng.random(rules.customers) < state.hazard * factor)
    state.gone[leaves] = day
    writes = (rng.random(state.last.shape) < state.rate) & (here & ~leaves)
    state.last[writes] = day
    return leaves, writes


def simulate_world(rules: WorldRules, seed: int) -> ChurnWorld:
    """Let a world run for its days."""
    rng = np.random.default_rng(seed)
    busy, state = _start(rules, rng)
    found: list[tuple[Ints, Ints, Ints]] = []
    for day in range(rules.days):
        leaves, writes = _live_a_day(rules, state, day, rng)
        tag, customer = np.nonzero(writes)
        found.append((customer, tag, np.full(len(tag), day)))
        if rules.cancelling:
            upset = np.flatnonzero(leaves & (rng.random(rules.customers) < rules.cancelling))
            when = np.full(len(upset), max(day - int(rng.integers(0, 10)), 0))
            found.append((upset, np.zeros(len(upset), np.int64), when))
    who, what, when = (np.concatenate([part[place] for part in found]) for place in range(3))
    seen = _tagged(rules, state.gone, (who, when, what), rng)
    return ChurnWorld(state.gone, *seen, busy)


def _tagged(
    rules: WorldRules, gone: Ints, complaints: tuple[Ints, Ints, Ints], rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Lose some complaints and find some that are none."""
    customer, day, tag = complaints
    kept = rng.random(len(tag)) < rules.recall
    customer, day, tag = customer[kept], day[kept], tag[kept]
    if rules.precision == 1:
        return customer, day, tag
    n_false = int(len(tag) * (1 - rules.precision) / rules.precision * 2)
    strangers = rng.integers(0, len(gone), n_false)
    days = rng.integers(0, rules.days, n_false)
    there = np.flatnonzero(gone[strangers] > days)[: n_false // 2]
    wrong = rng.choice(tag, len(there))
    return (
        np.concatenate([customer, strangers[there]]),
        np.concatenate([day, days[there]]),
        np.concatenate([tag, wrong]),
    )


def true_risk_ratio(
    rules: WorldRules, tag: int, *, exposure_days: int, gap_days: int, horizon_days: int, seed: int = 0
) -> float:
    """Return by how much complaints of a tag raise the risk of leaving, by living the same lives twice.

    Customers who complained in the exposure window up to a landmark and are there after the gap live through
    the horizon as they are, and once more as if those complaints had not been made.
    """
    rng = np.random.default_rng(seed)
    _, state = _start(rules, rng)
    landmark = rules.days // 2
    before = state.last[tag]
    for day in range(landmark + gap_days + 1):
        _live_a_day(rules, state, day, rng)
        if day == landmark - exposure_days:
            before = state.last[tag].copy()
        if day == landmark:
            exposed = state.last[tag] > landmark - exposure_days
    chosen = exposed & (state.gone > landmark + gap_days)
    risks = []
    for with_complaint in (True, False):
        last = state.last.copy()
        if not with_complaint:
            last[tag] = before
        life = state._replace(gone=state.gone.copy(), last=last)
        for day in range(landmark + gap_days + 1, landmark + gap_days + horizon_days + 1):
            _live_a_day(rules, life, day, rng)
        risks.append(float((life.gone[chosen] < STAYS).mean()))
    return risks[0] / risks[1]
