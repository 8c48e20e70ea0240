"""Early warning: who is likely to leave soon, why, and how well that was foretold in the past.

Customers are looked at once a week. The model is fitted on the first weeks, calibrated on later ones and
judged on the last ones whose outcome is known; the time in which an outcome counts never reaches into
the next part.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from voc.customers.keys import KEY
from voc.customers.risk_features import FEATURES, Events, KnownEvents, features_at
from voc.customers.risk_model import RiskEvaluation, RiskModel, evaluate, fit_risk_model
from voc.errors import InputError, UsageError

__all__ = ["RISK_SCHEMA", "RiskInputs", "RiskResult", "RiskSettings", "early_warning"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EPOCH = date(1970, 1, 1)
_WEEK = 7
_REASONS = 3
_MOST_ROWS = 200_000
"""Observations beyond this are sampled for fitting, not for judging."""

RISK_SCHEMA = pa.schema(
    [
        (KEY, pa.string()),
        ("risk", pa.float64()),
        ("rank", pa.int64()),
        ("days_since_order", pa.int64()),
        ("reasons", pa.list_(pa.string())),
    ]
)
"""Columns of the list: probability of leaving within the horizon, place, and up to three reason codes."""


class RiskSettings(NamedTuple):
    """How leaving is looked ahead for."""

    horizon_days: int = 60
    """Leaving counts within so many days."""
    active_days: int = 180
    """Customers with an order within so many days are looked at; the others are gone already."""
    seed: int = 0


class RiskInputs(NamedTuple):
    """Events of customers as arrays."""

    keys: pa.Array
    """Customers (string); events name them by their place here."""
    orders: Events
    complaints: Events
    unresolved: Events
    tone: Events
    churn_day: Floats | None
    """Day at which each customer left, NaN while a customer; None to take silence for leaving."""
    as_of: int
    """Last day that counts, in days since 1970."""


class RiskResult(NamedTuple):
    """The list, the model and how well it did."""

    table: pa.Table
    """Columns of `RISK_SCHEMA`, the highest risk first."""
    evaluation: RiskEvaluation
    weights: dict[str, float]
    """Of each feature, for one standard deviation."""
    as_of: date
    horizon_days: int
    first_test_day: date
    """The model knew nothing of this day or a later one."""


class _Panel(NamedTuple):
    customer: Ints
    day: Ints
    features: Floats
    churned: NDArray[np.bool_]
    churn_day: Floats


def early_warning(inputs: RiskInputs, settings: RiskSettings | None = None) -> RiskResult:
    """Fit, judge and apply the model.

    Raises
    ------
    InputError
        When the orders cover too short a time, or nobody (everybody) left in a part of it.
    UsageError
        When a setting is below 1.
    """
    settings = settings or RiskSettings()
    if min(settings.horizon_days, settings.active_days) < 1:
        raise UsageError("horizon_days and active_days must be 1 or more", where="early warning")
    stream = _Streams(inputs, settings)
    train, calibration, test = _parts(stream, inputs.as_of, settings.horizon_days, settings.seed)
    fitted = fit_risk_model(train.features, train.churned, calibration.features, calibration.churned)
    del train, calibration
    judged = evaluate(
        fitted.probability(test.features),
        test.features[:, FEATURES.index("days_since_order")],
        test.churned,
        customer=test.customer,
        day=test.day,
        churn_day=test.churn_day,
        seed=settings.seed,
    )
    weights = dict(zip(FEATURES, map(float, fitted.model.coef_[0]), strict=True))
    return RiskResult(
        _list(stream, fitted, inputs),
        judged,
        weights,
        _EPOCH + timedelta(days=inputs.as_of),
        settings.horizon_days,
        _EPOCH + timedelta(days=int(test.day.min())),
    )


class _Streams:
    """Events in the order in which they are asked for."""

    def __init__(self, inputs: RiskInputs, settings: RiskSettings) -> None:
        self._orders = KnownEvents(inputs.orders)
        self._complaints = KnownEvents(inputs.complaints)
        self._unresolved = KnownEvents(inputs.unresolved)
        self._tone = KnownEvents(inputs.tone)
        self._everybody = np.arange(len(inputs.keys), dtype=np.int64)
        self._left = inputs.churn_day
        self._settings = settings
        self.first_day = int(inputs.orders.day.min()) if len(inputs.orders.day) else inputs.as_of

    def at_risk(self, day: int) -> Ints:
        """Customers who are still there at the end of a day."""
        last = self._orders.last_day(self._everybody, day)
        there = (day - last) <= self._settings.active_days
        if self._left is not None:
            there &= ~(self._left <= day)
        return self._everybody[there]

    def features(self, day: int, customer: Ints) -> Floats:
        return features_at(
            day,
            customer,
            orders=self._orders,
            complaints=self._complaints,
            unresolved=self._unresolved,
            tone=self._tone,
        )

    def panel(self, days: list[int], draw: Callable[[int], Ints] | None = None) -> _Panel:
        """Observations at days whose outcome is known.

        Parameters
        ----------
        draw
            Chooses among so many observations, ascending; only of these features are made.
        """
        there = [self.at_risk(day) for day in days]
        if draw is not None:
            everybody = np.concatenate(there)
            ends = np.cumsum([len(customer) for customer in there])
            rows = draw(len(everybody))
            there = np.split(everybody[rows], np.searchsorted(rows, ends[:-1]))
        parts = []
        horizon = self._settings.horizon_days
        for day, customer in zip(days, there, strict=True):
            if self._left is None:
                churned = self._orders.count(customer, day, day + horizon) == 0
                left = np.full(len(customer), np.nan)
            else:
                left = self._left[customer]
                churned = left <= day + horizon
                left = np.where(churned, left, np.nan)
            when = np.full(len(customer), day, np.int64)
            parts.append((customer, when, self.features(day, customer), churned, left))
        return _Panel(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _parts(stream: _Streams, as_of: int, horizon: int, seed: int) -> tuple[_Panel, _Panel, _Panel]:
    """Weekly days of fitting, calibration and test, a horizon apart from one another.

    Of very many observations, some are drawn for fitting and for calibration.
    """
    last = as_of - horizon
    days = list(range(last, stream.first_day + _WEEK * 4, -_WEEK))[::-1]
    span = last - days[0] if days else 0
    part = (span - 2 * horizon) // 4
    if part < _WEEK:
        needed = 3 * horizon + 8 * _WEEK
        raise InputError(
            f"the orders cover {as_of - stream.first_day} days, looking {horizon} days ahead needs {needed}",
            where="early warning",
            hint="give a longer time of orders, or a shorter horizon",
        )
    test = [day for day in days if day > last - part]
    calibration = [day for day in days if test[0] - horizon - part < day <= test[0] - horizon]
    train = [day for day in days if day <= calibration[0] - horizon]

    def draw(count: int) -> Ints:
        if count <= _MOST_ROWS:
            return np.arange(count)
        return np.sort(np.random.default_rng(seed).choice(count, _MOST_ROWS, replace=False))

    return stream.panel(train, draw), stream.panel(calibration, draw), stream.panel(test)


def _list(stream: _Streams, fitted: RiskModel, inputs: RiskInputs) -> pa.Table:
    customer = stream.at_risk(inputs.as_of)
    features = stream.features(inputs.as_of, customer)
    risk = fitted.probability(features)
    contributions = fitted.contributions(features)
    order = np.lexsort((customer, -risk))
    reasons = [_reasons(contributions[row]) for row in order.tolist()]
    since = np.expm1(features[order, FEATURES.index("days_since_order")]).round().astype(np.int64)
    columns = [
        inputs.keys.take(pa.array(customer[order])).cast(pa.string()),
        pa.array(risk[order]),
        pa.array(np.arange(1, len(order) + 1)),
        pa.array(since),
        pa.array(reasons, pa.list_(pa.string())),
    ]
    return pa.Table.from_arrays(columns, schema=RISK_SCHEMA)


def _reasons(contributions: Floats) -> list[str]:
    """The features that raise the risk most, those that lower it left out."""
    best = np.argsort(-contributions, kind="stable")[:_REASONS]
    return [FEATURES[place] for place in best.tolist() if contributions[place] > 0.05]
