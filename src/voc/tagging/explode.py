"""The exploded form: one row for each feedback and tag, with the tag's display name."""

from __future__ import annotations

from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from voc.tagging.taxonomy import load_taxonomy

__all__ = ["explode_tags"]

_KEYS: Final = ("input", "feedback_id", "customer_key", "ts", "channel", "product")


def explode_tags(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return one row for each tag of each feedback, in order.

    Columns: those of input, feedback_id, customer_key, ts, channel and product that are there; tag, display
    (`投诉类型:物流延迟`), polarity, start, end, evidence, score, source.
    """
    tags = batch.column("tags")
    parents = pc.list_parent_indices(tags)
    items = tags.flatten()
    columns = {name: batch.column(name).take(parents) for name in _KEYS if name in batch.schema.names}
    columns["tag"] = items.field("tag")
    columns["display"] = _displays(columns["tag"])
    for name in ("polarity", "start", "end", "evidence", "score", "source"):
        columns[name] = items.field(name)
    return pa.RecordBatch.from_pydict(columns)


def _displays(tags: pa.Array) -> pa.Array:
    encoded = tags.dictionary_encode()
    names = pa.array([_display(tag) for tag in encoded.dictionary.to_pylist()], pa.string())
    return names.take(encoded.indices)


@cache
def _display(tag: str) -> str:
    known = load_taxonomy().by_id.get(tag)
    return known.display if known else tag
