"""From tables of orders, complaint tags and churn to the effects of complaints on churn.

The glue between `voc.customers` (ibis tables) and `voc.rootcause` (numpy arrays): joins customers as strings,
tells what was left out, and measures RFM at every landmark with the rule of `voc.customers.rfm`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, cast

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from voc.config.pipeline import CustomersConfig, RfmConfig, RootCauseConfig
from voc.customers.churn import from_table
from voc.customers.keys import KEY, as_naive_timestamp, key_expression, require
from voc.customers.orders import OrderCounts, clean
from voc.customers.rfm import rfm
from voc.customers.segments import FREQUENCY_LEVELS, MONEY_LEVELS, RECENCY_LEVELS, Segment
from voc.errors import GateError, InputError
from voc.rootcause.design import Days, Design
from voc.rootcause.effects import Effect, estimate_effects
from voc.rootcause.exposure import Complaints, Exposure, exposures
from voc.rootcause.features import activity, banded, earlier, tenure
from voc.rootcause.outcome import AtRisk, by_inactivity, by_table
from voc.rootcause.panel import Feature, Panel, stratify

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["EFFECTS_SCHEMA", "CauseResult", "CauseSettings", "cause_effects", "effects_to_arrow"]

RECENCY_BANDS = (7, 30, 60, 90)
"""Upper bounds, in days, of bands of recency; finer than RFM's, for silence is what churn is made of."""

SEGMENTS = tuple(segment.value for segment in Segment)


@dataclass(frozen=True)
class CauseSettings:
    """How causes of churn are looked for."""

    design: Design = field(default_factory=Design)
    rules: RfmConfig = field(default_factory=RfmConfig)
    as_of: date | None = None
    """Last day that counts; the day of the last order when not given."""
    min_cell: int = 10
    min_match_rate: float = 0.5
    by_segment: bool = True
    level: float = 0.95

    @classmethod
    def from_config(
        cls, rootcause: RootCauseConfig, customers: CustomersConfig | None = None
    ) -> CauseSettings:
        """Take the settings of a pipeline file."""
        customers = customers or CustomersConfig()
        design = Design(
            exposure_days=rootcause.exposure_days,
            gap_days=rootcause.gap_days,
            horizon_days=rootcause.horizon_days,
            every_days=rootcause.every_days,
            active_days=rootcause.horizon_days,
        )
        return cls(
            design=design,
            rules=customers.rfm,
            as_of=customers.as_of,
            min_cell=rootcause.min_cell,
            min_match_rate=rootcause.min_match_rate,
        )


class CauseResult(NamedTuple):
    """Effects, and what they rest on."""

    effects: list[Effect]
    """Over all customers, then by segment; the largest lower bound first."""
    landmarks: tuple[date, ...]
    n_customers: int
    """Different customers at risk at one landmark or more."""
    n_observations: int
    """Customers at risk, added up over landmarks."""
    n_churned: int
    """Observations that left inside the horizon."""
    orders: OrderCounts
    dropped: dict[str, int]
    """What was left out, by reason: order rows, complaint tags and churn rows."""
    complaints: int
    """Complaint tags, before anything was left out."""
    match_rate: float | None
    """Share of the complaint tags whose customer has orders, of those with a customer; None when none has."""
    notes: tuple[str, ...]


class _Orders(NamedTuple):
    """Clean orders as arrays."""

    table: ir.Table
    """Clean orders, refunds included."""
    keys: pa.Array
    """Customers with an order, sorted; a customer's number is the place here."""
    customer: NDArray[np.int64]
    day: Days
    first_day: Days
    """Day of each customer's first order."""
    counts: OrderCounts


class _Tags(NamedTuple):
    """Complaint tags as arrays."""

    complaints: Complaints
    names: list[str]
    rows: int
    match_rate: float | None
    dropped: dict[str, int]


