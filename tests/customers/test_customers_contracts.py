"""Shifted-beta-geometric against the published figures."""

from __future__ import annotations

import pytest

from voc.customers.shifted_beta_geometric import expected_renewals, fit_shifted_beta_geometric, survival
from voc.errors import InputError

# Fader and Hardie (2007), table 1: percent remaining by year; the model is fitted to seven renewals
HIGH_END = [100.0, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]
REGULAR = [100.0, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]


@pytest.mark.parametrize(
    ("remaining", "alpha", "beta"),
    [(HIGH_END, 0.668, 3.806), (REGULAR, 0.704, 1.182)],
    ids=["high", "regular"],
)
def test_fit_and_projection_are_the_published_ones(remaining, alpha, beta):
    fit = fit_shifted_beta_geometric(remaining[:8])
    assert (fit.alpha, fit.beta) == pytest.approx((alpha, beta), abs=2e-3)
    assert 100 * survival(fit, 12) == pytest.approx(remaining, abs=2.0)


def test_renewals_to_come_rise_with_age():
    fit = fit_shifted_beta_geometric(REGULAR[:8])
    young, old = (expected_renewals(fit, renewed, 5) for renewed in (0, 6))
    assert 0 < young < old < 5
    assert young == pytest.approx(sum(survival(fit, 5)[1:]))
    assert expected_renewals(fit, 0, 5, discount=0.1) < young


@pytest.mark.parametrize(
    ("remaining", "message"),
    [([10, 5], "two renewals"), ([10, 5, 6], "rise at renewal 2"), ([10, 10, 10], "nobody left")],
)
def test_numbers_that_are_no_cohort_are_told(remaining, message):
    with pytest.raises(InputError, match=message):
        fit_shifted_beta_geometric(remaining)
