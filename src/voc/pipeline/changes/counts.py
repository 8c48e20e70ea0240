"""Events and units of two periods by tag, segment, channel and product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from voc.customers.keys import KEY, as_naive_timestamp, key_expression
from voc.pipeline.causes.inputs import Orders, read_churn, read_orders, read_tags
from voc.pipeline.causes.panel import SEGMENTS, build_panel
from voc.pipeline.causes.settings import CauseSettings
from voc.pipeline.changes.periods import Period
from voc.rootcause.change import Counts
from voc.rootcause.design import Design
from voc.rootcause.exposure import Complaints, exposures
from voc.rootcause.outcome import AtRisk, by_inactivity, by_table

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

__all__ = ["NONE", "UNKNOWN", "churn_counts", "complaint_counts"]

NONE = "(none)"
"""Element of units without a complaint."""
UNKNOWN = "(unknown)"

_CUSTOMER_SPEAKERS = ("customer", "user", "客户", "用户", "顾客", "买家")


def complaint_counts(
    feedback: ir.Table, tags: ir.Table, customers: ir.Table | None, before: Period, after: Period
) -> Counts:
    """Count feedback, and feedback with a complaint.

    A unit is a piece of customer feedback, an event one with a complaint. Feedback with several complaints is
    shared evenly among their tags, so that the contributions of tags add up too.

    Parameters
    ----------
    feedback
        `feedback_id`, `ts`, and where known `customer_key`, `channel`, `product`, `speaker`.
    tags
        `feedback_id`, `tag`, `polarity`.
    customers
        `customer_key`, `segment`.
    """
    rows = _feedback(feedback, customers)
    rows["period"] = _periods(pd.to_datetime(rows["ts"]), before, after)
    rows = rows[rows["period"] >= 0]
    complaints = (
        tags.filter(tags.polarity == -1)
        .select(feedback_id=tags.feedback_id.cast("string"), tag=tags.tag.cast("string"))
        .distinct()
        .to_pandas()
    )
    complaints["events"] = 1.0 / complaints.groupby("feedback_id")["tag"].transform("count")
    dimensions = [name for name in ("tag", "segment", "channel", "product") if name == "tag" or name in rows]
    events = complaints.merge(rows, on="feedback_id").assign(units=0.0)
    units = rows.assign(tag=NONE, events=0.0, units=1.0)
    return _counts(pd.concat([events, units]), dimensions)


def _feedback(feedback: ir.Table, customers: ir.Table | None) -> pd.DataFrame:
    columns = {"feedback_id": feedback.feedback_id.cast("string"), "ts": as_naive_timestamp(feedback.ts)}
    for name in ("channel", "product"):
        if name in feedback.columns:
            columns[name] = feedback[name].cast("string").fill_null(UNKNOWN)
    if "speaker" in feedback.columns:
        speaker = feedback.speaker.lower()
        feedback = feedback.filter(speaker.isnull() | speaker.isin(_CUSTOMER_SPEAKERS))
    if customers is not None and {"customer_key", "customer_id"} & set(feedback.columns):
        columns[KEY] = key_expression(feedback, where="feedback")
    rows: pd.DataFrame = feedback.select(**columns).to_pandas()
    if customers is not None and KEY in rows:
        segments = customers.select(
            **{KEY: key_expression(customers, where="customers")}, segment=customers.segment
        )
        rows = rows.merge(segments.distinct(on=KEY, keep="first").to_pandas(), on=KEY, how="left")
        rows["segment"] = rows["segment"].fillna(UNKNOWN)
    return rows


def churn_counts(
    orders: ir.Table,
    tags: ir.Table,
    churn: ir.Table | None,
    before: Period,
    after: Period,
    *,
    settings: CauseSettings | None = None,
) -> Counts:
    """Count customers who are there when a period begins, and those of them who leave in it.

    Tag, segment and channel are those of the day before the period: complaints of the exposure window, RFM
    segment, channel and product of the last order. A customer with several complaints is shared evenly among
    their tags.
    """
    settings = settings or CauseSettings()
    bought = read_orders(orders, settings)
    found = read_tags(tags, bought.keys, settings.min_match_rate)
    left = read_churn(churn, bought, settings.min_match_rate) if churn is not None else None
    parts = []
    for number, period in enumerate((before, after)):
        landmark = np.array([np.datetime64(period.start, "D") - 1])
        design = Design(
            exposure_days=settings.design.exposure_days,
            gap_days=0,
            horizon_days=period.days,
            active_days=settings.design.active_days,
        )
        if left is None:
            at_risk = by_inactivity(bought.customer, bought.day, landmark, len(bought.keys), design)
        else:
            at_risk = by_table(bought.first_day, left.day, landmark, design)
        if len(at_risk.customer):
            shared = _shared_tags(found.names, at_risk, found.complaints, design)
            rows = _customers(bought, found.complaints, at_risk, settings, shared=shared, period=number)
            parts.append(rows)
    rows = (
        pd.concat(parts) if parts else pd.DataFrame(columns=["tag", "segment", "period", "events", "units"])
    )
    return _counts(rows, [name for name in ("tag", "segment", "channel") if name in rows])


def _shared_tags(names: list[str], at_risk: AtRisk, complaints: Complaints, design: Design) -> pd.DataFrame:
    """One row for each observation and tag, with the share of the observation that it stands for."""
    exposure = exposures(complaints, at_risk.customer, at_risk.landmark, len(names), design)
    n_tags = exposure.tags_of(len(at_risk.customer))
    silent = np.flatnonzero(n_tags == 0)
    observation = np.concatenate([exposure.observation, silent])
    tag = np.concatenate([exposure.tag, np.full(len(silent), len(names))])
    return pd.DataFrame(
        {
            "observation": observation,
            "tag": np.array([*names, NONE], dtype=object)[tag],
            "units": 1.0 / np.maximum(n_tags[observation], 1),
        }
    )


def _customers(
    bought: Orders,
    complaints: Complaints,
    at_risk: AtRisk,
    settings: CauseSettings,
    *,
    shared: pd.DataFrame,
    period: int,
) -> pd.DataFrame:
    panel = build_panel(bought, complaints, at_risk, settings)
    place = shared["observation"].to_numpy()
    rows = shared.assign(
        segment=np.array(SEGMENTS, dtype=object)[panel.segment[place]],
        events=shared["units"] * at_risk.churned[place],
        period=period,
    )
    if "channel" in panel.names:
        level = panel.levels[panel.stratum, panel.names.index("channel")]
        names = np.array([*bought.channels, UNKNOWN], dtype=object)
        rows["channel"] = names[np.minimum(level[place], len(bought.channels))]
    return rows


def _periods(ts: pd.Series, before: Period, after: Period) -> NDArray[np.int64]:
    """0 before, 1 after, -1 in neither."""
    day = ts.to_numpy().astype("datetime64[D]")
    number = np.full(len(day), -1, np.int64)
    for place, period in enumerate((before, after)):
        number[(day >= np.datetime64(period.start)) & (day <= np.datetime64(period.end))] = place
    return number


def _counts(rows: pd.DataFrame, dimensions: list[str]) -> Counts:
    """Add up rows of dimensions, period, events and units."""
    summed = (
        rows.groupby([*dimensions, "period"], observed=True)[["events", "units"]]
        .sum()
        .unstack(fill_value=0.0)
    )
    cells = summed.index.to_frame(index=False)
    labels, codes = [], []
    for name in dimensions:
        code, known = pd.factorize(cells[name], sort=True)
        codes.append(code)
        labels.append(tuple(str(label) for label in known))

    def column(name: str, period: int) -> NDArray[np.float64]:
        if (name, period) not in summed:
            return np.zeros(len(summed))
        return summed[(name, period)].to_numpy(dtype=np.float64)

    return Counts(
        dimensions=tuple(dimensions),
        labels=tuple(labels),
        codes=np.column_stack(codes).astype(np.int64)
        if len(cells)
        else np.zeros((0, len(dimensions)), np.int64),
        before_events=column("events", 0),
        before_units=column("units", 0),
        after_events=column("events", 1),
        after_units=column("units", 1),
    )
