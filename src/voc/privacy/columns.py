"""Masks Arrow columns: free text by span, whole columns by cell, customer ids to keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.privacy.nested_fields import NestedFields
from voc.privacy.operators import Operators, Place, Value, placeholder_pattern
from voc.privacy.policy import UNCHECKED, Operator, Policy, Rule
from voc.privacy.pseudonym import CUSTOMER_DOMAIN, Pseudonyms
from voc.privacy.recognizers.finder import NEAR_MISS, Finder
from voc.privacy.recognizers.registry import all_finders, identifier_finders
from voc.types import Span

if TYPE_CHECKING:
    import numpy.typing as npt

    from voc.privacy.engine import Engine
    from voc.privacy.record_tier import RecordTiers

__all__ = [
    "FieldMasking",
    "Whole",
    "as_strings",
    "cell_finders",
    "customer_keys",
    "find_certain",
    "find_spans",
    "is_opaque",
    "is_text",
    "masked_text_column",
    "nested_column",
    "opaque_column",
    "searched_column",
    "whole_column",
    "whole_value",
]


class Whole(NamedTuple):
    """A column of which every cell is one value of an entity."""

    entity: str
    rule: Rule


class FieldMasking(NamedTuple):
    """With what fields inside cells are masked."""

    policy: Policy
    pseudonyms: Pseudonyms
    operators: Operators


def as_strings(column: pa.Array) -> pa.Array:
    """Return a column as strings; whole numbers of a float column lose their `.0`."""
    if column.type == pa.string():
        return column
    if pa.types.is_dictionary(column.type):
        return as_strings(column.dictionary_decode())
    if pa.types.is_floating(column.type):
        values = [_number(value) for value in column.to_pylist()]
        return pa.array(values, pa.string())
    return column.cast(pa.string())


def _number(value: float | None) -> str | None:
    if value is None or math.isnan(value):
        return None
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)


def find_spans(engine: Engine, column: pa.Array) -> Iterator[tuple[int, str, list[Span]]]:
    """Yield (row, text, spans) of each row of a string column in which something was found, in order."""
    opened = engine.rows_to_check(*_buffers(column))
    if column.null_count:
        opened[np.asarray(column.is_null())] = 0
    rows = np.flatnonzero(opened)
    texts = column.take(pa.array(rows)).to_pylist()
    searched = engine.find_rows(texts, opened[rows].tolist())
    for row, text, found in zip(rows.tolist(), texts, searched, strict=True):
        if found:
            yield row, text, found


def masked_text_column(
    engine: Engine,
    name: str,
    column: pa.Array,
    rows: pa.Array | None,
    pii_type: pa.DataType,
    *,
    tiers: RecordTiers | None = None,
) -> tuple[pa.Array, pa.Array]:
    """Mask a string column; return it and the list column of what was found.

    Parameters
    ----------
    name
        Name of the column.
    rows
        Numbers of its rows in the input; operators are told no place without.
    tiers
        Is told what each row holds.
    """
    spans: list[Span] = []
    counts = np.zeros(len(column), dtype=np.int64)
    replacements: list[str] = []
    for row, text, located in find_spans(engine, column):
        place = None if rows is None else Place(name, rows[row].as_py())
        replacement, found = engine.replace_safely(text, located, place)
        replacements.append(replacement)
        counts[row] = len(found)
        spans += found
        if tiers is not None:
            tiers.add_spans([row], [found])
    masked = column
    if replacements:
        masked = pc.replace_with_mask(column, pa.array(counts > 0), pa.array(replacements, pa.string()))
    return masked, _span_lists(spans, counts, pii_type)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return any(
        check(kind) for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    )


def is_opaque(kind: pa.DataType) -> bool:
    """Whether values of a type cannot be read as text: lists, records, bytes."""
    if pa.types.is_dictionary(kind):
        return is_opaque(kind.value_type)
    checks = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(check(kind) for check in checks)


def opaque_column(column: pa.Array, rule: Rule, tiers: RecordTiers) -> pa.Array:
    """Mask every cell of a column that cannot be searched; null stays null."""
    tiers.add_column(UNCHECKED, column)
    labels = pa.array([f"<{rule.label}>"] * len(column), pa.string())
    return pc.if_else(column.is_valid(), labels, pa.scalar(None, pa.string()))


def cell_finders() -> tuple[Finder, ...]:
    """Return the finders for columns that are neither text nor of one entity.

    What names of products, categories and shops are easily taken for is left out.
    """
    transactions = (finder for finder in all_finders() if "WAYBILL_NO" in finder.entities)
    return (*identifier_finders(), *transactions)


def find_certain(engine: Engine, column: pa.Array) -> Iterator[tuple[int, str, list[Span]]]:
    """Yield what `find_spans` does, without values that a serial number has by chance.

    One number in eleven has the check digit of a Hong Kong card, one in ten that of a Taiwanese one, and any
    long number may be an order's: only a whole column of them, or a word beside one, tells.
    """
    for row, text, located in find_spans(engine, column):
        certain = [
            span
            for span in located
            if span.entity not in _BY_CHANCE
            or span.score > _CHANCE_SCORE
            or span.recognizer.endswith(NEAR_MISS)
        ]
        if certain:
            yield row, text, certain


_BY_CHANCE: Final = frozenset({"HK_ID", "TW_ID", "ORDER_NO"})
_CHANCE_SCORE: Final = 0.7
"""Score up to which values of these have a shape and nothing beside it."""


def searched_column(
    engine: Engine,
    name: str,
    column: pa.Array,
    numbers: pa.Array | None,
    tiers: RecordTiers,
    *,
    free: bool = False,
) -> pa.Array:
    """Mask what is found in a column that is neither the text nor of one entity.

    A cell that is one value is treated like a cell of a whole column, so that it has the same pseudonym.
    `free` says that people write in it.
    """
    spans = find_spans(engine, column) if free else find_certain(engine, column)
    rows: list[int] = []
    replacements: list[str] = []
    for row, text, located in spans:
        place = None if numbers is None else Place(name, numbers[row].as_py())
        replacement, found = engine.replace_safely(text, located, place, whole_cells=True)
        tiers.add_spans([row], [found])
        rows.append(row)
        replacements.append(replacement)
    if not rows:
        return column
    changed = np.zeros(len(column), dtype=np.bool_)
    changed[rows] = True
    return pc.replace_with_mask(column, pa.array(changed), pa.array(replacements, pa.string()))


def _buffers(column: pa.Array) -> tuple[bytes, npt.NDArray[np.int64]]:
    """UTF-8 bytes of a string column and its row offsets in them."""
    _, offsets_buffer, data = column.buffers()
    if data is None or not len(column):
        return b"", np.zeros(len(column) + 1, dtype=np.int64)
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    return data.slice(first, last - first).to_pybytes(), offsets.astype(np.int64) - first


def _span_lists(spans: list[Span], counts: npt.NDArray[np.int64], pii_type: pa.DataType) -> pa.Array:
    offsets = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(counts, out=offsets[1:])
    struct = pii_type.value_type
    fields: dict[str, Callable[[Span], object]] = {
        "entity": lambda span: span.entity,
        "tier": lambda span: str(span.tier),
        "start": lambda span: span.start,
        "end": lambda span: span.end,
        "score": lambda span: span.score,
        "recognizer": lambda span: span.recognizer,
        "token": lambda span: span.token,
    }
    arrays = [pa.array([fields[f.name](span) for span in spans], f.type) for f in struct]
    values = pa.StructArray.from_arrays(arrays, fields=list(struct))
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=pii_type)


def whole_column(
    name: str,
    whole: Whole,
    pseudonyms: Pseudonyms,
    column: pa.Array,
    operators: Operators | None = None,
    *,
    rows: pa.Array | None = None,
) -> pa.Array:
    """Mask every cell of a column; blank ones and masked ones stay.

    Equal cells cost once, unless they are encrypted: then each cell has a record of its own.
    """
    known = operators or Operators()
    done = placeholder_pattern([whole.rule.label])

    def mask(value: str, place: Place | None = None) -> str:
        if not value.strip() or done.fullmatch(value.strip()):
            return value
        return whole_value(whole, pseudonyms, known, value, place)

    cells = as_strings(column)
    if whole.rule.column is not Operator.ENCRYPT or rows is None:
        return _map_distinct(cells, mask)
    masked = [
        None if value is None else mask(value, Place(name, number))
        for value, number in zip(cells.to_pylist(), rows.to_pylist(), strict=True)
    ]
    return pa.array(masked, pa.string())


def whole_value(
    whole: Whole, pseudonyms: Pseudonyms, operators: Operators, value: str, place: Place | None = None
) -> str:
    """Mask one cell, or one named field inside a cell, after the policy's operator for columns."""
    domain = CUSTOMER_DOMAIN if whole.entity == "CUSTOMER_ID" else whole.entity
    token = pseudonyms.token(domain, value)
    return operators.apply(whole.rule.column, Value(whole.entity, value, whole.rule, token, place))


def nested_column(
    name: str, column: pa.Array, numbers: pa.Array | None, tiers: RecordTiers, masking: FieldMasking
) -> pa.Array:
    """Mask the fields of objects inside the cells whose names say what they hold."""

    def replace(entity: str, value: str, row: int) -> str:
        place = None if numbers is None else Place(name, numbers[row].as_py())
        whole = Whole(entity, masking.policy.rule(entity))
        return whole_value(whole, masking.pseudonyms, masking.operators, value, place)

    masked, held = NestedFields(masking.policy, replace).masked(column)
    for row, entity in held:
        tiers.add_rows(entity, [row])
    return masked


def customer_keys(pseudonyms: Pseudonyms, column: pa.Array) -> pa.Array:
    """Keyed pseudonyms of customer ids: 123, "123" and 123.0 give one key; null and blank give null."""

    def key(value: str) -> str | None:
        return pseudonyms.token(CUSTOMER_DOMAIN, value) if value.strip() else None

    return _map_distinct(as_strings(column), key)


def _map_distinct(column: pa.Array, change: Callable[[str], str | None]) -> pa.Array:
    encoded = column.dictionary_encode()
    changed = pa.array([change(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return changed.take(encoded.indices)
