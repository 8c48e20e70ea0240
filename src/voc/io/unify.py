"""Several files as one table: columns matched by name, types widened where nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from voc.errors import ColumnError
from voc.types import ROW_COLUMN

__all__ = ["Unified", "unify"]


@dataclass(frozen=True)
class Unified:
    """The common schema of several files."""

    schema: pa.Schema
    notes: tuple[str, ...]
    own: tuple[pa.Schema, ...]

    def align(self, batch: pa.RecordBatch, part: int) -> pa.RecordBatch:
        """Return a batch of file number `part` with the common columns; those it lacks are null."""
        if self.own[part].equals(self.schema):
            return batch
        names = set(batch.schema.names)
        arrays = [
            batch.column(field.name).cast(field.type)
            if field.name in names
            else pa.nulls(batch.num_rows, field.type)
            for field in self.schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def unify(parts: Sequence[tuple[str, pa.Schema]]) -> Unified:
    """Find the schema that holds the columns of all files.

    Columns come in the order of first appearance. Numbers of different widths become the wider, null columns
    take the type of the others, and anything plain beside a string becomes a string.

    Raises
    ------
    ColumnError
        When two files share no column, or the types of a column cannot be brought together.
    """
    first_name, first = parts[0]
    if len(parts) == 1:
        return Unified(first, (), (first,))
    fields: dict[str, pa.Field] = {}
    origin: dict[str, str] = {}
    for name, schema in parts:
        if not set(schema.names) & set(first.names):
            hint = f"columns there: {', '.join(schema.names[:20])}"
            raise ColumnError(f"shares no column with {first_name}", where=name, hint=hint)
        for field in schema:
            known = fields.get(field.name)
            fields[field.name] = field if known is None else _widened(known, field, origin[field.name], name)
            origin.setdefault(field.name, name)
    common = pa.schema(list(fields.values()), metadata=first.metadata)
    return Unified(common, tuple(_lacking(parts, common)), tuple(schema for _, schema in parts))


def _widened(known: pa.Field, other: pa.Field, known_from: str, other_from: str) -> pa.Field:
    metadata = known.metadata if known.metadata == other.metadata else None  # only what holds of both
    if known.type == other.type:
        return known.with_metadata(metadata) if metadata is not None else known.remove_metadata()
    try:
        merged = pa.unify_schemas(
            [pa.schema([known.remove_metadata()]), pa.schema([other.remove_metadata()])],
            promote_options="permissive",
        )
        return merged.field(0).with_nullable(True)
    except pa.ArrowException:
        plain = not (pa.types.is_nested(known.type) or pa.types.is_nested(other.type))
        if plain and (pa.types.is_string(known.type) or pa.types.is_string(other.type)):
            return pa.field(known.name, pa.string())
    raise ColumnError(
        f"column {known.name!r} is {other.type} here and {known.type} in {known_from}", where=other_from
    ) from None


def _lacking(parts: Sequence[tuple[str, pa.Schema]], common: pa.Schema) -> list[str]:
    notes = []
    for name, schema in parts:
        missing = [column for column in common.names if column not in schema.names and column != ROW_COLUMN]
        if missing:
            notes.append(f"{name}: no column {', '.join(map(repr, missing))}, filled with nothing")
    return notes
