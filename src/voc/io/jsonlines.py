"""Reads JSON Lines. The columns and their types come from a full first pass, so none is missed.

Every key of any object is a column, in the order of first appearance. Numbers and truth values keep their
type where all rows agree; a column that mixes kinds is a string column. Nested values (lists, objects) are
kept as JSON text: a string column, the same whatever the rows look like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from voc.errors import InputError
from voc.io.chunk import Chunk, Rejected, Span
from voc.io.encoding import MARK, sniff_encoding
from voc.io.headers import unique_names
from voc.io.lines import read_blocks
from voc.io.records import BATCH_CHARS
from voc.io.sources import InputFile, Source

__all__ = ["JsonLinesReader"]

_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EXACT = 2**53  # integers beyond it do not survive being stored as floating point
_INT64 = 2**63
_MANY = 2_000


class _Line(NamedTuple):
    row: int
    value: dict[str, Any] | None
    reason: str
    span: Span
    size: int


class JsonLinesReader:
    """Reads one JSON Lines file.

    Raises
    ------
    InputError
        When the file is empty, or holds no object at all.
    """

    spreadsheet = False

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name
        if source.size == 0:
            raise InputError("the file is empty", where=self.name, hint="each line holds a JSON object")
        with source.open() as stream:
            self._encoding = sniff_encoding(stream)
        source.remember(self._encoding.size, self._encoding.sha256)
        self.notes = [self._encoding.note]
        self._kinds: dict[str, set[str]] = {}
        self.rows_known: int | None = self._first_pass()
        keys = list(self._kinds)
        names, renamed = unique_names(keys)
        self.notes += renamed
        self._keys = keys
        self.schema = pa.schema(
            [(name, _type(self._kinds[key])) for name, key in zip(names, keys, strict=True)]
        )

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Read the rows."""
        good: list[_Line] = []
        bad: list[Rejected] = []
        taken = 0
        for line in self._lines():
            if line.value is None:
                bad.append(Rejected(line.row, line.reason, None, line.span))
            else:
                good.append(line)
            taken += line.size
            if len(good) + len(bad) >= batch_rows or taken > BATCH_CHARS:
                yield self._chunk(good, bad)
                good, bad, taken = [], [], 0
        if good or bad:
            yield self._chunk(good, bad)
        self._source.check_unchanged()

    def input_file(self) -> InputFile:
        """Path, size and digest."""
        return self._source.input_file

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def _first_pass(self) -> int:
        rows = 0
        for line in self._lines():
            rows += 1
            for key, value in (line.value or {}).items():
                self._kinds.setdefault(key, set()).add(_kind(value))
            if len(self._kinds) > _MANY:
                raise InputError(
                    f"more than {_MANY:,} different keys", where=self.name, hint="is it one table?"
                )
        if not self._kinds:
            hint = "each line holds one JSON object; a JSON array over many lines is not read"
            raise InputError("no line holds a JSON object with a key", where=self.name, hint=hint)
        return rows

    def _lines(self) -> Iterator[_Line]:
        row = 0
        with self._source.open() as stream:
            for block in read_blocks(stream, self._encoding):
                spans: list[Span] = block.spans()
                for text, span in zip(block.lines, spans, strict=True):
                    if not text.isspace():
                        value, reason = self._parse(text, block.marked)
                        yield _Line(row, value, reason, span, len(text))
                        row += 1

    def _parse(self, text: str, marked: bool) -> tuple[dict[str, Any] | None, str]:
        if marked and MARK.search(text):
            return None, f"bytes that are not {self._encoding.label}"
        try:
            value = _DECODER.decode(text.strip("\ufeff \t\r\n\udfff"))
        except (ValueError, RecursionError):
            return None, "not valid JSON"
        if not isinstance(value, dict):
            return None, "not a JSON object"
        if _ESCAPED.search(text) and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
            return None, "lone surrogate: half of a character"
        return value, ""

    def _chunk(self, good: list[_Line], bad: list[Rejected]) -> Chunk:
        rows = [line.value or {} for line in good]
        arrays = []
        for key, field in zip(self._keys, self.schema, strict=True):
            values = [row.get(key) for row in rows]
            if pa.types.is_string(field.type):
                values = [_text(value) for value in values]
            arrays.append(pa.array(values, field.type))
        spans = [line.span for line in good]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        return Chunk(batch, [line.row for line in good], bad, lambda index: spans[index])


def _refuse_constant(_: str) -> float:
    raise ValueError


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)  # NaN and Infinity are no JSON


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        if abs(value) >= _INT64:
            return "huge"
        return "int" if abs(value) <= _EXACT else "long"
    return "float" if isinstance(value, float) else "nested"


def _type(kinds: set[str]) -> pa.DataType:
    found = kinds - {"null"}
    if found == {"bool"}:
        return pa.bool_()
    if found and found <= {"int", "long"}:
        return pa.int64()
    if found and found <= {"int", "float"}:
        return pa.float64()
    return pa.string()


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
