"""Arrow columns of what tagging says, made of whole arrays: no object a token or a tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from voc.io.tag_lists import TAG_LIST, WORD_LIST
from voc.tagging.custom.custom_model import LabelScore
from voc.tagging.intent import INTENTS, Intents, severity_lists
from voc.tagging.tagger import TaggedBatch
from voc.tagging.tags import SOURCES, Tags
from voc.types import MaskedText

__all__ = ["CUSTOM_COLUMN", "OUTPUT_COLUMNS", "output_fields", "tagged_columns"]

OUTPUT_COLUMNS: Final = ("tokens", "sentiment", "sentiment_score", "tags", "intent", "severity")
CUSTOM_COLUMN: Final = "custom_labels"
"""Labels of a custom model, with the words that bear them where it tells which."""

_TYPES: Final = (
    WORD_LIST,
    pa.int8(),
    pa.float32(),
    TAG_LIST,
    pa.string(),
    pa.list_(pa.string()),
)
_CUSTOM: Final = pa.list_(
    pa.struct([("label", pa.string()), ("score", pa.float32()), ("start", pa.int32()), ("end", pa.int32())])
)

Offsets = npt.NDArray[np.int64]


def output_fields(*, custom: bool) -> list[pa.Field]:
    """Columns that tagging adds, with those of a custom model or without."""
    fields = [pa.field(name, kind) for name, kind in zip(OUTPUT_COLUMNS, _TYPES, strict=True)]
    return [*fields, pa.field(CUSTOM_COLUMN, _CUSTOM)] if custom else fields


def tagged_columns(
    texts: Sequence[MaskedText], told: TaggedBatch, rows: Offsets, count: int
) -> dict[str, pa.Array]:
    """Return the columns of a batch of `count` rows.

    Parameters
    ----------
    texts
        The texts that were tagged; none is empty.
    told
        What tagging says of them.
    rows
        The row of each of them, ascending. All other rows get empty lists and nulls.
    """
    place = np.full(count, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    columns = (
        _tokens(texts, told, rows, count),
        _spread(told.sentiments.labels, place),
        _spread(told.sentiments.scores, place),
        _lists(_tags(texts, told.tags), rows[told.tags.rows], count),
        _named(INTENTS, np.append(told.intents.intents, -1)[place]),
        _severities(told.intents, place),
    )
    result = dict(zip(OUTPUT_COLUMNS, columns, strict=True))
    if told.custom is not None:
        result[CUSTOM_COLUMN] = _customs(told.custom, place)
    return result


def _spread(values: npt.NDArray[Any], place: Offsets) -> pa.Array:
    """Values by row, null where the row has none."""
    missing = place < 0
    return pa.array(np.append(values, values.dtype.type(0))[place], mask=missing)


def _named(names: Sequence[str], numbers: Offsets) -> pa.Array:
    """Names by number, null for -1."""
    return pa.array(names, pa.string()).take(pa.array(numbers, mask=numbers < 0))


def _lists(values: pa.Array, rows: Offsets, count: int) -> pa.Array:
    """One list a row of values in order of rows."""
    offsets = np.searchsorted(rows, np.arange(count + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _tokens(texts: Sequence[MaskedText], told: TaggedBatch, rows: Offsets, count: int) -> pa.Array:
    """Lists of the words of each text, white space left out: slices of the texts laid end to end."""
    words = told.reading.source_words
    data = np.frombuffer("".join(texts).encode(), dtype=np.uint8)
    # a byte that continues a character begins none
    begins = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))
    sizes = np.diff(begins[np.cumsum(words.lengths)], prepend=0)
    rows = np.repeat(rows, words.counts)
    blank = told.reading.blank_words
    if len(blank):
        kept = np.ones(len(sizes), dtype=np.bool_)
        kept[blank] = False
        data = data[np.repeat(kept, sizes)]
        sizes, rows = sizes[kept], rows[kept]
    offsets = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    values = pa.LargeStringArray.from_buffers(len(sizes), pa.py_buffer(offsets), pa.py_buffer(data))
    return _lists(values.cast(pa.string()), rows, count)


def _tags(texts: Sequence[MaskedText], tags: Tags) -> pa.Array:
    places = zip(tags.rows.tolist(), tags.starts.tolist(), tags.ends.tolist(), strict=True)
    return pa.StructArray.from_arrays(
        [
            _named(tags.known, tags.tags),
            pa.array(tags.polarities.astype(np.int8)),
            pa.array(tags.starts.astype(np.int32)),
            pa.array(tags.ends.astype(np.int32)),
            pa.array([texts[row][start:end] for row, start, end in places], pa.string()),
            pa.array(tags.scores.astype(np.float32)),
            _named(SOURCES, tags.sources),
        ],
        fields=list(TAG_LIST.value_type),
    )


def _severities(intents: Intents, place: Offsets) -> pa.Array:
    masks = np.append(intents.severities, 0)[place]
    return pa.array(severity_lists(), pa.list_(pa.string())).take(pa.array(masks))


def _customs(labels: Sequence[Sequence[LabelScore]], place: Offsets) -> pa.Array:
    return pa.array([labels[at] if at >= 0 else [] for at in place.tolist()], _CUSTOM)