def cause_effects(
    orders: ir.Table, tags: ir.Table, churn: ir.Table | None, settings: CauseSettings | None = None
) -> CauseResult:
    """Estimate the effect of every complaint tag on churn.

    Parameters
    ----------
    orders
        Orders or order lines: `customer_key` or `customer_id`, `order_id`, `ts`, `amount`.
    tags
        One row for each feedback and tag: `customer_key` or `customer_id`, `ts`, `tag`, `polarity`. Only rows
        with polarity -1 are complaints.
    churn
        `customer_key` or `customer_id`, `churned_at`. None to take inactivity for churn.
    settings
        Design and limits.

    Returns
    -------
    CauseResult
        Without effects, and with a note, when there is nothing to estimate.

    Raises
    ------
    ColumnError
        When a column is missing.
    InputError
        When there are no orders.
    GateError
        When too few complaint tags belong to customers with orders.
    UsageError
        When the orders cover too short a time for the design.
    """
    settings = settings or CauseSettings()
    bought = _read_orders(orders, settings)
    found = _read_tags(tags, bought.keys, settings.min_match_rate)
    landmarks = settings.design.landmarks(bought.day.min(), _last_day(bought, settings))
    at_risk, churn_dropped = _at_risk(bought, churn, landmarks, settings)
    dropped = {f"orders.{name}": count for name, count in bought.counts.dropped().items()}
    dropped.update({f"tags.{name}": count for name, count in found.dropped.items()})
    dropped.update({f"churn.{name}": count for name, count in churn_dropped.items()})
    effects: list[Effect] = []
    notes = _nothing(found, at_risk)
    if not notes:
        exposure = exposures(
            found.complaints, at_risk.customer, at_risk.landmark, len(found.names), settings.design
        )
        panel = _panel(bought, found.complaints, at_risk, settings)
        effects = _estimate(panel, exposure, found.names, settings)
    return CauseResult(
        effects=effects,
        landmarks=tuple(landmarks.tolist()),
        n_customers=len(np.unique(at_risk.customer)),
        n_observations=len(at_risk.customer),
        n_churned=int(at_risk.churned.sum()),
        orders=bought.counts,
        dropped=dropped,
        complaints=found.rows,
        match_rate=found.match_rate,
        notes=notes,
    )


def _nothing(found: _Tags, at_risk: AtRisk) -> tuple[str, ...]:
    """Say why there is nothing to estimate, if so."""
    if not found.rows:
        return ("no complaint was found in the feedback",)
    if found.match_rate is None:
        return ("no complaint names a customer",)
    if not len(at_risk.customer):
        return ("no customer is at risk at a landmark",)
    return ()


def _estimate(
    panel: Panel, exposure: Exposure, names: Sequence[str], settings: CauseSettings
) -> list[Effect]:
    segments = SEGMENTS if settings.by_segment else ()
    return estimate_effects(
        panel, exposure, names, segments, min_cell=settings.min_cell, level=settings.level
    )


def _read_orders(orders: ir.Table, settings: CauseSettings) -> _Orders:
    cleaned, counts = clean(orders, as_of=settings.as_of)
    if not counts.orders:
        raise InputError("no order has a customer, a time and a positive amount", where="orders")
    # one pass over the input; the table of each landmark is then made from memory
    rows = cleaned.to_pyarrow()
    bought = rows.filter(pc.greater(rows["amount"], 0))
    keys = pc.unique(bought[KEY].combine_chunks()).sort()
    customer = _numbers(bought[KEY], keys)
    day = _days(bought["ts"])
    first = np.full(len(keys), np.datetime64("9999-12-31"), dtype="datetime64[D]")
    np.minimum.at(first, customer, day)
    return _Orders(ibis.memtable(rows), keys, customer, day, first, counts)


def _last_day(bought: _Orders, settings: CauseSettings) -> np.datetime64:
    return np.datetime64(settings.as_of, "D") if settings.as_of else cast("np.datetime64", bought.day.max())


def _read_tags(tags: ir.Table, keys: pa.Array, min_match_rate: float) -> _Tags:
    require(tags, "ts", "tag", "polarity", where="tags")
    rows = (
        tags.filter(tags.polarity == -1)
        .select(**{KEY: key_expression(tags, where="tags")}, ts=as_naive_timestamp(tags.ts), tag=tags.tag)
        .to_pyarrow()
    )
    named = rows.filter(pc.is_valid(rows[KEY]))
    customer = _numbers(named[KEY], keys)
    matched = customer >= 0
    rate = float(matched.mean()) if len(matched) else None
    if rate is not None and rate < min_match_rate:
        raise GateError(
            f"{int(matched.sum()):,} of {len(matched):,} complaint tags ({rate:.1%}) belong to a customer "
            f"with orders, the limit is {min_match_rate:.1%}",
            where="join of tags and orders",
            hint="do both tables name customers alike? The limit is min_match_rate",
        )
    timed = pc.is_valid(named["ts"]).to_numpy(zero_copy_only=False)
    names = sorted(name for name in pc.unique(rows["tag"]).to_pylist() if name is not None)
    tag = _numbers(named["tag"], pa.array(names, pa.string()))
    kept = matched & timed & (tag >= 0)
    dropped = {
        "missing_customer": len(rows) - len(named),
        "unmatched_customer": int((~matched).sum()),
        "missing_time": int((matched & ~timed).sum()),
    }
    complaints = Complaints(customer[kept], _days(named["ts"])[kept], tag[kept])
    return _Tags(complaints, names, len(rows), rate, {name: n for name, n in dropped.items() if n})


