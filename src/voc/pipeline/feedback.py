"""All feedback of a run as one table, without exact repeats, and its tags as another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voc.how_many import how_many
from voc.pipeline.steps import StepResult

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from voc.engine.tables import Tables

__all__ = ["feedback_table", "tags_table"]

_BATCH_ROWS = 16_384
_LEFT_OUT = ("tokens",)
_CONTENT = ("text", "ts", "customer_key")


def feedback_table(folder: Path, names: Sequence[str], *, tables: Tables) -> StepResult:
    """Write `feedback.parquet`: the tagged inputs one after the other, with a column `input`.

    A row that repeats another of its input in id, text, time and customer is left out and counted. Rows that
    share an id but not the content all stay; from the second on their id gets a suffix (`-2`, `-3` …).
    """
    import pyarrow.parquet as pq

    from voc.io import open_sink

    # without `pre_buffer`, which reads all row groups ahead into memory
    files = {name: pq.ParquetFile(folder / "tagged" / f"{name}.parquet", pre_buffer=False) for name in names}
    schema = _common_schema([file.schema_arrow for file in files.values()])
    rows = written = 0
    repeats: dict[str, int] = {}
    renamed: dict[str, int] = {}
    with open_sink(folder / "feedback.parquet", schema, force=True) as sink:
        for name, file in files.items():
            dropped, new_ids = _repeats(folder, name, file.schema_arrow, tables)
            repeats[name], renamed[name] = len(dropped), len(new_ids)
            for batch in _rows(file, name, schema, dropped, new_ids):
                sink.write(batch)
                written += batch.num_rows
            rows += file.metadata.num_rows
    assert written == rows - sum(repeats.values())
    notes = [
        f"{name}: {how_many(count, 'exact repeat')} left out" for name, count in repeats.items() if count
    ]
    notes += [
        f"{name}: {how_many(count, 'row shares an id', 'rows share an id')} with another"
        for name, count in renamed.items()
        if count
    ]
    return StepResult(rows, written, notes=tuple(notes), facts={"duplicates": repeats, "shared_ids": renamed})


def tags_table(folder: Path) -> StepResult:
    """Write `tags.parquet`: a row for each (feedback, tag)."""
    import pyarrow.parquet as pq

    from voc.io import open_sink
    from voc.tagging.explode import explode_tags

    file = pq.ParquetFile(folder / "feedback.parquet", pre_buffer=False)
    schema = explode_tags(_empty(file.schema_arrow)).schema
    rows = 0
    with open_sink(folder / "tags.parquet", schema, force=True) as sink:
        for batch in file.iter_batches(_BATCH_ROWS):
            exploded = explode_tags(batch)
            sink.write(exploded)
            rows += exploded.num_rows
    return StepResult(file.metadata.num_rows, rows)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _common_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Columns of all inputs in the order of their first appearance; differing types become strings."""
    import pyarrow as pa

    fields: dict[str, pa.Field] = {"input": pa.field("input", pa.string())}
    for schema in schemas:
        for field in schema:
            known = fields.get(field.name)
            if field.name in _LEFT_OUT:
                continue
            if known is None:
                fields[field.name] = field
            elif known.type != field.type:
                fields[field.name] = pa.field(field.name, pa.string())
    return pa.schema(list(fields.values()))


def _repeats(folder: Path, name: str, schema: pa.Schema, tables: Tables) -> tuple[set[int], dict[int, str]]:
    """Row numbers to leave out, and new ids by row number, among the rows whose id another row has too."""
    from voc.engine.tables import FILE_ROW
    from voc.privacy.content_id import MADE_KEY

    made = MADE_KEY in (schema.field("feedback_id").metadata or {})
    content = [name for name in _CONTENT if name in schema.names]
    with tables.open(folder) as opened:
        table = opened.numbered(folder / "tagged" / f"{name}.parquet")
        shared = table.group_by("feedback_id").having(lambda t: t.count() > 1).agg(n=lambda t: t.count())
        rows = (
            table.semi_join(shared, "feedback_id")
            .select(FILE_ROW, "feedback_id", *content)
            .order_by(FILE_ROW)
            .to_pyarrow()
        )
    # rows without time and customer that have a made id may well be different customers' equal words
    comparable = not made or len(content) == len(_CONTENT)
    return _sort_out(rows.to_pylist(), content, drop=comparable)


def _sort_out(
    rows: Sequence[Mapping[str, object]], content: Sequence[str], *, drop: bool
) -> tuple[set[int], dict[int, str]]:
    from voc.engine.tables import FILE_ROW

    dropped: set[int] = set()
    new_ids: dict[int, str] = {}
    seen: dict[object, set[tuple[object, ...]]] = defaultdict(set)
    count: dict[object, int] = defaultdict(int)
    for row in rows:
        number, key = row[FILE_ROW], row["feedback_id"]
        assert isinstance(number, int)
        values = tuple(row[name] for name in content)
        if drop and values in seen[key]:
            dropped.add(number)
            continue
        seen[key].add(values)
        count[key] += 1
        if count[key] > 1:
            new_ids[number] = f"{key}-{count[key]}"
    return dropped, new_ids


def _rows(
    file: pq.ParquetFile, name: str, schema: pa.Schema, dropped: set[int], new_ids: Mapping[int, str]
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    first = 0
    wanted = [name for name in file.schema_arrow.names if name in schema.names]
    for batch in file.iter_batches(_BATCH_ROWS, columns=wanted):
        numbers = range(first, first + batch.num_rows)
        first += batch.num_rows
        columns = [_column(batch, field, name, numbers, new_ids) for field in schema]
        shaped = pa.RecordBatch.from_arrays(columns, schema=schema)
        if dropped.intersection(numbers):
            shaped = shaped.filter(pa.array([number not in dropped for number in numbers]))
        yield shaped


def _column(
    batch: pa.RecordBatch, field: pa.Field, name: str, numbers: range, new_ids: Mapping[int, str]
) -> pa.Array:
    import pyarrow as pa

    if field.name == "input":
        return pa.repeat(pa.scalar(name, pa.string()), batch.num_rows)
    if field.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, field.type)
    column = batch.column(field.name)
    if field.name == "feedback_id" and any(number in new_ids for number in numbers):
        ids = zip(numbers, column.to_pylist(), strict=True)
        return pa.array([new_ids.get(number, key) for number, key in ids], field.type)
    return column if column.type == field.type else column.cast(field.type)
