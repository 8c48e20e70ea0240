"""Logistic model of leaving soon: fitted, calibrated on later days, and judged on later ones still."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import InputError

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

__all__ = [
    "CalibrationBin",
    "Lift",
    "RiskEvaluation",
    "RiskModel",
    "average_precision_by_weight",
    "evaluate",
    "fit_risk_model",
]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

_SHARES = (0.05, 0.1, 0.2)
_BINS = 10
_BOOTSTRAPS = 200


class RiskModel(NamedTuple):
    """A fitted model."""

    mean: Floats
    scale: Floats
    model: LogisticRegression
    calibrator: LogisticRegression
    """From the model's logit to the calibrated one (Platt 1999)."""

    def probability(self, features: Floats) -> Floats:
        """Return the calibrated probability of leaving within the horizon."""
        logit = self.model.decision_function(self._standard(features)).reshape(-1, 1)
        found: Floats = self.calibrator.predict_proba(logit)[:, 1]
        return found

    def contributions(self, features: Floats) -> Floats:
        """Return how much each feature raises the logit over that of the mean customer."""
        found: Floats = self._standard(features) * self.model.coef_[0]
        return found

    def _standard(self, features: Floats) -> Floats:
        return (features - self.mean) / self.scale


class Lift(NamedTuple):
    """What the customers at the top of the list are like."""

    share: float
    """Share of the customers who are on the list."""
    precision: float
    """Share of the list that left."""
    recall: float
    """Share of the leavers who are on it."""
    lift: float
    """Precision against the share that leaves anyway."""


class CalibrationBin(NamedTuple):
    """Customers of like probability."""

    customers: int
    predicted: float
    observed: float


class RiskEvaluation(NamedTuple):
    """How well the list foretold days that it was not fitted on."""

    observations: int
    """Customers at weekly days of the test."""
    churned: int
    base_rate: float
    pr_auc: float
    """Average precision; the base rate is what chance gives."""
    pr_auc_ci_lower: float
    pr_auc_ci_upper: float
    """95 % percentile interval of a bootstrap over customers."""
    baseline_pr_auc: float
    """Of the order by days since the last order."""
    roc_auc: float
    brier: float
    calibration_error: float
    """Mean distance of predicted and observed over tenths of the customers."""
    calibration: tuple[CalibrationBin, ...]
    lifts: tuple[Lift, ...]
    baseline_lifts: tuple[Lift, ...]
    lead_time_days: float | None
    """Median days from the first time in the top tenth to leaving; None when no leaver was there."""


def fit_risk_model(
    features: Floats, churned: Bools, calibration_features: Floats, calibration_churned: Bools
) -> RiskModel:
    """Fit on the first days and calibrate on later ones.

    Raises
    ------
    InputError
        When nobody, or everybody, left in one of the two.
    """
    from sklearn.linear_model import LogisticRegression

    for name, outcome in (("training", churned), ("calibration", calibration_churned)):
        if outcome.all() or not outcome.any():
            who = "everybody" if len(outcome) and outcome.all() else "nobody"
            raise InputError(f"{who} left in the days of {name}", where="early warning")
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    model = LogisticRegression(C=1.0, max_iter=500).fit((features - mean) / scale, churned)
    logit = model.decision_function((calibration_features - mean) / scale).reshape(-1, 1)
    calibrator = LogisticRegression(C=1e6).fit(logit, calibration_churned)
    return RiskModel(mean, scale, model, calibrator)


