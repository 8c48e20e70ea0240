"""What goes wrong on orders, and who speaks up about it, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

import numpy as np

from voc.simulator.orders import HOURS, Floats, Ints, Orders
from voc.simulator.phrases import PhraseBook
from voc.simulator.world import Lexicon

__all__ = ["KINDS", "Feedback", "Kind", "draw_feedback", "random_for"]

Kind = Literal["reviews", "tickets", "chats"]
Mood = Literal["complaint", "praise", "question"]
KINDS: tuple[Kind, ...] = ("reviews", "tickets", "chats")
_LAG = {"reviews": (2.0, 2.2), "tickets": (1.6, 3.0), "chats": (1.5, 2.4)}
"""Shape and scale, in days, of the time from an order to the feedback on it."""
_MOST_COMMON = 9.0
"""A rate above this (of cancelled orders only) counts no more when a second complaint is chosen."""


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
    mood: Mood


def random_for(seed: int, *parts: object) -> Random:
    """Return the random numbers of one thing, independent of all others and of PYTHONHASHSEED."""
    return Random(":".join(map(str, (seed, *parts))))


def draw_feedback(
    orders: Orders, activity: Floats, lexicon: Lexicon, book: PhraseBook, rng: np.random.Generator
) -> tuple[list[Feedback], dict[str, int]]:
    """Draw all feedback on `orders` as if nobody left, and count the troubles behind it by tag."""
    return _Draw(lexicon, book, orders, rng).feedback(activity)


class _Draw:
    """Draws feedback on a company's orders."""

    def __init__(self, lexicon: Lexicon, book: PhraseBook, orders: Orders, rng: np.random.Generator) -> None:
        self.lexicon = lexicon
        self.world = lexicon.world
        self.book = book
        self.orders = orders
        self.rng = rng
        self.channels = list(lexicon.goods.channels)

    def feedback(self, activity: Floats) -> tuple[list[Feedback], dict[str, int]]:
        """Return complaints, praise and questions in the order of time, and the troubles by tag."""
        found: list[Feedback] = []
        troubles: dict[str, int] = {}
        for tag in self.world.complaints:
            order, kind, troubles[tag] = self._voiced(tag, activity)
            found.extend(self._timed(order, kind, (tag,), "complaint"))
        found = [*self._with_second(found), *self._other()]
        found.sort(key=lambda item: (item.time, item.customer, item.tags))
        return found, troubles

    def _eligibility(self, tag: str) -> Floats:
        """Return the rate multiplier of each product (rows) in each channel (columns)."""
        weights = self.world.complaints[tag].weights
        table = np.zeros((len(self.lexicon.goods.products), len(self.channels)))
        for row, product in enumerate(self.lexicon.goods.products):
            for column, channel in enumerate(self.channels):
                if self.book.phrases(tag, "complaint", product, channel):
                    table[row, column] = weights.get(product.category, 1.0)
        return table

    def _voiced(self, tag: str, activity: Floats) -> tuple[Ints, Ints, int]:
        """Draw troubles, then who speaks up and where; return orders, kinds and number of troubles."""
        spec, orders = self.world.complaints[tag], self.orders
        chance = self._eligibility(tag)[orders.product, orders.channel] * spec.rate / 1000 / spec.voice
        if spec.activity and len(orders):
            pull = activity[orders.customer] ** spec.activity
            chance = chance * pull / pull.mean()
        if spec.after == "cancelled":
            chance = np.where(orders.cancelled, chance, 0.0)
        trouble = np.flatnonzero(self.rng.random(len(orders)) < np.minimum(chance, 0.95))
        voiced = trouble[self.rng.random(len(trouble)) < spec.voice]
        where = np.array(spec.where) / sum(spec.where)
        return voiced, self.rng.choice(3, len(voiced), p=where), len(trouble)

    def _timed(self, order: Ints, kind: Ints, tags: tuple[str, ...], mood: Mood) -> list[Feedback]:
        shapes = np.array([_LAG[name] for name in KINDS])[kind]
        day = np.floor(self.orders.time[order]) + 1 + np.floor(self.rng.gamma(shapes[:, 0], shapes[:, 1]))
        hour = self.rng.choice(24, len(order), p=HOURS / HOURS.sum())
        time = day + (hour + self.rng.random(len(order))) / 24
        return [
            Feedback(KINDS[which], int(place), int(self.orders.customer[place]), float(moment), tags, mood)
            for place, which, moment in zip(order, kind, time, strict=True)
            if moment < self.world.days
        ]

    def _with_second(self, found: Sequence[Feedback]) -> list[Feedback]:
        """Let some complaints name a second thing that can also occur on the order."""
        rates = self.world.feedback.second_of_other_kind
        draws = self.rng.random((len(found), 3))
        out = []
        for item, (has, kind, pick) in zip(found, draws, strict=True):
            second: tuple[str, ...] = ()
            if has < self.world.feedback.second_complaint:
                mine = item.tags[0] in self.world.planted
                other_kind = kind < (rates.with_effect if mine else rates.without)
                second = self._second(item, planted=mine != other_kind, pick=float(pick))
            out.append(replace(item, tags=(*item.tags, *second)))
        return out

    def _second(self, item: Feedback, *, planted: bool, pick: float) -> tuple[str, ...]:
        product = self.lexicon.goods.products[self.orders.product[item.order]]
        channel = self.channels[self.orders.channel[item.order]]
        fitting = [
            tag
            for tag, spec in self.world.complaints.items()
            if tag not in {item.tags[0], "other.other"}
            and (tag in self.world.planted) == planted
            and (spec.after is None or self.orders.cancelled[item.order])
            and self.book.phrases(tag, "complaint", product, channel)
        ]
        if not fitting:
            return ()
        weights = np.cumsum([min(self.world.complaints[tag].rate, _MOST_COMMON) for tag in fitting])
        return (fitting[int(np.searchsorted(weights, pick * weights[-1], side="right"))],)

    def _other(self) -> list[Feedback]:
        """Draw praise and questions."""
        out: list[Feedback] = []
        moods: tuple[Literal["praise", "question"], ...] = ("praise", "question")
        for mood in moods:
            per_1000 = getattr(self.world.feedback, f"{mood}_per_1000_orders")
            for which, name in enumerate(KINDS):
                chance = getattr(per_1000, name) / 1000
                draws = self.rng.random(len(self.orders))
                order = np.flatnonzero((draws < chance) & ~self.orders.cancelled)
                out.extend(self._timed(order, np.full(len(order), which), (), mood))
        return out
