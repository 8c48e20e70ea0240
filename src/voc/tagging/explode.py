"""Turns tagged feedback into one row for each (feedback, tag)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voc.errors import ColumnError
from voc.tagging.taxonomy import DISPLAY_PREFIX, Taxonomy, load_taxonomy

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PASSED_ON", "explode_tags"]

PASSED_ON: Final = ("feedback_id", "customer_key", "ts", "channel", "product")
"""Columns of the feedback that go along, where present."""
_TAG_FIELDS: Final = ("polarity", "start", "end", "evidence", "score", "source")


def explode_tags(batch: pa.RecordBatch, taxonomy: Taxonomy | None = None) -> pa.RecordBatch:
    """Give one row for each (feedback, tag), in the order of the feedback.

    Parameters
    ----------
    batch
        Tagged feedback: a column `tags`, and any of `PASSED_ON`.
    taxonomy
        Gives the display names; the packed one when not given. A tag that it lacks is shown by its id.

    Raises
    ------
    ColumnError
        When there is no column `tags`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if "tags" not in batch.schema.names:
        raise ColumnError.missing("tags", batch.schema.names)
    known = (taxonomy or load_taxonomy()).by_id
    tags = batch.column("tags")
    parents = pc.list_parent_indices(tags)
    flat = pc.list_flatten(tags)
    names = {name: pc.struct_field(flat, name) for name in ("tag", *_TAG_FIELDS)}
    ids = names["tag"].to_pylist()
    display = [known[tag].display if tag in known else DISPLAY_PREFIX + tag for tag in ids]
    fields = [batch.schema.field(name) for name in PASSED_ON if name in batch.schema.names]
    arrays = [batch.column(field.name).take(parents) for field in fields]
    fields += [pa.field("tag", pa.string()), pa.field("display", pa.string())]
    arrays += [names["tag"], pa.array(display, pa.string())]
    for name in _TAG_FIELDS:
        fields.append(pa.field(name, names[name].type))
        arrays.append(names[name])
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
