"""Orders, complaint tags and churn as arrays in which a customer is a number; what was left out is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from voc.customers.churn import from_table
from voc.customers.keys import KEY, as_naive_timestamp, key_expression, require, trimmed
from voc.customers.orders import OrderCounts, clean
from voc.errors import GateError, InputError
from voc.pipeline.causes.settings import CauseSettings
from voc.rootcause.design import Days
from voc.rootcause.exposure import Complaints

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ChurnInput", "Orders", "Tags", "days_of", "numbers_of", "read_churn", "read_orders", "read_tags"]

Ints = NDArray[np.int64]

_MAX_CHANNELS = 8
"""Of orders; customers of rarer ones are compared among each other."""


class Orders(NamedTuple):
    """Clean orders as arrays, shape (m,) each unless said otherwise."""

    table: ir.Table
    """Clean orders, refunds included."""
    keys: pa.Array
    """Customers with an order, sorted; a customer's number is the place here."""
    customer: Ints
    day: Days
    amount: NDArray[np.float64]
    first_day: Days
    """Day of each customer's first order, shape (customers,)."""
    channel: Ints | None
    """Channel of each order, the most frequent one first; None where orders have none."""
    channels: tuple[str, ...]
    """Their names; a higher number is one of the rest."""
    counts: OrderCounts


@dataclass(frozen=True)
class Tags:
    """Complaint tags as arrays."""

    complaints: Complaints
    channel: Ints
    """Channel of each complaint, -1 where it is not told, shape (m,)."""
    names: list[str]
    channels: list[str]
    channel_totals: Ints
    """Complaint tags of each channel, those without a customer among them, shape (channels,)."""
    rows: int
    match_rate: float | None
    dropped: dict[str, int]


class ChurnInput(NamedTuple):
    """When each customer left."""

    day: Days
    """Shape (customers,); NaT while a customer."""
    dropped: dict[str, int]


def read_orders(orders: ir.Table, settings: CauseSettings) -> Orders:
    """Clean orders. Raises InputError when there are none."""
    cleaned, counts = clean(orders, as_of=settings.as_of)
    if not counts.orders:
        raise InputError("no order has a customer, a time and a positive amount", where="orders")
    channelled = "channel" in orders.columns
    wanted = (KEY, "ts", "amount", *(["order_id"] if channelled else []))
    bought = cleaned.filter(cleaned.amount > 0).select(*wanted).to_pyarrow()
    keys = pc.unique(bought[KEY].combine_chunks()).sort()
    customer = numbers_of(bought[KEY], keys)
    day = days_of(bought["ts"])
    first = np.full(len(keys), np.datetime64("9999-12-31"), dtype="datetime64[D]")
    np.minimum.at(first, customer, day)
    amount = bought["amount"].to_numpy()
    channel, channels = _order_channels(orders, bought["order_id"]) if channelled else (None, ())
    return Orders(cleaned, keys, customer, day, amount, first, channel, channels, counts)


