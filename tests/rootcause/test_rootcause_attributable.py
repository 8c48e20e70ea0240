"""Attributable churn and its worth, and what mending a cause would bring, against closed forms."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.errors import UsageError
from voc.rootcause.attributable import CustomerValue, attribute
from voc.rootcause.effects import EffectSettings, estimate_effects
from voc.rootcause.exposure import Exposure
from voc.rootcause.panel import Panel
from voc.rootcause.whatif import Mending, what_if


def company(n: int = 20_000, seed: int = 1) -> tuple[Panel, np.ndarray]:
    rng = np.random.default_rng(seed)
    exposed = rng.random(n) < 0.1
    churned = rng.random(n) < np.where(exposed, 0.3, 0.1)
    day = np.repeat(np.datetime64("2024-01-01", "D"), n)
    zero = np.zeros(n, np.int64)
    return Panel(np.arange(n), day, churned, zero, np.zeros((1, 1), np.int64), zero, n), exposed


def estimated(panel: Panel, exposed: np.ndarray, value: CustomerValue | None = None, **options):
    observation = np.flatnonzero(exposed)
    exposure = Exposure(observation, np.zeros(len(observation), np.int64), 1)
    found = estimate_effects(panel, exposure, ["a"], settings=EffectSettings(**options), value=value)
    return found.effects[0]


def test_fraction_without_confounding_is_that_of_levin():
    # Levin (1953): p (RR - 1) / (1 + p (RR - 1))
    panel, exposed = company()
    row = estimated(panel, exposed)
    excess = exposed.mean() * (row.crude_rr - 1)
    assert row.paf == pytest.approx(excess / (1 + excess), rel=0.01)
    assert row.paf_ci_lower < row.paf < row.paf_ci_upper
    assert row.attributable_churners == pytest.approx(row.paf * panel.churned.sum())


def test_interval_of_the_fraction_is_as_wide_as_fractions_of_other_samples_spread():
    rows = [estimated(*company(3000, seed), draws=200) for seed in range(40)]
    spread = np.std([row.paf for row in rows])
    reach = NormalDist().inv_cdf(0.975)
    told = np.mean([(row.paf_ci_upper - row.paf_ci_lower) / 2 / reach for row in rows])
    assert told == pytest.approx(spread, rel=0.3)


def test_worth_is_churners_times_the_value_of_the_exposed():
    panel, exposed = company()
    value = np.where(exposed, 250.0, 10.0)
    row = estimated(panel, exposed, CustomerValue(value))
    assert row.mean_value == pytest.approx(250)
    assert row.revenue_at_risk == pytest.approx(250 * row.attributable_churners)
    assert row.revenue_at_risk_ci_lower < row.revenue_at_risk < row.revenue_at_risk_ci_upper
    vague = estimated(panel, exposed, CustomerValue(value, log_error=0.5))
    assert vague.revenue_at_risk_ci_upper > 1.5 * row.revenue_at_risk_ci_upper


def test_customers_of_unknown_value_are_left_out_of_the_mean():
    panel, exposed = company()
    value = np.where(np.arange(len(exposed)) % 2 == 0, 100.0, np.nan)
    assert estimated(panel, exposed, CustomerValue(value)).mean_value == pytest.approx(100)
    nothing = estimated(panel, exposed, CustomerValue(np.full(len(exposed), np.nan)))
    assert nothing.revenue_at_risk is nothing.revenue_at_risk_ci_lower is None
    assert nothing.paf is not None


def test_same_seed_gives_the_same_draws():
    rng = np.random.default_rng(2)
    excess, exposed = list(rng.normal(size=(3, 500))), list(rng.integers(0, 3, (3, 500)).astype(float))
    churned = rng.integers(0, 2, 500).astype(float)
    assert attribute(excess, exposed, churned, None) == attribute(excess, exposed, churned, None)
    assert attribute(excess, exposed, churned, None, seed=1) != attribute(excess, exposed, churned, None)


PLAN = Mending(
    n_exposed=1000, churn_exposed=300, ratio=2.0, ratio_lower=1.5, ratio_upper=2.0 / 0.75,
    value=400, value_lower=400, value_upper=400, mended_lower=0.5, mended_upper=0.5,
    cost_lower=20_000, cost_upper=20_000,
)  # fmt: skip


def test_saved_customers_are_what_the_formula_says():
    sure = PLAN._replace(ratio_lower=2.0, ratio_upper=2.0, n_exposed=1e7, churn_exposed=3e6)
    found = what_if(sure)
    assert found.saved_customers == pytest.approx(1e7 * 0.3 * 0.5 * 0.5, rel=1e-3)
    assert found.saved_value == pytest.approx(400 * found.saved_customers)
    assert found.net == pytest.approx(found.saved_value - 20_000)


def test_chance_of_a_loss_follows_from_the_interval_of_the_ratio():
    # all else being sure, it loses where 1 - 1 / RR is below cost over n * risk * mended * value
    plan = PLAN._replace(n_exposed=1e7, churn_exposed=3e6, cost_lower=2.4e8, cost_upper=2.4e8)
    needed = 1 / (1 - 2.4e8 / (1e7 * 0.3 * 0.5 * 400))
    width = math.log(plan.ratio_upper / plan.ratio_lower) / 2 / 1.959964
    expected = NormalDist(math.log(2.0), width).cdf(math.log(needed))
    assert what_if(plan, draws=100_000).loss_probability == pytest.approx(expected, abs=0.01)


@settings(max_examples=25)
@given(st.floats(0.2, 5), st.floats(1.01, 3), st.floats(0, 1), st.just(0.0) | st.floats(0.01, 1e5))
def test_draws_hang_together(ratio, width, mended, cost):
    plan = PLAN._replace(
        ratio=ratio, ratio_lower=ratio / width, ratio_upper=ratio * width, mended_upper=max(mended, 0.5),
        mended_lower=min(mended, 0.5), cost_lower=cost / 2, cost_upper=cost,
    )  # fmt: skip
    found = what_if(plan, draws=500)
    for name in ("saved_customers", "saved_value", "net"):
        lower, upper, _ = getattr(found, f"{name}_interval")
        assert lower <= upper
    assert 0 <= found.loss_probability <= 1
    assert (found.return_on_cost is None) == (cost == 0)
    assert what_if(plan, draws=500) == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ratio_lower": 3.0}, "ratio must be above 0 and inside its interval"),
        ({"value": -1.0}, "value must be above 0"),
        ({"mended_upper": 1.5}, "mended cannot go from 0.5 to 1.5"),
        ({"cost_lower": -5.0}, "cost cannot go from -5.0 to 20000"),
        ({"churn_exposed": 2000}, "churn_exposed must lie between 0 and n_exposed"),
    ],
)
def test_impossible_plan_is_told(change, message):
    with pytest.raises(UsageError, match=message.replace(".", r"\.")):
        what_if(PLAN._replace(**change))
