"""Hides small and dominated cells of tables with totals, and others, so that none can be worked out."""

from voc.suppression.attacker import attacker_interval
from voc.suppression.cells import (
    Suppression,
    dominated,
    protect,
    protect_list,
    protect_shares,
    rounded,
    with_totals,
)

__all__ = [
    "Suppression",
    "attacker_interval",
    "dominated",
    "protect",
    "protect_list",
    "protect_shares",
    "rounded",
    "with_totals",
]
