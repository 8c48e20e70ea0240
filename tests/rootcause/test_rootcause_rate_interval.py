"""Intervals of rates of observations that come several to a customer."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.api import GLM, families
from statsmodels.stats.proportion import proportion_confint

from voc.rootcause.rate_interval import clustered_rate_interval


def test_one_observation_a_customer_gives_the_wilson_interval():
    events = np.repeat([1.0, 0.0], [17, 83])
    found = clustered_rate_interval(events, np.ones(100))
    assert found[:2] == pytest.approx(proportion_confint(17, 100, method="wilson"))


def test_an_observation_repeated_threefold_tells_nothing_new():
    events, observations = np.repeat([3.0, 0.0], [17, 83]), np.full(100, 3.0)
    once = clustered_rate_interval(np.repeat([1.0, 0.0], [17, 83]), np.ones(100))
    assert clustered_rate_interval(events, observations)[:2] == pytest.approx(once[:2], rel=0.01)


def test_the_effective_number_follows_the_cluster_robust_variance_of_statsmodels():
    rng = np.random.default_rng(3)
    risk, observations = rng.beta(1, 6, 400), rng.integers(1, 9, 400)
    customer = np.repeat(np.arange(400), observations)
    event = (rng.random(len(customer)) < risk[customer]).astype(float)
    fitted = GLM(event, np.ones((len(event), 1)), family=families.Gaussian()).fit(
        cov_type="cluster", cov_kwds={"groups": customer, "use_correction": False}
    )
    p, variance = event.mean(), fitted.cov_params()[0, 0] * 400 / 399
    effective = p * (1 - p) / variance * len(event) / (len(event) - 1)
    assert effective < 0.9 * len(event)
    found = clustered_rate_interval(np.bincount(customer, event), observations.astype(float))
    assert found[:2] == pytest.approx(proportion_confint(p * effective, effective, method="wilson"), rel=1e-6)


@pytest.mark.parametrize(("left", "bound"), [(0.0, 0), (1.0, 1)])
def test_where_all_are_alike_a_customer_counts_once(left, bound):
    observations = np.full(20, 5.0)
    found = clustered_rate_interval(left * observations, observations)
    assert found[:2] == pytest.approx(proportion_confint(20 * left, 20, method="wilson"))
    assert found[bound] == left


def test_no_observations_have_no_interval():
    assert clustered_rate_interval(np.zeros(3), np.zeros(3)) is None
