"""How long each customer was there: from the first order to leaving, or to the last day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["Complaints", "Spans", "complaint_days", "complaints_within", "customer_spans", "exit_reasons"]

OTHER = "other"
"""Ways out that few customers took, or that nobody named."""


class Spans(NamedTuple):
    """One place a customer, in the order of the key."""

    days: NDArray[np.float64]
    left: NDArray[np.bool_]
    group: NDArray[Any]
    """Half-year of the first order, such as `2024-H1`."""
    keys: pa.Array
    first: NDArray[np.datetime64]
    """Day of the first order."""

    def all(self) -> NDArray[np.bool_]:
        """Everybody."""
        return np.ones(len(self.days), np.bool_)


def customer_spans(
    orders: ir.Table, churn: ir.Table | None, *, as_of: date | None, inactive_days: int, min_match: float
) -> Spans:
    """Return the time of each customer with an order; customers who left before it count as gone at once.

    Parameters
    ----------
    orders
        Clean orders.
    churn
        Customer, `churned_at`. None to take a silence of `inactive_days` for leaving.
    min_match
        Least share of the customers of `churn` who have orders.

    Raises
    ------
    GateError
        When the share is smaller.
    """
    from voc.customers.churn import from_inactivity, from_table
    from voc.customers.keys import KEY, check_named_match
    from voc.customers.rfm import last_day

    if churn is not None:
        check_named_match(churn, orders, least=min_match, where="churn")
    end = as_of or last_day(orders)
    bought = orders.filter(orders.amount > 0)
    first = bought.group_by(KEY).aggregate(first=bought.ts.min().date())
    left = (
        from_table(churn)[0] if churn is not None else from_inactivity(orders, days=inactive_days, as_of=end)
    )
    joined = first.left_join(left, KEY).select(KEY, "first", "churned_at").order_by(KEY).to_pyarrow()
    begin = joined["first"].to_numpy().astype("datetime64[D]")
    gone = joined["churned_at"].to_numpy().astype("datetime64[D]")
    last = np.datetime64(end, "D")
    known = ~np.isnat(gone) & (gone <= last)
    stop = np.where(known, gone, last)
    days = np.maximum((stop - begin).astype(np.int64), 0).astype(np.float64)
    months = begin.astype("datetime64[M]").astype(np.int64)
    group = np.array([f"{1970 + m // 12}-H{1 if m % 12 < 6 else 2}" for m in months.tolist()])
    keys = joined[KEY].combine_chunks()
    return Spans(days, cast("NDArray[np.bool_]", known), group, keys, begin)


class Complaints(NamedTuple):
    """Complaints that customers made while they were there: one for each customer, day and tag."""

    who: NDArray[np.int64]
    """Place of the customer in `Spans`."""
    day: NDArray[np.int64]
    """Days after the first order."""
    tag: pa.ChunkedArray


def complaints_within(tags: ir.Table, spans: Spans, *, min_match: float) -> Complaints:
    """Return the complaints that customers made between their first order and leaving.

    Parameters
    ----------
    tags
        Customer, `ts`, `tag`, `polarity`.

    Raises
    ------
    GateError
        When too few of the complaining customers have orders.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from voc.customers.keys import KEY, as_naive_timestamp, check_match, key_expression, require

    require(tags, "ts", "tag", "polarity", where="tags")
    rows = tags.select(
        **{KEY: key_expression(tags, where="tags")},
        day=as_naive_timestamp(tags.ts).date(),
        tag=tags.tag.cast("string"),
        polarity=tags.polarity.cast("int8"),
    )
    said = rows.filter((rows.polarity == -1) & rows[KEY].notnull() & rows.day.notnull() & rows.tag.notnull())
    found = said.select(KEY, "day", "tag").distinct().order_by(KEY, "day", "tag").to_pyarrow()
    place = pc.fill_null(pc.index_in(found[KEY], value_set=spans.keys.cast(pa.string())), -1).to_numpy()
    named = len(pc.unique(found[KEY]))
    matched = len(np.unique(place[place >= 0]))
    check_match(matched, named, least=min_match, where="join of tags and orders")
    day = (found["day"].to_numpy().astype("datetime64[D]") - spans.first[place]).astype(np.int64)
    inside = (place >= 0) & (day >= 0) & (day < spans.days[place])
    return Complaints(place[inside].astype(np.int64), day[inside], found["tag"].filter(pa.array(inside)))


def complaint_days(
    tags: ir.Table, spans: Spans, *, fewest: int, min_match: float
) -> tuple[dict[str, list[tuple[int, float]]], int]:
    """Return by tag who complained and how many days after the first order, before leaving.

    Parameters and errors are those of `complaints_within`.

    Parameters
    ----------
    fewest
        Customers that a tag needs.

    Returns
    -------
    tuple of dict and int
        Pairs of (place in `spans`, day), and the number of tags that fewer customers gave.
    """
    said = complaints_within(tags, spans, min_match=min_match)
    by_tag: dict[str, list[tuple[int, float]]] = {}
    for tag, who, when in zip(said.tag.to_pylist(), said.who.tolist(), said.day.tolist(), strict=True):
        by_tag.setdefault(tag, []).append((who, float(when)))
    kept = {tag: rows for tag, rows in sorted(by_tag.items()) if len({who for who, _ in rows}) >= fewest}
    return kept, len(by_tag) - len(kept)


def exit_reasons(churn: ir.Table, column: str, spans: Spans, *, fewest: int) -> NDArray[Any]:
    """Return the way out of each customer, as the row of the earliest churn names it; by name among several.

    Ways that fewer customers took, and those that are not named, are `other`.
    """
    import ibis
    import pyarrow as pa
    import pyarrow.compute as pc

    from voc.customers.keys import KEY, as_naive_timestamp, key_expression, trimmed

    rows = churn.select(
        **{KEY: key_expression(churn, where="churn")},
        ts=as_naive_timestamp(churn.churned_at),
        reason=trimmed(churn[column].cast("string")),
    )
    left = rows.filter(rows[KEY].notnull() & rows.ts.notnull())
    window = ibis.window(group_by=left[KEY], order_by=[left.ts, left.reason])
    ranked = left.mutate(place=ibis.row_number().over(window))
    found = ranked.filter(ranked.place == 0).select(KEY, "reason").to_pyarrow()
    place = pc.index_in(spans.keys.cast(pa.string()), value_set=found[KEY].combine_chunks().cast(pa.string()))
    reasons = pc.fill_null(pc.take(found["reason"].combine_chunks(), place), OTHER)
    named = np.array(reasons.to_pylist(), dtype=object)
    for name in set(named.tolist()):
        if (spans.left & (named == name)).sum() < fewest:
            named[named == name] = OTHER
    return named
