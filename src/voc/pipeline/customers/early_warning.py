"""From tables of orders, complaint tags, feedback and churn to the list of customers at risk."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, cast

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from voc.customers.churn import from_table
from voc.customers.keys import KEY, as_naive_timestamp, check_match, key_expression, require
from voc.customers.risk import RiskInputs, RiskResult, RiskSettings, early_warning
from voc.customers.risk_features import Events
from voc.errors import InputError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["TAG_COLUMNS", "latest_evidence", "risk_inputs", "risk_table"]

TAG_COLUMNS = (KEY, "ts", "tag", "polarity", "evidence")
"""What is read of complaint tags."""

UNRESOLVED = ("service.unresolved", "service.promise", "aftersales.refund")
"""Tags of matters that are still open."""

_NUMBER = "customer_number"
_NOTHING = Events(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int8))


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
    found = early_warning(
        risk_inputs(orders, tags=tags, churn=churn, as_of=as_of, min_match=min_match), settings
    )
    table = found.table
    if tags is not None:
        table = _with_evidence(table, latest_evidence(tags, as_of or found.as_of))
    return table, found


def risk_inputs(
    orders: ir.Table, *, tags: ir.Table | None, churn: ir.Table | None, as_of: date | None, min_match: float
) -> RiskInputs:
    """Bring tables to arrays of events."""
    bought = orders.filter(orders.amount > 0)
    keys = bought.select(KEY).distinct().to_pyarrow()[KEY].combine_chunks().cast(pa.string()).sort()
    if not len(keys):
        raise InputError("no order has a customer, a time and a positive amount", where="orders")
    customers = ibis.memtable(pa.table({KEY: keys, _NUMBER: pa.array(np.arange(len(keys), dtype=np.int32))}))
    placed = Events(*_arrays(bought.select(KEY, day=bought.ts.date(), value=bought.amount), customers))
    last = (as_of - date(1970, 1, 1)).days if as_of else int(placed.day.max())
    complaints = unresolved = tone = _NOTHING
    if tags is not None:
        complaints, unresolved, tone = _complaints(tags, customers, min_match)
    left = _left(churn, customers, len(keys), min_match) if churn is not None else None
    return RiskInputs(keys, placed, complaints, unresolved, tone, left, last)


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


def _complaints(tags: ir.Table, customers: ir.Table, min_match: float) -> tuple[Events, Events, Events]:
    """Return complaints, those of matters that are still open, and the tone of everything said."""
    keyed = _keyed(tags)
    said = keyed.filter(keyed[KEY].notnull() & keyed.ts.notnull())
    named = said.select(KEY).distinct().left_join(customers, KEY)
    match = named.aggregate(asked=named.count(), matched=named[_NUMBER].count()).to_pyarrow().to_pylist()[0]
    check_match(match["matched"], match["asked"], least=min_match, where="join of tags and orders")
    rows = said.select(
        KEY,
        day=said.ts.date(),
        tone=said.polarity.fill_null(0),
        unresolved=said.tag.isin(UNRESOLVED).fill_null(False),
    )
    customer, day, tone, still_open = _arrays(rows, customers)
    complained = tone == -1
    return (
        _mere_events(customer, day, complained),
        _mere_events(customer, day, complained & still_open),
        Events(customer, day, tone),
    )


def _mere_events(customer: NDArray[Any], day: NDArray[Any], chosen: NDArray[np.bool_]) -> Events:
    return Events(customer[chosen], day[chosen], np.ones(int(chosen.sum()), np.int8))


def _left(churn: ir.Table, customers: ir.Table, count: int, min_match: float) -> NDArray[np.float64]:
    """Return the day at which each customer left, NaN for those who stay."""
    found, counts = from_table(churn)
    customer, day = _arrays(found.select(KEY, day=found.churned_at.date()), customers)
    asked = counts.churned + counts.staying
    check_match(len(customer), asked, least=min_match, where="join of churn and orders")
    left = np.full(count, np.nan)
    left[customer] = day
    return left


def _arrays(rows: ir.Table, customers: ir.Table) -> list[NDArray[Any]]:
    """Return numbers of customers, then the further columns, of rows whose customer has orders.

    The join is left to the tables' engine: no key of a customer is held here for each row.
    """
    further = [name for name in rows.columns if name != KEY]
    found = rows.inner_join(customers, KEY).select(_NUMBER, *further).to_pyarrow()
    return [_array(column) for column in found.columns]


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    numbers = column.cast(pa.int32()) if pa.types.is_date32(column.type) else column
    return cast("NDArray[Any]", numbers.to_numpy())


def _with_evidence(table: pa.Table, evidence: ir.Table) -> pa.Table:
    listed = ibis.memtable(table)
    joined = listed.left_join(evidence, KEY).drop(f"{KEY}_right").order_by("rank")
    return joined.to_pyarrow()
