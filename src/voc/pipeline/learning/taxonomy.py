"""Carries tagged tables over to another taxonomy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.errors import ColumnError, UsageError
from voc.how_many import how_many

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.io import Quarantine

__all__ = ["MigrationResult", "migrate_table"]


@dataclass(frozen=True)
class MigrationResult:
    """What became of the tags of a table."""

    rows: int
    moved: dict[str, int]
    """`old → new` and how often; tags that stay are not told."""
    dropped: dict[str, int]
    output: str


def migrate_table(
    source: str,
    output: str,
    taxonomy: Path,
    *,
    moves: Path | None = None,
    quarantine: Quarantine,
    force: bool = False,
) -> MigrationResult:
    """Rewrite the tags of a table for another taxonomy: of `tags` lists, or of a row for each tag.

    Raises
    ------
    ColumnError
        When the table has neither `tags` nor `tag`, or what stands there cannot be tags.
    UsageError
        When a tag has no place in the new taxonomy and no move says what becomes of it.
    """
    from voc.io import open_sink, open_table
    from voc.io.contracts import Column, Contract, Kind
    from voc.tagging.taxonomy import is_tag_id, load_taxonomy
    from voc.tagging.taxonomy_change import complete_moves, read_moves

    new = load_taxonomy(taxonomy)
    known = read_moves(moves, new) if moves else {}
    lists = Contract("tags", (Column("tags", Kind.TAGS),))
    with open_table(source, contract=lists, quarantine=quarantine) as reader:
        batches = list(reader.batches())
        schema = reader.schema
    column = "tags" if "tags" in schema.names else "tag"
    if column not in schema.names:
        raise ColumnError.missing("tags", schema.names, where=source)
    ids = sorted({tag for batch in batches for tag in _ids(batch.column(column).to_pylist())})
    targets = complete_moves(ids, new, known)
    lost = [tag for tag in ids if tag not in targets]
    if unlike := [tag for tag in lost if not is_tag_id(tag)]:
        raise ColumnError(
            f"column {column!r} holds {how_many(len(unlike), 'value')} that cannot be tags",
            where=source,
            hint="tags are called like logistics.delay",
        )
    if lost:
        raise UsageError(
            f"no place in the new taxonomy for: {', '.join(lost)}",
            where=source,
            hint="say where they go in a TSV with --moves, `-` to drop them",
        )
    steps = _Steps(column, targets)
    with open_sink(output, schema, force=force) as sink:
        for batch in batches:
            sink.write(steps.carried_over(batch))
    return MigrationResult(
        sum(batch.num_rows for batch in batches), dict(steps.moved), dict(steps.dropped), output
    )


def _ids(cells: list[Any]) -> set[str]:
    found: set[str] = set()
    for cell in cells:
        if isinstance(cell, list):
            found.update(item["tag"] for item in cell)
        elif cell is not None:
            found.add(cell)
    return found


@dataclass
class _Steps:
    """Where every tag goes, and what was done so far."""

    column: str
    targets: dict[str, str | None]
    moved: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def carried_over(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Rewrite a batch. A row for a tag that is dropped goes too."""
        import pyarrow as pa

        rows = []
        for row in batch.to_pylist():
            if self.column == "tags":
                cells = [{**item, "tag": self._target(item["tag"])} for item in row["tags"] or []]
                rows.append({**row, "tags": [cell for cell in cells if cell["tag"] is not None]})
            elif row["tag"] is None:
                rows.append(row)
            elif (new := self._target(row["tag"])) is not None:
                rows.append({**row, "tag": new})
        return pa.RecordBatch.from_pylist(rows, schema=batch.schema)

    def _target(self, tag: str) -> str | None:
        new = self.targets[tag]
        if new is None:
            self.dropped[tag] += 1
        elif new != tag:
            self.moved[f"{tag} → {new}"] += 1
        return new
