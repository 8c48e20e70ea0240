"""One table in, one table out: what `voc mask`, `voc tag` and `voc scan` do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import ColumnError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.local import Observer
    from voc.engine.progress import Progress
    from voc.io import TableReader
    from voc.privacy.policy import Policy
    from voc.privacy.scan import ScanRow
    from voc.types import Stage

__all__ = ["FileResult", "FileRun", "ScanResult", "mask_file", "scan_file", "tag_file"]

TEXT_NAMES = ("text", "评价内容", "评论内容", "问题描述", "留言详情", "内容", "评论", "comment", "review", "content")
"""Column names that hold the text when nobody says which one does."""


@dataclass(frozen=True)
class FileRun:
    """How a table is read, worked on and written."""

    input: str
    output: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """voc's column name to the input's."""
    quarantine: Path | None = None
    """Where bad rows are set aside; beside the output when not given."""
    workers: int | None = None
    chunk_rows: int = 4096
    force: bool = False
    progress: Progress | None = None


@dataclass(frozen=True)
class FileResult:
    """What became of a table."""

    rows_in: int
    rows_out: int
    quarantined: int
    quarantine: Path | None
    notes: tuple[str, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    """Findings by kind: masked entities, or tags."""


@dataclass(frozen=True)
class ScanResult:
    """What personal information a table holds."""

    rows: int
    quarantined: int
    found: tuple[ScanRow, ...]
    notes: tuple[str, ...]


def mask_file(
    job: FileRun, *, text: Sequence[str] = (), policy: str = "default", spans: Path | None = None
) -> FileResult:
    """Mask one table; `spans` names the JSON Lines file of what was found where."""
    from voc.privacy.policy import load_policy
    from voc.privacy.spans_file import SpansFile
    from voc.privacy.stage import MaskStage

    rules = load_policy(policy)

    def stages(reader: TableReader) -> list[Stage]:
        return [MaskStage(text_columns=_text_columns(reader.schema, text), policy=rules)]

    with ExitStack() as stack:
        observers: list[Observer] = []
        if spans is not None:
            observers.append(stack.enter_context(SpansFile(spans, force=job.force)))
        return _run(job, stages, observers, counter=_EntityCounter())


def tag_file(
    job: FileRun,
    *,
    text: str | None = None,
    model: str = "fast",
    lexicon: Path | None = None,
    policy: str = "default",
    masked: bool = False,
) -> FileResult:
    """Tag one table; the text is masked in memory first unless `masked` says that it is masked already."""
    from voc.privacy.policy import load_policy
    from voc.privacy.stage import MaskStage, TrustStage
    from voc.tagging.stage import TagStage

    rules = load_policy(policy)

    def stages(reader: TableReader) -> list[Stage]:
        columns = _text_columns(reader.schema, [text] if text else [])
        first: Stage = (
            TrustStage(columns) if masked else MaskStage(text_columns=columns, policy=rules, make_ids=True)
        )
        return [first, TagStage(text_column=columns[0], model=model, user_lexicon=lexicon)]

    return _run(job, stages, [], counter=_TagCounter())


def scan_file(
    source: str, *, text: Sequence[str] = (), policy: str = "default", sample: int | None = None
) -> ScanResult:
    """Find what personal information is in which column. `sample` bounds the rows looked at."""
    import os

    from voc.io import Quarantine, open_table
    from voc.privacy.policy import load_policy
    from voc.privacy.scan import scan

    quarantine = Quarantine(Path(os.devnull))
    with open_table(source, quarantine=quarantine) as reader:
        for name in text:
            _require(reader.schema, name)
        found = scan(reader.batches(), load_policy(policy), text_columns=tuple(text), max_rows=sample)
        return ScanResult(found.rows, quarantine.count, tuple(found.columns), tuple(reader.notes))


def _run(job: FileRun, make_stages, observers, counter) -> FileResult:  # type: ignore[no-untyped-def]  # noqa: ANN001
    raise NotImplementedError
