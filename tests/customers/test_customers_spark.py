"""The same expressions give the same tables on Spark, where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc.customers.churn import from_inactivity
from voc.customers.orders import clean
from voc.customers.rfm import rfm
from voc.customers.segments import segment_shares

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

# PySpark warns of pandas 3 on every transfer
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

AS_OF = date(2024, 6, 30)


def orders() -> pa.Table:
    rng = np.random.default_rng(1)
    n = 2000
    customer = np.where(rng.random(n) < 0.01, None, [f"c{number}" for number in rng.integers(0, 150, n)])
    amount = np.round(rng.gamma(1.5, 60, n) * np.where(rng.random(n) < 0.1, -1, 1), 2)
    start = np.datetime64("2024-01-01", "us")
    return pa.table(
        {
            "customer_id": pa.array(customer, pa.string()),
            "order_id": [f"o{number}" for number in rng.integers(0, 1800, n)],
            "ts": start + rng.integers(0, 190 * 86_400_000_000, n).astype("timedelta64[us]"),
            "amount": np.where(rng.random(n) < 0.01, np.nan, amount),
        }
    )


@pytest.fixture(scope="module")
def spark() -> Iterator[object]:
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
    }
    builder = SparkSession.builder.master("local[1]").appName("customers")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def test_customer_tables_are_the_same_on_spark(spark, tmp_path: Path):
    pq.write_table(orders(), tmp_path / "orders.parquet")
    there = ibis.pyspark.connect(spark).read_parquet(str(tmp_path / "orders.parquet"))
    tables = [clean(table, as_of=AS_OF) for table in (there, ibis.memtable(orders()))]
    (on_spark, spark_counts), (here, counts) = tables
    assert spark_counts == counts
    assert rfm(on_spark, AS_OF).to_pyarrow().to_pylist() == rfm(here, AS_OF).to_pyarrow().to_pylist()
    assert segment_shares(rfm(on_spark, AS_OF)) == segment_shares(rfm(here, AS_OF))
    silent = [from_inactivity(table, days=30).to_pyarrow().to_pylist() for table in (on_spark, here)]
    first, second = (sorted((row["customer_key"], str(row["churned_at"])) for row in rows) for rows in silent)
    assert first == second
