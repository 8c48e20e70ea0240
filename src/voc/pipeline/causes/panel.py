"""The panel of customers at risk at landmarks, with RFM and the other features measured there."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from voc.customers.keys import KEY
from voc.customers.rfm import rfm
from voc.customers.segments import FREQUENCY_LEVELS, MONEY_LEVELS, RECENCY_LEVELS, Segment
from voc.pipeline.causes.inputs import Orders, numbers_of
from voc.pipeline.causes.settings import CauseSettings
from voc.rootcause.design import Days
from voc.rootcause.exposure import Complaints
from voc.rootcause.features import activity, banded, earlier, last_level, tenure
from voc.rootcause.outcome import AtRisk
from voc.rootcause.panel import Feature, Panel, stratify

__all__ = ["SEGMENTS", "build_panel", "last_day"]

RECENCY_BANDS = (7, 30, 60, 90)
"""Upper bounds, in days, of bands of recency; finer than RFM's, for silence is what churn is made of."""

_FINER = ("activity", "recency", "landmark")
"""Features that tell more of what RFM tells already; strata do without them where they get too thin."""

SEGMENTS = tuple(segment.value for segment in Segment)


class _Measured(NamedTuple):
    """RFM of every observation at its landmark."""

    cell: Feature
    recency: Feature
    segment: NDArray[np.int64]


def last_day(bought: Orders, as_of: date | None) -> np.datetime64:
    """Return the last day that counts."""
    return np.datetime64(as_of, "D") if as_of else cast("np.datetime64", bought.day.max())


def build_panel(bought: Orders, complaints: Complaints, at_risk: AtRisk, settings: CauseSettings) -> Panel:
    """Measure what customers are compared by, and put who are alike into one stratum."""
    customer, landmark, design = at_risk.customer, at_risk.landmark, settings.design
    measured = _rfm_features(bought, at_risk, settings)
    features = [
        measured.cell,
        measured.recency,
        activity(bought.customer, bought.day, customer, landmark, design),
        tenure(bought.first_day, customer, landmark),
        *_channel(bought, customer, landmark),
        earlier(complaints, customer, landmark, design),
    ]
    stratum, levels = stratify(landmark, features)
    names = ["landmark", *(feature.name for feature in features)]
    return Panel(
        customer,
        landmark,
        at_risk.churned,
        stratum,
        levels,
        measured.segment,
        len(bought.keys),
        at_risk.days_to_churn,
        names=tuple(names),
        optional=tuple(names.index(name) for name in _FINER),
    )


def _channel(bought: Orders, customer: NDArray[np.int64], landmark: Days) -> list[Feature]:
    """Channel of the last order, where orders have one."""
    if bought.channel is None:
        return []
    return [
        last_level(
            "channel",
            event_customer=bought.customer,
            event_day=bought.day,
            event_level=bought.channel,
            customer=customer,
            landmark=landmark,
        )
    ]


def _rfm_features(bought: Orders, at_risk: AtRisk, settings: CauseSettings) -> _Measured:
    """Measure RFM at each landmark. Without an order in the RFM window a customer counts as far."""
    n = len(at_risk.customer)
    absent = len(RECENCY_LEVELS) * len(FREQUENCY_LEVELS) * len(MONEY_LEVELS)
    cell = np.full(n, absent, np.int64)
    recency = np.full(n, len(RECENCY_BANDS), np.int64)
    segment = np.full(n, SEGMENTS.index(Segment.CHURN_RISK.value), np.int64)
    measured = np.full(n, np.datetime64("NaT"), dtype="datetime64[D]")
    for day in np.unique(at_risk.landmark):
        table = rfm(bought.table, day.item(), settings.rules).to_pyarrow()
        place = np.full(len(bought.keys), -1, np.int64)
        place[numbers_of(table[KEY], bought.keys)] = np.arange(len(table))
        here = np.flatnonzero(at_risk.landmark == day)
        here = here[place[at_risk.customer[here]] >= 0]
        row = place[at_risk.customer[here]]
        days = table["recency_days"].to_numpy()[row].astype(np.int64)
        levels = [("r", RECENCY_LEVELS), ("f", FREQUENCY_LEVELS), ("m", MONEY_LEVELS)]
        codes = [numbers_of(table[name], pa.array(known, pa.string()))[row] for name, known in levels]
        cell[here] = (codes[0] * len(FREQUENCY_LEVELS) + codes[1]) * len(MONEY_LEVELS) + codes[2]
        recency[here] = banded(days, RECENCY_BANDS)
        segment[here] = numbers_of(table["segment"], pa.array(SEGMENTS, pa.string()))[row]
        measured[here] = day - days.astype("timedelta64[D]")
    return _Measured(Feature("rfm", cell, measured), Feature("recency", recency, measured), segment)
