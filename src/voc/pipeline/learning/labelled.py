"""Reads tables of labelled texts: masked in memory, every label checked, faults told by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from voc.errors import ColumnError, ConfigError, Fault, InputError, UsageError
from voc.how_many import how_many
from voc.tagging.custom.mood_names import MOOD_NAMES
from voc.types import ROW_COLUMN, MaskedText

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.io import Quarantine

__all__ = [
    "LABEL_NAMES",
    "MOST_FAULTS",
    "TAG_NAMES",
    "LabelledTable",
    "read_labelled_table",
    "sentiment_labels",
]

LABEL_NAMES: Final = ("label", "sentiment", "情感", "标签", "类别", "category")
"""Column names that hold the label when nobody says which one does."""
TAG_NAMES: Final = ("tags", "标签", "topics", "类别", "label")
"""Column names that hold tags when nobody says which one does."""
MOST_FAULTS: Final = 20
"""Rows of a table that an error names."""


@dataclass(frozen=True)
class LabelledTable:
    """Labelled texts of one table, in order."""

    name: str
    texts: list[MaskedText]
    labels: list[Any]
    """The cells of the label column, as they stand."""
    rows: list[int]
    """Row of each text in its table, counted from 0."""
    sources: list[str]
    """Value of the source column, the table's name when there is none."""
    notes: tuple[str, ...] = field(default=())


def read_labelled_table(
    source: str,
    *,
    text: str | None = None,
    label: str | None = None,
    names: Sequence[str] = LABEL_NAMES,
    source_column: str | None = None,
    policy: str = "default",
    masked: bool = False,
    keep_blank: bool = False,
    quarantine: Quarantine,
) -> LabelledTable:
    """Read one table. Rows without text or label are left out and counted in the notes.

    Parameters
    ----------
    text, label
        Their columns; found by name when not given.
    names
        Names that the label column is looked for under.
    source_column
        Column that says where a text comes from, for figures by source.
    masked
        The text is masked already.
    keep_blank
        A blank label says something: no tag.
    quarantine
        Takes rows that cannot be read.

    Raises
    ------
    ColumnError, UsageError
        When a column is missing.
    InputError
        When no labelled row is left.
    """
    from voc.engine.local import run_in_process
    from voc.io import open_table
    from voc.pipeline.files import first_rows, first_stage
    from voc.pipeline.known_names import text_columns
    from voc.privacy.masked import masked_text

    texts: list[MaskedText] = []
    labels: list[Any] = []
    rows: list[int] = []
    sources: list[str] = []
    dropped = 0
    with open_table(source, quarantine=quarantine) as reader:
        column = text_columns(reader.schema, [text] if text else [])[0]
        label_column = _label_column(reader.schema, label, names, source)
        if label_column == column:
            raise UsageError(
                f"column {column!r} cannot be both text and label",
                where="--label",
                hint="name another column",
            )
        if source_column is not None and source_column not in reader.schema.names:
            raise ColumnError.missing(source_column, reader.schema.names, where=source)
        stage = first_stage(reader.schema, (column,), policy, lambda: first_rows(reader), masked=masked)
        name = _short(source)
        for batch in run_in_process([stage], reader.batches()):
            for cell, value, row, origin in _cells(batch, column, label_column, source_column):
                if cell is None or not cell.strip() or (value in (None, "") and not keep_blank):
                    dropped += 1
                    continue
                texts.append(masked_text(cell, ()))
                labels.append("" if value is None else value)
                rows.append(row)
                sources.append(name if origin is None else str(origin))
        notes = list(reader.notes)
    if not texts:
        raise InputError("no row has both a text and a label", where=source)
    if dropped:
        notes.append(f"{how_many(dropped, 'row')} without text or label left out")
    return LabelledTable(name, texts, labels, rows, sources, tuple(notes))


def sentiment_labels(table: LabelledTable) -> tuple[list[int], str | None]:
    """Read the labels as -1, 0 or 1, and say how 0 was read where that is not plain.

    Words in Chinese and English are known. A column that holds 0 and 1 only, and no -1, means negative and
    positive.

    Raises
    ------
    ConfigError
        With the rows whose label is none of these; never with what stands there.
    """
    written = [_written(label) for label in table.labels]
    two = {"0", "1"} == set(written)
    known = {**MOOD_NAMES, "0": -1 if two else 0}
    faults = [
        Fault(f"row {row}", "not a sentiment", "-1, 0, 1, or 负面, 中性, 正面")
        for row, label in zip(table.rows, written, strict=True)
        if label not in known
    ]
    if faults:
        raise ConfigError(table.name, faults, most=MOST_FAULTS)
    note = f"{table.name}: labels are 0 and 1 only: read as negative and positive" if two else None
    return [known[label] for label in written], note


def _written(label: object) -> str:
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    return str(label).strip().lower()


def _label_column(schema: pa.Schema, wanted: str | None, names: Sequence[str], source: str) -> str:
    if wanted is not None:
        if wanted not in schema.names:
            raise ColumnError.missing(wanted, schema.names, where=source)
        return wanted
    known = [name for name in names if name in schema.names]
    if not known:
        raise ColumnError.missing(names[0], schema.names, where=source)
    return known[0]


def _cells(
    batch: pa.RecordBatch, text: str, label: str, source: str | None
) -> Iterator[tuple[str | None, Any, int, Any]]:
    origins = batch.column(source).to_pylist() if source else [None] * batch.num_rows
    return zip(
        batch.column(text).to_pylist(),
        batch.column(label).to_pylist(),
        batch.column(ROW_COLUMN).to_pylist(),
        origins,
        strict=True,
    )


def _short(source: str) -> str:
    """Name of a table without its folder and ending."""
    return source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].split(".", 1)[0] or source
