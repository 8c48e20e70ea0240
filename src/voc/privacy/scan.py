"""What personal information is in which column: `voc scan`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from voc.errors import ColumnError
from voc.privacy.classify import OWN_KEYS, Columns, classify, readable
from voc.privacy.nested_fields import NestedFields
from voc.privacy.operators import label_pattern
from voc.privacy.operators.generalise import BAND
from voc.privacy.policy import Operator, Policy
from voc.privacy.pseudonym import TOKEN_LENGTH
from voc.privacy.stage import CUSTOMER_KEY
from voc.types import ROW_COLUMN, Legal, Tier

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Scan", "ScanRow", "scan"]


class ScanRow(NamedTuple):
    """One kind of personal information in one column."""

    column: str
    entity: str
    tier: Tier
    legal: Legal
    by: str
    """`cells` when found in the cells; `name` when the column's name says so, `column` when a sample of it
    does: then cells that are not blank or masked are counted."""
    cells: int
    """Cells that hold it."""
    share: float
    """`cells` over the rows looked at."""


class Scan(NamedTuple):
    """What a table holds."""

    rows: int
    """Rows looked at."""
    columns: tuple[ScanRow, ...]
    """Ordered by column as in the table, then by tier from core down, then by cells."""


def scan(
    batches: Iterable[pa.RecordBatch],
    policy: Policy,
    *,
    text_columns: Sequence[str] = (),
    max_rows: int | None = None,
    known_text: Collection[str] = (),
) -> Scan:
    """Find what personal information is in which column, by the rules after which `voc mask` masks them.

    Parameters
    ----------
    batches
        The table.
    text_columns
        Look into these columns only; into all that can hold text when empty.
    max_rows
        Look at the first rows only.
    known_text
        Further columns of which it is known that people write in them.
    """
    counter = _Counter(policy, tuple(text_columns), {*text_columns, *known_text})
    for batch in batches:
        left = None if max_rows is None else max_rows - counter.rows
        if left is not None and left <= 0:
            break
        counter.add(batch if left is None else batch.slice(0, left))
    return counter.result()


class _Counter:
    def __init__(self, policy: Policy, wanted: tuple[str, ...], texts: Collection[str]) -> None:
        from voc.privacy.columns import cell_finders
        from voc.privacy.engine import Engine

        self.rows = 0
        self._engine = Engine(policy)
        self._cell_engine = Engine(policy, finders=cell_finders())
        self._policy = policy
        self._wanted = wanted
        self._texts = texts
        labels = label_pattern(rule.label for rule in policy.rules.values())
        self._nothing_left = rf"^\s*(?:(?:{labels}|{BAND}|\*+)\s*)?$"
        self._nested = NestedFields(policy, lambda entity, _value, _row: f"<{policy.rule(entity).label}>")
        self._order: dict[str, None] = {}
        self._kinds: Columns | None = None
        self._found: Counter[tuple[str, str, str]] = Counter()

    def add(self, batch: pa.RecordBatch) -> None:
        from voc.privacy.columns import as_strings

        for name in self._wanted:
            if name not in batch.schema.names:
                raise ColumnError.missing(name, batch.schema.names)
        self.rows += batch.num_rows
        kinds = self._kinds = self._kinds or self._classified(batch)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name == ROW_COLUMN or (self._wanted and name not in self._wanted) or not readable(column.type):
                continue
            self._order.setdefault(name)
            cells = as_strings(column)
            self._cells(kinds, name, _without_keys(cells) if name == CUSTOMER_KEY else cells)

    def _classified(self, batch: pa.RecordBatch) -> Columns:
        keys = {name for name in OWN_KEYS if self._policy.entity_of_column(name) is None}
        exempt = {*keys, *self._texts}
        return classify(self._engine, batch, exempt=exempt, text_known=bool(self._texts) or None)

    def _cells(self, kinds: Columns, name: str, column: pa.Array) -> None:
        import pyarrow.compute as pc

        from voc.privacy.columns import find_certain, find_spans

        kind = kinds.whole.get(name)
        entity = kind.entity if kind else None
        if kind is not None:
            filled = pc.sum(pc.invert(pc.match_substring_regex(column, self._nothing_left))).as_py() or 0
            if filled:
                self._found[name, kind.entity, kind.by if kind.by == "name" else "column"] += filled
        elif name not in self._texts:
            column, held = self._nested.masked(column)
            for _, inside in held:
                self._found[name, inside, "name"] += 1
        masked_whole = entity is not None and self._policy.rule(entity).column is not Operator.KEEP
        if name in kinds.free or name in self._texts:
            found = find_spans(self._engine, column)
        else:
            found = find_certain(self._engine if masked_whole else self._cell_engine, column)
        for _, _, spans in found:
            for other in sorted({span.entity for span in spans}):
                if other != entity:
                    self._found[name, other, "cells"] += 1

    def result(self) -> Scan:
        rows = [
            ScanRow(
                column,
                entity,
                self._policy.rule(entity).tier,
                self._policy.rule(entity).legal,
                by,
                cells,
                cells / self.rows,
            )
            for (column, entity, by), cells in self._found.items()
        ]
        place = {name: index for index, name in enumerate(self._order)}
        rows.sort(key=lambda row: (place[row.column], -row.tier.rank, -row.cells, row.entity))
        return Scan(self.rows, tuple(rows))


def _without_keys(column: pa.Array) -> pa.Array:
    """Leave out the keys of customers that voc makes: some begin like an account (vx…) and are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    made = pc.match_substring_regex(column, rf"^[a-z2-7]{{{TOKEN_LENGTH}}}$")
    return pc.if_else(made, pa.scalar(None, column.type), column)
