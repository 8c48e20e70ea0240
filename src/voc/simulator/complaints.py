"""What goes wrong on orders, and who speaks up about it, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import numpy as np
import numpy.typing as npt

from voc.simulator.orders import HOURS, Floats, Orders
from voc.simulator.phrases import PhraseBook
from voc.simulator.world import Lexicon

__all__ = ["KINDS", "Feedback", "Kind", "draw_feedback", "random_for"]

Kind = Literal["reviews", "tickets", "chats"]
KINDS: tuple[Kind, ...] = ("reviews", "tickets", "chats")
_LAG = {"reviews": (2.0, 2.2), "tickets": (1.6, 3.0), "chats": (1.5, 2.4)}
"""Shape and scale, in days, of the time from an order to the feedback on it."""


@dataclass(frozen=True)
class Feedback:
    """One feedback before it is put into words."""

    kind: Kind
    order: int
    customer: int
    time: float
    """Days since the start of the simulation."""
    tags: tuple[str, ...]
    """What is complained of; empty for praise and questions."""
    mood: Literal["complaint", "praise", "question"]


def random_for(seed: int, *parts: object) -> Random:
    """Return the random numbers of one thing, independent of all others and of PYTHONHASHSEED."""
    return Random(":".join(map(str, (seed, *parts))))


def draw_feedback(
    orders: Orders, activity: Floats, lexicon: Lexicon, book: PhraseBook, rng: np.random.Generator
) -> tuple[list[Feedback], dict[str, int]]:
    """Draw all feedback on `orders` as if nobody left, and count the troubles behind it by tag."""
    found: list[Feedback] = []
    troubles: dict[str, int] = {}
    for tag in lexicon.world.complaints:
        order, kind, count = _voiced(tag, orders, activity, lexicon, book, rng)
        troubles[tag] = count
        found.extend(_timed(order, kind, orders, (tag,), "complaint", lexicon, rng))
    found = _with_second(found, orders, lexicon, book, rng)
    found.extend(_other(orders, lexicon, rng))
    found.sort(key=lambda item: (item.time, item.customer, item.tags))
    return found, troubles


def _eligibility(tag: str, lexicon: Lexicon, book: PhraseBook) -> Floats:
    """Return the rate multiplier of each product (rows) in each channel (columns)."""
    spec = lexicon.world.complaints[tag]
    table = np.zeros((len(lexicon.goods.products), len(lexicon.goods.channels)))
    for row, product in enumerate(lexicon.goods.products):
        for column, channel in enumerate(lexicon.goods.channels):
            if book.phrases(tag, "complaint", product, channel):
                table[row, column] = spec.weights.get(product.category, 1.0)
    return table


def _voiced(
    tag: str,
    orders: Orders,
    activity: Floats,
    lexicon: Lexicon,
    book: PhraseBook,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """Draw troubles, then who speaks up about them and where; return orders, kinds and number of troubles."""
    spec = lexicon.world.complaints[tag]
    chance = _eligibility(tag, lexicon, book)[orders.product, orders.channel] * spec.rate / 1000 / spec.voice
    if spec.activity:
        pull = activity[orders.customer] ** spec.activity
        chance = chance * pull / pull.mean()
    if spec.after == "cancelled":
        chance = np.where(orders.cancelled, chance, 0.0)
    trouble = np.flatnonzero(rng.random(len(orders)) < np.minimum(chance, 0.95))
    voiced = trouble[rng.random(len(trouble)) < spec.voice]
    where = np.array(spec.where) / sum(spec.where)
    return voiced, rng.choice(3, len(voiced), p=where), len(trouble)


def _timed(
    order: npt.NDArray[np.int64],
    kind: npt.NDArray[np.int64],
    orders: Orders,
    tags: tuple[str, ...],
    mood: Literal["complaint", "praise", "question"],
    lexicon: Lexicon,
    rng: np.random.Generator,
) -> list[Feedback]:
    shapes = np.array([_LAG[name] for name in KINDS])[kind]
    day = np.floor(orders.time[order]) + 1 + np.floor(rng.gamma(shapes[:, 0], shapes[:, 1]))
    hour = rng.choice(24, len(order), p=HOURS / HOURS.sum())
    time = day + (hour + rng.random(len(order))) / 24
    return [
        Feedback(KINDS[which], int(place), int(orders.customer[place]), float(moment), tags, mood)
        for place, which, moment in zip(order, kind, time, strict=True)
        if moment < lexicon.world.days
    ]


def _with_second(
    found: Sequence[Feedback],
    orders: Orders,
    lexicon: Lexicon,
    book: PhraseBook,
    rng: np.random.Generator,
) -> list[Feedback]:
    """Let some complaints name a second thing that can also occur on the order."""
    feedback = lexicon.world.feedback
    planted = lexicon.world.planted
    names = list(lexicon.world.complaints)
    draws = rng.random((len(found), 3))
    out = []
    for item, (has, kind, pick) in zip(found, draws, strict=True):
        if has < feedback.second_complaint:
            mine = item.tags[0] in planted
            rate = (
                feedback.second_of_other_kind.with_effect if mine else feedback.second_of_other_kind.without
            )
            want_planted = mine != (kind < rate)
            second = _second(item, want_planted, pick, names, orders, lexicon, book)
            item = Feedback(item.kind, item.order, item.customer, item.time, (*item.tags, *second), item.mood)
        out.append(item)
    return out


def _second(
    item: Feedback,
    want_planted: bool,
    pick: float,
    names: Sequence[str],
    orders: Orders,
    lexicon: Lexicon,
    book: PhraseBook,
) -> tuple[str, ...]:
    product = lexicon.goods.products[orders.product[item.order]]
    channel = list(lexicon.goods.channels)[orders.channel[item.order]]
    fitting = [
        tag
        for tag in names
        if tag != item.tags[0]
        and tag != "other.other"
        and (tag in lexicon.world.planted) == want_planted
        and book.phrases(tag, "complaint", product, channel)
        and (lexicon.world.complaints[tag].after is None or orders.cancelled[item.order])
    ]
    if not fitting:
        return ()
    weights = np.cumsum([min(lexicon.world.complaints[tag].rate, 9.0) for tag in fitting])
    return (fitting[int(np.searchsorted(weights, pick * weights[-1], side="right"))],)


def _other(orders: Orders, lexicon: Lexicon, rng: np.random.Generator) -> list[Feedback]:
    """Draw praise and questions."""
    feedback = lexicon.world.feedback
    out: list[Feedback] = []
    moods: tuple[Literal["praise", "question"], ...] = ("praise", "question")
    for mood in moods:
        rates = feedback.praise_per_1000_orders if mood == "praise" else feedback.question_per_1000_orders
        for which, name in enumerate(KINDS):
            chance = getattr(rates, name) / 1000
            order = np.flatnonzero((rng.random(len(orders)) < chance) & ~orders.cancelled)
            out.extend(_timed(order, np.full(len(order), which), orders, (), mood, lexicon, rng))
    return out
