"""From tables of orders, complaint tags, feedback and churn to the list of customers at risk."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from voc.customers.churn import from_table
from voc.customers.keys import KEY, as_naive_timestamp, check_match, key_expression, require
from voc.customers.risk import RiskInputs, RiskResult, RiskSettings, early_warning
from voc.customers.risk_features import Events
from voc.errors import InputError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["latest_evidence", "risk_inputs", "risk_table"]

UNRESOLVED = ("service.unresolved", "service.promise", "aftersales.refund")
"""Tags of matters that are still open."""


def risk_table(
    orders: ir.Table,
    *,
    tags: ir.Table | None,
    churn: ir.Table | None,
    as_of: date | None,
    settings: RiskSettings,
    min_match: float = 0.5,
) -> tuple[pa.Table, RiskResult]:
    """Return the list with the latest complaint of each customer, and what it rests on.

    Parameters
    ----------
    orders
        Clean orders.
    tags
        One row for each feedback and tag: customer, `ts`, `tag`, `polarity`; `evidence` where known.
    churn
        Customer, `churned_at`; None to take silence for leaving.
    min_match
        Least share of the complaining customers, and of those of `churn`, who have orders.
    """
    inputs = risk_inputs(orders, tags=tags, churn=churn, as_of=as_of, min_match=min_match)
    found = early_warning(inputs, settings)
    table = found.table
    if tags is not None:
        table = _with_evidence(table, latest_evidence(tags, as_of or found.as_of))
    return table, found


def risk_inputs(
    orders: ir.Table, *, tags: ir.Table | None, churn: ir.Table | None, as_of: date | None, min_match: float
) -> RiskInputs:
    """Bring tables to arrays of events."""
    rows = orders.filter(orders.amount > 0).select(KEY, "ts", "amount").to_pyarrow()
    if not len(rows):
        raise InputError("no order has a customer, a time and a positive amount", where="orders")
    keys = pc.unique(rows[KEY].combine_chunks().cast(pa.string())).sort()
    bought = _events(rows, keys, rows["amount"])
    last = (as_of - date(1970, 1, 1)).days if as_of else int(bought.day.max())
    nothing = Events(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float64))
    complaints = unresolved = tone = nothing
    if tags is not None:
        complaints, unresolved, tone = _complaints(tags, keys, min_match)
    left = None
    if churn is not None:
        found = from_table(churn)[0].to_pyarrow()
        place = _places(found[KEY], keys)
        check_match(int((place >= 0).sum()), len(place), least=min_match, where="join of churn and orders")
        left = np.full(len(keys), np.nan)
        day = _days(found["churned_at"]).astype(np.float64)
        day[pc.is_null(found["churned_at"]).to_numpy()] = np.nan
        left[place[place >= 0]] = day[place >= 0]
    return RiskInputs(keys, bought, complaints, unresolved, tone, left, last)


def latest_evidence(tags: ir.Table, as_of: date) -> ir.Table:
    """Return each customer's last complaint: customer_key, tag, evidence (masked words), complained_on."""
    keyed = _keyed(tags)
    said = keyed.filter(
        (keyed.polarity == -1) & keyed[KEY].notnull() & (keyed.ts.date() <= ibis.literal(as_of))
    )
    window = ibis.window(group_by=said[KEY], order_by=[said.ts.desc(), said.tag, said.evidence])
    ranked = said.mutate(place=ibis.row_number().over(window))
    return ranked.filter(ranked.place == 0).select(KEY, "tag", "evidence", complained_on=ranked.ts.date())


def _keyed(tags: ir.Table) -> ir.Table:
    require(tags, "ts", "tag", "polarity", where="tags")
    return tags.select(
        **{KEY: key_expression(tags, where="tags")},
        ts=as_naive_timestamp(tags.ts),
        tag=tags.tag.cast("string"),
        polarity=tags.polarity.cast("int8"),
        evidence=tags.evidence.cast("string") if "evidence" in tags.columns else ibis.null("string"),
    )


def _complaints(tags: ir.Table, keys: pa.Array, min_match: float) -> tuple[Events, Events, Events]:
    keyed = _keyed(tags)
    known = keyed.filter(keyed[KEY].notnull() & keyed.ts.notnull())
    rows = known.select(KEY, "ts", "tag", "polarity").to_pyarrow()
    named = pc.unique(rows[KEY].combine_chunks())
    matched = int((_places(pa.chunked_array([named]), keys) >= 0).sum())
    check_match(matched, len(named), least=min_match, where="join of tags and orders")
    complaint = rows.filter(pc.equal(rows["polarity"], -1))
    open_ = complaint.filter(pc.is_in(complaint["tag"], value_set=pa.array(UNRESOLVED)))
    one = pa.chunked_array([np.ones(len(complaint))])
    return (
        _events(complaint, keys, one),
        _events(open_, keys, pa.chunked_array([np.ones(len(open_))])),
        _events(rows, keys, rows["polarity"].cast(pa.float64())),
    )


def _events(rows: pa.Table, keys: pa.Array, value: pa.ChunkedArray) -> Events:
    place = _places(rows[KEY], keys)
    known = place >= 0
    return Events(place[known], _days(rows["ts"])[known], value.to_numpy().astype(np.float64)[known])


def _places(values: pa.ChunkedArray, keys: pa.Array) -> NDArray[np.int64]:
    found = pc.fill_null(pc.index_in(values.cast(pa.string()), value_set=keys), -1)
    return cast("NDArray[np.int64]", found.to_numpy().astype(np.int64))


def _days(times: pa.ChunkedArray) -> NDArray[np.int64]:
    days = times.cast(pa.timestamp("us")).to_numpy().astype("datetime64[D]")
    return cast("NDArray[np.int64]", days.astype(np.int64))


def _with_evidence(table: pa.Table, evidence: ir.Table) -> pa.Table:
    listed = ibis.memtable(table)
    joined = listed.left_join(evidence, KEY).drop(f"{KEY}_right").order_by("rank")
    return joined.to_pyarrow()
