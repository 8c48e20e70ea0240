"""Orders for benchmarks: customers who buy at rates of their own until they leave.

Buying follows a Poisson process while the customer stays, rates come from a gamma distribution, stays from an
exponential one, as in the model of Schmittlein, Morrison and Colombo (1987); amounts are log-normal.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["write_orders"]

_BEGIN = np.datetime64(datetime(2024, 1, 1), "us")
_MINUTES = 780_000
_CHANNELS = ("天猫", "京东", "抖音", "门店")


def write_orders(out: Path, rows: int, *, customers: int, seed: int) -> None:
    """Write a Parquet table of `rows` orders of at most `customers` customers, over the time of the texts.

    Parameters
    ----------
    out
        The table: order_id, customer_id (as the texts have it), ts, amount, channel.
    rows
        How many.
    customers
        How many may buy.
    seed
        Same arguments and seed, same table.
    """
    rng = np.random.default_rng(seed)
    joined = rng.integers(0, _MINUTES // 2, customers)
    stays = np.minimum(rng.exponential(_MINUTES / 2, customers), _MINUTES - joined)
    weight = stays * rng.gamma(1.5, size=customers)
    buyer = np.sort(rng.choice(customers, rows, p=weight / weight.sum()))
    minutes = joined[buyer] + rng.random(rows) * stays[buyer]
    table = pa.table(
        {
            "order_id": pa.array(np.char.add("B", np.arange(rows).astype(str))),
            "customer_id": pa.array(np.char.add("C", np.char.zfill(buyer.astype(str), 7))),
            "ts": pa.array(_BEGIN + minutes.astype("timedelta64[m]"), pa.timestamp("us")),
            "amount": np.round(rng.lognormal(4.5, 0.8, rows), 2),
            "channel": pa.array(np.array(_CHANNELS)[rng.integers(0, len(_CHANNELS), rows)]),
        }
    )
    pq.write_table(table.take(rng.permutation(rows)), out)
