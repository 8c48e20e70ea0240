"""Ids for feedback that has none: a hash of the masked content, so that equal rows have equal ids."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from voc.privacy.columns import as_strings

__all__ = ["FEEDBACK_ID", "MADE_KEY", "content_ids", "id_field"]

FEEDBACK_ID: Final = "feedback_id"
MADE_KEY: Final = b"voc:made"
"""Arrow field metadata key of ids that were made from the content."""


def id_field() -> pa.Field:
    """Field of the made ids."""
    return pa.field(FEEDBACK_ID, pa.string(), metadata={MADE_KEY: b"content"})


def content_ids(columns: Mapping[str, pa.Array], names: Sequence[str], rows: int) -> pa.Array:
    """Return 16 hexadecimal digits of BLAKE2b over the named columns that are there, for each row.

    Independent of row order and batch size. Rows that are equal in all of these columns share an id.
    """
    present = [name for name in names if name in columns]
    cells = [_strings(columns[name]) for name in present]
    ids = []
    for row in range(rows):
        digest = hashlib.blake2b(digest_size=8)
        for values in cells:
            value = values[row]
            digest.update(b"\x00" if value is None else b"\x01" + value.encode("utf-8", "surrogatepass"))
            digest.update(b"\x1f")
        ids.append(digest.hexdigest())
    return pa.array(ids, pa.string())


def _strings(column: pa.Array) -> list[str | None]:
    values: list[str | None] = as_strings(column).to_pylist()
    return values
