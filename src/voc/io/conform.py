"""Brings the columns of an input to the names and types of a contract, and tells the rows that do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.errors import ColumnError
from voc.io.amounts import parse_numbers
from voc.io.chunk import Rejected
from voc.io.contracts import Column, Contract, Kind
from voc.io.tag_lists import MOODS, TAG_LIST, WORD_LIST, parse_lists
from voc.io.timestamps import Parsed, parse_times
from voc.types import ROW_COLUMN

__all__ = ["ColumnMap", "Conformer", "plan_columns"]

ColumnMap = Mapping[str, str | Sequence[str]]
"""voc's column name to the input's, or to several candidates of which the first that is there is taken."""

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.NAME: pa.string(),
    Kind.TIME: pa.timestamp("us"),
    Kind.NUMBER: pa.float64(),
    Kind.MOOD: pa.int8(),
    Kind.TAGS: TAG_LIST,
    Kind.WORDS: WORD_LIST,
}
_LISTS = (Kind.TAGS, Kind.WORDS)


@dataclass(frozen=True)
class Conformer:
    """What becomes of each input column. Made by `plan_columns`."""

    schema: pa.Schema
    """After renaming and parsing, without the row column."""
    sources: tuple[str, ...]
    """Input column of each field of `schema`."""
    rules: tuple[Column | None, ...]
    """Contract column of each field; None passes the column through."""
    where: str
    """What the input is called in errors."""
    notes: tuple[str, ...] = ()
    serials: bool = field(default=False)
    """Numbers may be the dates of a spreadsheet."""

    def apply(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, dict[int, tuple[str, str]]]:
        """Return the batch under the contract, all rows still there, and the rows that break it.

        Returns
        -------
        tuple
            The batch, and index in the batch → (input column, reason).
        """
        arrays = []
        faults: dict[int, tuple[str, str]] = {}
        for place, (source, rule) in enumerate(zip(self.sources, self.rules, strict=True)):
            column = batch.column(source)
            if rule is None:
                arrays.append(column)
                continue
            parsed = _read(rule, column, self.serials)
            if rule.kind in _LISTS:
                _demand_lists(source, rule, parsed, where=self.where)
            array = parsed.values.cast(self.schema.field(place).type)
            arrays.append(array)
            for row, reason in _faults(rule, array, parsed):
                faults.setdefault(row, (source, reason))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema), faults

    def rejected(
        self, faults: Mapping[int, tuple[str, str]], rows: Sequence[int], locate: Callable[[int], object]
    ) -> list[Rejected]:
        """Describe the rows that break the contract."""
        return [
            Rejected(rows[index], reason, column, locate(index))  # type: ignore[arg-type]
            for index, (column, reason) in sorted(faults.items())
        ]


def _demand_lists(source: str, rule: Column, parsed: Parsed, *, where: str) -> None:
    """Refuse a column in which no cell is a list: it is another column than the name says."""
    if parsed.reasons and parsed.values.null_count == len(parsed.values):
        raise ColumnError(
            f"column {source!r} holds no lists of {rule.kind}",
            where=where,
            hint="give the table of voc tag as it wrote it",
        )


def _faults(rule: Column, array: pa.Array, parsed: Parsed) -> list[tuple[int, str]]:
    faults = list(parsed.reasons.items())
    if not rule.nullable and array.null_count:
        empty = np.flatnonzero(pc.is_null(array).to_numpy(zero_copy_only=False))
        faults += [(int(row), "empty, but required") for row in empty if int(row) not in parsed.reasons]
    return faults


def _read(rule: Column, column: pa.Array, serials: bool) -> Parsed:
    if rule.kind is Kind.TIME:
        return parse_times(column, serials=serials)
    if rule.kind is Kind.NUMBER:
        return parse_numbers(column)
    if rule.kind is Kind.MOOD:
        return _moods(parse_numbers(column))
    if rule.kind in _LISTS:
        return parse_lists(column, _TYPES[rule.kind])
    text = _strings(column)
    if rule.kind is Kind.TEXT:
        return Parsed(pc.fill_null(text, ""), {})
    trimmed = pc.utf8_trim_whitespace(text)
    return Parsed(pc.if_else(pc.equal(trimmed, ""), None, trimmed), {})


def _moods(numbers: Parsed) -> Parsed:
    odd = pc.fill_null(pc.invert(pc.is_in(numbers.values, pa.array(MOODS, pa.float64()))), False)
    odd = pc.and_(odd, pc.is_valid(numbers.values))
    reasons = {int(row): "not -1, 0 or 1" for row in np.flatnonzero(odd.to_numpy(zero_copy_only=False))}
    return Parsed(pc.if_else(odd, None, numbers.values), {**numbers.reasons, **reasons})


def _strings(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_floating(column.type):
        return pa.array([_plain(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_nested(column.type):
        texts = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()
        ]
        return pa.array(texts, pa.string())
    return column.cast(pa.string())


def _plain(value: float | None) -> str | None:
    if value is None or value != value:  # noqa: PLR0124  (not a number)
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)


def plan_columns(
    schema: pa.Schema,
    columns: ColumnMap | None,
    contract: Contract | None,
    *,
    where: str,
    serials: bool = False,
) -> Conformer:
    """Decide what becomes of each column of an input.

    Mapped columns take voc's name, other columns keep theirs (with a number behind it when a mapped column
    has that name). Columns of the contract are parsed. The row column of an earlier run is dropped.

    Raises
    ------
    ColumnError
        When a required column, or one that the map names outright, is missing.
    """
    names = [name for name in schema.names if name != ROW_COLUMN]
    notes: list[str] = []
    chosen = _choose(names, columns or {}, contract, where, notes)
    mapped = {theirs: ours for ours, theirs in chosen.items()}
    fields: list[pa.Field] = []
    sources: list[str] = []
    rules: list[Column | None] = []
    for name in names:
        ours = [o for o, theirs in chosen.items() if theirs == name] or [
            _free(name, {*chosen, *mapped, *names}, notes) if name in chosen else name
        ]
        for target in ours:
            rule = contract.column(target) if contract else None
            fields.append(_field(target, schema.field(name), rule, where))
            sources.append(name)
            rules.append(rule)
    out = pa.schema(fields, metadata=_kept_metadata(schema))
    return Conformer(out, tuple(sources), tuple(rules), where, tuple(notes), serials)


def _choose(
    names: list[str], columns: ColumnMap, contract: Contract | None, where: str, notes: list[str]
) -> dict[str, str]:
    """Input column for each of voc's columns that is mapped, or that the contract has under its own name."""
    chosen: dict[str, str] = {}
    for ours, wanted in columns.items():
        candidates = [wanted] if isinstance(wanted, str) else list(wanted)
        found = next((name for name in candidates if name in names), None)
        if found is not None:
            chosen[ours] = found
        elif isinstance(wanted, str) or _is_required(ours, contract):
            raise ColumnError.missing(candidates[0] if candidates else ours, names, where=where, column=ours)
        else:
            notes.append(f"no column for {ours!r}")
    for column in contract or ():
        if column.name in chosen:
            continue
        if column.name in names and column.name not in columns:
            chosen[column.name] = column.name
        elif column.required:
            raise ColumnError.missing(column.name, names, where=where)
    return chosen


def _is_required(name: str, contract: Contract | None) -> bool:
    column = contract.column(name) if contract else None
    return column is not None and column.required


def _free(name: str, taken: set[str], notes: list[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    notes.append(f"input column {name!r} is kept as '{name}_{number}': another column was mapped to {name!r}")
    return f"{name}_{number}"


def _field(name: str, source: pa.Field, rule: Column | None, where: str) -> pa.Field:
    if rule is None:
        return pa.field(name, source.type, metadata=source.metadata)
    kind = source.type
    if rule.kind in _LISTS:
        readable = pa.types.is_string(kind) or pa.types.is_list(kind) or pa.types.is_null(kind)
    else:
        readable = not pa.types.is_nested(kind) or rule.kind in (Kind.TEXT, Kind.NAME)
    if not readable or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise ColumnError(
            f"column {source.name!r} cannot be read as {rule.kind} (it holds {kind})", where=where
        )
    return pa.field(name, _TYPES[rule.kind], metadata=source.metadata)


def _kept_metadata(schema: pa.Schema) -> dict[bytes, bytes] | None:
    kept = {key: value for key, value in (schema.metadata or {}).items() if key != b"pandas"}
    return kept or None
