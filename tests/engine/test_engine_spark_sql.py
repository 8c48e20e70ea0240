"""Tables of a run opened on Spark SQL are those that DuckDB opens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc.customers.keys import held
from voc.engine.tables import FILE_ROW, LocalTables, Tables
from voc.errors import WorkerDiedError

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

CANARY = "13912345678"


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    from voc.engine.spark.session import SparkTarget, open_session

    with open_session(SparkTarget("local[1]")) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tables with a column that one lacks and one of two types, under a name that is hard to write."""
    made = tmp_path / "运行 [1] {a}*?"
    made.mkdir()
    one = pa.table(
        {
            "customer_key": ["a", " b", None],
            "n": pa.array([2**60 + 1, None, 3], pa.int64()),
            "ts": pa.array([datetime(2024, 1, 31, 23, 59, 59, 999999), None, datetime(2024, 2, 1)]),
            "code": pa.array([1, 2, None], pa.int64()),
            "tags": pa.array([["x"], [], None], pa.list_(pa.string())),
        }
    )
    other = pa.table({"customer_key": [CANARY], "code": ["c1"], "amount": [0.1]})
    pq.write_table(one, made / "one.parquet")
    pq.write_table(other, made / "other.parquet")
    return made


def rows(table: ir.Table) -> list[dict[str, object]]:
    return sorted(table.to_pyarrow().to_pylist(), key=str)


def both(session: SparkSession) -> tuple[Tables, Tables]:
    from voc.engine.spark.sql import SparkTables

    return SparkTables(session), LocalTables()


def test_files_are_one_table_on_both(session: SparkSession, folder: Path) -> None:
    paths = [folder / "one.parquet", folder / "other.parquet"]
    found = []
    for tables in both(session):
        with tables.open(folder) as opened:
            table = opened.read(paths)
            found.append((set(table.columns), rows(table), rows(opened.numbered(paths[0]))))
            assert {row["n"] for row in found[-1][1]} == {2**60 + 1, None, 3}
    assert found[0] == found[1]
    assert sorted(cast("int", row[FILE_ROW]) for row in found[0][2]) == [0, 1, 2]


def test_nothing_is_left_with_the_session(session: SparkSession, folder: Path) -> None:
    tables, _ = both(session)
    with tables.open(folder) as opened:
        kept = held(opened.read([folder / "one.parquet"]))
        assert kept.count().to_pyarrow().as_py() == 3
        assert session.sparkContext._jsc.getPersistentRDDs().size() == 1
    assert session.sparkContext._jsc.getPersistentRDDs().size() == 0
    assert not [table for table in session.catalog.listTables() if table.isTemporary]


def test_a_query_that_fails_quotes_no_cell(session: SparkSession, folder: Path) -> None:
    tables, _ = both(session)
    with tables.open(folder) as opened:
        table = opened.read([folder / "other.parquet"])
        with pytest.raises(WorkerDiedError, match="Spark gave up a query") as caught:
            (table.customer_key + "!").cast("int64").sum().to_pyarrow()
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


# PySpark leaves the socket by which it hands a list over for the garbage collector to close
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_executors_are_asked_whether_they_see_the_folder(session: SparkSession, folder: Path) -> None:
    from voc.engine.spark import sql

    before = sorted(folder.iterdir())
    assert sql._is_seen(session, folder)
    assert sorted(folder.iterdir()) == before


def test_a_folder_of_the_driver_alone_is_worked_on_there_and_told(
    session: SparkSession, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voc.engine.spark import sql

    monkeypatch.setattr(sql, "_is_shared", lambda *_: False)
    told: list[str] = []
    tables = sql.SparkTables(session, told.append)
    for _ in range(2):
        with tables.open(folder) as opened:
            assert opened.read([folder / "one.parquet"]).get_backend().name == "duckdb"
    assert len(told) == 1
    assert "this machine" in told[0]
