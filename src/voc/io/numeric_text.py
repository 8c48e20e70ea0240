"""Notices a text column that holds no text: all numbers, so most likely the wrong column was named."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["numeric_text_note"]

_NUMBER = r"^\s*[-+]?[0-9０-９.,，:/\s-]+\s*$"


def numeric_text_note(batch: pa.RecordBatch, column: str) -> str | None:
    """Return a warning when every cell of a text column in this batch is a number, else None.

    The warning names the column that looks most like text: the one with the most Chinese characters or
    letters per row.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = batch.column(column)
    if not pa.types.is_string(text.type):
        numeric = pa.types.is_integer(text.type) or pa.types.is_floating(text.type)
        return _note(batch, column) if numeric and len(text) else None
    filled = text.filter(pc.fill_null(pc.not_equal(text, ""), False))
    if not len(filled) or not pc.all(pc.match_substring_regex(filled, _NUMBER)).as_py():
        return None
    return _note(batch, column)


def _note(batch: pa.RecordBatch, column: str) -> str:
    likelier = _likeliest(batch, column)
    text = f"text column {column!r} holds numbers only"
    return f"{text}; did you mean {likelier!r}?" if likelier else text


def _likeliest(batch: pa.RecordBatch, column: str) -> str | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    best, best_weight = None, 1.0
    for name in batch.schema.names:
        array = batch.column(name)
        if name == column or not pa.types.is_string(array.type) or not batch.num_rows:
            continue
        words = pc.replace_substring_regex(pc.fill_null(array, ""), r"[^\p{Han}A-Za-z]+", "")
        han = pc.replace_substring_regex(words, r"[A-Za-z]+", "")
        weight = (
            pc.sum(pc.utf8_length(words)).as_py() + 2 * pc.sum(pc.utf8_length(han)).as_py()
        ) / batch.num_rows
        if weight > best_weight:
            best, best_weight = name, weight
    return best
