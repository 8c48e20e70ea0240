"""How often the root-cause analysis is right in worlds whose truth is known.

    python scripts/bench_worlds.py [--seeds 200]

For each of five worlds (null, confounded, leaky, planted, misclassified) and each seed, a company is
simulated (`voc.simulator.churn_world`) and analysed. Printed are: runs with a false discovery and the share
of false ones among all discoveries (q < 0.05), how often the 95 % intervals of the Mantel–Haenszel and the
doubly robust ratio hold the truth, whether planted effects come out in their order, and what the naive
designs say of the same worlds: "ever complained" against ever left, the crude ratio, and no gap.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from voc.rootcause.design import Design
from voc.rootcause.effect import Effect
from voc.rootcause.effects import EffectSettings, estimate_effects
from voc.rootcause.exposure import Complaints, exposures
from voc.rootcause.features import earlier
from voc.rootcause.misclassification import TaggerScore
from voc.rootcause.outcome import by_table
from voc.rootcause.panel import Feature, Panel, stratify
from voc.simulator.churn_world import STAYS, ChurnWorld, WorldRules, simulate_world, true_risk_ratio

START = np.datetime64("2023-01-01", "D")
DESIGN = Design()
HARM = {0: 3.0, 1: 2.0, 2: 1.6}
PRECISION, RECALL = 0.8, 0.7
WORLDS = {
    "null": WorldRules(),
    "confounded": WorldRules(confounded=True),
    "leaky": WorldRules(cancelling=0.5),
    "planted": WorldRules(confounded=True, harm=HARM, customers=8000),
    "misclassified": WorldRules(
        confounded=True, harm=HARM, customers=8000, precision=PRECISION, recall=RECALL
    ),
}


def analyse(world: ChurnWorld, rules: WorldRules, design: Design = DESIGN) -> list[Effect]:
    """Run the analysis: activity and earlier complaints are what customers are compared by."""
    churn = START + world.churn_day.clip(max=STAYS // 10**15).astype("timedelta64[D]")
    churn[world.churn_day == STAYS] = np.datetime64("NaT")
    complaints = Complaints(
        world.complaint_customer, START + world.complaint_day.astype("timedelta64[D]"), world.complaint_tag
    )
    first = np.repeat(START, rules.customers)
    landmarks = design.landmarks(START, START + rules.days - 1)
    who, when, left, days = by_table(first, churn, landmarks, design)
    features = [Feature("busy", world.busy[who], when), earlier(complaints, who, when, design)]
    stratum, levels = stratify(when, features)
    segment = np.zeros(len(who), np.int64)
    panel = Panel(who, when, left, stratum, levels, segment, rules.customers, days)
    exposure = exposures(complaints, who, when, rules.tags, design)
    scores = {}
    if rules.recall < 1:
        score = TaggerScore(rules.precision, rules.recall, 400, 400)
        scores = {str(tag): score for tag in range(rules.tags)}
    settings = EffectSettings(design=design, draws=20, tagger_scores=scores)
    names = [str(tag) for tag in range(rules.tags)]
    return estimate_effects(panel, exposure, names, settings=settings).effects


def ever_against_ever(world: ChurnWorld, tag: int) -> float:
    """The naive join: churn of those who ever complained of a tag against those who never did."""
    complained = np.zeros(len(world.churn_day), np.bool_)
    complained[world.complaint_customer[world.complaint_tag == tag]] = True
    left = world.churn_day < STAYS
    return float(left[complained].mean() / left[~complained].mean())


@dataclass
class Tally:
    """Counts over the seeds of one world."""

    runs: int = 0
    runs_with_false: int = 0
    false: int = 0
    discoveries: int = 0
    tests: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    in_order: int = 0
    logs: dict[str, list[float]] = field(default_factory=dict)

    def cover(self, name: str, bounds: tuple[float | None, float | None], truth: float) -> None:
        """Count whether an interval holds the truth."""
        lower, upper = bounds
        if lower is not None and upper is not None:
            self.tests[name] = self.tests.get(name, 0) + 1
            self.held[name] = self.held.get(name, 0) + (lower <= truth <= upper)

    def note(self, name: str, ratio: float | None) -> None:
        """Remember a ratio for its geometric mean."""
        if ratio:
            self.logs.setdefault(name, []).append(math.log(ratio))


def add(tally: Tally, world: ChurnWorld, rules: WorldRules, truths: Mapping[int, float]) -> None:
    """Analyse one world and count."""
    effects = {int(effect.tag): effect for effect in analyse(world, rules)}
    called = [tag for tag, effect in effects.items() if effect.q_value is not None and effect.q_value < 0.05]
    wrong = sum(tag not in rules.harm for tag in called)
    tally.runs += 1
    tally.runs_with_false += wrong > 0
    tally.false += wrong
    tally.discoveries += len(called)
    for tag, effect in effects.items():
        truth = truths.get(tag, 1.0)
        mh = (effect.adjusted_rr_ci_lower, effect.adjusted_rr_ci_upper)
        tally.cover("Mantel-Haenszel", mh, truth)
        tally.cover("doubly robust", (effect.dr_rr_ci_lower, effect.dr_rr_ci_upper), truth)
        if effect.tagger_rr is not None:
            tally.cover("corrected", (effect.tagger_rr_ci_lower, effect.tagger_rr_ci_upper), truth)
        tally.cover("crude", (effect.crude_rr_ci_lower, effect.crude_rr_ci_upper), truth)
    order = [tag for tag in effects if tag in rules.harm]  # strongest lower bound first
    tally.in_order += order == sorted(rules.harm, key=lambda tag: -rules.harm[tag])
    tally.note("MH of tag 0", effects[0].adjusted_rr)
    tally.note("DR of tag 0", effects[0].dr_rr)
    tally.note("crude of tag 0", effects[0].crude_rr)
    tally.note("corrected of tag 0", effects[0].tagger_rr)
    tally.note("naive ever/ever of tag 0", ever_against_ever(world, 0))


def without_gap(world: ChurnWorld, rules: WorldRules) -> float | None:
    """Adjusted ratio of tag 0 when the horizon begins at the landmark."""
    effects = analyse(world, rules, replace(DESIGN, gap_days=0))
    return next(effect.adjusted_rr for effect in effects if effect.tag == "0")


def truths_of(rules: WorldRules) -> dict[int, float]:
    """Live the same lives twice in a world of a million customers, for each harmful tag."""
    large = replace(rules, customers=1_000_000, days=400, precision=1.0, recall=1.0)
    windows = {"exposure_days": DESIGN.exposure_days, "gap_days": DESIGN.gap_days}
    return {
        tag: true_risk_ratio(large, tag, **windows, horizon_days=DESIGN.horizon_days) for tag in rules.harm
    }


def report(name: str, tally: Tally, truths: Mapping[int, float], say: Callable[[str], None]) -> None:
    """Print what was counted."""
    truth = ", ".join(f"{ratio:.2f}" for ratio in truths.values())
    say(f"{name}: {tally.runs} runs" + (f", true risk ratios {truth}" if truth else ""))
    share = tally.false / tally.discoveries if tally.discoveries else 0.0
    say(
        f"  runs with a false discovery {tally.runs_with_false / tally.runs:.1%}, false among all {share:.1%}"
    )
    for kind, tests in tally.tests.items():
        say(f"  95 % intervals, {kind}: {tally.held[kind] / tests:.1%} of {tests} hold the truth")
    if truths:
        say(f"  planted effects in their order: {tally.in_order / tally.runs:.1%}")
    for kind, logs in tally.logs.items():
        say(f"  {kind}: {math.exp(float(np.mean(logs))):.3f}")


def main() -> None:
    """Simulate, analyse, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--world", choices=[*WORLDS], action="append")
    chosen = parser.parse_args()
    for name in chosen.world or WORLDS:
        rules, started = WORLDS[name], time.process_time()
        truths, tally = truths_of(rules), Tally()
        for seed in range(chosen.seeds):
            world = simulate_world(rules, seed)
            add(tally, world, rules, truths)
            if name == "leaky":
                tally.note("MH of tag 0 without gap", without_gap(world, rules))
        report(name, tally, truths, lambda line: print(line, flush=True))
        print(f"  {time.process_time() - started:.0f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
