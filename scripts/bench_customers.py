"""Times the customer tables on made-up orders against pandas group-bys in the same run.

    python scripts/bench_customers.py [--orders 1000000] [--customers 100000]

CPU seconds of the process (all threads) and wall seconds. The targets, on 2 cores: RFM and cohorts together
5 s, BG/NBD 5 s.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import date
from functools import partial

import ibis
import numpy as np
import pyarrow as pa

from voc.customers.bg_nbd import expected_orders, fit_bg_nbd
from voc.customers.cohorts import cohorts
from voc.customers.orders import clean
from voc.customers.purchase_history import purchase_history, read_history
from voc.customers.rfm import rfm

AS_OF = date(2025, 6, 30)


def make_orders(n: int, customers: int) -> pa.Table:
    """Orders of two years; rates are gamma distributed over customers."""
    rng = np.random.default_rng(1)
    rate = rng.gamma(0.7, 1.0, customers) + 0.02
    who = rng.choice(customers, n, p=rate / rate.sum())
    seconds = rng.integers(0, 730 * 86_400, n)
    return pa.table(
        {
            "customer_key": pa.array(who).cast(pa.string()),
            "order_id": pa.array(np.arange(n)).cast(pa.string()),
            "ts": np.datetime64("2023-07-01", "us") + (seconds * 1_000_000).astype("timedelta64[us]"),
            "amount": np.round(rng.gamma(1.5, 80, n) + 1, 2),
        }
    )


def timed(name: str, action: Callable[[], object]) -> object:
    """Run and print CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = action()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{name:<42} {cpu:7.2f} s CPU {wall:7.2f} s wall", flush=True)
    return result


def _clean(table: object) -> pa.Table:
    return clean(table, as_of=AS_OF)[0].to_pyarrow()


def by_pandas(orders: pa.Table) -> object:
    """The group-bys that an analyst would write for RFM and cohorts, without cleaning or levels."""
    frame = orders.to_pandas()
    groups = frame.groupby("customer_key")
    table = groups.agg(last=("ts", "max"), n=("order_id", "size"), revenue=("amount", "sum"))
    month = frame["ts"].dt.to_period("M")
    cohort = month.groupby(frame["customer_key"]).transform("min")
    triangle = frame.groupby([cohort, month])["customer_key"].nunique()
    return table, triangle


def main() -> None:
    """Print the timings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=100_000)
    options = parser.parse_args()
    ibis.duckdb.connect().raw_sql("SELECT 1")
    orders = make_orders(options.orders, options.customers)
    print(f"{options.orders:,} orders of {options.customers:,} customers")
    table = ibis.memtable(orders)
    cleaned = ibis.memtable(timed("clean orders", partial(_clean, table)))
    timed("RFM and segments", rfm(cleaned, AS_OF).to_pyarrow)
    timed("cohorts and activity", lambda: cohorts(cleaned, as_of=AS_OF))
    timed("pandas group-bys of RFM and cohorts", partial(by_pandas, orders))
    history = timed("purchase history", lambda: read_history(purchase_history(cleaned, AS_OF)))
    x, recency, age = history.frequency, history.recency, history.age  # type: ignore[attr-defined]
    model = timed("BG/NBD: fit", lambda: fit_bg_nbd(x, recency, age))
    timed("BG/NBD: expected orders of 12 months", lambda: expected_orders(model, 52.0, x, recency, age))  # type: ignore[arg-type]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
