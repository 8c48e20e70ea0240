"""Looks through tagged tables for complaints that the taxonomy lacks, and for drift against an earlier
run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from voc.errors import ColumnError, InputError, UnmaskedTextError, UsageError
from voc.types import MASKED_KEY

if TYPE_CHECKING:
    from voc.tagging.discovery import Cluster
    from voc.tagging.drift import Drift

__all__ = ["compare_runs", "discover_topics"]

_OTHER = "other.other"


def _rows(source: str, *, text: str | None = None, masked: bool = True) -> Iterator[dict[str, Any]]:
    """Rows of a tagged table; the text column is called `text`."""
    from voc.io import open_table
    from voc.pipeline.files import text_columns

    with open_table(source) as reader:
        names = reader.schema.names
        column = text_columns(reader.schema, [text] if text else [])[0]
        for name in ("sentiment", "tags", "tokens"):
            if name not in names:
                raise ColumnError.missing(name, names, where=source)
        if not masked and MASKED_KEY not in (reader.schema.field(column).metadata or {}):
            raise UnmaskedTextError(
                f"column {column!r} is not known to be masked",
                hint="give the table of voc tag, or say --masked",
            )
        for batch in reader.batches():
            for row in batch.to_pylist():
                yield {**row, "text": row[column] or ""}


def discover_topics(
    source: str, *, baseline: str | None, since: date | None, text: str | None, least: int, z: float,
    most: int, masked: bool,
) -> tuple[list[Cluster], int, int]:  # fmt: skip
    """Clusters of rising phrases among complaints, and how many texts of period and baseline were read.

    The baseline is a table of its own, or what stands in the table before `since` (column `ts`).

    Raises
    ------
    UsageError
        When there is neither a baseline nor a date.
    """
    from voc.tagging.discovery import Document, discover

    if (baseline is None) == (since is None):
        raise UsageError(
            "what is the baseline?", where="--baseline", hint="--baseline TABLE, or --since DATE"
        )
    now: list[Document] = []
    before: list[Document] = []
    for row in _rows(source, text=text, masked=masked):
        if not _complains(row):
            continue
        early = since is not None and (day := _day(row.get("ts"))) is not None and day < since
        (before if early else now).append(_document(row))
    if baseline is not None:
        before = [_document(row) for row in _rows(baseline, text=text, masked=masked) if _complains(row)]
    if not now or not before:
        raise InputError("the period or the baseline holds no complaint", where=source)
    return discover(now, before, least=least, z=z, most=most), len(now), len(before)


def _complains(row: dict[str, Any]) -> bool:
    return (row["sentiment"] or 0) < 0 or any(tag["polarity"] < 0 for tag in row["tags"] or [])


def _document(row: dict[str, Any]) -> Any:  # noqa: ANN401
    from voc.tagging.discovery import Document

    tagged = any(tag["polarity"] < 0 and tag["tag"] != _OTHER for tag in row["tags"] or [])
    return Document(row["text"], row["tokens"] or [], tagged)


def _day(value: Any) -> date | None:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def compare_runs(before: str, now: str, *, shift: float, other: float, unknown: float) -> list[Drift]:
    """Compare two tagged tables."""
    from voc.tagging.drift import drift, profile
    from voc.text.segment import dictionary_has

    known = dictionary_has()
    return drift(
        profile(_rows(before), known), profile(_rows(now), known), shift=shift, other=other, unknown=unknown
    )
