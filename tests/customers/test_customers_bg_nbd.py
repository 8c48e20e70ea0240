"""BG/NBD against the published CDNOW figures, the closed form, and customers drawn from the model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import hyp2f1

from voc.customers.bg_nbd import BgNbd, expected_orders, fit_bg_nbd, log_likelihood, p_alive
from voc.errors import InputError


def columns(frame):
    return tuple(frame[name].to_numpy(float) for name in ("frequency", "recency", "T"))


def model(r: float, alpha: float, a: float, b: float) -> BgNbd:
    return BgNbd(r, alpha, a, b, 0.0, 1, True, np.eye(4))


def test_cdnow_fit_is_the_published_one(cdnow_summary):
    fit = fit_bg_nbd(*columns(cdnow_summary))
    assert fit.parameters == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert fit.converged
    assert log_likelihood(fit.parameters, *columns(cdnow_summary)) == pytest.approx(fit.log_likelihood)


def test_expectation_of_one_customer_is_the_published_one():
    # Fader, Hardie and Lee (2005), implementing BG/NBD in Excel: x = 2, t_x = 30.43, T = 38.86, t = 39
    fitted = model(0.243, 4.414, 0.793, 2.426)
    one = [np.array([value]) for value in (2.0, 30.43, 38.86)]
    assert expected_orders(fitted, 39.0, *one) == pytest.approx([1.226], abs=1e-3)
    assert p_alive(fitted, *one) == pytest.approx([0.7266], abs=1e-3)


def closed_form(fitted: BgNbd, horizon: float, x, recency, age):
    """Equation 10, as it is printed."""
    r, alpha, a, b = fitted.parameters
    shrink = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
    series = hyp2f1(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon))
    first = (a + b + x - 1) / (a - 1) * (1 - shrink * series)
    safe = np.where(x > 0, b + x - 1, 1)
    return first / (1 + (x > 0) * a / safe * ((alpha + age) / (alpha + recency)) ** (r + x))


@pytest.mark.parametrize(
    "parameters", [(0.243, 4.414, 0.793, 2.426), (2.0, 20.0, 1.7, 6.0), (0.8, 3.0, 0.2, 0.9)]
)
def test_quadrature_agrees_with_the_closed_form(parameters):
    rng = np.random.default_rng(1)
    x = rng.integers(0, 40, 200).astype(float)
    age = rng.uniform(1, 80, 200)
    recency = np.where(x > 0, rng.uniform(0, 1, 200) * age, 0.0)
    fitted = model(*parameters)
    found = expected_orders(fitted, 52.0, x, recency, age)
    assert found == pytest.approx(closed_form(fitted, 52.0, x, recency, age), rel=1e-6, abs=1e-9)


def test_expectation_is_smooth_where_the_closed_form_divides_by_nothing():
    one = [np.array([value]) for value in (3.0, 20.0, 30.0)]
    left, at, right = (
        float(expected_orders(model(0.5, 5.0, a, 2.0), 26.0, *one)[0]) for a in (1 - 1e-6, 1.0, 1 + 1e-6)
    )
    assert min(left, right) <= at <= max(left, right)


def draw(parameters: tuple[float, float, float, float], n: int, seed: int, later: float):
    """Customers drawn from the model, with the purchases that they make within `later` afterwards."""
    r, alpha, a, b = parameters
    rng = np.random.default_rng(seed)
    age = rng.uniform(20, 60, n)
    x, recency, after = np.zeros(n), np.zeros(n), np.zeros(n)
    rate, leaves = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    for i in range(n):
        at = 0.0
        while True:
            at += rng.exponential(1 / rate[i]) if rate[i] > 0 else np.inf
            if at > age[i] + later:
                break
            if at <= age[i]:
                x[i], recency[i] = x[i] + 1, at
            else:
                after[i] += 1
            if rng.random() < leaves[i]:
                break
    return x, recency, age, after


def test_fit_finds_the_model_and_foretells_its_orders():
    truth = (0.6, 6.0, 0.9, 3.0)
    x, recency, age, after = draw(truth, 6000, 3, 26.0)
    fit = fit_bg_nbd(x, recency, age)
    deviation = np.sqrt(np.diag(fit.covariance))
    assert np.all(np.abs(np.log(fit.parameters) - np.log(truth)) < 3.5 * deviation)
    assert expected_orders(fit, 26.0, x, recency, age).sum() == pytest.approx(after.sum(), rel=0.06)


def test_customers_who_never_came_back_are_told():
    nothing = np.zeros(20)
    with pytest.raises(InputError, match="bought a second time"):
        fit_bg_nbd(nothing, nothing, np.full(20, 10.0))


def test_data_that_tell_little_give_finite_figures():
    # everybody orders at one steady pace and nobody leaves: spread and leaving vanish
    x, age = np.full(12, 8.0), np.full(12, 40.0)
    fit = fit_bg_nbd(x, age - 1.0, age)
    found = expected_orders(fit, 40.0, x, age - 1.0, age)
    assert np.isfinite(found).all()
    assert found == pytest.approx(np.full(12, 8.0), rel=0.25)
    assert not fit.converged
    gone = expected_orders(model(1e5, 1e5, 1e-5, 1e5), 40.0, x, np.full(12, 1.0), age)
    assert np.isfinite(gone).all()