def evaluate(
    probability: Floats,
    baseline: Floats | Singles,
    churned: Bools,
    *,
    customer: Ints,
    day: Ints,
    churn_day: Floats | Singles,
    seed: int = 0,
) -> RiskEvaluation:
    """Judge probabilities at the days of the test.

    Parameters
    ----------
    probability, baseline
        Of each observation: the model's, and the score that it has to beat.
    churned, customer, day
        Outcome, customer and day of each observation.
    churn_day
        Day at which the customer left; NaN for those who did not, or where no day is known.
    """
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    if churned.all() or not churned.any():
        who = "everybody" if len(churned) and churned.all() else "nobody"
        raise InputError(f"{who} left in the days of the test", where="early warning")
    lower, upper = _bootstrap(probability, churned, customer, seed)
    bins = _calibration(probability, churned)
    error = sum(b.customers * abs(b.predicted - b.observed) for b in bins) / len(churned)
    return RiskEvaluation(
        len(churned),
        int(churned.sum()),
        float(churned.mean()),
        float(average_precision_score(churned, probability)),
        lower,
        upper,
        float(average_precision_score(churned, baseline)),
        float(roc_auc_score(churned, probability)),
        float(brier_score_loss(churned, probability)),
        float(error),
        bins,
        _lifts(probability, churned),
        _lifts(baseline, churned),
        _lead_time(probability, customer, day, churn_day),
    )


def _bootstrap(probability: Floats, churned: Bools, customer: Ints, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    who, people = _renumbered(customer)
    precision_of = average_precision_by_weight(probability, churned, who)
    left = np.unique(who[churned])
    found = []
    for _ in range(_BOOTSTRAPS):
        weight = np.bincount(rng.integers(0, people, people), minlength=people).astype(np.int32)
        if weight[left].any():
            found.append(precision_of(weight))
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))


def _renumbered(customer: Ints) -> tuple[Ints, int]:
    """Return the customers numbered without gaps, in the same order, and how many there are."""
    seen = np.zeros(int(customer.max()) + 1, np.bool_)
    seen[customer] = True
    number = np.cumsum(seen, dtype=np.int32) - 1
    return number[customer], int(number[-1]) + 1


def average_precision_by_weight(score: Floats, outcome: Bools, who: Ints) -> Callable[[Ints], float]:
    """Return the function from weights of customers to the average precision under them.

    The same as `sklearn.metrics.average_precision_score` with the weight of its customer for each
    observation, but the scores are sorted once for all weights.

    Parameters
    ----------
    score, outcome
        Of each observation.
    who
        Place of its customer among the weights.
    """
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # of equal scores
    positive, whose = outcome[order], who[order]
    del order

    def average_precision(weight: Ints) -> float:
        weights = weight[whose]
        flagged = np.cumsum(weights)[ends]
        weights *= positive
        hits = np.cumsum(weights)[ends]
        precision = hits / np.maximum(flagged, 1, out=flagged)
        gained = np.diff(hits, prepend=0)
        return float(gained @ precision / hits[-1])

    return average_precision


def _calibration(probability: Floats, churned: Bools) -> tuple[CalibrationBin, ...]:
    parts = np.array_split(np.argsort(probability, kind="stable"), _BINS)
    return tuple(
        CalibrationBin(len(part), float(probability[part].mean()), float(churned[part].mean()))
        for part in parts
        if len(part)
    )


def _lifts(score: Floats | Singles, churned: Bools) -> tuple[Lift, ...]:
    listed = churned[np.argsort(-score, kind="stable")]
    return tuple(_lift(listed[: max(1, round(share * len(listed)))], churned, share) for share in _SHARES)


def _lift(listed: Bools, churned: Bools, share: float) -> Lift:
    hits = int(listed.sum())
    precision = hits / len(listed)
    return Lift(share, precision, hits / int(churned.sum()), precision / float(churned.mean()))


def _lead_time(probability: Floats, customer: Ints, day: Ints, churn_day: Floats | Singles) -> float | None:
    flagged = np.zeros(len(probability), np.bool_)
    for when in np.unique(day):
        here = np.flatnonzero(day == when)
        flagged[here] = probability[here] >= np.quantile(probability[here], 0.9)
    rows = np.flatnonzero(flagged & np.isfinite(churn_day))
    if not len(rows):
        return None
    rows = rows[np.lexsort((day[rows], customer[rows]))]
    _, first = np.unique(customer[rows], return_index=True)
    return float(np.median(churn_day[rows[first]] - day[rows[first]]))
