"""Feedback and tags of a run, appended to tables by month that many runs share.

The run folder keeps a receipt of the files that it appended (`history.json`): run again on other input, their
place is taken by the new ones, so that every run is in the history once.
"""

from __future__ import annotations

import contextlib
import json
from functools import partial
from pathlib import Path
from typing import Final

from voc.pipeline.steps import Step, StepResult

__all__ = ["history_step"]

_TABLES: Final = ("feedback", "tags")
_RECEIPT = "history.json"
_MONTH_OF = "ts"
_BATCH_ROWS = 16_384


def history_step(folder: Path, history: Path) -> Step:
    """Plan the appending of `feedback.parquet` and `tags.parquet` to `<history>/<table>/month=…/`."""
    standing = all((history / name).is_file() for name in _appended(folder))
    return Step(
        "history",
        tuple(folder / f"{table}.parquet" for table in _TABLES),
        (folder / _RECEIPT,),
        {"path": str(history)},
        partial(_append, folder, history),
        cacheable=standing,
    )


def _append(folder: Path, history: Path) -> StepResult:
    from voc.io import write_bytes

    earlier = _appended(folder)
    receipt: list[str] = []
    rows = 0
    notes: list[str] = []
    for table in _TABLES:
        gone = tuple(name.removeprefix(f"{table}/") for name in earlier if name.startswith(f"{table}/"))
        files, count, told = _append_table(folder / f"{table}.parquet", history / table, gone)
        receipt += [f"{table}/{name}" for name in files]
        rows += count
        notes += [f"{table}: {note}" for note in told]
        kept = [name for name in earlier if not name.startswith(f"{table}/") and name not in receipt]
        write_bytes(folder / _RECEIPT, _written([*receipt, *kept]), force=True)
    return StepResult(rows, rows, notes=tuple(notes), facts={"files": len(receipt)})


def _append_table(source: Path, place: Path, gone: tuple[str, ...]) -> tuple[tuple[str, ...], int, list[str]]:
    import pyarrow.parquet as pq

    from voc.io.month_sink import MonthSink

    file = pq.ParquetFile(source, pre_buffer=False)
    with MonthSink(str(place), file.schema_arrow, _MONTH_OF, replaces=gone) as sink:
        for batch in file.iter_batches(_BATCH_ROWS):
            sink.write(batch)
    return sink.files, sink.rows, sink.notes


def _appended(folder: Path) -> list[str]:
    with contextlib.suppress(OSError, ValueError):
        names = json.loads((folder / _RECEIPT).read_bytes())["files"]
        return [str(name) for name in names]
    return []


def _written(files: list[str]) -> bytes:
    return (json.dumps({"files": files}, ensure_ascii=False, indent=1) + "\n").encode()
