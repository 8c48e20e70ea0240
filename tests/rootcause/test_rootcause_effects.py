"""Rows of effects: what they count, when they are held back, and how they are ordered."""

from __future__ import annotations

import numpy as np
import pytest

from voc.rootcause.effect import EFFECT_COLUMNS, Effect
from voc.rootcause.effects import EffectSettings, estimate_effects
from voc.rootcause.exposure import Exposure
from voc.rootcause.multiplicity import benjamini_hochberg, benjamini_yekutieli
from voc.rootcause.panel import Panel


def panel(churned, *, stratum=None, segment=None, customer=None) -> Panel:
    n = len(churned)
    stratum = np.zeros(n, np.int64) if stratum is None else np.asarray(stratum)
    return Panel(
        customer=np.arange(n) if customer is None else np.asarray(customer),
        landmark=np.repeat(np.datetime64("2024-06-30", "D"), n),
        churned=np.asarray(churned, dtype=np.bool_),
        stratum=stratum,
        levels=np.arange(stratum.max() + 1)[:, None],
        segment=np.zeros(n, np.int64) if segment is None else np.asarray(segment),
        n_customers=n,
    )


def estimates(*arguments, **settings) -> list[Effect]:
    return estimate_effects(*arguments, settings=EffectSettings(**settings)).effects


def exposed(*observations_of_tags) -> Exposure:
    observation = np.concatenate([np.asarray(found, np.int64) for found in observations_of_tags])
    tag = np.concatenate([np.full(len(found), number) for number, found in enumerate(observations_of_tags)])
    return Exposure(observation, tag.astype(np.int64), len(observations_of_tags))


def half(n: int) -> np.ndarray:
    return np.arange(n) % 2 == 0


def test_row_counts_what_it_says():
    churned = np.r_[np.ones(12), np.zeros(8), np.ones(30), np.zeros(70)]
    row = estimates(panel(churned), exposed(range(20)), ["a"])[0]
    assert (row.n_exposed, row.churn_exposed, row.n_unexposed, row.churn_unexposed) == (20, 12, 100, 30)
    assert (row.rate_exposed, row.rate_unexposed) == (0.6, 0.3)
    assert row.crude_rr == pytest.approx(2.0)
    assert row.adjusted_rr == pytest.approx(2.0)
    assert row.p_value == row.q_value
    assert (row.evidence_level, row.reason, row.overlap) == ("adjusted", None, 1.0)
    assert row.segment is None


def test_columns_are_those_of_the_published_table():
    assert EFFECT_COLUMNS == (
        "tag", "segment", "n_exposed", "n_unexposed", "churn_exposed", "churn_unexposed", "crude_rr",
        "adjusted_rr", "adjusted_rr_ci_lower", "adjusted_rr_ci_upper", "p_value", "q_value",
        "dr_rr", "dr_rr_ci_lower", "dr_rr_ci_upper", "e_value", "e_value_bound",
        "paf", "paf_ci_lower", "paf_ci_upper", "revenue_at_risk", "evidence_level",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("churned", "who", "reason"),
    [
        pytest.param(half(100), [], "no_exposed", id="no exposed"),
        pytest.param(half(100), range(9), "few_exposed", id="nine exposed"),
        pytest.param(half(100), range(91), "few_unexposed", id="nine unexposed"),
        pytest.param(half(1), [0], "few_exposed", id="one customer in all"),
    ],
)
def test_small_cells_are_held_back_with_their_reason(churned, who, reason):
    row = estimates(panel(churned), exposed(who), ["a"])[0]
    assert row.reason == reason
    assert row.n_exposed == (0 if reason == "no_exposed" else None)
    assert {row.n_unexposed, row.churn_exposed, row.crude_rr, row.adjusted_rr, row.q_value} == {None}


def test_one_customer_at_many_landmarks_is_one_customer():
    churned, customer = half(120), np.r_[np.zeros(20, int), np.arange(1, 101)]
    row = estimates(panel(churned, customer=customer), exposed(range(20)), ["a"])[0]
    assert row.reason == "few_exposed"


