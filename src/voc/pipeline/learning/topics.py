"""Looks through tagged tables for complaints that the taxonomy lacks, and for drift against an earlier
run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from voc.errors import ColumnError, InputError, UsageError
from voc.how_many import how_many

if TYPE_CHECKING:
    from voc.io import Quarantine, TableReader
    from voc.tagging.discovery import Cluster, Document
    from voc.tagging.drift import Drift

__all__ = ["Discovery", "compare_runs", "discover_topics"]

_OTHER = "other.other"


class Discovery(NamedTuple):
    """What rises among complaints, and against what."""

    clusters: list[Cluster]
    now: int
    """Complaints of the period."""
    before: int
    """Complaints of the baseline."""
    undated: int
    """Complaints without a time that can be read, left out where the time parts the table."""


def discover_topics(
    source: str, *, baseline: str | None, since: date | None, ts: str | None = None, text: str | None,
    least: int, z: float, most: int, masked: bool, quarantine: Quarantine,
) -> Discovery:  # fmt: skip
    """Find clusters of rising phrases among complaints.

    The baseline is a table of its own, or what stands in the table before `since`.

    Parameters
    ----------
    ts
        Column of times, which `since` parts; found by name when not given.

    Raises
    ------
    UsageError
        When there is neither a baseline nor a date, or no column of times for the date.
    UnmaskedTextError, GateError
        When the text is not known to be masked, or said to be and is not.
    """
    from voc.tagging.discovery import discover

    if (baseline is None) == (since is None):
        raise UsageError(
            "what is the baseline?", where="--baseline", hint="--baseline TABLE, or --since DATE"
        )
    now: list[Document] = []
    before: list[Document] = []
    undated = 0
    for document, day in _complaints(
        source, text, masked=masked, dated=since is not None, ts=ts, quarantine=quarantine
    ):
        if since is not None and day is None:
            undated += 1
        else:
            (before if since is not None and day is not None and day < since else now).append(document)
    if baseline is not None:
        earlier = _complaints(baseline, text, masked=masked, quarantine=quarantine)
        before = [document for document, _ in earlier]
    if not now or not before:
        told = f"{how_many(len(now), 'complaint')} now, {how_many(len(before), 'complaint')} in the baseline"
        left_out = f", {undated:,} without a time" if undated else ""
        raise InputError(f"nothing to compare: {told}{left_out}", where=source)
    return Discovery(discover(now, before, least=least, z=z, most=most), len(now), len(before), undated)


def compare_runs(
    before: str, now: str, *, shift: float, other: float, unknown: float, quarantine: Quarantine
) -> list[Drift]:
    """Compare two tagged tables."""
    from voc.io import open_table
    from voc.io.contracts import TAGGED
    from voc.tagging.drift import drift, profile
    from voc.text.segment import dictionary_has

    known = dictionary_has()
    with (
        open_table(before, contract=TAGGED, quarantine=quarantine) as earlier,
        open_table(now, contract=TAGGED, quarantine=quarantine) as later,
    ):
        return drift(
            profile(_rows(earlier, before), known),
            profile(_rows(later, now), known),
            shift=shift,
            other=other,
            unknown=unknown,
        )


def _complaints(
    source: str,
    text: str | None,
    *,
    masked: bool,
    dated: bool = False,
    ts: str | None = None,
    quarantine: Quarantine,
) -> Iterator[tuple[Document, date | None]]:
    """Complaints of a tagged table whose text is known to be masked, each with its day where it is asked."""
    from voc.io import open_table
    from voc.io.contracts import TAGGED
    from voc.pipeline.files import require_masked
    from voc.pipeline.known_names import text_columns, time_column

    with open_table(source, contract=TAGGED, quarantine=quarantine) as reader:
        words = text_columns(reader.schema, [text] if text else [])[0]
        require_masked(reader, words, said=masked)
        column = time_column(reader.schema, ts) if dated else None
        for row in _rows(reader, source, ts=column):
            if _complains(row):
                yield _document(row, words), row["day"]


def _rows(reader: TableReader, source: str, *, ts: str | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a tagged table; the day of `ts`, if any, is called `day`."""
    from voc.io.timestamps import parse_times

    for name in ("sentiment", "tags", "tokens"):
        if name not in reader.schema.names:
            raise ColumnError.missing(name, reader.schema.names, where=source)
    for batch in reader.batches():
        times = parse_times(batch.column(ts)).values.to_pylist() if ts else [None] * batch.num_rows
        for row, time in zip(batch.to_pylist(), times, strict=True):
            yield {**row, "day": time.date() if time else None}


def _complains(row: dict[str, Any]) -> bool:
    return (row["sentiment"] or 0) < 0 or any(tag["polarity"] < 0 for tag in row["tags"] or [])


def _document(row: dict[str, Any], words: str) -> Document:
    from voc.tagging.discovery import Document

    tagged = any(tag["polarity"] < 0 and tag["tag"] != _OTHER for tag in row["tags"] or [])
    return Document(row[words] or "", row["tokens"] or [], tagged)
