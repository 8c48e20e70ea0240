"""Survival statistics against published figures and lifelines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.customers.survival import at_risk_table, cumulative_incidence, kaplan_meier, log_rank
from voc.errors import InputError

# Freireich et al. (1963), weeks of remission: placebo, and 6-MP with censored times marked
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
TREATED_STILL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
DURATION = [*PLACEBO, *TREATED, *TREATED_STILL]
LEFT = [1] * 30 + [0] * 12
GROUP = [0] * 21 + [1] * 21


def test_leukaemia_log_rank_is_the_published_one():
    found = log_rank(DURATION, LEFT, GROUP)
    assert found.statistic == pytest.approx(16.793, abs=5e-4)
    assert found.p_value == pytest.approx(4.17e-5, rel=2e-3)
    assert found.observed == (21, 9)
    assert found.expected == pytest.approx((10.749, 19.251), abs=1e-3)


def test_kaplan_meier_of_the_treated_is_the_published_one():
    rows = kaplan_meier(DURATION[21:], LEFT[21:])
    # Kalbfleisch and Prentice (2002), table 1.2
    assert [(row.time, row.at_risk, row.events) for row in rows] == [
        (6, 21, 3), (7, 17, 1), (10, 15, 1), (13, 12, 1), (16, 11, 1), (22, 7, 1), (23, 6, 1),
    ]  # fmt: skip
    assert [row.survival for row in rows] == pytest.approx(
        [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4
    )


def test_table_below_the_curve_of_the_treated_is_the_published_one():
    rows = at_risk_table(DURATION[21:], LEFT[21:], [0, 6, 10, 20, 35])
    assert [(row.time, row.at_risk, row.events) for row in rows] == [
        (0, 21, 0), (6, 21, 3), (10, 15, 2), (20, 8, 2), (35, 1, 2),
    ]  # fmt: skip
    assert [row.survival for row in rows] == pytest.approx([1, 0.857, 0.753, 0.627, 0.448], abs=5e-4)
    assert (rows[0].ci_lower, rows[0].ci_upper) == (1, 1)
    of_curve = kaplan_meier(DURATION[21:], LEFT[21:])[2]
    assert rows[2][3:] == of_curve[3:]


def drawn(n: int, seed: int = 1):
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(60, n))
    seen = np.ceil(rng.uniform(1, 120, n))
    return np.minimum(time, seen), time <= seen, rng.integers(0, 3, n)


def test_estimates_agree_with_lifelines():
    lifelines = pytest.importorskip("lifelines")
    from lifelines.statistics import multivariate_logrank_test

    time, left, group = drawn(2000)
    fitter = lifelines.KaplanMeierFitter().fit(time, left)
    rows = kaplan_meier(time, left)
    at = [row.time for row in rows]
    assert [row.survival for row in rows] == pytest.approx(fitter.survival_function_at_times(at).tolist())
    bounds = fitter.confidence_interval_.loc[at].to_numpy()
    assert [row.ci_lower for row in rows] == pytest.approx(bounds[:, 0].tolist(), abs=1e-9)
    assert [row.ci_upper for row in rows] == pytest.approx(bounds[:, 1].tolist(), abs=1e-9)
    test = multivariate_logrank_test(time, group, left)
    found = log_rank(time, left, group)
    assert (found.statistic, found.p_value) == pytest.approx((test.test_statistic, test.p_value))


def test_rossi_log_rank_is_that_of_lifelines():
    pytest.importorskip("lifelines")
    from lifelines.datasets import load_rossi
    from lifelines.statistics import logrank_test

    rossi = load_rossi()
    found = log_rank(rossi["week"], rossi["arrest"], rossi["fin"])
    aided = rossi["fin"] == 1
    theirs = logrank_test(
        rossi["week"][aided], rossi["week"][~aided], rossi["arrest"][aided], rossi["arrest"][~aided]
    )
    assert found.observed == (66, 48)  # 114 of 432 were arrested again, 66 of those without aid
    assert found.statistic == pytest.approx(theirs.test_statistic)
    assert found.statistic == pytest.approx(3.84, abs=5e-3)  # survdiff of R's survival prints 3.8
    assert found.p_value == pytest.approx(0.05, abs=1e-3)


def test_log_rank_holds_its_level():
    rejected = sum(log_rank(*drawn(300, seed)).p_value < 0.05 for seed in range(200))
    assert 2 <= rejected <= 20


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=80))
def test_ways_out_add_up_to_those_who_left(rows):
    time, cause = (np.array(column) for column in zip(*rows, strict=True))
    ways = cumulative_incidence(time, cause)
    stay = kaplan_meier(time, cause > 0)
    for place, row in enumerate(stay):
        assert sum(way[place].incidence for way in ways.values()) == pytest.approx(1 - row.survival)


def test_nobody_left_gives_an_empty_table_and_all_left_ends_at_nothing():
    assert kaplan_meier([3, 5], [0, 0]) == ()
    rows = kaplan_meier([3, 5], [1, 1])
    assert (rows[-1].survival, rows[-1].ci_lower, rows[-1].ci_upper) == (0.0, 0.0, 0.0)


def test_impossible_durations_are_told_with_their_row():
    with pytest.raises(InputError, match=r"2 durations are negative or missing, the first at row 1"):
        kaplan_meier([1, -1, np.nan], [1, 1, 1])


def test_one_group_is_no_test():
    with pytest.raises(InputError, match="two groups or more"):
        log_rank([1, 2], [1, 1], ["a", "a"])
