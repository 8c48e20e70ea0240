"""Tables of a run on Spark SQL: executors read the files of the run folder, results come to the driver.

The backend is ibis's own, with Arrow instead of pandas on the way to and from Python: whole numbers stay
whole where some are missing, and nothing passes a pandas frame.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import ibis
import ibis.expr.datatypes as dt
from ibis.backends.pyspark import Backend
from ibis.formats.pyarrow import PyArrowData

from voc.engine.spark.tasks import is_there
from voc.engine.tables import FILE_ROW, LocalTables, OpenTables
from voc.errors import WorkerDiedError

if TYPE_CHECKING:
    import ibis.expr.operations as ops
    import ibis.expr.types as ir
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SparkTables"]

T = TypeVar("T")

_PARTITIONS = "spark.sql.shuffle.partitions"
_PARTITIONS_A_CORE = 3
_GLOB = re.compile(r"([\\{}\[\]*?])")


class SparkTables:
    """Spark SQL on a session that is open.

    Executors read files by themselves, so they have to see the run folder. Where they do not (it is on the
    disk of the driver alone), DuckDB works out the tables on the driver, and that is told.

    Parameters
    ----------
    session
        An open session.
    tell
        Takes what the user should know.
    """

    def __init__(self, session: SparkSession, tell: Callable[[str], None] = lambda _: None) -> None:
        self._session = session
        session.conf.set("spark.sql.caseSensitive", "true")  # columns of a file are told apart by case
        self._tell = tell
        self._seen: dict[Path, bool] = {}

    @contextlib.contextmanager
    def open(self, folder: Path) -> Iterator[OpenTables]:
        """Open a connection; what it has registered with the session is dropped at the end of the block."""
        if not self._sees(folder):
            with LocalTables().open(folder) as here:
                yield here
            return
        _fit_shuffles(self._session)  # for each step: executors may have come since
        backend = _ArrowBackend().connect(self._session)
        try:
            yield _OpenSpark(backend)
        finally:
            backend.forget()

    def _sees(self, folder: Path) -> bool:
        if folder not in self._seen:
            self._seen[folder] = _is_shared(self._session, folder)
            if not self._seen[folder]:
                self._tell(
                    "executors do not see the run folder, so its tables are worked out on this machine: "
                    "put it on a file system that all nodes share"
                )
        return self._seen[folder]


class _OpenSpark:
    def __init__(self, backend: _ArrowBackend) -> None:
        self._backend = backend

    def read(self, paths: Sequence[Path]) -> ir.Table:
        return _union([self._backend.view(self._backend.frame(path)) for path in paths])

    def numbered(self, path: Path) -> ir.Table:
        frame = self._backend.frame(path)
        return self._backend.view(frame.selectExpr("*", f"_metadata.row_index AS {FILE_ROW}"))


class _ArrowBackend(Backend):  # type: ignore[misc]  # ibis has no types for it
    """ibis on Spark SQL, with Arrow between Spark and Python."""

    def frame(self, path: Path) -> DataFrame:
        """Open a file that every node sees under the same name."""
        return self._session.read.parquet("file://" + _GLOB.sub(r"\\\1", str(path.resolve())))

    def view(self, frame: DataFrame) -> ir.Table:
        """Give a frame as an ibis table."""
        name = ibis.util.gen_name("voc")
        frame.createOrReplaceTempView(name)
        self._views.append(name)
        return self.table(name)

    def forget(self) -> None:
        """Drop views and free what the executors keep."""
        for frame in self._cached_dataframes.values():
            frame.unpersist()
        for name in [*self._views, *self._cached_dataframes]:
            self._session.catalog.dropTempView(name)
        self._views.clear()
        self._cached_dataframes.clear()

    def do_connect(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - ibis's own
        self._views: list[str] = []
        self.register_options()  # what `ibis.pyspark` does when it is first named
        super().do_connect(*args, **kwargs)

    def to_pyarrow(self, expr: ir.Expr, /, **_: object) -> pa.Table | pa.Array | pa.Scalar:
        """Run an expression and collect its rows."""
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        query = self.compile(table)
        rows = _run(lambda: self._session.sql(query).toArrow())
        return expr.__pyarrow_result__(PyArrowData.convert_table(rows, table.schema()))

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        table = super()._create_cached_table(name, expr)
        _run(self._cached_dataframes[name].count)  # now, while what it reads is kept too
        return table

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        frame = self._session.createDataFrame(op.data.to_pyarrow(op.schema))
        frame.createOrReplaceTempView(op.name)
        self._views.append(op.name)

    def _drop_cached_table(self, name: str) -> None:
        if name in self._cached_dataframes:  # else `forget` was here before the garbage collector
            super()._drop_cached_table(name)


def _union(tables: Sequence[ir.Table]) -> ir.Table:
    """All rows under the columns of all tables; what differs in type takes the wider one, or text."""
    types: dict[str, dt.DataType] = {}
    for table in tables:
        for name, kind in table.schema().items():
            types[name] = _common(types.get(name, kind), kind)
    shaped = [
        table.select(
            **{
                name: table[name].cast(kind) if name in table.columns else ibis.null(kind)
                for name, kind in types.items()
            }
        )
        for table in tables
    ]
    return ibis.union(*shaped) if len(shaped) > 1 else tables[0]


def _common(one: dt.DataType, other: dt.DataType) -> dt.DataType:
    if one == other:
        return one
    if one.is_string() or other.is_string():
        return dt.string
    return dt.highest_precedence([one, other])


def _run(query: Callable[[], T]) -> T:
    failure = ""
    try:
        return query()
    except Exception as error:  # of py4j: its message may quote anything
        failure = type(error).__name__
    hint = "see the executors' own logs; the next run goes on with this step"
    raise WorkerDiedError(f"Spark gave up a query ({failure})", hint=hint)


def _fit_shuffles(session: SparkSession) -> None:
    """Take three partitions a core where the user has not said how many: 200 cost a small run minutes.

    Left as they are where executors come and go, as nobody knows the cores beforehand.
    """
    context = session.sparkContext
    settings = context.getConf()
    if settings.contains(_PARTITIONS) or settings.get("spark.dynamicAllocation.enabled") == "true":
        return
    session.conf.set(_PARTITIONS, str(_PARTITIONS_A_CORE * max(context.defaultParallelism, 1)))


def _is_shared(session: SparkSession, folder: Path) -> bool:
    """Whether executors find what the driver writes into a folder."""
    return session.sparkContext.master.startswith("local") or _is_seen(session, folder)


def _is_seen(session: SparkSession, folder: Path) -> bool:
    """Write a file for a moment, and ask several executors whether it is there."""
    context = session.sparkContext
    probe = folder / f".voc-{secrets.token_hex(8)}"
    try:
        probe.touch()
        tasks = 4 * max(context.defaultParallelism, 1)
        asked: Any = context.parallelize([str(probe)] * tasks, tasks)
        return all(_run(asked.map(is_there).collect))
    finally:
        probe.unlink(missing_ok=True)
