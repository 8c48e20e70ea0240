"""Simulated worlds: the answer is known, and the design has to find it where naive joins do not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from voc.rootcause.cells import count_cells
from voc.rootcause.comparison import adjusted_ratio
from voc.rootcause.design import Design
from voc.rootcause.effect import Effect
from voc.rootcause.effects import estimate_effects
from voc.rootcause.exposure import Complaints, exposures
from voc.rootcause.mantel_haenszel import RiskRatio
from voc.rootcause.outcome import by_table
from voc.rootcause.panel import Feature, Panel, stratify

START = np.datetime64("2023-01-01", "D")
LENGTH = 540
DESIGN = Design(every_days=90)


class World(NamedTuple):
    """Customers of a company, day by day."""

    churn: np.ndarray
    """Day on which each customer left; NaT for those who stay."""
    complaints: Complaints
    activity: np.ndarray
    """0 or 1: busy customers complain more and stay longer."""
    n_tags: int


def company(
    seed: int,
    *,
    n: int = 4000,
    harm: dict[int, float] | None = None,
    confounded: bool = False,
    leaving: bool = False,
) -> World:
    """Simulate customers. A complaint of tag t multiplies the hazard by `harm[t]` for 134 days."""
    rng = np.random.default_rng(seed)
    n_tags = 4
    activity = (rng.random(n) < 0.5).astype(np.int64)
    hazard = np.where(activity == 1, 0.0006, 0.003 if confounded else 0.0006)
    rate = np.where(activity == 1, 0.004, 0.0008 if confounded else 0.004)
    gone = np.full(n, LENGTH)
    harmed_until = np.zeros((n_tags, n), np.int64)
    events: list[tuple[np.ndarray, int, int]] = []
    for day in range(LENGTH):
        here = gone > day
        factor = np.ones(n)
        for tag, ratio in (harm or {}).items():
            factor = np.where(harmed_until[tag] >= day, factor * ratio, factor)
        leaves = here & (rng.random(n) < hazard * factor)
        gone[leaves] = day
        for tag in range(n_tags):
            writes = here & ~leaves & (rng.random(n) < rate / n_tags)
            harmed_until[tag][writes] = day + 134
            events.append((np.flatnonzero(writes), day, tag))
        if leaving:
            # a complaint that is written while leaving
            events.append((np.flatnonzero(leaves & (rng.random(n) < 0.5)), day, 0))
    complaints = Complaints(
        np.concatenate([who for who, _, _ in events]),
        START + np.concatenate([np.full(len(who), day) for who, day, _ in events]),
        np.concatenate([np.full(len(who), tag) for who, _, tag in events]),
    )
    churn = START + gone
    churn[gone == LENGTH] = np.datetime64("NaT")
    return World(churn, complaints, activity, n_tags)


def found(world: World, *, adjust: bool = True) -> list[Effect]:
    first = np.repeat(START, len(world.churn))
    landmarks = DESIGN.landmarks(START, START + LENGTH - 1)
    at_risk = by_table(first, world.churn, landmarks, DESIGN)
    known = [Feature("activity", world.activity[at_risk.customer], at_risk.landmark)] if adjust else []
    stratum, levels = stratify(at_risk.landmark, known)
    segment = np.zeros(len(stratum), np.int64)
    panel = Panel(
        at_risk.customer, at_risk.landmark, at_risk.churned, stratum, levels, segment, len(world.churn)
    )
    exposure = exposures(world.complaints, at_risk.customer, at_risk.landmark, world.n_tags, DESIGN)
    return estimate_effects(panel, exposure, [f"t{tag}" for tag in range(world.n_tags)]).effects


def covers(effect: Effect, ratio: float) -> bool:
    assert effect.adjusted_rr_ci_lower is not None
    assert effect.adjusted_rr_ci_upper is not None
    return effect.adjusted_rr_ci_lower <= ratio <= effect.adjusted_rr_ci_upper


def ever_complained_before_leaving(world: World) -> float:
    """The naive join: churn of those who ever complained against those who never did."""
    complained = np.bincount(world.complaints.customer, minlength=len(world.churn)) > 0
    left = ~np.isnat(world.churn)
    return float(left[complained].mean() / left[~complained].mean())


SEEDS = range(6)


def test_null_world_covers_one_and_discovers_nothing():
    effects = [effect for seed in SEEDS for effect in found(company(seed))]
    assert np.mean([covers(effect, 1.0) for effect in effects]) >= 0.9
    assert all(effect.q_value > 0.05 for effect in effects)


def test_naive_join_sees_complaints_keep_customers_where_they_do_nothing():
    # immortal time: who stays longer has more time to complain
    assert np.mean([ever_complained_before_leaving(company(seed)) for seed in SEEDS]) < 0.8


def test_naive_join_blames_complaints_made_while_leaving_and_the_gap_does_not():
    worlds = [company(seed, leaving=True) for seed in SEEDS]
    without = np.mean([ever_complained_before_leaving(company(seed)) for seed in SEEDS])
    assert np.mean([ever_complained_before_leaving(world) for world in worlds]) > without + 0.2
    effects = [effect for world in worlds for effect in found(world) if effect.tag == "t0"]
    assert np.exp(np.mean([np.log(effect.adjusted_rr) for effect in effects])) == pytest.approx(1.0, abs=0.15)


def test_confounded_world_misleads_the_crude_ratio_and_not_the_adjusted_one():
    effects = [effect for seed in SEEDS for effect in found(company(seed, confounded=True))]
    crude = np.exp(np.mean([np.log(effect.crude_rr) for effect in effects]))
    adjusted = np.exp(np.mean([np.log(effect.adjusted_rr) for effect in effects]))
    assert crude < 0.75
    assert adjusted == pytest.approx(1.0, abs=0.1)
    assert np.mean([covers(effect, 1.0) for effect in effects]) >= 0.9


def test_planted_effects_are_found_in_their_order():
    # hazards three and two times as high over the whole horizon of 90 days
    world = company(11, n=8000, harm={2: 3.0, 0: 2.0}, confounded=True)
    effects = found(world)
    assert [effect.tag for effect in effects[:2]] == ["t2", "t0"]
    assert all(effect.q_value < 0.05 for effect in effects[:2])
    assert all(effect.q_value > 0.05 for effect in effects[2:])
    assert 2.0 < effects[0].adjusted_rr < 3.5
    assert 1.4 < effects[1].adjusted_rr < 2.4


def observed(seed: int, ratio: float, n_strata: int) -> RiskRatio:
    """One tag with one risk ratio in every stratum; customers stand twice, each with a risk of their own."""
    rng = np.random.default_rng(seed)
    people = 1500
    customer = np.repeat(np.arange(people), 2)
    stratum = rng.integers(0, n_strata, 2 * people)
    exposed = rng.random(2 * people) < 0.04 + 0.1 * stratum / n_strata
    taste = rng.choice([0.5, 1.5], people)[customer]
    base = (0.08 + 0.2 * stratum / n_strata) * taste
    churned = rng.random(2 * people) < base * np.where(exposed, ratio, 1.0)
    landmark = np.repeat(START, 2 * people)
    levels, segment = np.arange(n_strata)[:, None], np.zeros(2 * people, np.int64)
    panel = Panel(customer, landmark, churned, stratum, levels, segment, people)
    found = adjusted_ratio(count_cells(panel, exposed.astype(np.int64)), np.flatnonzero(exposed))
    assert found is not None
    return found


@pytest.mark.parametrize("ratio", [1.0, 1.8])
@pytest.mark.parametrize("n_strata", [4, 400], ids=["few strata", "sparse strata"])
def test_interval_covers_the_true_ratio_about_as_often_as_it_says(ratio, n_strata):
    runs = 400
    found = [observed(seed, ratio, n_strata) for seed in range(runs)]
    covered = sum(one.lower <= ratio <= one.upper for one in found)
    # three standard errors of a share of 0.95 in 400 runs, on either side
    assert 0.917 <= covered / runs <= 0.983
