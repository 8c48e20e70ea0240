"""The pooled risk ratio against published tables and an independent implementation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from voc.errors import UsageError
from voc.rootcause.mantel_haenszel import Strata, clustered_variance, count_strata, pooled_risk_ratio
from voc.rootcause.risk_difference import difference_scores, pooled_risk_difference


def strata(*rows: tuple[float, float, float, float]) -> Strata:
    """Rows of exposed events, exposed, unexposed events, unexposed."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return Strata(*columns)


# Rothman, Greenland and Lash (2008), Modern Epidemiology, table 15-1: deaths under tolbutamide and placebo
TOLBUTAMIDE = strata((8, 106, 5, 120), (22, 98, 16, 85))

# Colditz et al. (1994), JAMA 271, 698-702: tuberculosis with and without BCG vaccination, 13 trials
BCG = strata(
    (4, 123, 11, 139),
    (6, 306, 29, 303),
    (3, 231, 11, 220),
    (62, 13598, 248, 12867),
    (33, 5069, 47, 5808),
    (180, 1541, 372, 1451),
    (8, 2545, 10, 629),
    (505, 88391, 499, 88391),
    (29, 7499, 45, 7277),
    (17, 1716, 65, 1665),
    (186, 50634, 141, 27338),
    (5, 2498, 3, 2341),
    (27, 16913, 29, 17854),
)


def test_ratio_of_the_tolbutamide_trial_is_that_of_the_textbook():
    # "1.33, 90% limits 0.87 and 2.0" there; four digits from the test suite of R's metafor for the same table
    ratio = pooled_risk_ratio(TOLBUTAMIDE, level=0.90)
    assert ratio is not None
    assert ratio.estimate == pytest.approx(1.3256, abs=5e-5)
    assert (ratio.lower, ratio.upper) == pytest.approx((0.8658, 2.0296), abs=5e-5)


def test_ratio_of_the_bcg_trials_is_that_of_metafor_and_stata():
    # rma.mh(measure = "RR") and metan: log ratio -0.4537 [-0.5308, -0.3766], z -11.5338
    ratio = pooled_risk_ratio(BCG)
    assert ratio is not None
    assert (ratio.estimate, ratio.lower, ratio.upper) == pytest.approx((0.6353, 0.5881, 0.6862), abs=5e-5)
    assert math.log(ratio.estimate) / math.sqrt(ratio.log_variance) == pytest.approx(-11.5338, abs=5e-5)
    assert ratio.p_value == pytest.approx(math.erfc(11.5338 / math.sqrt(2)), rel=1e-3)


@pytest.mark.parametrize("table", [TOLBUTAMIDE, BCG], ids=["tolbutamide", "bcg"])
def test_ratio_agrees_with_statsmodels(table):
    tables = [np.array([[a, n1 - a], [c, n0 - c]]) for a, n1, c, n0 in np.array(table).T]
    ratio = pooled_risk_ratio(table)
    assert ratio is not None
    assert ratio.estimate == pytest.approx(StratifiedTable(tables).riskratio_pooled, rel=1e-12)


def test_one_stratum_is_the_textbook_ratio_of_two_proportions():
    # Katz et al. (1978): Var = 1/a - 1/n1 + 1/c - 1/n0
    ratio = pooled_risk_ratio(strata((30, 100, 20, 200)))
    assert ratio is not None
    assert ratio.estimate == pytest.approx(3.0)
    assert ratio.log_variance == pytest.approx(1 / 30 - 1 / 100 + 1 / 20 - 1 / 200)


def test_strata_without_both_groups_say_nothing():
    padded = strata(*np.array(TOLBUTAMIDE).T, (9, 9, 0, 0), (0, 0, 3, 40))
    assert pooled_risk_ratio(padded) == pooled_risk_ratio(TOLBUTAMIDE)


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(strata((0, 10, 0, 50)), id="nobody left"),
        pytest.param(strata((10, 10, 50, 50)), id="everybody left"),
        pytest.param(strata((3, 10, 0, 0)), id="nobody to compare with"),
        pytest.param(strata(), id="no stratum"),
    ],
)
def test_nothing_to_compare_gives_no_ratio(table):
    assert pooled_risk_ratio(table) is None


def test_group_without_event_gets_a_finite_interval_and_says_so():
    ratio = pooled_risk_ratio(strata((0, 20, 10, 100), (0, 15, 12, 80)))
    assert ratio is not None
    assert ratio.corrected
    assert 0 < ratio.lower < ratio.estimate < 1 < ratio.upper < math.inf


def test_level_must_lie_between_0_and_1():
    with pytest.raises(UsageError, match="level must lie between 0 and 1, not 95"):
        pooled_risk_ratio(TOLBUTAMIDE, level=95)