@pytest.mark.parametrize(
    ("churned", "reason", "crude"),
    [(np.zeros(100), "no_churn", None), (np.ones(100), "all_churned", 1.0)],
    ids=["nobody left", "everybody left"],
)
def test_when_nothing_varies_counts_stand_and_no_ratio_is_made_up(churned, reason, crude):
    row = estimates(panel(churned), exposed(range(20)), ["a"])[0]
    assert (row.reason, row.adjusted_rr, row.p_value, row.crude_rr) == (reason, None, None, crude)
    assert (row.n_exposed, row.n_unexposed) == (20, 80)
    assert row.evidence_level == "associated"


def test_exposed_without_anybody_like_them_are_not_compared():
    stratum = np.r_[np.zeros(20, int), np.ones(80, int)]
    row = estimates(panel(half(100), stratum=stratum), exposed(range(20)), ["a"])[0]
    assert (row.reason, row.overlap) == ("no_overlap", 0.0)
    assert row.crude_rr == pytest.approx(1.0)


def test_exposed_who_all_stay_get_a_finite_interval():
    churned = np.r_[np.zeros(20), np.ones(40), np.zeros(40)]
    row = estimates(panel(churned), exposed(range(20)), ["a"])[0]
    assert row.corrected
    assert row.crude_rr == 0
    assert 0 < row.adjusted_rr_ci_lower < row.adjusted_rr < row.adjusted_rr_ci_upper < 1


def test_largest_lower_bound_comes_first_and_rows_without_one_last():
    churned = np.r_[np.ones(30), np.zeros(10), half(40), half(200)]
    rows = estimates(panel(churned), exposed([], range(40, 80), range(40)), ["none", "weak", "strong"])
    assert [row.tag for row in rows] == ["strong", "weak", "none"]


def test_rows_by_segment_count_that_segment_only():
    churned, segment = half(200), np.arange(200) // 100
    rows = estimates(panel(churned, segment=segment), exposed(range(30)), ["a"], ["old", "new", "rich"])
    by_segment = {row.segment: row for row in rows}
    assert list(by_segment) == [None, "old", "new", "rich"]
    assert (by_segment["old"].n_exposed, by_segment["old"].n_unexposed) == (30, 70)
    assert by_segment["new"].reason == by_segment["rich"].reason == "no_exposed"


def test_q_values_go_over_every_test_that_was_run():
    rng = np.random.default_rng(3)
    churned, segment = rng.random(2000) < 0.3, rng.integers(0, 2, 2000)
    tags = [np.flatnonzero(rng.random(2000) < 0.1) for _ in range(5)]
    rows = estimates(panel(churned, segment=segment), exposed(*tags), list("abcde"), ["x", "y"])
    assert len([row for row in rows if row.q_value is not None]) == 15
    p_values = np.array([row.p_value for row in rows])
    assert [row.q_value for row in rows] == pytest.approx(list(benjamini_hochberg(p_values)))
    assert [row.q_value_by for row in rows] == pytest.approx(list(benjamini_yekutieli(p_values)))
    assert all(row.p_value <= row.q_value <= row.q_value_by for row in rows)


def test_companion_of_a_harmful_complaint_is_not_blamed_for_it():
    # who complains of b mostly complains of a as well; only a does harm
    rng = np.random.default_rng(4)
    n = 40_000
    a = rng.random(n) < 0.05
    b = np.where(a, rng.random(n) < 0.6, rng.random(n) < 0.02)
    churned = rng.random(n) < np.where(a, 0.4, 0.1)
    rows = estimates(panel(churned), exposed(np.flatnonzero(a), np.flatnonzero(b)), ["a", "b"])
    harmful, companion = rows
    assert harmful.tag == "a"
    assert companion.crude_rr > 2
    assert companion.adjusted_rr < 1.6 < harmful.adjusted_rr


def test_rates_of_customers_at_many_landmarks_have_wider_intervals():
    left, with_tag = np.tile(half(40), 6), np.flatnonzero(np.tile(np.arange(40) < 20, 6))
    once = estimates(panel(half(40)), exposed(np.arange(20)), ["a"])[0]
    often = estimates(panel(left, customer=np.tile(np.arange(40), 6)), exposed(with_tag), ["a"])[0]
    assert often.rate_exposed == once.rate_exposed == 0.5
    for end in ("rate_exposed_ci_lower", "rate_unexposed_ci_upper"):
        assert getattr(often, end) == pytest.approx(getattr(once, end), abs=0.01)
