"""The doubly robust risk ratio: right when either the model of churn or the model of complaining is.

Augmented inverse probability weighting (Robins, Rotnitzky and Zhao 1994) with cross-fitting (Chernozhukov et
al. 2018): the probability e of complaining and the risk m of leaving are fitted on the customers of all folds
but one and used in that one, so that no observation is explained by a model that has seen it. The risk under
exposure a is

    ψa = Σ [g ma + ha (Y − ma)] / Σ g

By default the question is asked about those who complained ("what if they had not?"): g = A, h1 = A and
h0 = (1 − A) e / (1 − e) (Hahn 1998; Mercatanti and Li 2014). That is the question that an attributable
churner answers, and the only one that complaints of one customer in a hundred can answer: about everybody
(`target="all"`: g = 1, h1 = A / e, h0 = (1 − A) / (1 − e)) weights of 1 / e would hang on a handful of rows.

Exposed observations to whom nobody unexposed is like (e near 1) are trimmed and their share is told (Crump et
al. 2009); with `target="all"` e near 0 is trimmed too. The variance adds the influence of a customer's
observations up first, so that repeated customers do not count as many.

References
----------
Chernozhukov, V. et al. (2018), Econometrics Journal 21, C1–C68.
Crump, R. K. et al. (2009), Biometrika 96, 187–199.
Hahn, J. (1998), Econometrica 66, 315–331.
Mercatanti, A. and Li, F. (2014), Annals of Applied Statistics 8, 2485–2508.
Robins, J. M., Rotnitzky, A. and Zhao, L. P. (1994), Journal of the American Statistical Association 89,
846–866.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import UsageError
from voc.rootcause.cells import Cells, Comparison
from voc.rootcause.logistic import Factors, Fit, fit_logistic, probabilities

__all__ = ["DoublyRobust", "NuisanceModels", "Nuisances", "Overlap", "doubly_robust", "overlap_of"]

Floats = NDArray[np.float64]
Target = Literal["exposed", "all"]


class Nuisances(NamedTuple):
    """What was fitted, by fold and cell: shape (folds, cells) each."""

    propensity: Floats
    """Probability of being exposed."""
    risk_unexposed: Floats
    """Probability of leaving without exposure."""
    risk_exposed: Floats
    """Probability of leaving with exposure; zero where the target is the exposed, for it cancels there."""


@dataclass(frozen=True)
class DoublyRobust:
    """A doubly robust risk ratio."""

    estimate: float
    lower: float
    upper: float
    log_variance: float
    risk_exposed: float
    """Churn of the target population under exposure."""
    risk_unexposed: float
    """Churn of the target population without exposure."""
    trimmed_share: float
    """Share of the exposed who are left out because nobody unexposed is like them."""
    excess: Floats
    """What each customer adds to Σ (Y1 − Y0) over the target population, shape (customers,)."""


class Overlap(NamedTuple):
    """Shares of exposed and unexposed observations by their probability of complaining."""

    edges: list[float]
    """Bounds of the k bins, on the scale of probability, shape (k + 1,)."""
    exposed: list[float]
    """Share of the exposed in each bin, shape (k,)."""
    unexposed: list[float]


class NuisanceModels:
    """Fits the models of complaining and leaving for one tag after the other.

    The models have a coefficient for each level of each feature of a cell. They are cross-fitted where the
    cells have more than one fold.
    """

    def __init__(self, cells: Cells, *, ridge: float = 1.0, tolerance: float = 1e-4) -> None:
        """Take the observations, and the penalty and tolerance of `fit_logistic`."""
        self._used = cells.used()
        self._factors = Factors(_compact(cells.levels[self._used]))
        self._ridge, self._tolerance = ridge, tolerance
        self._shape = (cells.n_folds, cells.n_cells)
        # nearly everybody is unexposed to any one tag, so a model of all is where theirs starts from
        self._everybody = self._fits(*cells.totals)

    def fit(self, comparison: Comparison, target: Target = "exposed") -> Nuisances:
        """Fit for one tag; `all` needs the risk of the exposed too."""
        exposed, unexposed = comparison.exposed, comparison.unexposed
        risk_exposed = np.zeros(self._shape)
        if target == "all":
            risk_exposed = self._predict(self._fits(exposed, comparison.exposed_events))
        propensity = self._predict(self._fits(exposed + unexposed, exposed))
        starts = self._everybody
        risk = self._predict(self._fits(unexposed, comparison.unexposed_events, starts))
        return Nuisances(propensity, risk, risk_exposed)

    def _fits(self, trials: Floats, events: Floats, starts: Sequence[Fit] = ()) -> list[Fit]:
        """Fit a model for each fold to the others; with one fold to itself."""
        trials, events = trials[:, self._used], events[:, self._used]
        all_trials, all_events = trials.sum(axis=0), events.sum(axis=0)
        if len(trials) == 1:
            return [self._one(all_trials, all_events, starts[0] if starts else None)]
        if not starts:
            first = self._one(all_trials, all_events, None)
            # a fold less means less curvature by as much
            starts = [Fit(first.beta, first.inverse * len(trials) / (len(trials) - 1))] * len(trials)
        return [
            self._one(all_trials - trials[fold], all_events - events[fold], starts[fold])
            for fold in range(len(trials))
        ]

    def _one(self, trials: Floats, events: Floats, start: Fit | None) -> Fit:
        return fit_logistic(
            self._factors, trials, events, ridge=self._ridge, start=start, tolerance=self._tolerance
        )

    def _predict(self, fits: Sequence[Fit]) -> Floats:
        predicted = np.zeros(self._shape)
        for fold, fit in enumerate(fits):
            predicted[fold, self._used] = probabilities(self._factors, fit.beta)
        return predicted


def _compact(levels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the levels that are there from 0 without gaps, and leave out features of one level."""
    columns = [np.unique(column, return_inverse=True)[1] for column in levels.T]
    varying = [column for column in columns if column.max(initial=0) > 0]
    return np.column_stack(varying).astype(np.int64) if varying else np.zeros((len(levels), 1), np.int64)


