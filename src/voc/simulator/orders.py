"""Orders: a Poisson process for each customer, faster for active ones, with seasons and cancellations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from voc.simulator.world import Products, World

__all__ = ["HOURS", "Floats", "Ints", "Orders", "draw_activity", "draw_orders"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HOURS: Floats = np.array(
    [3, 1, 0.5, 0.3, 0.3, 0.5, 1.5, 3, 5, 7, 8, 7, 8, 6, 6, 6, 6, 6, 7, 9, 11, 11, 9, 6], dtype=np.float64
)
"""Weights of the hours of the day."""


@dataclass(frozen=True)
class Orders:
    """Orders in the order of time; times are days since the start of the simulation."""

    customer: Ints
    time: Floats
    product: Ints
    channel: Ints
    amount: Floats
    cancelled: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.time)

    def keep(self, mask: npt.NDArray[np.bool_]) -> Orders:
        """Return the orders where `mask` holds."""
        return Orders(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def draw_activity(count: int, world: World, rng: np.random.Generator) -> Floats:
    """Draw the latent activity of each customer: gamma with mean 1, cut to its bounds."""
    shape = world.customers.activity_shape
    low, high = world.customers.activity_bounds
    return np.clip(rng.gamma(shape, 1 / shape, count), low, high)


def at_hours(days: Floats, rng: np.random.Generator) -> Floats:
    """Move times to hours at which people are awake, within their day."""
    hours = rng.choice(24, len(days), p=HOURS / HOURS.sum())
    return np.floor(days) + (hours + rng.random(len(days))) / 24


def season_of_days(world: World) -> Floats:
    """Return the season factor of every day."""
    days = (world.start + timedelta(days=day) for day in range(world.days))
    return np.array([world.orders.season[day.month - 1] for day in days])


def draw_orders(
    activity: Floats, first_day: Floats, world: World, goods: Products, rng: np.random.Generator
) -> Orders:
    """Draw the orders of all customers as if nobody left.

    Parameters
    ----------
    activity
        Latent activity, one for each customer.
    first_day
        Day from which a customer can order, days since the start, one for each customer.
    """
    season = season_of_days(world)
    thin = season / season.max()
    per_day = activity * world.customers.orders_per_30_days / 30 / thin.mean()
    span = world.days - np.clip(first_day, 0, world.days)
    counts = rng.poisson(per_day * span)
    customer = np.repeat(np.arange(len(activity)), counts)
    day = np.clip(first_day, 0, world.days)[customer] + rng.random(len(customer)) * span[customer]
    day = np.minimum(day, world.days - 1e-6)
    kept = rng.random(len(day)) < thin[day.astype(np.int64)]
    customer, day = customer[kept], at_hours(day[kept], rng)
    order = np.lexsort((customer, day))
    customer, day = customer[order], day[order]
    channel = _channels(customer, len(activity), world, goods, rng)
    product = _products(len(customer), goods, rng)
    prices = np.array([item.price for item in goods.products], dtype=np.float64)
    pieces = rng.choice(4, len(customer), p=[0.72, 0.18, 0.06, 0.04]) + 1
    amount = np.round(prices[product] * pieces * rng.choice([1.0, 0.95, 0.9, 0.85], len(customer)), 2)
    cancelled = rng.random(len(customer)) < world.orders.cancelled_share
    return Orders(customer, day, product, channel, amount, cancelled)


def _channels(
    customer: Ints, customers: int, world: World, goods: Products, rng: np.random.Generator
) -> Ints:
    weights = np.array(list(goods.channels.values()), dtype=np.float64)
    weights /= weights.sum()
    main = rng.choice(len(weights), customers, p=weights)
    other = rng.choice(len(weights), len(customer), p=weights)
    loyal = rng.random(len(customer)) < world.customers.main_channel_share
    return np.where(loyal, main[customer], other).astype(np.int64)


def _products(count: int, goods: Products, rng: np.random.Generator) -> Ints:
    weights = np.array([item.weight for item in goods.products], dtype=np.float64)
    return rng.choice(len(weights), count, p=weights / weights.sum()).astype(np.int64)


def day_of(world: World, time: float) -> date:
    """Return the calendar day of a time."""
    return world.start + timedelta(days=int(time))
