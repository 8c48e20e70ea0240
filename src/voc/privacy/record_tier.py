"""How sensitive a whole record is: as its most sensitive value, or more where values come together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from voc.privacy.policy import Policy
from voc.types import Span, Tier

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["RecordTiers"]

_BY_RANK = sorted(Tier, key=lambda tier: tier.rank)


class RecordTiers:
    """Collects which entities each record of a batch holds, in all of its columns, and grades the records.

    Parameters
    ----------
    rows
        Records of the batch.
    """

    def __init__(self, policy: Policy, rows: int) -> None:
        self._policy = policy
        self._rows = rows
        self._held: dict[str, npt.NDArray[np.bool_]] = {}

    def add_spans(self, rows: Iterable[int], spans: Sequence[Sequence[Span]]) -> None:
        """Note what was found in a text column: for each row the spans."""
        for row, found in zip(rows, spans, strict=True):
            for span in found:
                self._of(span.entity)[row] = True

    def add_rows(self, entity: str, rows: Sequence[int]) -> None:
        """Note rows in which a value of an entity stands."""
        self._of(entity)[list(rows)] = True

    def add_column(self, entity: str, column: pa.Array) -> None:
        """Note a whole column of an entity; null cells hold nothing."""
        self._of(entity)[:] |= np.asarray(column.is_valid())

    def tiers(self) -> pa.Array:
        """Return the tier of each record: of its most sensitive value, or of an aggregation it fulfils."""
        ranks = np.zeros(self._rows, dtype=np.int8)
        for entity, held in self._held.items():
            rank = self._policy.rule(entity).tier.rank
            ranks[held] = np.maximum(ranks[held], rank)
        for rule in self._policy.aggregation:
            if all(entity in self._held for entity in rule.all_of):
                together = np.logical_and.reduce([self._held[entity] for entity in rule.all_of])
                ranks[together] = np.maximum(ranks[together], rule.tier.rank)
        return pa.array([str(_BY_RANK[rank]) for rank in ranks], pa.string())

    def _of(self, entity: str) -> npt.NDArray[np.bool_]:
        if entity not in self._held:
            self._held[entity] = np.zeros(self._rows, dtype=np.bool_)
        return self._held[entity]
