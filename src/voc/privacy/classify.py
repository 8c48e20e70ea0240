"""What the columns of a table hold, by their names and by a sample of their cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from voc.privacy.columns import as_strings
from voc.privacy.recognizers.names import NameRules
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    from voc.privacy.engine import Engine

__all__ = ["ColumnKind", "Columns", "classify", "is_free_text", "readable"]

_SHARE: Final = 0.6
"""Share of the filled cells that must be one value of an entity for the column to be a column of it."""
_NAME_SHARE: Final = 0.8
"""The same for names, of which words are made more easily."""
_COVERED: Final = 0.8
"""Share of a cell's characters that a value must take up to be the cell."""
_FEWEST: Final = 3
"""Filled cells below which a sample says nothing."""
_FREE_LENGTH: Final = 12
"""Mean length of the cells of free text, in characters."""
_HAN: Final = re.compile("[\u4e00-\u9fff]")


class ColumnKind(NamedTuple):
    """A column of which every cell is one value."""

    entity: str
    by: str
    """`name` when its name says so, `cells` when the sample does."""


class Columns(NamedTuple):
    """What the columns of a table hold."""

    whole: dict[str, ColumnKind]
    """Columns of one value a cell."""
    free: tuple[str, ...]
    """Columns of free text."""


def readable(kind: pa.DataType) -> bool:
    """Whether values of a type can be written as text in which something could be found."""
    if pa.types.is_dictionary(kind):
        return readable(kind.value_type)
    checks = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_integer,
        pa.types.is_floating,
    )
    return any(check(kind) for check in checks)


def classify(
    engine: Engine, sample: pa.RecordBatch, *, exempt: Collection[str] = (), text_known: bool = True
) -> Columns:
    """Tell what the columns of a table hold.

    Parameters
    ----------
    sample
        Some rows of the table, best the first few thousand.
    exempt
        Columns not to look at.
    text_known
        Somebody said where people write. Where nobody did, short cells that hardly repeat are free text, too.
    """
    whole: dict[str, ColumnKind] = {}
    free: list[str] = []
    rules = NameRules()
    for name, column in zip(sample.schema.names, sample.columns, strict=True):
        if name in exempt or name == ROW_COLUMN or not readable(column.type):
            continue
        named = engine.policy.entity_of_column(name)
        if named is not None:
            whole[name] = ColumnKind(named, "name")
            continue
        cells = [cell.strip() for cell in as_strings(column).to_pylist() if cell and cell.strip()]
        entity = _entity_of(engine, rules, cells)
        if entity is not None:
            whole[name] = ColumnKind(entity, "cells")
        elif is_free_text(cells, short=not text_known):
            free.append(name)
    return Columns(whole, tuple(free))


def _entity_of(engine: Engine, rules: NameRules, cells: list[str]) -> str | None:
    """Entity that most of the cells are, None for a mixture."""
    if len(cells) < _FEWEST:
        return None
    found: Counter[str] = Counter()
    for cell, spans in zip(cells, engine.find(cells), strict=True):
        for span in spans:
            if span.end - span.start >= _COVERED * len(cell) and span.entity not in _UNCERTAIN:
                found[span.entity] += 1
    if found:
        [(entity, count)] = found.most_common(1)
        if count >= _SHARE * len(cells):
            return entity
    names = sum(2 <= len(cell) <= 4 and rules.is_sure(cell, named=True) for cell in cells)
    return "PERSON" if names >= _NAME_SHARE * len(cells) and len(set(cells)) >= _FEWEST else None


_UNCERTAIN: Final = frozenset({"ORDER_NO", "WAYBILL_NO", "ACCOUNT_NO", "UNCHECKED"})
"""A column of these may be the key of the table itself, which its owner must name."""


def is_free_text(cells: list[str], *, short: bool = False) -> bool:
    """Whether cells are sentences in Chinese: most of them with a Chinese character, and long.

    With `short`, cells that hardly repeat are enough.
    """
    if not cells or sum(_HAN.search(cell) is not None for cell in cells) <= len(cells) / 2:
        return False
    hardly_repeat = len(set(cells)) > len(cells) / 2
    return sum(map(len, cells)) / len(cells) >= _FREE_LENGTH or (short and hardly_repeat)
