"""Columns whose values alone single somebody out: record numbers, exact times, amounts, texts.

A value that fewer than k people share finds them, however alike their rows are in everything else, and times
of what somebody did are known to others. What an operator left instead of a value counts as no value.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from voc.io.timestamps import parse_times
from voc.privacy.classify import is_free_text
from voc.privacy.columns import as_strings, is_text
from voc.types import MASKED_KEY

__all__ = ["Singling", "SinglingKind", "filled_columns", "singling_columns", "time_columns"]

_OURS: Final = frozenset({"customer_key", "record_tier", "sentiment_score"})
"""Columns that voc makes and that tell nothing to whom the key and the model are not."""
_MASK: Final = r"^\s*(?:<[^<>]*>|\*{3,})?\s*$"
_SHARE: Final = 0.5
"""Part of the filled rows with a value that too few share, above which a column singles people out."""
_SAMPLE: Final = 1000
"""Different values that are looked at to tell what a column holds."""
_TIMES: Final = 0.95
"""Part of them that must be times."""
_MAY_BE_TIME: Final = r"^(?:.*\D.*|\d{8}|\d{14})$"
"""Ten digits are sooner the number of an order than seconds since 1970."""


class SinglingKind(StrEnum):
    """What the values are, which decides how to mend it."""

    TIME = "exact times"
    TEXT = "free text"
    VALUE = "values of its own"


class Singling(NamedTuple):
    """A column that singles people out. No values."""

    name: str
    kind: SinglingKind
    rows: int
    """Rows with a value that fewer than k share."""


def filled_columns(table: pa.Table) -> tuple[str, ...]:
    """Name the columns with a value that no operator put there, less those that voc makes."""
    return tuple(
        name
        for name in table.column_names
        if name not in _OURS
        and not name.startswith("__")
        and _values(table.column(name)).null_count < table.num_rows
    )


def time_columns(table: pa.Table) -> tuple[str, ...]:
    """Name the columns of dates and times, by their type or by their cells."""
    return tuple(name for name in filled_columns(table) if _is_time(table.column(name)))


def singling_columns(
    table: pa.Table, *, k: int, person: str | None = None, exempt: Collection[str] = ()
) -> tuple[Singling, ...]:
    """Name the columns of which most rows have a value that fewer than k people share.

    Parameters
    ----------
    person
        Column that tells whose a row is; without it every row is a person of its own.
    exempt
        Columns not to look at: those that are compared anyway, and those said not to identify anybody.
    """
    found = []
    for name in filled_columns(table):
        if name in exempt:
            continue
        values = _values(table.column(name))
        rows = _rows_of_few(values, None if name == person else _people(table, person), k)
        if rows > _SHARE * (len(values) - values.null_count):
            found.append(Singling(name, _kind(table.schema.field(name), table.column(name)), rows))
    return tuple(found)


def _values(column: pa.ChunkedArray) -> pa.Array:
    """Cells as texts; null where nothing is, or a mask."""
    if pa.types.is_nested(column.type):
        return pa.array([str(cell) if cell else None for cell in column.to_pylist()], pa.string())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array([cell.hex() if cell else None for cell in column.to_pylist()], pa.string())
    texts = as_strings(column.combine_chunks())
    return pc.if_else(pc.match_substring_regex(texts, _MASK), pa.scalar(None, pa.string()), texts)


def _people(table: pa.Table, person: str | None) -> pa.Array | None:
    return None if person is None else as_strings(table.column(person).combine_chunks())


def _rows_of_few(values: pa.Array, people: pa.Array | None, k: int) -> int:
    """Rows with a value that fewer than k people, or rows, have; a row of nobody known is a person."""
    rows = pa.table(
        {"value": values, "who": pa.nulls(len(values), pa.string()) if people is None else people}
    )
    counted = (
        rows.filter(pc.is_valid(rows.column("value")))
        .group_by("value")
        .aggregate([([], "count_all"), ("who", "count"), ("who", "count_distinct")])
    )
    unknown = pc.subtract(counted.column("count_all"), counted.column("who_count"))
    shared_by = pc.add(counted.column("who_count_distinct"), unknown)
    few = counted.column("count_all").filter(pc.less(shared_by, k))
    return int(pc.sum(few).as_py() or 0)


def _kind(field: pa.Field, column: pa.ChunkedArray) -> SinglingKind:
    if _is_time(column):
        return SinglingKind.TIME
    if MASKED_KEY in (field.metadata or {}) or pa.types.is_nested(field.type):
        return SinglingKind.TEXT
    if is_text(field.type) and is_free_text(_sample(column).to_pylist()):
        return SinglingKind.TEXT
    return SinglingKind.VALUE


def _is_time(column: pa.ChunkedArray) -> bool:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return True
    if not is_text(column.type) and not pa.types.is_integer(column.type):
        return False
    values = _sample(column)
    likely = values.filter(pc.match_substring_regex(values, _MAY_BE_TIME))
    times = parse_times(likely).values
    return len(values) > 0 and len(times) - times.null_count >= _TIMES * len(values)


def _sample(column: pa.ChunkedArray) -> pa.Array:
    return pc.unique(_values(column)).drop_null()[:_SAMPLE]
