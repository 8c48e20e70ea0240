"""Large tables that the executors read and write themselves: Parquet folders and Hive tables.

No row passes the driver. Rows have no order in such tables, so `__row__` is Spark's own increasing number:
unique, with gaps. Everything else is as on one machine: sort both results, and they are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voc.engine.chain import StageChain
from voc.engine.spark.tasks import ChainSpec, TypedTask
from voc.errors import InputError, OutputExistsError, StageError, UsageError, WorkerDiedError
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from voc.types import Stage

__all__ = ["SparkTable", "is_spark_table", "run_table"]

_HIVE = "hive::"
_SAMPLE_ROWS = 1000
_URI_SCHEMES = ("hdfs://", "s3a://", "abfss://", "gs://", "viewfs://")


@dataclass(frozen=True)
class SparkTable:
    """A table that Spark reads or writes by itself.

    Parameters
    ----------
    name
        A table of the catalogue (`shop.reviews`), or the address of a Parquet folder.
    hive
        True for a table of the catalogue.
    """

    name: str
    hive: bool

    @classmethod
    def parse(cls, location: str) -> SparkTable:
        """Read `hive::shop.reviews`, `hdfs://host/reviews` or `reviews/`.

        Raises
        ------
        UsageError
            For anything else.
        """
        if location.startswith(_HIVE):
            return cls(location.removeprefix(_HIVE), hive=True)
        if location.startswith(_URI_SCHEMES) or location.endswith("/"):
            return cls(location, hive=False)
        hint = "hive::shop.reviews, hdfs://host/reviews, or a folder whose name ends with /"
        raise UsageError("is no table that Spark reads or writes by itself", where=location, hint=hint)

    def read(self, session: SparkSession) -> DataFrame:
        """Open the table. Raises InputError when it is not there."""
        failure = ""
        try:
            return session.table(self.name) if self.hive else session.read.parquet(self.name)
        except Exception as error:  # the classes of PySpark's errors differ between its two clients
            failure = type(error).__name__
        raise InputError(f"Spark cannot read this table ({failure})", where=self.name)

    def exists(self, session: SparkSession) -> bool:
        """Say whether something is there."""
        if self.hive:
            return bool(session.catalog.tableExists(self.name))
        java: Any = session.sparkContext._jvm  # PySpark has no file system of its own
        path = java.org.apache.hadoop.fs.Path(self.name)
        configuration = session.sparkContext._jsc.hadoopConfiguration()
        return bool(path.getFileSystem(configuration).exists(path))

    def write(self, frame: DataFrame, *, force: bool) -> None:
        """Write the table; Spark's committer lets it appear whole."""
        writer = frame.write.mode("overwrite" if force else "errorifexists")
        if self.hive:
            writer.saveAsTable(self.name)
        else:
            writer.parquet(self.name)


def is_spark_table(location: str) -> bool:
    """Say whether only Spark can read or write this location."""
    return location.startswith((_HIVE, *_URI_SCHEMES))


def run_table(
    session: SparkSession,
    source: SparkTable,
    output: SparkTable,
    make_stages: Callable[[pa.Schema, Callable[[], pa.RecordBatch | None]], Sequence[Stage]],
    *,
    force: bool = False,
) -> int:
    """Run text stages over a table of the cluster into another, and return the number of rows.

    Parameters
    ----------
    make_stages
        Given the columns of the source, without `__row__`, and a function that gives its first rows.
    force
        Overwrite what is there.

    Raises
    ------
    InputError, OutputExistsError
        When the source is not there, or the output is.
    StageError, WorkerDiedError
        When a stage failed on an executor, or Spark gave the job up.
    """
    from pyspark.sql.functions import monotonically_increasing_id
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    frame = source.read(session)
    if not force and output.exists(session):
        raise OutputExistsError(output.name)
    before = _plain(to_arrow_schema(frame.schema))
    chain = StageChain.plan(tuple(make_stages(before, lambda: _sample(frame, before))), before)
    task = TypedTask(ChainSpec.of(chain), chain.schemas[0].serialize().to_pybytes())
    numbered = frame.withColumn(ROW_COLUMN, monotonically_increasing_id())
    done = numbered.mapInArrow(task, from_arrow_schema(chain.output_schema)).drop(ROW_COLUMN)
    _write(output, done, force=force)
    return int(output.read(session).count())


def _sample(frame: DataFrame, schema: pa.Schema) -> pa.RecordBatch | None:
    batches = frame.limit(_SAMPLE_ROWS).toArrow().cast(schema).combine_chunks().to_batches()
    return batches[0] if batches else None


def _write(output: SparkTable, frame: DataFrame, *, force: bool) -> None:
    failure = ""
    try:
        output.write(frame, force=force)
    except Exception as error:  # its message may quote rows
        failure, stage = type(error).__name__, "voc.errors" in str(error)
    if failure and stage:
        hint = "run a sample with `voc mask` on one machine to see which rows fail"
        raise StageError("a stage failed on an executor", where=output.name, hint=hint)
    if failure:
        raise WorkerDiedError(f"Spark gave up the job ({failure})", where=output.name)


def _plain(schema: pa.Schema) -> pa.Schema:
    """Columns without Spark's metadata, every one of them allowed to be empty."""
    import pyarrow as pa

    return pa.schema([pa.field(field.name, field.type) for field in schema])
