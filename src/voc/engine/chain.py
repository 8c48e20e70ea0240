"""Stages in a row as one function, with every result checked against what its stage declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.errors import StageError, VocError
from voc.how_many import how_many
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.types import BatchFunction, Stage

__all__ = ["StageChain", "rows_named", "with_row_column"]


@dataclass(frozen=True)
class StageChain:
    """Stages and the schemas between them. Small and picklable: this is what a worker is given.

    Parameters
    ----------
    stages
        In the order in which they run.
    schemas
        `schemas[i]` goes into stage `i`; the last one is the output. All hold `__row__`.
    """

    stages: tuple[Stage, ...]
    schemas: tuple[pa.Schema, ...]

    @classmethod
    def plan(cls, stages: Sequence[Stage], schema: pa.Schema) -> StageChain:
        """Work out the schemas between the stages, given the source's schema.

        Raises
        ------
        StageError
            When a stage fails on a schema, or drops `__row__`.
        VocError
            What a stage itself says of the schema, a missing column for example.
        """
        schemas = [with_row_column(schema)]
        for stage in stages:
            schemas.append(_schema_after(stage, schemas[-1]))
        return cls(tuple(stages), tuple(schemas))

    @property
    def output_schema(self) -> pa.Schema:
        """Schema of the results, with `__row__`."""
        return self.schemas[-1]

    def build(self) -> BatchFunction:
        """Load what the stages need and return them as one function.

        The function raises StageError for anything but a VocError, which passes through as it is. It leaves
        linear algebra one thread: a worker has a core of its own, and the matrices of a chunk are so small
        that further threads only wait for each other, at full load.
        """
        from threadpoolctl import ThreadpoolController

        functions = [_built(stage) for stage in self.stages]
        libraries = ThreadpoolController()
        steps = list(zip(self.stages, functions, self.schemas[1:], strict=True))

        def apply(batch: pa.RecordBatch) -> pa.RecordBatch:
            with libraries.limit(limits=1, user_api="blas"):
                for stage, function, declared in steps:
                    batch = _checked(stage.name, declared, batch, _called(stage.name, function, batch))
            return batch

        return apply


def with_row_column(schema: pa.Schema) -> pa.Schema:
    """Return the schema with `__row__` (int64) at its end."""
    import pyarrow as pa

    if ROW_COLUMN in schema.names:
        schema = schema.remove(schema.get_field_index(ROW_COLUMN))
    return schema.append(pa.field(ROW_COLUMN, pa.int64()))


def rows_named(batch: pa.RecordBatch) -> str:
    """Say which rows of the input a batch holds, counted from 0: `row 7`, `rows 0 to 4095`."""
    import pyarrow.compute as pc

    if ROW_COLUMN not in batch.schema.names or batch.num_rows == 0:
        return f"a batch of {how_many(batch.num_rows, 'row')}"
    ends = pc.min_max(batch.column(ROW_COLUMN)).as_py()
    return f"row {ends['min']}" if ends["min"] == ends["max"] else f"rows {ends['min']} to {ends['max']}"


def _schema_after(stage: Stage, schema: pa.Schema) -> pa.Schema:
    failure = ""
    try:
        after = stage.output_schema(schema)
    except VocError:
        raise
    except Exception as error:
        failure = type(error).__name__
    if failure:
        raise StageError(f"{failure} in {stage.name} while its columns were worked out")
    if ROW_COLUMN not in after.names:
        raise StageError(f"{stage.name} drops the column {ROW_COLUMN}")
    return after


def _built(stage: Stage) -> BatchFunction:
    failure = ""
    try:
        return stage.build()
    except VocError:
        raise
    except Exception as error:
        failure = type(error).__name__
    raise StageError(f"{failure} in {stage.name} while it was loaded")


def _called(name: str, function: BatchFunction, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Call a stage. What it raises is told by type and rows: messages and tracebacks may quote the text.

    The error is raised outside the `except` block, so that it carries no context either.
    """
    failure = ""
    try:
        return function(batch)
    except VocError:
        raise
    except MemoryError:
        failure = "MemoryError"
    except Exception as error:
        failure = type(error).__name__
    if failure != "MemoryError":
        batch = _narrowed(function, batch)
    raise StageError(f"{failure} in {name}", where=rows_named(batch))


def _narrowed(function: BatchFunction, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the smallest stretch of the batch, found by halving, that holds all the failing rows."""
    while batch.num_rows > 1:
        half = batch.num_rows // 2
        parts = [batch.slice(0, half), batch.slice(half)]
        failing = [part for part in parts if _fails(function, part)]
        if len(failing) != 1:
            break
        batch = failing[0]
    return batch


def _fails(function: BatchFunction, batch: pa.RecordBatch) -> bool:
    try:
        function(batch)
    except Exception:
        return True
    return False


def _checked(name: str, declared: pa.Schema, before: pa.RecordBatch, after: pa.RecordBatch) -> pa.RecordBatch:
    """Return the result under its declared schema, or raise StageError when it does not keep the contract."""
    import pyarrow as pa

    where = rows_named(before)
    if after.num_rows != before.num_rows:
        raise StageError(
            f"{name} gave {how_many(after.num_rows, 'row')} for {before.num_rows:,}", where=where
        )
    if difference := _difference(declared, after):
        raise StageError(f"{name} gave other columns than it declared: {difference}", where=where)
    if not after.column(ROW_COLUMN).equals(before.column(ROW_COLUMN)):
        raise StageError(f"{name} changed the order or the numbers of the rows", where=where)
    if after.schema.equals(declared, check_metadata=True):
        return after
    return pa.RecordBatch.from_arrays(after.columns, schema=declared)


def _difference(declared: pa.Schema, given: pa.RecordBatch) -> str:
    """Say how the columns differ from what was declared; empty when they do not."""
    if given.schema.names != declared.names:
        return f"{', '.join(given.schema.names)} for {', '.join(declared.names)}"
    for field, column in zip(declared, given.columns, strict=True):
        if column.type != field.type:
            return f"{field.name!r} is {column.type}, not {field.type}"
        if column.null_count and not field.nullable:
            return f"{field.name!r} has empty cells"
    return ""
