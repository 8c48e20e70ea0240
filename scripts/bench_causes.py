"""Time and memory of the whole root-cause analysis on a large company, beside pandas group-bys.

    python scripts/bench_causes.py [--customers 100000] [--orders 1000000] [--tags 500000]

Draws orders, complaint tags and churn of made-up customers, runs `voc.pipeline.causes.cause_effects` on them
(RFM at every landmark, crude and Mantel–Haenszel effects of 54 tags over all customers and in four segments,
cross-fitted doubly robust estimates, bootstrap, placebo date, permuted labels), and in the same process the
group-bys with pandas that give no more than the crude risk ratio of each tag and segment.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from voc.pipeline.causes import CauseSettings, cause_effects

START = np.datetime64("2023-01-01", "D")
DAYS = 540
N_TAGS = 54
PLANTED = {0: 2.5, 1: 1.8}
"""Tags whose complaint multiplies the risk of leaving within 104 days."""


def company(n_customers: int, n_orders: int, n_tags: int, seed: int = 1) -> tuple[pd.DataFrame, ...]:
    """Draw orders, tags and churn."""
    rng = np.random.default_rng(seed)
    busy = rng.gamma(1.2, 1.0, n_customers)
    joined = rng.integers(0, DAYS // 2, n_customers)
    tag_share = rng.dirichlet(np.full(N_TAGS, 0.7))
    tags_of = rng.choice(n_customers, int(n_tags * 1.8), p=(busy + 0.3) / (busy + 0.3).sum())
    tag_day = rng.integers(0, DAYS, len(tags_of))
    tag = rng.choice(N_TAGS, len(tags_of), p=tag_share)
    gone = _leaving(rng, joined, tags_of, tag_day, tag)
    there = (tag_day >= joined[tags_of]) & (tag_day <= gone[tags_of])
    tags_of, tag_day, tag = (column[there][:n_tags] for column in (tags_of, tag_day, tag))
    buyer = rng.choice(n_customers, int(n_orders * 1.6), p=busy / busy.sum())
    buyer = np.concatenate([np.arange(n_customers), buyer])
    bought = np.concatenate([joined, rng.integers(0, DAYS, len(buyer) - n_customers)])
    there = (bought >= joined[buyer]) & (bought <= gone[buyer])
    buyer, bought = buyer[there][:n_orders], bought[there][:n_orders]
    orders = pd.DataFrame(
        {
            "customer_id": buyer,
            "order_id": np.arange(len(buyer)),
            "ts": START.astype("datetime64[s]") + bought * 86_400,
            "amount": np.round(rng.gamma(2, 60, len(buyer)) + 1, 2),
            "channel": rng.choice(["天猫", "京东", "小程序", "门店"], len(buyer)),
        }
    )
    tagged = pd.DataFrame(
        {
            "feedback_id": np.arange(len(tag)),
            "customer_id": tags_of,
            "ts": START.astype("datetime64[s]") + tag_day * 86_400,
            "tag": [f"group{number // 6}.tag{number:02d}" for number in tag],
            "polarity": np.int8(-1),
        }
    )
    churned_at = pd.Series(START.astype("datetime64[s]") + gone * 86_400)
    churn = pd.DataFrame(
        {"customer_id": np.arange(n_customers), "churned_at": churned_at.where(gone < DAYS, pd.NaT)}
    )
    return orders, tagged, churn


def _leaving(
    rng: np.random.Generator,
    joined: NDArray[np.int64],
    customer: NDArray[np.int64],
    day: NDArray[np.int64],
    tag: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Day on which each customer leaves: a constant hazard, and after a planted complaint a higher one."""
    gone = joined + rng.exponential(900, len(joined)).astype(np.int64) + 1
    for number, ratio in PLANTED.items():
        hit = np.flatnonzero(tag == number)
        soon = day[hit] + rng.exponential(900 / (ratio - 1), len(hit)).astype(np.int64)
        soon = np.where(soon <= day[hit] + 104, soon, DAYS * 2)
        np.minimum.at(gone, customer[hit], soon)
    capped: NDArray[np.int64] = np.minimum(gone, DAYS)
    return capped


def pandas_group_bys(orders: pd.DataFrame, tags: pd.DataFrame, churn: pd.DataFrame) -> pd.DataFrame:
    """What a notebook does: join, and churn rate by tag and segment of spend. No design, no adjustment."""
    spend = orders.groupby("customer_id")["amount"].agg(["sum", "count"])
    spend["segment"] = pd.qcut(spend["sum"], 4, labels=False)
    people = churn.merge(spend, left_on="customer_id", right_index=True)
    people["churned"] = people["churned_at"].notna()
    pairs = tags[["customer_id", "tag"]].drop_duplicates().merge(people, on="customer_id")
    exposed = pairs.groupby(["tag", "segment"])["churned"].agg(["sum", "count"])
    totals = people.groupby("segment")["churned"].agg(["sum", "count"])
    rest = totals.reindex(exposed.index.get_level_values(1)).set_index(exposed.index) - exposed
    exposed["crude_rr"] = (exposed["sum"] / exposed["count"]) / (rest["sum"] / rest["count"])
    return exposed


def timed(name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - passes on what the work returns
    """Run, and print wall clock and processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    print(f"{name:<28} {time.perf_counter() - wall:8.1f} s wall {time.process_time() - cpu:8.1f} s cpu")
    return found


def main() -> None:
    """Run both and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--tags", type=int, default=500_000)
    chosen = parser.parse_args()
    frames = company(chosen.customers, chosen.orders, chosen.tags)
    print(" ".join(f"{len(frame):,}" for frame in frames), "rows of orders, tags, churn")
    timed("pandas group-bys", lambda: pandas_group_bys(*frames))
    tables = [ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False)) for frame in frames]
    result = timed("voc root cause", lambda: cause_effects(tables[0], tables[1], tables[2], CauseSettings()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB")
    print(f"{len(result.landmarks)} landmarks, {result.n_observations:,} observations")
    print(f"{len(result.effects)} rows, {sum(row.dr_rr is not None for row in result.effects)} doubly robust")
    for row in result.effects[:5]:
        if row.adjusted_rr is not None and row.dr_rr is not None:
            ratios = f"MH {row.adjusted_rr:.2f} DR {row.dr_rr:.2f}"
            print(f"  {row.tag} n={row.n_exposed} {ratios} q {row.q_value:.1e}")
    print(result.doubts.permutations)


if __name__ == "__main__":
    main()
