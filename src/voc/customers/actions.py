"""What to do about a cause in a segment, what that costs, and what it may save.

The suggestions are the user's: a YAML file of rules. The saving is arithmetic over estimates made elsewhere:
customers with the complaint x share that leaves x share of it that goes with the complaint x share of that
which the action prevents x expected value of a customer, less the cost; the interval is that of draws from
the estimates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from voc.config import resources
from voc.config.loader import load
from voc.customers.segments import Segment

__all__ = ["ActionRow", "ActionRule", "SegmentFacts", "load_actions", "suggest_actions"]

_DRAWS = 4000
_Z = 1.959963984540054
_ALPHA = 0.05


class ActionRule(BaseModel):
    """One suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment: Literal["vip", "growth", "general", "churn_risk", "*"]
    cause: str = "*"
    """A tag (`logistics.delay`), a group of tags (`logistics`), or `*`."""
    action: str
    owner: str
    cost: Annotated[float, Field(ge=0)]
    """For each customer who is given it, in the money of the orders."""
    prevents: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
    """Lowest and highest share of the leaving that it is thought to prevent: a guess until it is tested."""

    @model_validator(mode="after")
    def _ordered(self) -> ActionRule:
        if self.prevents[0] > self.prevents[1]:
            raise ValueError("prevents: the lowest share stands first")
        return self


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    actions: Annotated[tuple[ActionRule, ...], Field(min_length=1)]


class SegmentFacts(NamedTuple):
    """What is known of a segment."""

    segment: str
    customers: int
    expected_value: float | None
    """Mean expected value of a customer; None when it is not known."""


class ActionRow(NamedTuple):
    """One suggestion for a segment and a cause."""

    segment: str
    segment_zh: str
    tag: str | None
    """None where no cause is clear: the suggestion is then for the segment as such."""
    action: str
    owner: str
    customers: int
    """Customers who would be given it."""
    cost: float
    """For all of them."""
    customers_kept: float | None
    saving: float | None
    """Expected value kept less cost; None when effect or value is not known."""
    saving_ci_lower: float | None
    saving_ci_upper: float | None
    """95 % of draws from effect, share that leaves and prevented share."""
    evidence_level: str
    """`associated`, `adjusted` or `experiment`; `none` where no cause is clear."""
    basis: str
    """`segment` where the effect is that of the segment, `overall` where it is that of all customers."""


def load_actions(path: Path | None = None) -> tuple[ActionRule, ...]:
    """Read rules; the packed ones when no path is given. Raises ConfigError with every fault of the file."""
    return load(_Rules, path or resources.lexicon("customers/actions.yaml")).actions


def suggest_actions(
    rules: Sequence[ActionRule],
    segments: Iterable[SegmentFacts],
    effects: Sequence[Mapping[str, Any]] = (),
    *,
    seed: int = 0,
) -> tuple[ActionRow, ...]:
    """Return suggestions by segment and clear cause, the largest saving first, then those without a figure.

    Parameters
    ----------
    rules
        The most specific one that fits is taken: tag before group before `*`, segment before `*`.
    segments
        Customers and expected value of each segment.
    effects
        Rows of `effects.parquet`: tag, segment (None for all), customers_exposed, rate_exposed, adjusted_rr
        with its interval, q_value, evidence_level, differs_by_segment. A cause is clear when its interval
        leaves out 1 and its q is below 0.05. The effect of all customers stands in for that of a segment
        where it is clear and segments do not differ.
    """
    known = {(row["tag"], row.get("segment")): row for row in effects}
    tags = sorted({str(row["tag"]) for row in effects})
    rng = np.random.default_rng(seed)
    rows: list[ActionRow] = []
    for facts in segments:
        found = []
        for tag in tags:
            rule = _rule(rules, facts.segment, tag)
            own, overall = known.get((tag, facts.segment)), known.get((tag, None))
            if rule is None or own is None or not _number(own, "customers_exposed"):
                continue
            if _clear(own):
                found.append(_priced(rule, facts, own, own, rng=rng))
            elif overall is not None and _clear(overall) and not overall.get("differs_by_segment"):
                found.append(_priced(rule, facts, own, overall, rng=rng))
        rows += found
        general = _rule(rules, facts.segment, None)
        if general is not None and facts.customers:
            rows.append(_unpriced(general, facts))
    return tuple(
        sorted(rows, key=lambda row: (row.saving is None, -(row.saving or 0.0), row.segment, row.tag or ""))
    )


def _rule(rules: Sequence[ActionRule], segment: str, tag: str | None) -> ActionRule | None:
    causes = [tag, tag.split(".")[0], "*"] if tag else ["*"]
    fitting = [
        (causes.index(rule.cause), rule.segment == "*", place)
        for place, rule in enumerate(rules)
        if rule.segment in (segment, "*") and rule.cause in causes
    ]
    return rules[min(fitting)[2]] if fitting else None


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return 0.0 if value is None or not math.isfinite(value) else float(value)


def _clear(row: Mapping[str, Any]) -> bool:
    q_value = row.get("q_value")
    return _number(row, "adjusted_rr_ci_lower") > 1 and (q_value is None or q_value < _ALPHA)


def _priced(
    rule: ActionRule,
    facts: SegmentFacts,
    own: Mapping[str, Any],
    effect: Mapping[str, Any],
    *,
    rng: np.random.Generator,
) -> ActionRow:
    customers = round(_number(own, "customers_exposed"))
    counted = own if _number(own, "rate_exposed") else effect
    rate = _number(counted, "rate_exposed")
    ratio = _number(effect, "adjusted_rr")
    lower, upper = (_number(effect, f"adjusted_rr_ci_{end}") for end in ("lower", "upper"))
    deviation = (math.log(upper) - math.log(lower)) / (2 * _Z) if upper > lower > 0 else 0.0
    ratios = np.exp(rng.normal(math.log(ratio), deviation, _DRAWS))
    prevented = rng.uniform(*rule.prevents, _DRAWS)
    rates = _drawn_rates(rate, _number(counted, "customers_exposed"), rng)
    kept = customers * rates * np.maximum(0.0, 1 - 1 / ratios) * prevented
    expected = customers * rate * (1 - 1 / ratio) * sum(rule.prevents) / 2
    cost = customers * rule.cost
    saving, low, high = None, None, None
    if facts.expected_value is not None:
        saving = expected * facts.expected_value - cost
        low, high = (float(end) for end in np.quantile(kept * facts.expected_value - cost, [0.025, 0.975]))
    return ActionRow(
        facts.segment,
        Segment(facts.segment).zh,
        str(own["tag"]),
        rule.action,
        rule.owner,
        customers,
        cost,
        expected,
        saving,
        low,
        high,
        str(effect["evidence_level"]),
        "segment" if effect is own else "overall",
    )


def _drawn_rates(rate: float, customers: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw rates that the one seen among so many customers may stand for (Jeffreys' posterior)."""
    return rng.beta(rate * customers + 0.5, (1 - rate) * customers + 0.5, _DRAWS)


def _unpriced(rule: ActionRule, facts: SegmentFacts) -> ActionRow:
    return ActionRow(
        facts.segment,
        Segment(facts.segment).zh,
        None,
        rule.action,
        rule.owner,
        facts.customers,
        facts.customers * rule.cost,
        None,
        None,
        None,
        None,
        "none",
        "segment",
    )
