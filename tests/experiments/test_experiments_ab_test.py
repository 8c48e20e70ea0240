"""Reading an A/B test: against statsmodels, and against what is true of simulated tests."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from voc.errors import ColumnError, InputError, MissingExtraError, UsageError
from voc.experiments.ab_test import read_ab_test


def ab_table(n: int = 4000, effect: float = -0.08, seed: int = 1, share: float = 0.5) -> pa.Table:
    """Churn by group; spend before the test goes along with staying."""
    rng = np.random.default_rng(seed)
    group = np.where(rng.random(n) < share, "B", "A")
    spend = rng.normal(0, 1, n)
    risk = np.clip(0.3 - 0.15 * spend + effect * (group == "B"), 0, 1)
    churned = rng.random(n) < risk
    return pa.table({"group": group, "churned": churned, "spend": spend})


def read(table: pa.Table, **options):
    return read_ab_test(table, variant="group", outcome="churned", **options)


def test_difference_and_interval_are_those_of_welch():
    table = ab_table()
    group, churned = table["group"].to_numpy(), table["churned"].to_numpy().astype(float)
    found = read(table)
    expected = CompareMeans(DescrStatsW(churned[group == "B"]), DescrStatsW(churned[group == "A"]))
    bounds = expected.tconfint_diff(usevar="unequal")
    assert (found.effect_ci_lower, found.effect_ci_upper) == pytest.approx(bounds)
    assert found.p_value == pytest.approx(expected.ttest_ind(usevar="unequal")[1])
    assert (found.control, found.variant, found.n_control) == ("A", "B", (group == "A").sum())
    assert found.effect == pytest.approx(found.variant_mean - found.control_mean)
    assert found.supports_cause


def test_covariate_narrows_the_interval_and_leaves_the_effect():
    plain, adjusted = read(ab_table()), read(ab_table(), covariate="spend")
    width = adjusted.effect_ci_upper - adjusted.effect_ci_lower
    assert width < 0.97 * (plain.effect_ci_upper - plain.effect_ci_lower)
    assert adjusted.effect == pytest.approx(plain.effect, abs=0.02)
    assert adjusted.covariate == "spend"


def test_detectable_effect_is_that_of_the_power_of_a_t_test():
    table = ab_table(effect=0.0)
    found = read(table)
    spread = table["churned"].to_numpy().astype(float).std(ddof=1)
    ratio = found.n_variant / found.n_control
    expected = TTestIndPower().solve_power(nobs1=found.n_control, ratio=ratio, alpha=0.05, power=0.8)
    assert found.detectable == pytest.approx(expected * spread, rel=0.03)


def test_groups_of_the_wrong_size_support_nothing():
    found = read(ab_table(effect=-0.2, share=0.6))
    assert found.sample_ratio_p < 0.001
    assert not found.sample_ratio_ok
    assert not found.supports_cause
    planned = read(ab_table(effect=-0.2, share=0.6), ratio=1.5)
    assert planned.sample_ratio_ok
    assert planned.supports_cause


@pytest.mark.parametrize(("effect", "better", "supports"), [(-0.1, "higher", False), (0.1, "higher", True)])
def test_which_way_is_good_decides(effect, better, supports):
    assert read(ab_table(effect=effect), better=better).supports_cause is supports


def test_control_may_be_named_and_rows_with_holes_are_told():
    table = ab_table(400)
    churned = table["churned"].to_pylist()
    churned[:7] = [None] * 7
    holed = table.set_column(1, "churned", pa.array(churned))
    found = read(holed, control="B")
    assert (found.control, found.rows_left_out) == ("B", 7)
    assert found.effect == pytest.approx(-read(holed).effect)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"variant": "grup"}, ColumnError, "no column 'grup'"),
        ({"control": "C"}, InputError, "no group 'C'"),
        ({"better": "worse"}, UsageError, "better is 'lower' or 'higher'"),
        ({"outcome": "group", "variant": "churned"}, InputError, "row 0: is no number"),
    ],
)
def test_wrong_questions_are_told(change, error, message):
    with pytest.raises(error, match=message):
        read_ab_test(ab_table(100), **{"variant": "group", "outcome": "churned", **change})


def test_one_group_is_no_test():
    table = pa.table({"group": ["a"] * 10, "churned": [0, 1] * 5})
    with pytest.raises(InputError, match="1 group, expected two"):
        read(table)


def test_missing_extra_is_told_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tea_tasting", None)
    with pytest.raises(MissingExtraError, match=r"voc\[experiments\]"):
        read(ab_table(100))
