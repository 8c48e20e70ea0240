"""Early warning: who is likely to leave soon, why, and how well that was foretold in the past.

Customers are looked at once a week. The model is fitted on the first weeks, calibrated on later ones and
judged on the last ones whose outcome is known; the time in which an outcome counts never reaches into
the next part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from voc.customers.keys import KEY
from voc.customers.risk_features import FEATURES, Events, KnownEvents, KnownValues, features_at
from voc.customers.risk_model import RiskEvaluation, RiskModel, evaluate, fit_risk_model
from voc.errors import InputError, UsageError

__all__ = ["RISK_SCHEMA", "RiskInputs", "RiskResult", "RiskSettings", "early_warning"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

_EPOCH = date(1970, 1, 1)
_WEEK = 7
_REASONS = 3
_LEAST_REASON = 0.05
_SINCE = FEATURES.index("days_since_order")
_BLOCK_ROWS = 65_536
"""So many observations have their features made at a time."""
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


class _Seen(NamedTuple):
    """Customers seen at days whose outcome is known."""

    customer: Ints
    day: Ints
    churned: NDArray[np.bool_]
    churn_day: NDArray[np.float32]
    """NaN for those who did not leave within the horizon, or where no day is known."""


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
    del inputs  # here as below: what nobody else holds makes room for what comes next
    train, calibration, test = _parts(stream, settings.seed)
    fitted = fit_risk_model(
        stream.features(train.customer, train.day),
        train.churned,
        stream.features(calibration.customer, calibration.day),
        calibration.churned,
    )
    del train, calibration
    probability, since = _scores(stream, fitted, test)
    table, as_of = _list(stream, fitted), stream.as_of
    del stream
    judged = evaluate(
        probability,
        since,
        test.churned,
        customer=test.customer,
        day=test.day,
        churn_day=test.churn_day,
        seed=settings.seed,
    )
    return RiskResult(
        table,
        judged,
        dict(zip(FEATURES, map(float, fitted.model.coef_[0]), strict=True)),
        _EPOCH + timedelta(days=as_of),
        settings.horizon_days,
        _EPOCH + timedelta(days=int(test.day.min())),
    )


class _Streams:
    """Events in the order in which they are asked for."""

    def __init__(self, inputs: RiskInputs, settings: RiskSettings) -> None:
        self._orders = KnownValues(inputs.orders)
        self._complaints = KnownEvents(inputs.complaints)
        self._unresolved = KnownEvents(inputs.unresolved)
        self._tone = KnownValues(inputs.tone)
        self._left = inputs.churn_day
        self._settings = settings
        self.keys = inputs.keys
        self.as_of = inputs.as_of
        self.horizon = settings.horizon_days
        self.first_day = int(inputs.orders.day.min()) if len(inputs.orders.day) else inputs.as_of

    def at_risk(self, day: int) -> Ints:
        """Customers who are still there at the end of a day."""
        return np.concatenate([self._there(day, part) for part in self._everybody()])

    def _everybody(self) -> Iterator[Ints]:
        for part in _blocks(len(self.keys)):
            yield np.arange(part.start, part.stop, dtype=np.int32)

    def _there(self, day: int, customer: Ints) -> Ints:
        there = (day - self._orders.last_day(customer, day)) <= self._settings.active_days
        if self._left is not None:
            there &= ~(self._left[customer] <= day)
        return customer[there]

    def features(self, customer: Ints, day: Ints) -> Floats:
        """Features of customers, each at the end of its day; customers x `FEATURES`."""
        found = np.empty((len(customer), len(FEATURES)))
        for part in _blocks(len(customer)):
            found[part] = features_at(
                day[part],
                customer[part],
                orders=self._orders,
                complaints=self._complaints,
                unresolved=self._unresolved,
                tone=self._tone,
            )
        return found

    def seen(self, days: list[int], draw: Callable[[int], NDArray[np.int64] | None]) -> _Seen:
        """Customers at risk at days whose outcome is known.

        Parameters
        ----------
        draw
            Chooses among so many observations, ascending; None for all.
        """
        there = [self.at_risk(day) for day in days]
        counts = [len(customer) for customer in there]
        customer = np.concatenate(there)
        del there
        day = np.repeat(np.array(days, np.int32), counts)
        rows = draw(len(customer))
        if rows is not None:
            customer, day = customer[rows], day[rows]
        churned = np.empty(len(customer), np.bool_)
        churn_day = np.full(len(customer), np.nan, np.float32)
        for part in _blocks(len(customer)):
            churned[part], churn_day[part] = self._outcome(customer[part], day[part])
        return _Seen(customer, day, churned, churn_day)

    def _outcome(self, customer: Ints, day: Ints) -> tuple[NDArray[np.bool_], NDArray[np.float64] | float]:
        """Whether customers left within the horizon of their day, and when, where that is known."""
        if self._left is None:
            return self._orders.count(customer, day, day + self.horizon) == 0, np.nan
        left = self._left[customer]
        churned = left <= day + self.horizon
        return churned, np.where(churned, left, np.nan)


def _blocks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, _BLOCK_ROWS):
        yield slice(start, min(start + _BLOCK_ROWS, rows))


def _parts(stream: _Streams, seed: int) -> tuple[_Seen, _Seen, _Seen]:
    """Weekly days of fitting, calibration and test, a horizon apart from one another.

    Of very many observations, some are drawn for fitting and for calibration.
    """
    horizon = stream.horizon
    last = stream.as_of - horizon
    days = list(range(last, stream.first_day + _WEEK * 4, -_WEEK))[::-1]
    span = last - days[0] if days else 0
    part = (span - 2 * horizon) // 4
    if part < _WEEK:
        needed = 3 * horizon + 8 * _WEEK
        covered = stream.as_of - stream.first_day
        raise InputError(
            f"the orders cover {covered} days, looking {horizon} days ahead needs {needed}",
            where="early warning",
            hint="give a longer time of orders, or a shorter horizon",
        )
    test = [day for day in days if day > last - part]
    calibration = [day for day in days if test[0] - horizon - part < day <= test[0] - horizon]
    train = [day for day in days if day <= calibration[0] - horizon]

    def draw(count: int) -> NDArray[np.int64] | None:
        if count <= _MOST_ROWS:
            return None
        return np.sort(np.random.default_rng(seed).choice(count, _MOST_ROWS, replace=False))

    return stream.seen(train, draw), stream.seen(calibration, draw), stream.seen(test, lambda _: None)


def _scores(stream: _Streams, fitted: RiskModel, seen: _Seen) -> tuple[Floats, NDArray[np.float32]]:
    """Probability of leaving, and the days since the last order (their logarithm)."""
    probability = np.empty(len(seen.customer))
    since = np.empty(len(seen.customer), np.float32)
    for part in _blocks(len(seen.customer)):
        features = stream.features(seen.customer[part], seen.day[part])
        probability[part] = fitted.probability(features)
        since[part] = features[:, _SINCE]
    return probability, since


def _list(stream: _Streams, fitted: RiskModel) -> pa.Table:
    customer = stream.at_risk(stream.as_of)
    risk = np.empty(len(customer))
    since = np.empty(len(customer), np.int64)
    reasons = np.empty((len(customer), _REASONS), np.int8)
    for part in _blocks(len(customer)):
        here = customer[part]
        features = stream.features(here, np.full(len(here), stream.as_of, np.int32))
        risk[part] = fitted.probability(features)
        since[part] = np.expm1(features[:, _SINCE]).round()
        reasons[part] = _reasons(fitted.contributions(features))
    order = np.lexsort((customer, -risk))
    columns = [
        stream.keys.take(pa.array(customer[order])).cast(pa.string()),
        pa.array(risk[order]),
        pa.array(np.arange(1, len(order) + 1)),
        pa.array(since[order]),
        _names_of(reasons[order]),
    ]
    return pa.Table.from_arrays(columns, schema=RISK_SCHEMA)


def _reasons(contributions: Floats) -> NDArray[np.int8]:
    """Places of the features that raise the risk most; -1 instead of those that hardly raise it."""
    best = np.argsort(-contributions, axis=1, kind="stable")[:, :_REASONS]
    raised = np.take_along_axis(contributions, best, axis=1) > _LEAST_REASON
    return np.where(raised, best, -1).astype(np.int8)


def _names_of(reasons: NDArray[np.int8]) -> pa.ListArray:
    named = reasons >= 0
    ends = np.concatenate([[0], np.cumsum(named.sum(axis=1))])
    names = pa.array(FEATURES).take(pa.array(reasons[named]))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), names)
