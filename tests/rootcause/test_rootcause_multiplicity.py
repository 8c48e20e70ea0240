"""Benjamini–Hochberg and –Yekutieli against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from voc.rootcause.multiplicity import benjamini_hochberg, benjamini_yekutieli


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_values_agree_with_statsmodels(p_values):
    expected = multipletests(p_values, method="fdr_bh")[1]
    assert benjamini_hochberg(np.array(p_values)) == pytest.approx(expected)


def test_tests_that_could_not_be_run_do_not_count():
    found = benjamini_hochberg(np.array([0.01, np.nan, 0.04]))
    assert found[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(found[1])


def test_no_test_gives_no_q_value():
    assert len(benjamini_hochberg(np.array([]))) == 0
    assert np.isnan(benjamini_hochberg(np.array([np.nan]))).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_stricter_q_values_agree_with_statsmodels(p_values):
    expected = multipletests(p_values, method="fdr_by")[1]
    assert benjamini_yekutieli(np.array(p_values)) == pytest.approx(expected)
