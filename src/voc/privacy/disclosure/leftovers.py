"""Looks for identifiers in texts that do not say that voc masked them.

A CSV says nothing of what was done to it, so its texts are searched like raw ones. In columns of short cells
(cities, products, grades) names and addresses do not count: half of them would be brands and places. Nor do
they in columns of identifiers, where operators leave parts of them: there a whole number that stands beside
a mask is looked for.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from voc.privacy.columns import as_strings, is_text
from voc.privacy.disclosure.anonymity import QUASI_ENTITIES
from voc.privacy.engine import Engine
from voc.privacy.policy import Policy
from voc.types import MASKED_KEY

__all__ = ["unmasked_columns"]

_SHORT: Final = 12
"""Characters of a cell on average, up to which a column holds no sentences."""
_UNCERTAIN: Final = frozenset({"PERSON", "CN_ADDRESS"})
_OURS: Final = frozenset({"customer_key", "feedback_id", "record_tier"})
"""Columns that voc itself makes."""


def unmasked_columns(schema: pa.Schema, policy: Policy, table: pa.Table) -> tuple[str, ...]:
    """Name the columns of text with identifiers in them."""
    columns = [
        field.name
        for field in schema
        if is_text(field.type)
        and field.name not in _OURS
        and not field.name.startswith("__")
        and MASKED_KEY not in (field.metadata or {})
        and policy.entity_of_column(field.name) not in QUASI_ENTITIES
    ]
    engine = Engine(policy) if columns else None
    return tuple(
        name
        for name in columns
        if engine
        and _has_identifiers(
            table.column(name), policy, engine, named=policy.entity_of_column(name) is not None
        )
    )


def _has_identifiers(column: pa.ChunkedArray, policy: Policy, engine: Engine, *, named: bool) -> bool:
    texts = pc.unique(as_strings(column.combine_chunks())).drop_null()
    if not len(texts):
        return False
    short = named or pc.mean(pc.utf8_length(texts)).as_py() <= _SHORT
    for spans in engine.find(texts.to_pylist()):
        for span in spans:
            if short and span.entity in _UNCERTAIN:
                continue
            if policy.rule(span.entity).tier.rank > 0:
                return True
    return False
