from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.proportion import proportions_ztest

from voc.report.intervals import bh, newcombe, proportions_p_value, share, wilson


@pytest.mark.parametrize(
    ("count", "n", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(count, n, lower, upper):
    """Newcombe (1998), Statistics in Medicine 17, 857–872, table I, method 3."""
    found = wilson(count, n)
    assert found.lower == pytest.approx(lower, abs=5e-5)
    assert found.upper == pytest.approx(upper, abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second", "lower", "upper"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(first, second, lower, upper):
    """Newcombe (1998), Statistics in Medicine 17, 873–890, table II, method 10."""
    found = newcombe(*first, *second)
    assert found.lower == pytest.approx(lower, abs=5e-5)
    assert found.upper == pytest.approx(upper, abs=5e-5)


@given(st.integers(1, 10**6), st.data())
def test_a_share_lies_in_its_interval(n, data):
    count = data.draw(st.integers(0, n))
    found = share(count, n)
    assert 0 <= found.ci_lower <= found.share <= found.ci_upper <= 1


def test_a_share_of_nothing_is_not_known():
    assert share(0, 0) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_values_agree_with_scipy(p_values):
    assert bh(p_values) == pytest.approx(list(false_discovery_control(np.array(p_values))), abs=1e-12)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_p_values_agree_with_statsmodels(n1, n2, data):
    count1, count2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    if count1 + count2 in (0, n1 + n2):
        assert proportions_p_value(count1, n1, count2, n2) == 1.0
    else:
        expected = proportions_ztest([count1, count2], [n1, n2])[1]
        assert proportions_p_value(count1, n1, count2, n2) == pytest.approx(expected, abs=1e-9)
