"""The lists of a tagged table: Arrow lists, or the JSON text of them that CSV, JSON Lines and Excel hold."""

from __future__ import annotations

import json
from typing import Any, Final

import pyarrow as pa

from voc.io.timestamps import Parsed

__all__ = ["MOODS", "TAG_LIST", "WORD_LIST", "parse_lists"]

MOODS: Final = (-1, 0, 1)
"""What a sentiment or a polarity may be."""

TAG_LIST: Final = pa.list_(
    pa.struct(
        [
            ("tag", pa.string()),
            ("polarity", pa.int8()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("evidence", pa.string()),
            ("score", pa.float32()),
            ("source", pa.string()),
        ]
    )
)
WORD_LIST: Final = pa.list_(pa.string())


def parse_lists(column: pa.Array, kind: pa.DataType) -> Parsed:
    """Read a column as `TAG_LIST` or `WORD_LIST`; empty cells are null without a reason."""
    if column.type == kind:
        return Parsed(column, {})
    values: list[list[Any] | None] = []
    reasons: dict[int, str] = {}
    for row, cell in enumerate(column.to_pylist()):
        found = _read(cell, kind)
        if found is None and cell not in (None, ""):
            reasons[row] = f"not a list of {'tags' if kind == TAG_LIST else 'words'} as voc tag writes it"
        values.append(found)
    return Parsed(pa.array(values, kind), reasons)


def _read(cell: object, kind: pa.DataType) -> list[Any] | None:
    try:
        told = json.loads(cell) if isinstance(cell, str) else cell
        if not isinstance(told, list):
            return None
        found: list[Any] = pa.scalar(told, kind).as_py()
    except (ValueError, TypeError, RecursionError):  # Arrow's errors are ValueError and TypeError
        return None
    return found if all(_is_whole(item) for item in found) else None


def _is_whole(item: str | dict[str, Any] | None) -> bool:
    if isinstance(item, dict):
        return bool(item["tag"]) and item["polarity"] in MOODS
    return item is not None
