"""What it would be worth to mend a cause, by drawing everything that is not known from its interval."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import UsageError
from voc.types import Interval

__all__ = ["Mending", "WhatIf", "what_if"]

Floats = NDArray[np.float64]


class Mending(NamedTuple):
    """What is known of a cause, and what is planned."""

    n_exposed: float
    """Customers with the complaint in the planned time, as observed or expected."""
    churn_exposed: float
    """Of these, who leave."""
    ratio: float
    """Risk ratio of the exposed against the same customers without the complaint."""
    ratio_lower: float
    ratio_upper: float
    value: float
    """Expected remaining value of such a customer."""
    value_lower: float
    value_upper: float
    mended_lower: float
    """Share of the complaints that the plan prevents, at worst."""
    mended_upper: float
    """At best."""
    cost_lower: float
    cost_upper: float


class WhatIf(NamedTuple):
    """What may come of it: means, and intervals of the draws."""

    saved_customers: float
    saved_customers_interval: Interval
    saved_value: float
    saved_value_interval: Interval
    net: float
    """Saved value less cost."""
    net_interval: Interval
    return_on_cost: float | None
    """Mean net over mean cost; None without cost."""
    loss_probability: float
    """Share of the draws in which it costs more than it saves."""
    break_even_cost: float
    """Cost at which half of the draws lose: the median of the saved value."""
    draws: int


def what_if(plan: Mending, *, level: float = 0.95, draws: int = 20_000, seed: int = 0) -> WhatIf:
    """Draw what mending a cause would bring.

    The risk ratio is drawn log-normal from its 95 % interval, the value of a customer log-normal, the churn
    of the exposed from its beta posterior (Jeffreys prior), the share that is mended and the cost evenly from
    their bounds. In each draw n · risk · (1 − 1 / RR) · mended customers are saved; a ratio below 1 saves
    less than nobody. The outcome is only as causal as the ratio is.

    Raises
    ------
    UsageError
        When a bound is out of order or out of range.
    """
    _check(plan)
    rng = np.random.default_rng(seed)
    ratio = _log_normal(rng, plan.ratio, plan.ratio_lower, plan.ratio_upper, draws)
    value = _log_normal(rng, plan.value, plan.value_lower, plan.value_upper, draws)
    risk = rng.beta(plan.churn_exposed + 0.5, plan.n_exposed - plan.churn_exposed + 0.5, draws)
    mended = rng.uniform(plan.mended_lower, plan.mended_upper, draws)
    cost = rng.uniform(plan.cost_lower, plan.cost_upper, draws)
    saved = plan.n_exposed * risk * (1 - 1 / ratio) * mended
    worth = saved * value
    net = worth - cost

    def interval(values: Floats) -> Interval:
        tail = (1 - level) / 2
        lower, upper = np.quantile(values, [tail, 1 - tail])
        return Interval(float(lower), float(upper), level)

    mean_cost = float(cost.mean())
    return WhatIf(
        saved_customers=float(saved.mean()),
        saved_customers_interval=interval(saved),
        saved_value=float(worth.mean()),
        saved_value_interval=interval(worth),
        net=float(net.mean()),
        net_interval=interval(net),
        return_on_cost=float(net.mean()) / mean_cost if mean_cost else None,
        loss_probability=float((net < 0).mean()),
        break_even_cost=float(np.median(worth)),
        draws=draws,
    )


def _log_normal(rng: np.random.Generator, middle: float, lower: float, upper: float, draws: int) -> Floats:
    """Draw from the log-normal distribution that has this median and these 95 % bounds."""
    if lower == upper:
        return np.full(draws, middle)
    width = math.log(upper / lower) / (2 * NormalDist().inv_cdf(0.975))
    return np.exp(rng.normal(math.log(middle), width, draws))


def _check(plan: Mending) -> None:
    for name in ("ratio", "value"):
        middle, lower, upper = (getattr(plan, f"{name}{end}") for end in ("", "_lower", "_upper"))
        if not 0 < lower <= middle <= upper:
            raise UsageError(
                f"{name} must be above 0 and inside its interval, not {middle} in [{lower}, {upper}]"
            )
    for name, most in (("mended", 1.0), ("cost", math.inf)):
        lower, upper = getattr(plan, f"{name}_lower"), getattr(plan, f"{name}_upper")
        if not 0 <= lower <= upper <= most:
            hint = "a share from 0 to 1, or two of them" if name == "mended" else "0 or more"
            raise UsageError(f"{name} cannot go from {lower} to {upper}", hint=hint)
    if not 0 <= plan.churn_exposed <= plan.n_exposed:
        raise UsageError("churn_exposed must lie between 0 and n_exposed")
