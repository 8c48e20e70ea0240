"""Tables of a cluster in and out: `voc mask` and `voc tag` where no row passes this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import UsageError
from voc.pipeline.files import FileResult, Sample, TagChoice, mask_stage, tag_stages

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from voc.types import Stage

__all__ = ["TableRun", "is_cluster_run", "mask_table", "tag_table"]


@dataclass(frozen=True)
class TableRun:
    """Which table is worked on, where, and into which."""

    input: str
    output: str
    master: str | None = None
    force: bool = False


def is_cluster_run(source: str, output: str | None, engine: str) -> bool:
    """Say whether Spark reads and writes by itself: a Hive table or a folder of a distributed file system.

    Raises
    ------
    UsageError
        When such a table is named without the Spark engine, or on one side only.
    """
    from voc.engine.spark.tables import SparkTable, is_spark_table

    if not any(is_spark_table(location or "") for location in (source, output)):
        return False
    if engine != "spark":
        raise UsageError("only Spark can read or write such a table", where=source, hint="add --engine spark")
    for location in (source, output or ""):
        SparkTable.parse(location)
    return True


def mask_table(
    job: TableRun, *, text: Sequence[str] = (), policy: str = "default", ner: Sequence[str] = ()
) -> FileResult:
    """Mask a table of the cluster."""
    from voc.privacy.policy import load_policy

    rules = load_policy(policy, ner=ner)
    return _run(job, lambda schema, sample: [mask_stage(schema, sample, text, rules)], _entities)


def tag_table(
    job: TableRun,
    choice: TagChoice,
    *,
    text: str | None = None,
    policy: str = "default",
    masked: bool = False,
) -> FileResult:
    """Tag a table of the cluster."""

    def stages(schema: pa.Schema, sample: Sample) -> list[Stage]:
        return tag_stages(schema, sample, choice, text, policy, masked=masked)

    return _run(job, stages, _complaints)


def _run(
    job: TableRun,
    stages: Callable[[pa.Schema, Sample], list[Stage]],
    count: Callable[[DataFrame], dict[str, int]],
) -> FileResult:
    from voc.engine.spark.session import SparkTarget, open_session
    from voc.engine.spark.tables import SparkTable, run_table

    source, output = SparkTable.parse(job.input), SparkTable.parse(job.output)
    with open_session(SparkTarget(job.master)) as session:
        rows = run_table(session, source, output, stages, force=job.force)
        counts = count(output.read(session))
    return FileResult(rows, rows, 0, Path(), (), counts)


def _entities(frame: DataFrame) -> dict[str, int]:
    return _counted(frame, "pii.entity") if "pii" in frame.columns else {}


def _complaints(frame: DataFrame) -> dict[str, int]:
    return _counted(frame, "filter(tags, item -> item.polarity = -1).tag")


def _counted(frame: DataFrame, expression: str) -> dict[str, int]:
    rows = frame.selectExpr(f"explode({expression}) AS item").groupBy("item").count().collect()
    return {row["item"]: row["count"] for row in rows}
