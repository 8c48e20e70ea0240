"""When customers leave: a weekly hazard that planted complaints raise and activity lowers.

In week w a customer who is still there leaves with probability

    min(maximum, weekly_base * activity ** activity_exponent * product of the factors of the planted tags
    that the customer complained of within `window_days` before the week begins)

The window (120 days) is long on purpose: with 30 days of exposure before a landmark, a gap of 14 and a
horizon of 90 days, a complaint 15 days before the landmark still acts until day 105 after it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from voc.simulator.complaints import Feedback
from voc.simulator.orders import Floats
from voc.simulator.world import World

__all__ = ["draw_churn", "exposure_weeks"]


def exposure_weeks(world: World, times: Floats) -> tuple[Floats, Floats]:
    """First week that a complaint acts in, and the first in which it acts no more.

    A week counts when it begins after the complaint and within the window.
    """
    return np.floor(times / 7) + 1, np.floor((times + world.hazard.window_days) / 7) + 1


def draw_churn(
    activity: Floats,
    first_day: Floats,
    complaints: Iterable[Feedback],
    world: World,
    rng: np.random.Generator,
) -> Floats:
    """Return the time at which each customer leaves, in days since the start; infinity for those who stay."""
    multiplier = np.ones((len(activity), world.weeks))
    acting = {tag: np.zeros((len(activity), world.weeks), dtype=np.bool_) for tag in world.planted}
    for item in complaints:
        for tag in item.tags:
            if tag in acting:
                begin, end = exposure_weeks(world, np.array([item.time]))
                acting[tag][item.customer, int(begin[0]) : int(end[0])] = True
    for tag, factor in world.planted.items():
        multiplier[acting[tag]] *= factor
    base = world.hazard.weekly_base * activity**world.hazard.activity_exponent
    chance = np.minimum(base[:, None] * multiplier, world.hazard.maximum)
    # a customer who joins can leave from the week after
    weeks = np.arange(world.weeks)
    chance[weeks[None, :] < np.ceil(first_day / 7)[:, None]] = 0.0
    leaves = rng.random(chance.shape) < chance
    within = rng.random(len(activity))
    first = np.argmax(leaves, axis=1)
    return np.where(leaves.any(axis=1), (first + within) * 7, np.inf)
