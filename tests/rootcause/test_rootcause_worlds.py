"""Simulated worlds: the answer is known, and the design has to find it where naive joins do not.

`scripts/bench_worlds.py` does the same with 200 seeds.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from voc.rootcause.cells import count_cells
from voc.rootcause.comparison import adjusted_ratio
from voc.rootcause.design import Design
from voc.rootcause.doubts import permuted_labels, placebo_date, unheard
from voc.rootcause.effect import Effect
from voc.rootcause.effects import EffectSettings, estimate_effects
from voc.rootcause.exposure import Complaints, Exposure, exposures
from voc.rootcause.features import earlier
from voc.rootcause.mantel_haenszel import RiskRatio
from voc.rootcause.misclassification import TaggerScore
from voc.rootcause.outcome import by_table
from voc.rootcause.panel import Feature, Panel, columns_of_strata, stratify
from voc.simulator.churn_world import STAYS, ChurnWorld, WorldRules, simulate_world, true_risk_ratio

START = np.datetime64("2023-01-01", "D")
DESIGN = Design(every_days=60)
SEEDS = range(6)
NULL = WorldRules(tags=4)
CONFOUNDED = replace(NULL, confounded=True)
LEAKY = replace(NULL, cancelling=0.5)
PLANTED = WorldRules(tags=4, confounded=True, customers=8000, harm={2: 3.0, 0: 2.0})
_WORLDS: dict[tuple[str, int], ChurnWorld] = {}


def world(rules: WorldRules, seed: int) -> ChurnWorld:
    key = (repr(rules), seed)
    if key not in _WORLDS:
        _WORLDS[key] = simulate_world(rules, seed)
    return _WORLDS[key]


def material(rules: WorldRules, seed: int, design: Design = DESIGN) -> tuple[Panel, Complaints, Exposure]:
    seen = world(rules, seed)
    left_on = START + seen.churn_day.clip(max=10**6).astype("timedelta64[D]")
    left_on[seen.churn_day == STAYS] = np.datetime64("NaT")
    days = START + seen.complaint_day.astype("timedelta64[D]")
    complaints = Complaints(seen.complaint_customer, days, seen.complaint_tag)
    landmarks = design.landmarks(START, START + rules.days - 1)
    who, when, left, after = by_table(np.repeat(START, rules.customers), left_on, landmarks, design)
    features = [Feature("busy", seen.busy[who], when), earlier(complaints, who, when, design)]
    stratum, levels = stratify(when, features)
    panel = Panel(who, when, left, stratum, levels, seen.busy[who], rules.customers, after)
    return panel, complaints, exposures(complaints, who, when, rules.tags, design)


def found(rules: WorldRules, seed: int, design: Design = DESIGN, **settings) -> list[Effect]:
    panel, _, exposure = material(rules, seed, design)
    names = [f"t{tag}" for tag in range(rules.tags)]
    chosen = EffectSettings(design=design, draws=20, **settings)
    return estimate_effects(panel, exposure, names, settings=chosen).effects


def covers(effect: Effect, ratio: float, kind: str = "adjusted") -> bool:
    return getattr(effect, f"{kind}_rr_ci_lower") <= ratio <= getattr(effect, f"{kind}_rr_ci_upper")


def mean_ratio(effects: list[Effect], name: str = "adjusted_rr") -> float:
    return float(np.exp(np.mean([np.log(getattr(effect, name)) for effect in effects])))


def ever_complained_before_leaving(rules: WorldRules, seed: int) -> float:
    """The naive join: churn of those who ever complained against those who never did."""
    seen = world(rules, seed)
    complained = np.bincount(seen.complaint_customer, minlength=rules.customers) > 0
    left = seen.churn_day < STAYS
    return float(left[complained].mean() / left[~complained].mean())


def test_null_world_covers_one_and_discovers_next_to_nothing():
    runs = [found(NULL, seed) for seed in SEEDS]
    effects = [effect for run in runs for effect in run]
    assert np.mean([covers(effect, 1.0) for effect in effects]) >= 0.9
    assert np.mean([covers(effect, 1.0, "dr") for effect in effects]) >= 0.9
    # one run in twenty may have a false discovery
    assert sum(any(effect.q_value < 0.05 for effect in run) for run in runs) <= 1


def test_naive_join_sees_complaints_keep_customers_where_they_do_nothing():
    # immortal time: who stays longer has more time to complain
    assert np.mean([ever_complained_before_leaving(NULL, seed) for seed in SEEDS]) < 0.8


def test_naive_join_blames_complaints_made_while_leaving_and_the_gap_does_not():
    naive = np.mean([ever_complained_before_leaving(LEAKY, seed) for seed in SEEDS])
    assert naive > np.mean([ever_complained_before_leaving(NULL, seed) for seed in SEEDS]) + 0.15
    first = [effect for seed in SEEDS for effect in found(LEAKY, seed) if effect.tag == "t0"]
    assert mean_ratio(first) == pytest.approx(1.0, abs=0.15)
    without = replace(DESIGN, gap_days=0)
    blamed = [effect for seed in SEEDS for effect in found(LEAKY, seed, without) if effect.tag == "t0"]
    assert mean_ratio(blamed) > 1.3


def test_confounded_world_misleads_the_crude_ratio_and_not_the_adjusted_ones():
    effects = [effect for seed in SEEDS for effect in found(CONFOUNDED, seed)]
    assert mean_ratio(effects, "crude_rr") < 0.85
    assert mean_ratio(effects) == pytest.approx(1.0, abs=0.1)
    assert mean_ratio(effects, "dr_rr") == pytest.approx(1.0, abs=0.1)
    assert np.mean([covers(effect, 1.0) for effect in effects]) >= 0.9
    assert np.mean([covers(effect, 1.0, "crude") for effect in effects]) < 0.6


@cache
def truth(tag: int) -> float:
    large = replace(PLANTED, customers=100_000, days=360)
    windows = {name: getattr(DESIGN, name) for name in ("exposure_days", "gap_days", "horizon_days")}
    return true_risk_ratio(large, tag, **windows)


def test_planted_effects_are_found_in_their_order_and_near_the_truth():
    effects = found(PLANTED, 11)
    assert [effect.tag for effect in effects[:2]] == ["t2", "t0"]
    assert all(effect.q_value < 0.05 for effect in effects[:2])
    assert all(effect.q_value > 0.05 for effect in effects[2:])
    for effect, tag in zip(effects[:2], (2, 0), strict=True):
        assert covers(effect, truth(tag))
        assert covers(effect, truth(tag), "dr")
        assert effect.paf_ci_lower > 0
        assert effect.e_value_bound > 1.5


def test_correction_undoes_what_the_mistakes_of_a_tagger_hide():
    blurred = replace(PLANTED, precision=0.7, recall=0.6)
    scores = {"t2": TaggerScore(0.7, 0.6, 500, 500)}
    effects = [row for seed in range(3) for row in found(blurred, seed, tagger_scores=scores)]
    effects = [effect for effect in effects if effect.tag == "t2"]
    assert mean_ratio(effects) < 0.85 * truth(2)
    assert mean_ratio(effects, "tagger_rr") == pytest.approx(truth(2), rel=0.15)
    assert all(covers(effect, truth(2), "tagger") for effect in effects)


def test_permuted_labels_are_called_no_more_often_than_they_should_be():
    panel, complaints, _ = material(PLANTED, 11)
    drawn = permuted_labels(panel, complaints, PLANTED.tags, DESIGN, runs=25)
    assert drawn.tests == 100
    assert drawn.below_alpha <= 12
    assert drawn.runs_with_discovery <= 5


def test_placebo_date_leaves_little_of_an_effect_that_has_passed():
    panel, complaints, exposure = material(PLANTED, 11)
    days, controls = placebo_date(panel, complaints, exposure, ["t0", "t1", "t2", "t3"], DESIGN)
    assert days == DESIGN.span_days
    by_tag = {control.tag: control for control in controls}
    assert set(by_tag) == {"t0", "t1", "t2", "t3"}
    assert by_tag["t2"].rr < 1.5
    assert found(PLANTED, 11)[0].adjusted_rr > 2.0


def test_silent_customers_are_counted_over_all_and_by_segment():
    panel, complaints, exposure = material(PLANTED, 11)
    everybody, quiet, busy = unheard(panel, complaints, exposure, ["quiet", "busy"])
    assert everybody.segment is None
    assert everybody.churned == panel.churned.sum() == quiet.churned + busy.churned
    assert quiet.silent_customers / quiet.customers > busy.silent_customers / busy.customers
    assert 0 < everybody.silent_churned < everybody.churned


def test_strata_that_are_too_thin_do_without_their_optional_features():
    panel, _, exposure = material(CONFOUNDED, 0)
    n_tags = exposure.tags_of(len(panel))
    assert columns_of_strata(panel, n_tags) == [0, 1, 2]
    rng = np.random.default_rng(1)
    fine = rng.integers(0, 3000, len(panel))
    stratum, levels = stratify(panel.landmark, [Feature("fine", fine, panel.landmark)])
    thin = replace(panel, stratum=stratum, levels=levels, optional=(1,))
    assert columns_of_strata(thin, n_tags) == [0]


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
