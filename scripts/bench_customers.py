"""Times the customer tables on made-up orders against pandas group-bys in the same run.

    python scripts/bench_customers.py [--orders 1000000] [--customers 100000]
    python scripts/bench_customers.py --cdnow DATA/customers/CDNOW_sample.txt

CPU seconds of the process (all threads) and wall seconds. The targets, on 2 cores: RFM and cohorts together
5 s, BG/NBD 5 s. With `--cdnow` nothing is timed: BG/NBD is fitted to weeks 1 to 39 of the CDNOW sample
(customer in the whole set, in the sample, day, number, dollars) and held to weeks 40 to 78.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.customers.bg_nbd import BgNbd, expected_orders, fit_bg_nbd
from voc.customers.calibration import calibrate
from voc.customers.cohorts import cohorts
from voc.customers.orders import clean
from voc.customers.purchase_history import purchase_history, read_history
from voc.customers.rfm import rfm
from voc.pipeline.customers.spans import customer_spans
from voc.pipeline.customers.staying import staying

AS_OF = date(2025, 6, 30)
CDNOW_WEEK_39 = date(1997, 9, 30)
CDNOW_WEEK_78 = date(1998, 6, 30)


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


def make_tags(n: int, customers: int) -> pa.Table:
    """Complaints of the same two years, of 54 kinds, made by anybody."""
    rng = np.random.default_rng(2)
    seconds = rng.integers(0, 730 * 86_400, n)
    return pa.table(
        {
            "customer_key": pa.array(rng.integers(0, customers, n)).cast(pa.string()),
            "ts": np.datetime64("2023-07-01", "us") + (seconds * 1_000_000).astype("timedelta64[us]"),
            "tag": pa.array(rng.integers(0, 54, n)).cast(pa.string()),
            "polarity": np.full(n, -1, np.int8),
        }
    )


def how_long_they_stay(orders: ir.Table, tags: pa.Table) -> object:
    """Kaplan-Meier curves and log-rank tests of all, by segment and by complaint."""
    spans = customer_spans(orders, None, as_of=AS_OF, inactive_days=180, min_match=0.3)
    return staying(orders, spans, ibis.memtable(tags), follow_days=360, min_match=0.3)


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


def read_cdnow(path: Path) -> pa.Table:
    """Clean orders of the CDNOW sample."""
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    return pa.table(
        {
            "customer_key": [row[1] for row in rows],
            "order_id": [str(number) for number in range(len(rows))],
            "ts": pa.array([datetime.strptime(row[2], "%Y%m%d") for row in rows], pa.timestamp("us")),
            "amount": [float(row[4]) for row in rows],
        }
    )


def repeats_so_far(orders: pa.Table, model: BgNbd, day: date) -> tuple[float, float]:
    """Repeat purchases up to a day: as the model has them of newcomers of their ages, and as they came."""
    first = orders.filter(pc.less_equal(orders["ts"], datetime.combine(CDNOW_WEEK_39, datetime.max.time())))
    known = orders.filter(pc.is_in(orders["customer_key"], pc.unique(first["customer_key"])))
    history = read_history(purchase_history(ibis.memtable(known), day))
    age, at = np.unique(history.age, return_inverse=True)
    new = np.zeros(1)
    each = np.array([float(expected_orders(model, weeks, new, new, new)[0]) for weeks in age.tolist()])
    return float(each[at].sum()), float(history.frequency.sum())


def hold_out(orders: pa.Table) -> None:
    """Print what the model of weeks 1 to 39 foretells of weeks 40 to 78, and what came."""
    history = read_history(purchase_history(ibis.memtable(orders), CDNOW_WEEK_39))
    model = fit_bg_nbd(history.frequency, history.recency, history.age)
    names = ("r", "alpha", "a", "b")
    fitted = ", ".join(f"{name} {value:.4f}" for name, value in zip(names, model.parameters, strict=True))
    print(f"BG/NBD on weeks 1 to 39: {fitted}, log-likelihood {model.log_likelihood:.2f}")
    for week, day in ((39, CDNOW_WEEK_39), (78, CDNOW_WEEK_78)):
        foretold, bought = repeats_so_far(orders, model, day)
        print(f"repeat purchases up to week {week}: foretold {foretold:,.0f}, bought {bought:,.0f}")
    found = calibrate(ibis.memtable(orders), CDNOW_WEEK_39, as_of=CDNOW_WEEK_78)
    print(f"weeks 40 to 78, {found.customers:,} customers, {found.days} days")
    print(f"  foretold {found.expected_total:,.0f}, bought {found.actual_total:,} ({found.total_error:+.1%})")
    print(
        f"  absolute error a customer {found.mean_absolute_error:.3f}, of the own rate so far "
        f"{found.naive_mean_absolute_error:.3f}; correlation {found.correlation:.3f}"
    )
    for row in found.rows:
        print(
            f"  {row.frequency} repeats: {row.customers:5,} customers, foretold {row.expected:.3f}, "
            f"bought {row.actual:.3f}"
        )


def main() -> None:
    """Print the timings, or how CDNOW is foretold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--cdnow", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.cdnow is not None:
        hold_out(read_cdnow(options.cdnow))
        return
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
    tags = make_tags(options.orders // 2, options.customers)
    timed("survival curves, half as many tags", partial(how_long_they_stay, cleaned, tags))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
