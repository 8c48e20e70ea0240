"""The four customer segments and the rule that gives each of the 27 RFM cells one of them."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "FREQUENCY_LEVELS",
    "MONEY_LEVELS",
    "RECENCY_LEVELS",
    "Segment",
    "SegmentShare",
    "all_cells",
    "segment_expression",
    "segment_name",
    "segment_of",
    "segment_shares",
]

RECENCY_LEVELS = ("near", "mid", "far")
"""How long ago the last order was: the nearest first."""
FREQUENCY_LEVELS = ("high", "mid", "low")
MONEY_LEVELS = ("high", "mid", "low")


class Segment(StrEnum):
    """Customer segment."""

    CHURN_RISK = "churn_risk"
    VIP = "vip"
    GROWTH = "growth"
    GENERAL = "general"

    @property
    def zh(self) -> str:
        """Chinese display name."""
        return {"churn_risk": "流失风险", "vip": "高价值", "growth": "潜力", "general": "普通"}[self.value]


def segment_name(segment: str) -> str:
    """`vip 高价值`: the name that options take, and what it means; another name stays as it is."""
    return f"{segment} {Segment(segment).zh}" if segment in [one.value for one in Segment] else segment


class SegmentShare(NamedTuple):
    """How many customers, and how much revenue, belong to a segment."""

    segment: str
    segment_zh: str
    customers: int
    customer_share: float
    """Share of all customers; the four sum to 1."""
    revenue: float
    revenue_share: float | None
    """Share of all revenue; the four sum to 1. None when there is no revenue to share."""


def segment_of(r: str, f: str, m: str) -> Segment:
    """Return the segment of one RFM cell.

    Parameters
    ----------
    r
        `near`, `mid` or `far`.
    f, m
        `high`, `mid` or `low`.
    """
    if r == "far":
        return Segment.CHURN_RISK
    if (f == "high" and m != "low") or (m == "high" and f != "low"):
        return Segment.VIP
    if f != "low" or m != "low":
        return Segment.GROWTH
    return Segment.GENERAL


def all_cells() -> list[tuple[str, str, str]]:
    """Return all 27 cells (r, f, m)."""
    return list(product(RECENCY_LEVELS, FREQUENCY_LEVELS, MONEY_LEVELS))


def segment_expression(r: ir.StringValue, f: ir.StringValue, m: ir.StringValue) -> ir.StringValue:
    """Return the rule of `segment_of` as an expression over columns."""
    valuable = ((f == "high") & (m != "low")) | ((m == "high") & (f != "low"))
    promising = (f != "low") | (m != "low")
    segment: ir.StringValue = ibis.cases(
        (r == "far", Segment.CHURN_RISK.value),
        (valuable, Segment.VIP.value),
        (promising, Segment.GROWTH.value),
        else_=Segment.GENERAL.value,
    )
    return segment


def segment_shares(table: ir.Table) -> tuple[SegmentShare, ...]:
    """Return customers and revenue of the four segments, VIP first; a segment without customers has zeros.

    Parameters
    ----------
    table
        An RFM table: `segment`, `revenue`.
    """
    from voc.customers.orders import UNITS, revenue_units

    sums = table.group_by("segment").aggregate(
        customers=lambda t: t.count(), units=lambda t: revenue_units(t.revenue).sum().cast("float64")
    )
    found = {row["segment"]: row for row in sums.to_pyarrow().to_pylist()}
    people = sum(row["customers"] for row in found.values())
    units = sum(row["units"] for row in found.values())
    shares = []
    for segment in (Segment.VIP, Segment.GROWTH, Segment.GENERAL, Segment.CHURN_RISK):
        row = found.get(segment.value, {"customers": 0, "units": 0.0})
        shares.append(
            SegmentShare(
                segment.value,
                segment.zh,
                int(row["customers"]),
                row["customers"] / people if people else 0.0,
                row["units"] / UNITS,
                row["units"] / units if units > 0 else None,
            )
        )
    return tuple(shares)