counts = st.tuples(st.integers(1, 200), st.integers(1, 200)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@given(st.lists(counts, min_size=1, max_size=8))
def test_interval_holds_the_ratio_and_turns_round_with_the_groups(rows):
    table = strata(*rows)
    ratio = pooled_risk_ratio(table)
    turned = pooled_risk_ratio(
        Strata(table.unexposed_events, table.unexposed, table.exposed_events, table.exposed)
    )
    if ratio is None or turned is None:
        assert ratio is None
        assert turned is None
        return
    assert 0 < ratio.lower <= ratio.estimate <= ratio.upper < math.inf
    assert 0 <= ratio.p_value <= 1
    assert turned.estimate == pytest.approx(1 / ratio.estimate)
    assert turned.log_variance == pytest.approx(ratio.log_variance)


def simulate(rng: np.random.Generator, n: int, n_strata: int, share: float) -> tuple[np.ndarray, ...]:
    stratum = rng.integers(0, n_strata, n)
    exposed = rng.random(n) < share
    event = rng.random(n) < 0.1 + 0.3 * stratum / n_strata
    return event, exposed, stratum


def test_clustered_variance_is_that_of_greenland_and_robins_when_every_customer_stands_once():
    rng = np.random.default_rng(1)
    found, expected = [], []
    for _ in range(60):
        event, exposed, stratum = simulate(rng, 3000, 40, 0.2)
        ratio = pooled_risk_ratio(count_strata(event, exposed, stratum))
        assert ratio is not None
        expected.append(ratio.log_variance)
        found.append(clustered_variance(event, exposed, stratum, np.arange(3000)))
    assert np.mean(found) == pytest.approx(np.mean(expected), rel=0.03)


def test_clustered_variance_doubles_when_every_observation_stands_twice():
    event, exposed, stratum = simulate(np.random.default_rng(2), 2000, 5, 0.2)
    once = clustered_variance(event, exposed, stratum, np.arange(2000))
    twice = [np.concatenate([column, column]) for column in (event, exposed, stratum)]
    pairs = np.tile(np.arange(2000), 2)
    assert clustered_variance(*twice, pairs) == pytest.approx(once, rel=0.01)
    assert clustered_variance(*twice, np.arange(4000)) == pytest.approx(once / 2, rel=0.01)


# IBM Telco customer churn (7,043 customers, Apache-2.0): those with internet service, without and with
# technical support, by tenure (to 6, 12, 24, 48, 72 months) and contract (monthly, one year, two years)
TELCO = strata(
    (635, 966, 69, 148), (1, 3, 1, 3), (0, 1, 0, 9),
    (197, 397, 35, 95), (5, 22, 2, 21), (0, 1, 0, 7),
    (227, 513, 43, 144), (7, 50, 8, 52), (0, 6, 0, 20),
    (212, 549, 50, 199), (23, 195, 30, 200), (1, 21, 3, 93),
    (79, 255, 9, 85), (46, 287, 34, 276), (13, 207, 26, 692),
)  # fmt: skip


def test_most_of_the_risk_without_technical_support_belongs_to_tenure_and_contract():
    crude = pooled_risk_ratio(Strata(*(counts.sum(keepdims=True) for counts in TELCO)))
    adjusted = pooled_risk_ratio(TELCO)
    assert crude is not None
    assert adjusted is not None
    assert crude.estimate == pytest.approx(2.745, abs=5e-4)
    found = (adjusted.estimate, adjusted.lower, adjusted.upper)
    assert found == pytest.approx((1.43, 1.29, 1.60), abs=6e-3)


def test_difference_of_the_tolbutamide_trial_is_that_of_the_textbook():
    # Rothman, Greenland and Lash (2008), p. 272: 0.035, 90% limits -0.018 and 0.087
    difference = pooled_risk_difference(TOLBUTAMIDE, level=0.90)
    assert difference is not None
    found = (difference.estimate, difference.lower, difference.upper)
    assert found == pytest.approx((0.035, -0.018, 0.087), abs=1e-3)


def test_difference_of_one_stratum_is_that_of_two_proportions():
    difference = pooled_risk_difference(strata((30, 100, 20, 200)))
    assert difference is not None
    assert difference.estimate == pytest.approx(0.2)
    assert difference.variance == pytest.approx(0.3 * 0.7 / 100 + 0.1 * 0.9 / 200, rel=0.02)


def test_error_of_the_difference_is_added_up_by_customer():
    event, exposed, stratum = simulate(np.random.default_rng(5), 4000, 5, 0.2)
    counts = count_strata(event, exposed, stratum)
    scores = difference_scores(counts)
    outcome = event.astype(int)
    added = np.where(exposed, scores.exposed[stratum, outcome], scores.unexposed[stratum, outcome])
    difference = pooled_risk_difference(counts)
    assert difference is not None
    assert (added**2).sum() == pytest.approx(difference.variance, rel=0.05)
    assert added.sum() == pytest.approx(0, abs=1e-5)
