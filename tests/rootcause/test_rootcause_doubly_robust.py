"""The doubly robust estimate against statsmodels on Cattaneo's births, and with a wrong model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
import statsmodels.api as sm
from statsmodels.treatment.treatment_effects import TreatmentEffect

from voc.errors import UsageError
from voc.rootcause.cells import count_cells
from voc.rootcause.doubly_robust import NuisanceModels, Nuisances, doubly_robust, overlap_of
from voc.rootcause.logistic import Factors, fit_logistic, probabilities
from voc.rootcause.panel import Panel, combine

# Cattaneo (2010), Journal of Econometrics 155, 138-154: births in Pennsylvania, as statsmodels ships them
BIRTHS = pd.read_csv(Path(statsmodels.__file__).parent / "treatment/tests/results/cataneo2.csv")
FEATURES = ("mmarried_", "prenatal1_", "fbaby_", "alcohol", "mrace", "foreign")


def births() -> tuple[Panel, np.ndarray, pd.DataFrame]:
    """Smoking of the mother and low weight of the child, by six features of two levels."""
    codes = [BIRTHS[name].to_numpy().astype(np.int64) for name in FEATURES]
    stratum = combine(codes)
    levels = np.zeros((stratum.max() + 1, len(codes)), np.int64)
    levels[stratum] = np.column_stack(codes)
    n = len(BIRTHS)
    panel = Panel(
        customer=np.arange(n),
        landmark=np.repeat(np.datetime64("2024-01-01", "D"), n),
        churned=BIRTHS["lbweight"].to_numpy() == 1,
        stratum=stratum,
        levels=levels,
        segment=np.zeros(n, np.int64),
        n_customers=n,
    )
    design = sm.add_constant(BIRTHS[list(FEATURES)].astype(float))
    return panel, BIRTHS["mbsmoke_"].to_numpy() == 1, design


def estimate(panel: Panel, exposed: np.ndarray, n_folds: int = 1, **options):
    cells = count_cells(panel, exposed.astype(np.int64), n_folds)
    comparison = cells.compare(np.flatnonzero(exposed))
    models = NuisanceModels(cells, ridge=options.pop("ridge", 1.0), tolerance=1e-10)
    target = options.get("target", "exposed")
    return doubly_robust(cells, comparison, models.fit(comparison, target), **options)


def test_logistic_regression_on_counts_agrees_with_statsmodels():
    panel, exposed, design = births()
    trials = np.bincount(panel.stratum).astype(float)
    events = np.bincount(panel.stratum, weights=exposed.astype(float))
    factors = Factors(panel.levels)
    fitted = fit_logistic(factors, trials, events, ridge=1e-8, tolerance=1e-12)
    expected = sm.Logit(exposed.astype(float), design).fit(disp=0).predict(design)
    assert probabilities(factors, fitted.beta)[panel.stratum] == pytest.approx(expected, abs=1e-7)


def test_fit_that_starts_from_another_is_the_same_fit():
    panel, exposed, _ = births()
    trials = np.bincount(panel.stratum).astype(float)
    smoking = np.bincount(panel.stratum, weights=exposed.astype(float))
    light = np.bincount(panel.stratum, weights=panel.churned.astype(float))
    factors = Factors(panel.levels)
    start = fit_logistic(factors, trials, light)
    fresh = fit_logistic(factors, trials, smoking, tolerance=1e-10)
    warm = fit_logistic(factors, trials, smoking, start=start, tolerance=1e-10)
    assert warm.beta == pytest.approx(fresh.beta, abs=1e-8)


def test_level_in_which_everybody_has_the_event_stays_finite():
    factors = Factors(np.array([[0], [1], [2]]))
    fitted = fit_logistic(factors, np.array([50.0, 20.0, 0.0]), np.array([10.0, 20.0, 0.0]))
    risk = probabilities(factors, fitted.beta)
    assert np.isfinite(fitted.beta).all()
    assert 0.8 < risk[1] < 1


def test_average_effect_on_birth_weight_is_that_of_statsmodels():
    # the models of statsmodels' own test (probit, least squares); the last two numbers are Stata's
    treatment = sm.Probit.from_formula("mbsmoke_ ~ mmarried_ + mage + mage2 + fbaby_ + medu", BIRTHS)
    fitted = treatment.fit(disp=0)
    outcome = sm.OLS.from_formula("bweight ~ prenatal1_ + mmarried_ + mage + fbaby_", BIRTHS)
    effect = TreatmentEffect(outcome, BIRTHS["mbsmoke_"].to_numpy(), results_select=fitted)
    expected = effect.aipw(return_results=False)
    # the same with our estimator: every birth is a cell, its outcome counted in grams
    smokes = BIRTHS["mbsmoke_"].to_numpy() == 1
    grams, x = BIRTHS["bweight"].to_numpy().astype(float), outcome.exog
    models = [sm.OLS(grams[group], x[group]).fit().predict(x) for group in (smokes, ~smokes)]
    psi1, psi0 = _potential_means(grams, smokes, fitted.predict(), models[0], models[1])
    assert psi1 - psi0 == pytest.approx(expected[0], rel=1e-9)
    assert psi0 == pytest.approx(expected[1], rel=1e-9)
    assert psi1 - psi0 == pytest.approx(-230.9892, abs=1e-3)
    assert psi0 == pytest.approx(3403.355, abs=1e-2)


def _potential_means(outcome, exposed, propensity, risk1, risk0) -> tuple[float, float]:
    """Our estimator on outcomes of any size: cells of one observation, events counted by their size."""
    n = len(outcome)
    panel = Panel(
        customer=np.arange(n),
        landmark=np.repeat(np.datetime64("2024-01-01", "D"), n),
        churned=np.ones(n, np.bool_),
        stratum=np.arange(n),
        levels=np.arange(n)[:, None],
        segment=np.zeros(n, np.int64),
        n_customers=n,
    )
    cells = count_cells(panel, np.zeros(n, np.int64))
    comparison = cells.compare(np.flatnonzero(exposed))

    def by_cell(values):
        return np.repeat(np.asarray(values, dtype=float), 2)[None, :]

    weighted = type(comparison)(
        observation=comparison.observation,
        place=comparison.place,
        event=outcome[exposed],
        exposed=comparison.exposed,
        exposed_events=comparison.exposed * by_cell(outcome),
        unexposed=comparison.unexposed,
        unexposed_events=comparison.unexposed * by_cell(outcome),
        group=comparison.group,
    )
    nuisances = Nuisances(by_cell(propensity), by_cell(risk0), by_cell(risk1))
    found = doubly_robust(cells, weighted, nuisances, target="all", trim=0.0)
    assert found is not None
    return found.risk_exposed, found.risk_unexposed


def test_risk_ratio_of_low_weight_is_the_one_worked_out_row_by_row():
    panel, exposed, design = births()
    outcome = panel.churned.astype(float)
    propensity = sm.Logit(exposed.astype(float), design).fit(disp=0).predict(design).to_numpy()
    model = sm.Logit(outcome[~exposed], design[~exposed]).fit(disp=0)
    risk0 = model.predict(design).to_numpy()
    odds = propensity / (1 - propensity)
    psi1 = outcome[exposed].mean()
    terms = np.where(exposed, risk0, odds * (outcome - risk0))
    psi0 = terms.sum() / exposed.sum()
    found = estimate(panel, exposed, ridge=1e-8)
    assert found.estimate == pytest.approx(psi1 / psi0, rel=1e-6)
    share = exposed.mean()
    influence = exposed * (outcome / psi1 - 1) / share - (terms / psi0 - exposed) / share
    assert found.log_variance == pytest.approx((influence**2).mean() / len(outcome), rel=1e-6)
    assert found.excess.sum() == pytest.approx(exposed.sum() * (psi1 - psi0), rel=1e-6)


def test_cross_fitting_says_much_the_same():
    panel, exposed, _ = births()
    whole, crossed = estimate(panel, exposed), estimate(panel, exposed, n_folds=5)
    assert crossed.estimate == pytest.approx(whole.estimate, rel=0.03)
    assert crossed.log_variance == pytest.approx(whole.log_variance, rel=0.1)


def confounded(seed: int, n: int = 40_000) -> tuple[Panel, np.ndarray, np.ndarray, np.ndarray]:
    """Two features that go with both exposure and churn; the true ratio is 2 in every cell."""
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 3, (n, 2))
    stratum = features[:, 0] * 3 + features[:, 1]
    propensity = 1 / (1 + np.exp(-(-3 + 0.8 * features[:, 0] - 0.5 * features[:, 1])))
    risk = 0.03 + 0.05 * features[:, 0] * features[:, 1] + 0.02 * features[:, 0]
    exposed = rng.random(n) < propensity
    churned = rng.random(n) < risk * np.where(exposed, 2.0, 1.0)
    levels = np.array([[i, j] for i in range(3) for j in range(3)])
    day = np.repeat(np.datetime64("2024-01-01", "D"), n)
    panel = Panel(np.arange(n), day, churned, stratum, levels, np.zeros(n, np.int64), n)
    return panel, exposed, propensity, risk


@pytest.mark.parametrize("wrong", ["complaining", "leaving"])
def test_one_wrong_model_is_forgiven_and_two_are_not(wrong):
    def with_models(seed: int, right: set[str]) -> float:
        panel, exposed, propensity, risk = confounded(seed)
        cells = count_cells(panel, exposed.astype(np.int64))
        comparison = cells.compare(np.flatnonzero(exposed))

        def by_cell(values: np.ndarray, is_right: bool) -> np.ndarray:
            one = np.array([values[panel.stratum == number].mean() for number in range(9)])
            return np.repeat(one if is_right else np.full(9, values.mean()), 2)[None, :]

        nuisances = Nuisances(
            by_cell(propensity, "complaining" in right), by_cell(risk, "leaving" in right), np.zeros((1, 18))
        )
        found = doubly_robust(cells, comparison, nuisances)
        assert found is not None
        return np.log(found.estimate)

    other = {"complaining": "leaving", "leaving": "complaining"}[wrong]
    forgiven = np.exp(np.mean([with_models(seed, {other}) for seed in range(8)]))
    misled = np.exp(np.mean([with_models(seed, set()) for seed in range(8)]))
    assert forgiven == pytest.approx(2.0, rel=0.06)
    assert misled > 2.15


def test_exposed_without_anybody_like_them_are_trimmed_and_told():
    n = 2000
    stratum = (np.arange(n) >= 1500).astype(np.int64)
    exposed = (np.arange(n) < 300) | (stratum == 1)
    churned = np.random.default_rng(1).random(n) < np.where(exposed, 0.4, 0.2)
    day = np.repeat(np.datetime64("2024-01-01", "D"), n)
    panel = Panel(np.arange(n), day, churned, stratum, np.array([[0], [1]]), np.zeros(n, np.int64), n)
    found = estimate(panel, exposed)
    assert found.trimmed_share == pytest.approx(500 / 800)
    assert found.estimate == pytest.approx(churned[:300].mean() / churned[300:1500].mean(), rel=0.02)


def test_nothing_to_compare_gives_no_ratio():
    panel, exposed, _ = births()
    nobody_left = replace(panel, churned=np.zeros(len(panel), np.bool_))
    assert estimate(nobody_left, exposed) is None
    with pytest.raises(UsageError, match=r"trim must be 0 or more and below 0\.5, not 0\.7"):
        estimate(panel, exposed, trim=0.7)


def test_overlap_counts_all_of_both_groups():
    panel, exposed, _ = births()
    cells = count_cells(panel, exposed.astype(np.int64))
    comparison = cells.compare(np.flatnonzero(exposed))
    overlap = overlap_of(comparison, NuisanceModels(cells).fit(comparison).propensity)
    assert sum(overlap.exposed) == pytest.approx(1)
    assert sum(overlap.unexposed) == pytest.approx(1)
    assert len(overlap.edges) == len(overlap.exposed) + 1
    middle = (np.array(overlap.edges[1:]) + np.array(overlap.edges[:-1])) / 2
    assert (middle * overlap.exposed).sum() > (middle * overlap.unexposed).sum()