def doubly_robust(
    cells: Cells,
    comparison: Comparison,
    nuisances: Nuisances,
    *,
    target: Target = "exposed",
    trim: float = 0.05,
    level: float = 0.95,
) -> DoublyRobust | None:
    """Return the doubly robust risk ratio.

    Parameters
    ----------
    cells, comparison, nuisances
        Observations, exposure, and the fitted models.
    target
        About whom the question is asked.
    trim
        Observations with a probability of exposure above 1 − trim (with `all` also below trim) are left out.
    level
        Level of the interval, between 0 and 1.

    Returns
    -------
    DoublyRobust or None
        None when nothing is left after trimming, or one of the two risks is not positive.
    """
    if not 0 <= trim < 0.5:
        raise UsageError(f"trim must be 0 or more and below 0.5, not {trim}")
    propensity, risk0, risk1 = nuisances
    everybody = target == "all"
    kept = propensity <= 1 - trim
    if everybody:
        kept &= propensity >= trim
    n1, n0 = comparison.exposed * kept, comparison.unexposed * kept
    mass = float(n1.sum() + (n0.sum() if everybody else 0.0))
    if mass <= 0 or not n0.sum():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        weight1 = np.where(kept, 1 / propensity if everybody else 1.0, 0.0)
        weight0 = np.where(kept, (1.0 if everybody else propensity) / (1 - propensity), 0.0)
    # what an observation adds, by cell: through the models alone, then through its residual
    model0, model1 = risk0 * kept, risk1 * kept
    share = kept * float(everybody)  # of the unexposed that belongs to the target
    y1, y0 = comparison.exposed_events * kept, comparison.unexposed_events * kept
    sum1 = (n1 * model1 + weight1 * (y1 - n1 * risk1) + share * n0 * risk1).sum()
    sum0 = (n1 * model0 + weight0 * (y0 - n0 * risk0) + share * n0 * risk0).sum()
    psi1, psi0 = float(sum1) / mass, float(sum0) / mass
    if psi1 <= 0 or psi0 <= 0:
        return None

    at, event = comparison.place, comparison.event
    kept_at, model0_at = kept.reshape(-1)[at], model0.reshape(-1)[at]
    adds1 = model1.reshape(-1)[at] + weight1.reshape(-1)[at] * (event - risk1.reshape(-1)[at])
    outcome = np.array([0.0, 1.0])
    residual0 = weight0[..., None] * (outcome - risk0[..., None])
    theirs1, theirs0 = (share * risk1)[..., None], (share * risk0)[..., None] + residual0
    influence = cells.customer_sums(
        comparison,
        unexposed=((theirs1 - share[..., None] * psi1) / psi1 - (theirs0 - share[..., None] * psi0) / psi0)
        / mass,
        exposed=((adds1 - kept_at * psi1) / psi1 - (model0_at - kept_at * psi0) / psi0) / mass,
    )
    variance = float((influence**2).sum())
    excess = cells.customer_sums(comparison, unexposed=theirs1 - theirs0, exposed=adds1 - model0_at)
    trimmed = 1 - float(n1.sum() / comparison.exposed.sum())
    return _interval(psi1, psi0, variance, level=level, trimmed=trimmed, excess=excess)


def overlap_of(comparison: Comparison, propensity: Floats, bins: int = 24) -> Overlap:
    """Return how exposed and unexposed spread over the probability of complaining, on the logit scale."""
    present = ((comparison.exposed + comparison.unexposed) > 0).reshape(-1)
    known = np.where(present, propensity.reshape(-1), 0.5)
    logit = np.log(known / (1 - known))
    low, high = float(logit[present].min()), float(logit[present].max())
    edges = np.linspace(low, max(high, low + 1e-6), bins + 1)

    def shares(counts: Floats) -> list[float]:
        found = np.histogram(logit, edges, weights=counts.reshape(-1))[0]
        return [float(value) for value in found / max(found.sum(), 1.0)]

    bounds = [float(edge) for edge in 1 / (1 + np.exp(-edges))]
    return Overlap(bounds, shares(comparison.exposed), shares(comparison.unexposed))


def _interval(
    psi1: float, psi0: float, variance: float, *, level: float, trimmed: float, excess: Floats
) -> DoublyRobust:
    estimate = psi1 / psi0
    reach = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(variance)
    return DoublyRobust(
        estimate=estimate,
        lower=estimate * math.exp(-reach),
        upper=estimate * math.exp(reach),
        log_variance=variance,
        risk_exposed=psi1,
        risk_unexposed=psi0,
        trimmed_share=trimmed,
        excess=excess,
    )
