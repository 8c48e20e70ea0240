"""Writes JSON Lines in UTF-8: one object a row with every column, null written as null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voc.io.atomic import telling_output_errors
from voc.io.cells import json_text, json_values
from voc.io.sink import Sink

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.io.sink import Output

__all__ = ["JsonLinesSink"]


class JsonLinesSink(Sink):
    """Writes one JSON Lines file. A table without rows is an empty file: the format has no header."""

    def __init__(self, output: Output, schema: pa.Schema) -> None:
        super().__init__(output.name, schema)
        self._output = output

    def _write(self, batch: pa.RecordBatch) -> None:
        names = self.schema.names
        columns = [json_values(column) for column in batch.columns]
        lines = [json_text(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
        with telling_output_errors(self.name):
            self._output.stream.write(("\n".join(lines) + "\n").encode("utf-8"))

    def _close(self) -> None:
        self._output.commit()

    def _abort(self) -> None:
        self._output.abort()
