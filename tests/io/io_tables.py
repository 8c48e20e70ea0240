"""Short ways to read and write tables in tests."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from voc.io import open_sink, open_table


def read_rows(location, **options) -> list[dict[str, object]]:
    """All rows, with the row column."""
    with open_table(location, **options) as reader:
        return [row for batch in reader.batches() for row in batch.to_pylist()]


def write_table(path, table: pa.Table, *, batch_rows: int = 4096, **options) -> list[str]:
    """Write a table in batches of a given size and return the notes of the sink."""
    with open_sink(path, table.schema, **options) as sink:
        for batch in table.to_batches(max_chunksize=batch_rows):
            sink.write(batch)
    return sink.notes


def entries(path: Path) -> list[dict[str, object]]:
    """Lines of a quarantine file; none when there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
