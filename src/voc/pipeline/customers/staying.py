"""How long customers stay, all of them and in groups that are known before the time that is counted.

Grouping customers by what they are today, or by whether they ever complained, compares times that made the
groups: who leaves early has had no time to complain, and who has left is in the segment of those who leave.
So groups are taken at one day, the landmark (Anderson, Cain and Gelber 1983, Journal of Clinical Oncology 1,
710-719): the segment that orders up to it give, and complaints of the days before it. Only customers count
who came before these days, so that all had the time to complain, and who are still there at the end of a gap
after the landmark, because some complain while they leave. Time runs from the end of the gap.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from voc.customers.keys import KEY
from voc.customers.rfm import RfmRules, rfm
from voc.customers.survival import LogRank, SurvivalRow, at_risk_table, log_rank
from voc.errors import InputError
from voc.pipeline.customers.spans import Spans, complaints_within

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COMPLAINT_DAYS", "GAP_DAYS", "STAYING_SCHEMA", "StayGroup", "Staying", "landmark_of", "staying"]

GAP_DAYS = 14
"""Who leaves so soon after the landmark is not counted."""
COMPLAINT_DAYS = 90
"""Complaints of so many days up to the landmark make a customer one who complained."""
_STEP = 10
"""Days between two rows of a curve."""
_MONTH = 30
"""Curves are followed for a multiple of so many days."""

STAYING_SCHEMA = pa.schema(
    [
        ("grouping", pa.string()),
        ("group", pa.string()),
        ("time", pa.float64()),
        ("at_risk", pa.int64()),
        ("events", pa.int64()),
        *((name, pa.float64()) for name in ("survival", "ci_lower", "ci_upper")),
    ]
)
"""Columns of `survival.parquet`: the Kaplan-Meier estimate of each group every ten days."""


class StayGroup(NamedTuple):
    """The curve of one group."""

    grouping: str
    """`all` since the first order; `segment` and `complaint` since the end of the gap after the landmark."""
    group: str | None
    curve: tuple[SurvivalRow, ...]


class Staying(NamedTuple):
    """Curves, and the tests of whether the groups stay alike."""

    landmark: date
    follow_days: int
    groups: tuple[StayGroup, ...]
    tests: dict[str, LogRank]
    """By grouping, where there are two groups or more and somebody left."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of `survival.parquet`."""
        return [
            {"grouping": one.grouping, "group": one.group, **row._asdict()}
            for one in self.groups
            for row in one.curve
        ]


def landmark_of(spans: Spans, follow_days: int) -> tuple[np.datetime64, int]:
    """Return the landmark, and the days followed after the gap: those wanted, or half of what orders cover.

    Raises
    ------
    InputError
        When the orders cover too few days.
    """
    end = (spans.first + spans.days.astype(np.int64)).max()
    half = int((end - spans.first.min()).astype(np.int64)) // 2 - GAP_DAYS
    follow = min(follow_days, half) // _MONTH * _MONTH
    if follow < _MONTH:
        raise InputError(
            f"the orders cover too few days to follow anybody for {_MONTH}", where="survival of customers"
        )
    return end - np.timedelta64(GAP_DAYS + follow, "D"), follow


def staying(
    orders: ir.Table,
    spans: Spans,
    tags: ir.Table | None,
    *,
    follow_days: int,
    rules: RfmRules | None = None,
    min_match: float = 0.0,
) -> Staying:
    """Return the curves of all customers, by segment and by complaint.

    Parameters
    ----------
    orders
        Clean orders.
    spans
        Of the same orders.
    tags
        Customer, `ts`, `tag`, `polarity`; None to leave complaints out.
    follow_days
        Days to follow after the gap.
    rules
        Of segments.
    min_match
        Least share of the complaining customers who have orders.

    Raises
    ------
    InputError
        When the orders cover too few days.
    GateError
        When too few of the complaining customers have orders.
    """
    landmark, follow = landmark_of(spans, follow_days)
    start = landmark + np.timedelta64(GAP_DAYS, "D")
    rest = spans.days - (start - spans.first).astype(np.int64)
    there = (spans.first <= landmark - np.timedelta64(COMPLAINT_DAYS, "D")) & (rest > 0)
    days = np.minimum(rest[there], follow)
    left = spans.left[there] & (rest[there] <= follow)
    labels = {"segment": _segments(orders, spans, landmark, rules)}
    if tags is not None:
        labels["complaint"] = _complained(tags, spans, landmark, min_match)
    longest = int(spans.days.max()) // _STEP * _STEP
    groups = [StayGroup("all", None, at_risk_table(spans.days, spans.left, np.arange(0, longest + 1, _STEP)))]
    tests = {}
    for grouping, label in labels.items():
        here = label[there]
        names = sorted(set(here.tolist()) - {""})
        for name in names:
            of_group = here == name
            curve = at_risk_table(days[of_group], left[of_group], np.arange(0, follow + 1, _STEP))
            groups.append(StayGroup(grouping, name, curve))
        known = here != ""
        if len(names) > 1 and left[known].any():
            tests[grouping] = log_rank(days[known], left[known], here[known])
    return Staying(cast("date", landmark.astype(object)), follow, tuple(groups), tests)


def _segments(
    orders: ir.Table, spans: Spans, landmark: np.datetime64, rules: RfmRules | None
) -> NDArray[np.str_]:
    """The segment of each customer at the landmark; empty where no order came before it."""
    found = rfm(orders, cast("date", landmark.astype(object)), rules).select(KEY, "segment").to_pyarrow()
    keys = found[KEY].combine_chunks().cast(pa.string())
    place = pc.index_in(spans.keys.cast(pa.string()), value_set=keys)
    named = pc.fill_null(pc.take(found["segment"].combine_chunks().cast(pa.string()), place), "")
    return np.array(named.to_pylist(), dtype=np.str_)


def _complained(tags: ir.Table, spans: Spans, landmark: np.datetime64, min_match: float) -> NDArray[np.str_]:
    """`yes` for customers with a complaint in the days up to the landmark, else `no`."""
    said = complaints_within(tags, spans, min_match=min_match)
    before = (landmark - spans.first[said.who]).astype(np.int64) - said.day
    label = np.full(len(spans.days), "no", dtype="<U3")
    label[said.who[(before >= 0) & (before < COMPLAINT_DAYS)]] = "yes"
    return label