def _at_risk(
    bought: _Orders, churn: ir.Table | None, landmarks: Days, settings: CauseSettings
) -> tuple[AtRisk, dict[str, int]]:
    if churn is None:
        found = by_inactivity(bought.customer, bought.day, landmarks, len(bought.keys), settings.design)
        return found, {}
    left, counts = from_table(churn)
    rows = left.to_pyarrow()
    customer = _numbers(rows[KEY], bought.keys)
    known = customer >= 0
    churn_day = np.full(len(bought.keys), np.datetime64("NaT"), dtype="datetime64[D]")
    churn_day[customer[known]] = _days(rows["churned_at"])[known]
    dropped = {
        "missing_customer": counts.missing_customer,
        "repeated": counts.repeated,
        "without_orders": int((~known).sum()),
        "before_first_order": int((churn_day < bought.first_day).sum()),
        "customers_without_row": len(bought.keys) - int(known.sum()),
    }
    found = by_table(bought.first_day, churn_day, landmarks, settings.design)
    return found, {name: count for name, count in dropped.items() if count}


def _panel(bought: _Orders, complaints: Complaints, at_risk: AtRisk, settings: CauseSettings) -> Panel:
    customer, landmark, design = at_risk.customer, at_risk.landmark, settings.design
    cell, recency, segment = _rfm_features(bought, at_risk, settings)
    features = [
        cell,
        recency,
        activity(bought.customer, bought.day, customer, landmark, design),
        tenure(bought.first_day, customer, landmark),
        earlier(complaints, customer, landmark, design),
    ]
    stratum = stratify(landmark, features)
    return Panel(customer, landmark, at_risk.churned, stratum, segment, len(bought.keys))


def _rfm_features(
    bought: _Orders, at_risk: AtRisk, settings: CauseSettings
) -> tuple[Feature, Feature, NDArray[np.int64]]:
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
        place[_numbers(table[KEY], bought.keys)] = np.arange(len(table))
        here = np.flatnonzero(at_risk.landmark == day)
        here = here[place[at_risk.customer[here]] >= 0]
        row = place[at_risk.customer[here]]
        days = table["recency_days"].to_numpy()[row].astype(np.int64)
        levels = [("r", RECENCY_LEVELS), ("f", FREQUENCY_LEVELS), ("m", MONEY_LEVELS)]
        codes = [_numbers(table[name], pa.array(known, pa.string()))[row] for name, known in levels]
        cell[here] = (codes[0] * len(FREQUENCY_LEVELS) + codes[1]) * len(MONEY_LEVELS) + codes[2]
        recency[here] = banded(days, RECENCY_BANDS)
        segment[here] = _numbers(table["segment"], pa.array(SEGMENTS, pa.string()))[row]
        measured[here] = day - days.astype("timedelta64[D]")
    return Feature("rfm", cell, measured), Feature("recency", recency, measured), segment


def _numbers(values: pa.ChunkedArray, known: pa.Array) -> NDArray[np.int64]:
    """Return the place of each value among `known`, -1 where it is not."""
    places = pc.index_in(values.cast(pa.string()), value_set=known.cast(pa.string()))
    return cast("NDArray[np.int64]", pc.fill_null(places, -1).to_numpy().astype(np.int64))


def _days(times: pa.ChunkedArray) -> Days:
    return cast("Days", times.cast(pa.timestamp("us")).to_numpy().astype("datetime64[D]"))


EFFECTS_SCHEMA = pa.schema(
    [
        ("tag", pa.string()),
        ("segment", pa.string()),
        *((name, pa.int64()) for name in ("n_exposed", "n_unexposed", "churn_exposed", "churn_unexposed")),
        *(
            (name, pa.float64())
            for name in (
                "crude_rr",
                "adjusted_rr",
                "adjusted_rr_ci_lower",
                "adjusted_rr_ci_upper",
                "p_value",
                "q_value",
            )
        ),
        ("evidence_level", pa.string()),
        ("rate_exposed", pa.float64()),
        ("rate_unexposed", pa.float64()),
        ("customers_exposed", pa.int64()),
        ("overlap", pa.float64()),
        ("corrected", pa.bool_()),
        ("reason", pa.string()),
    ]
)
"""Columns of `effects.parquet`; the fields of `Effect`."""


def effects_to_arrow(effects: Sequence[Effect]) -> pa.Table:
    """Return effects as a table with the columns of `EFFECTS_SCHEMA`."""
    return pa.Table.from_pylist([effect._asdict() for effect in effects], schema=EFFECTS_SCHEMA)
