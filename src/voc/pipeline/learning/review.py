"""Writes rows for people to correct, and takes their corrections back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from voc.errors import ColumnError, InputError, OutputExistsError, UsageError
from voc.pipeline.learning.review_files import MARK, read_tasks, read_workbook, studio_config, tasks, workbook
from voc.tagging.review import Precision, Review, Reviewed, choose_rows, kappa, precision_by_tag, wilson
from voc.tagging.taxonomy import Taxonomy, load_taxonomy

if TYPE_CHECKING:
    from voc.io import Quarantine

__all__ = ["ExportResult", "ImportResult", "export_review", "import_review"]

_NEEDED = ("sentiment", "sentiment_score", "tags")


class ExportResult(NamedTuple):
    """What was written for reviewers."""

    files: tuple[Path, ...]
    """The file to review, and the interface for Label Studio."""
    cut: int
    """Texts that do not fit into a cell of Excel and were cut."""


@dataclass(frozen=True)
class ImportResult:
    """What the corrections say."""

    rows: int
    """Rows that the reviewer judged; all figures are of these."""
    of: int
    """Rows in the file."""
    changed: int
    """Rows in which the reviewer changed something."""
    unmarked: int
    """Rows that were changed without being marked as judged, and do not count."""
    has_marks: bool
    """False for a file in which rows cannot be marked: all count as judged."""
    sentiment: Precision | None
    """Share of right sentiments in the random sample."""
    tags: tuple[Precision, ...]
    kappa_sentiment: float | None
    """Of two reviewers; None when there is one."""
    kappa_tags: float | None
    shared: int
    """Rows that both reviewers judged."""


def export_review(
    source: str, output: Path, *, text: str | None, uncertain: int, random: int, seed: int,
    taxonomy: Path | None, masked: bool, quarantine: Quarantine, force: bool,
) -> ExportResult:  # fmt: skip
    """Write the uncertain and a random sample of a tagged table to `.xlsx` or to `.json` for Label Studio.

    Raises
    ------
    UnmaskedTextError, GateError
        When the text is not known to be masked, or said to be and is not.
    """
    from voc.io import open_table, write_bytes
    from voc.io.contracts import TAGGED
    from voc.io.spreadsheet_sink import cut_to_cell
    from voc.pipeline.files import require_masked
    from voc.pipeline.known_names import text_columns

    if output.suffix not in (".xlsx", ".json"):
        raise UsageError(f"cannot write {output.suffix or 'that'}", where=str(output), hint=".xlsx or .json")
    written = [output] + ([output.with_suffix(".xml")] if output.suffix == ".json" else [])
    for path in written:
        if path.exists() and not force:
            raise OutputExistsError(str(path))
    own = load_taxonomy(taxonomy)
    with open_table(source, contract=TAGGED, quarantine=quarantine) as reader:
        column = text_columns(reader.schema, [text] if text else [])[0]
        for name in _NEEDED:
            if name not in reader.schema.names:
                raise ColumnError.missing(name, reader.schema.names, where=source)
        require_masked(reader, column, said=masked)
        rows = [row for batch in reader.batches() for row in batch.to_pylist() if (row[column] or "").strip()]
    if not rows:
        raise InputError("no row has a text", where=source)
    chosen = [
        _as_model_says(rows[at], column, at, sample)
        for at, sample in choose_rows(rows, uncertain, random, seed)
    ]
    if output.suffix == ".xlsx":
        write_bytes(output, workbook(chosen, own))
        return ExportResult((output,), sum(cut_to_cell(row.text) != row.text for row in chosen))
    write_bytes(output, tasks(chosen))
    write_bytes(written[1], studio_config(own).encode())
    return ExportResult(tuple(written), 0)


def _as_model_says(row: dict[str, Any], column: str, at: int, sample: str) -> Reviewed:
    from voc.types import ROW_COLUMN

    tags = frozenset(f"{tag['tag']}:{tag['polarity']}" for tag in row["tags"] or [])
    mood = row["sentiment"]
    return Reviewed(row.get(ROW_COLUMN, at), sample, row[column], mood, tags, mood, tags)


def import_review(
    reviewed: Path, output: str | None, *, second: Path | None, taxonomy: Path | None, force: bool
) -> ImportResult:
    """Take corrections back: score the model, and write the corrected labels for `voc train`.

    Parameters
    ----------
    second
        The same rows by another reviewer; agreement is told.
    output
        Table of `text`, `sentiment`, `tags` of the judged rows; nothing is written when not given.

    Raises
    ------
    InputError
        When nobody judged any row of a file.
    """
    own = load_taxonomy(taxonomy)
    review = _read(reviewed, own)
    rows = list(review.judged)
    moods, tags, shared = (None, None, 0)
    if second is not None:
        moods, tags, shared = _agreement(rows, list(_read(second, own).judged))
    if output is not None:
        _write(rows, output, force=force)
    sample = [row for row in rows if row.sample == "random" and row.sentiment is not None]
    right = sum(row.sentiment == row.model_sentiment for row in sample)
    mood = (
        Precision("sentiment", right, len(sample), right / len(sample), wilson(right, len(sample)))
        if sample
        else None
    )
    return ImportResult(
        rows=len(rows),
        of=len(rows) + len(review.unmarked),
        changed=sum(row.is_changed for row in rows),
        unmarked=sum(row.is_changed for row in review.unmarked),
        has_marks=review.has_marks,
        sentiment=mood,
        tags=tuple(precision_by_tag(rows)),
        kappa_sentiment=moods,
        kappa_tags=tags,
        shared=shared,
    )


def _read(path: Path, taxonomy: Taxonomy) -> Review:
    """Read a file of either kind in which somebody judged something."""
    if not path.is_file():
        raise InputError("file not found", where=str(path))
    review = read_tasks(path, taxonomy) if path.suffix == ".json" else read_workbook(path, taxonomy)
    if not review.has_marks and not any(row.is_changed for row in review.judged):
        raise InputError(
            "nobody changed any row, and a file without the column 'reviewed' does not tell who looked at it",
            where=str(path),
            hint=f"export again, or add a column 'reviewed' and put {MARK} beside the rows that were judged",
        )
    if not review.judged:
        changed = sum(row.is_changed for row in review.unmarked)
        raise InputError(
            f"nobody judged any of {len(review.unmarked):,} rows"
            + (f" ({changed:,} are changed but not marked)" if changed else ""),
            where=str(path),
            hint="submit annotations in Label Studio, then export as JSON"
            if path.suffix == ".json"
            else f"choose {MARK} in the column 'reviewed' beside each row that was judged, changed or not",
        )
    return review


def _agreement(first: list[Reviewed], second: list[Reviewed]) -> tuple[float | None, float | None, int]:
    """Kappa of sentiments, and of "has this text this tag" over all tags that either reviewer used.

    Over the rows that both judged.
    """
    other = {row.row: row for row in second}
    pairs = [(row, other[row.row]) for row in first if row.row in other]
    if not pairs:
        raise InputError(
            "no row was judged by both reviewers",
            hint="both files must come from one export, with marks on the same rows",
        )
    used = sorted({tag for pair in pairs for row in pair for tag in row.tags})
    one, two = ([tag in pair[side].tags for pair in pairs for tag in used] for side in (0, 1))
    return (
        kappa([a.sentiment for a, _ in pairs], [b.sentiment for _, b in pairs]),
        kappa(one, two),
        len(pairs),
    )


def _write(rows: list[Reviewed], output: str, *, force: bool) -> None:
    import pyarrow as pa

    from voc.io import open_sink
    from voc.types import ROW_COLUMN

    schema = pa.schema([("text", pa.string()), ("sentiment", pa.int8()), ("tags", pa.string())])
    with open_sink(output, schema, force=force) as sink:
        values = [
            [row.text for row in rows],
            [row.sentiment for row in rows],
            [";".join(sorted(row.tags)) for row in rows],
        ]
        arrays = [pa.array(value, field.type) for value, field in zip(values, schema, strict=True)]
        numbers = pa.array(range(len(rows)), pa.int64())
        sink.write(
            pa.RecordBatch.from_arrays(
                [*arrays, numbers], schema=schema.append(pa.field(ROW_COLUMN, pa.int64()))
            )
        )
