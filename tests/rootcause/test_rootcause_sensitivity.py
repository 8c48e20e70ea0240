"""E-values, homogeneity and the tagger's mistakes against published and independently computed numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from voc.errors import UsageError
from voc.rootcause.homogeneity import cochran_q
from voc.rootcause.misclassification import TaggerScore, corrected_ratio, corrected_ratio_interval
from voc.rootcause.sensitivity import e_value, e_value_of_bound


def test_e_value_of_the_breast_feeding_study_is_the_published_one():
    # VanderWeele and Ding (2017): risk ratio 3.9, lower limit 1.8
    assert e_value(3.9) == pytest.approx(7.26, abs=5e-3)
    assert e_value_of_bound(1.8, 8.7) == pytest.approx(3.0, abs=5e-3)


@given(st.floats(0.01, 100))
def test_e_value_does_not_hang_on_which_group_comes_first(ratio):
    assert e_value(ratio) == pytest.approx(e_value(1 / ratio))
    assert e_value(ratio) >= max(ratio, 1 / ratio) - 1e-12


def test_interval_that_holds_1_needs_nothing_to_be_explained_away():
    assert e_value_of_bound(0.9, 1.4) == 1.0
    assert e_value_of_bound(0.4, 0.8) == pytest.approx(e_value(0.8))


def test_homogeneity_agrees_with_statsmodels():
    ratios, variances = [1.2, 2.0, 1.1, 3.0], [0.04, 0.09, 0.02, 0.25]
    found = cochran_q(ratios, variances)
    expected = combine_effects(np.log(ratios), np.array(variances))
    assert found is not None
    assert found.statistic == pytest.approx(expected.q)
    assert found.p_value == pytest.approx(expected.test_homogeneity().pvalue)
    assert cochran_q([1.2], [0.1]) is None


def seen_through(risk1: float, risk0: float, share: float, precision: float, recall: float) -> tuple:
    """What a tagger of this precision and recall makes of a truth: ratio, risk, odds."""
    found = share * recall / precision
    called = precision * risk1 + (1 - precision) * risk0
    overlooked = share * (1 - recall) / (1 - found)
    rest = overlooked * risk1 + (1 - overlooked) * risk0
    return called / rest, called, found / (1 - found)


@given(st.floats(0.05, 0.5), st.floats(0.02, 0.3), st.floats(0.01, 0.2), st.floats(0.5, 1), st.floats(0.5, 1))
def test_correction_gives_back_the_truth(risk1, risk0, share, precision, recall):
    ratio, risk, odds = seen_through(risk1, risk0, share, precision, recall)
    found = corrected_ratio(
        np.array([ratio]), np.array([risk]), odds, np.array([precision]), np.array([recall])
    )
    assert found[0] == pytest.approx(risk1 / risk0, rel=1e-6)


def test_mistakes_hide_an_effect_and_uncertain_scores_widen_its_interval():
    ratio, risk, odds = seen_through(0.3, 0.1, 0.05, 0.8, 0.7)
    assert ratio < 2.6
    sure = corrected_ratio_interval(ratio, 0.01, risk, odds, TaggerScore(0.8, 0.7, 10_000, 10_000))
    vague = corrected_ratio_interval(ratio, 0.01, risk, odds, TaggerScore(0.8, 0.7, 30, 30))
    assert sure is not None
    assert vague is not None
    assert sure[0] == pytest.approx(3.0)
    assert sure[1].lower < 3.0 < sure[1].upper
    assert math.log(vague[1].upper / vague[1].lower) > math.log(sure[1].upper / sure[1].lower)


def test_tagger_that_is_no_better_than_chance_corrects_nothing():
    assert corrected_ratio_interval(1.1, 0.01, 0.2, 0.5, TaggerScore(0.3, 0.3, 50, 50)) is None


@pytest.mark.parametrize(("precision", "recall", "name"), [(0, 0.5, "precision"), (0.5, 1.2, "recall")])
def test_impossible_scores_are_told(precision, recall, name):
    with pytest.raises(UsageError, match=f"tagger scores of 'a.b': {name} must be above 0"):
        TaggerScore(precision, recall, 10, 10).checked("a.b")
