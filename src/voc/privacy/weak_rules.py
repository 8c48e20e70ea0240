"""Where a policy protects sensitive kinds of personal information less than the packed one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from voc.config.resources import packed_lexicon
from voc.privacy.policy import Operator, Policy, load_policy
from voc.types import Legal, Tier

__all__ = ["WeakRule", "weak_rules"]


class WeakRule(NamedTuple):
    """One kind of personal information that is protected less than usual."""

    entity: str
    zh: str
    tier: Tier
    """Tier of the packed policy."""
    legal: Legal
    clause: str
    """Where the law and the standards speak of it."""
    lowered_to: Tier | None
    """The tier in this policy, where that is lower."""
    clear: tuple[str, ...]
    """`texts`, `columns`: where it stays in clear, and usually does not."""


def weak_rules(policy: Policy) -> tuple[WeakRule, ...]:
    """Tell every sensitive kind whose tier is lowered or that stays in clear, in the order of the catalogue.

    What the packed policy itself keeps is no finding, nor is what is of no sensitive tier there.
    """
    return tuple(_found(policy, load_policy(packed_lexicon("privacy/default.yaml"))))


def _found(policy: Policy, usual: Policy) -> Iterator[WeakRule]:
    for entity, before in usual.rules.items():
        if not before.tier.rank:
            continue
        now = policy.rule(entity)
        pairs = (("texts", before.text, now.text), ("columns", before.column, now.column))
        clear = tuple(
            where for where, was, becomes in pairs if becomes is Operator.KEEP and was is not becomes
        )
        lowered = now.tier if now.tier.rank < before.tier.rank else None
        if clear or lowered:
            yield WeakRule(entity, before.zh, before.tier, before.legal, before.clause, lowered, clear)
