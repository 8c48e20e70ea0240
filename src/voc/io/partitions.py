"""Reads folders laid out as Hive and Spark do: the names of sub-folders (`month=2026-01`) are columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pyarrow as pa

from voc.io.chunk import Chunk, FormatReader
from voc.io.sources import InputFile

__all__ = ["NO_VALUE", "PartitionReader", "partition_files", "partition_values"]

NO_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
"""Name of the folder of rows whose partition column is empty."""


def partition_files(folder: Path) -> list[Path]:
    """Return the Parquet files in sub-folders named `column=value`, at any depth, sorted by name.

    Raises OSError when a folder cannot be listed.
    """
    found: list[Path] = []
    for place in sorted(folder.iterdir()):
        if "=" in place.name and not place.name.startswith((".", "=")) and place.is_dir():
            files = sorted(p for p in place.glob("*.parquet") if not p.name.startswith((".", "_")))
            found += [*files, *partition_files(place)]
    return found


def partition_values(root: Path, path: Path) -> dict[str, str | None]:
    """Return the columns that the folders between `root` and a file tell; none for one in `root` itself."""
    values: dict[str, str | None] = {}
    for place in path.relative_to(root).parts[:-1]:
        name, _, value = place.partition("=")
        values[unquote(name)] = None if value == NO_VALUE else unquote(value)
    return values


class PartitionReader:
    """Reads one file of a partitioned table and adds the columns that its folders tell.

    The file is open while it is read only, as such a table may have more files than a process may open.

    Parameters
    ----------
    open_file
        Opens the file.
    values
        Column name to value; the column of a file wins over a folder of the same name.
    """

    def __init__(self, open_file: Callable[[], FormatReader], values: Mapping[str, str | None]) -> None:
        self._open_file = open_file
        reader = open_file()
        try:
            self.name = reader.name
            self.notes = reader.notes
            self.rows_known = reader.rows_known
            self.spreadsheet = reader.spreadsheet
            names = set(reader.schema.names)
            self._values = {name: value for name, value in values.items() if name not in names}
            added = [pa.field(name, pa.string()) for name in self._values]
            self.schema = pa.schema([*reader.schema, *added], metadata=reader.schema.metadata)
        finally:
            reader.close()

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Read the rows."""
        reader = self._open_file()
        try:
            for chunk in reader.chunks(batch_rows):
                added = [
                    pa.repeat(pa.scalar(value, pa.string()), chunk.batch.num_rows)
                    for value in self._values.values()
                ]
                batch = pa.RecordBatch.from_arrays([*chunk.batch.columns, *added], schema=self.schema)
                yield chunk._replace(batch=batch)
        finally:
            reader.close()

    def input_file(self) -> InputFile:
        """Path, size and digest."""
        reader = self._open_file()
        try:
            return reader.input_file()
        finally:
            reader.close()

    def close(self) -> None:
        """Do nothing: the file is open while it is read only."""
