"""Brings an input to the columns that the later stages take: drops what nobody asked for, adds constants."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.types import BatchFunction

__all__ = ["ShapeStage"]


@dataclass(frozen=True)
class ShapeStage:
    """Keeps the named columns that are there, in the given order, and adds constant ones.

    Personal information that a run does not need is not carried along at all.
    """

    columns: tuple[str, ...]
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Versioned name."""
        return "shape.v1"

    def fingerprint(self) -> str:
        """Digest of the columns and constants."""
        text = json.dumps([self.columns, dict(self.constants)], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema after this stage."""
        import pyarrow as pa

        kept = [schema.field(name) for name in self._kept(schema)]
        added = [pa.field(name, pa.string()) for name in self.constants]
        return pa.schema([*kept, *added], metadata=schema.metadata)

    def build(self) -> BatchFunction:
        """Return the function that shapes a batch."""
        import pyarrow as pa

        def shape(batch: pa.RecordBatch) -> pa.RecordBatch:
            schema = self.output_schema(batch.schema)
            kept = [batch.column(name) for name in self._kept(batch.schema)]
            added = [
                pa.repeat(pa.scalar(value, pa.string()), batch.num_rows) for value in self.constants.values()
            ]
            return pa.RecordBatch.from_arrays([*kept, *added], schema=schema)

        return shape

    def _kept(self, schema: pa.Schema) -> list[str]:
        wanted = [*self.columns, ROW_COLUMN]
        return [name for name in wanted if name in schema.names and name not in self.constants]