def _order_channels(orders: ir.Table, order_ids: pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    """Return the channel of each order by frequency, rare ones together; 0 where it is not told."""
    number = trimmed(orders.order_id.cast("string"))
    told = orders.select(order_id=number, channel=orders.channel.cast("string"))
    first = told.group_by("order_id").aggregate(channel=told.channel.min()).to_pyarrow()
    place = numbers_of(order_ids, first["order_id"].combine_chunks())
    names = first["channel"].fill_null("")
    known = pc.value_counts(names).to_pylist()
    ranked = sorted(known, key=lambda entry: (-entry["counts"], entry["values"]))[:_MAX_CHANNELS]
    level = numbers_of(names, pa.array([entry["values"] for entry in ranked], pa.string()))
    level[level < 0] = len(ranked)
    names_of_levels = tuple(entry["values"] or "" for entry in ranked)
    return np.where(place >= 0, level[place], 0), names_of_levels


def read_tags(tags: ir.Table, keys: pa.Array, min_match_rate: float) -> Tags:
    """Take the complaints among tags. Raises GateError when too few belong to customers with orders."""
    require(tags, "ts", "tag", "polarity", where="tags")
    channel = tags.channel.cast("string") if "channel" in tags.columns else ibis.null("string")
    rows = (
        tags.filter(tags.polarity == -1)
        .select(
            **{KEY: key_expression(tags, where="tags")},
            ts=as_naive_timestamp(tags.ts),
            tag=tags.tag.cast("string"),
            channel=channel,
        )
        .to_pyarrow()
    )
    named = rows.filter(pc.is_valid(rows[KEY]))
    customer = numbers_of(named[KEY], keys)
    matched = customer >= 0
    rate = float(matched.mean()) if len(matched) else None
    _stop_below(matched, min_match_rate, what="complaint tags", join="tags and orders")
    timed = pc.is_valid(named["ts"]).to_numpy(zero_copy_only=False)
    names = _names(rows["tag"])
    channels = _names(rows["channel"])
    tag = numbers_of(named["tag"], pa.array(names, pa.string()))
    kept = matched & timed & (tag >= 0)
    dropped = {
        "missing_customer": len(rows) - len(named),
        "unmatched_customer": int((~matched).sum()),
        "missing_time": int((matched & ~timed).sum()),
    }
    known = pa.array(channels, pa.string())
    every_channel = numbers_of(rows["channel"], known)
    return Tags(
        complaints=Complaints(customer[kept], days_of(named["ts"])[kept], tag[kept]),
        channel=numbers_of(named["channel"], known)[kept],
        names=names,
        channels=channels,
        channel_totals=np.bincount(every_channel[every_channel >= 0], minlength=len(channels)),
        rows=len(rows),
        match_rate=rate,
        dropped={name: count for name, count in dropped.items() if count},
    )


def read_churn(churn: ir.Table, bought: Orders, min_match_rate: float) -> ChurnInput:
    """Take the day at which each customer left. Raises GateError when too few rows fit a customer."""
    left, counts = from_table(churn)
    rows = left.to_pyarrow()
    customer = numbers_of(rows[KEY], bought.keys)
    known = customer >= 0
    _stop_below(known, min_match_rate, what="churn rows", join="churn and orders")
    churn_day = np.full(len(bought.keys), np.datetime64("NaT"), dtype="datetime64[D]")
    churn_day[customer[known]] = days_of(rows["churned_at"])[known]
    dropped = {
        "missing_customer": counts.missing_customer,
        "repeated": counts.repeated,
        "without_orders": int((~known).sum()),
        "before_first_order": int((churn_day < bought.first_day).sum()),
        "customers_without_row": len(bought.keys) - int(known.sum()),
    }
    return ChurnInput(churn_day, {name: count for name, count in dropped.items() if count})


def numbers_of(values: pa.ChunkedArray, known: pa.Array) -> Ints:
    """Return the place of each value among `known`, -1 where it is not."""
    places = pc.index_in(values.cast(pa.string()), value_set=known.cast(pa.string()))
    return cast("Ints", pc.fill_null(places, -1).to_numpy().astype(np.int64))


def days_of(times: pa.ChunkedArray) -> Days:
    """Return the day of each time; NaT where there is none."""
    return cast("Days", times.cast(pa.timestamp("us")).to_numpy().astype("datetime64[D]"))


def _names(values: pa.ChunkedArray) -> list[str]:
    return sorted(name for name in pc.unique(values).to_pylist() if name is not None)


def _stop_below(matched: NDArray[np.bool_], limit: float, *, what: str, join: str) -> None:
    if len(matched) and matched.mean() < limit:
        raise GateError(
            f"{int(matched.sum()):,} of {len(matched):,} {what} ({matched.mean():.1%}) belong to a customer "
            f"with orders, the limit is {limit:.1%}",
            where=f"join of {join}",
            hint="do both tables name customers alike? Where one is masked, mask the other with voc mask. "
            "The limit is --min-match, or rootcause.min_match_rate of a pipeline file",
        )
