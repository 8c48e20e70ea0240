"""Attaches real reviews to real customers, with a known effect of one complaint on their leaving.

Takes the reviews of online_shopping_10_cats (SophonPlus/ChineseNlpCorpus) and the orders of UCI Online Retail
(both years, CC BY 4.0), and writes what `voc run` takes:

    python scripts/link_reviews_to_orders.py REVIEWS ORDERS_2009_2010 ORDERS_2010_2011 OUT [--check]
    voc run OUT/pipeline.yaml

- OUT/orders.parquet: customer_id, order_id, ts, amount; the orders as they are, cancellations below zero.
- OUT/reviews.csv: review_id, customer_id, ts, product, text.
- OUT/truth.json: what was planted, and what was left out of the orders.

Who leaves is decided by the orders alone: a customer leaves who does not order again for a while. The effect
is planted by choosing the orders after which complaints of slow delivery were written: an order followed by
silence is taken `--weight` times as often as another. All other reviews follow orders drawn evenly, so that
busy customers write more of them and no other complaint has an effect.

`--check` looks for the causes at once, with tags by keyword in place of the tagger.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PLANTED = "logistics.delay"

KEYWORDS = {
    PLANTED: (
        r"(?:物流|快递|发货|送货|配送|到货)[^，。！,.!]{0,6}(?:慢|迟|太久|好久|拖)"
        r"|迟迟不|等了[^，。！,.!]{0,4}[天周]"
    ),
    "packaging.damage": r"破损|摔坏|压坏|压扁|漏液|漏了|磕碰",
    "description.counterfeit": r"假货|假的|盗版|翻新|不是正品",
    "service.attitude": r"态度[^，。！,.!]{0,4}(?:差|恶劣|不好)",
    "price.high": r"太贵|偏贵|性价比低|不值",
    "quality.taste": r"难吃|不甜|很酸|没味道",
    "quality.size": r"偏大|偏小|尺码不",
    "venue.noise": r"隔音|噪音",
}
"""Rules that stand for the tagger, on negative reviews only."""

SILENCE_AFTER = 14
SILENCE_UNTIL = 134
"""Silence: no order on days 15 to 134 after the review: the horizons of all landmarks in the next month."""

OVERLAP_START = pd.Timestamp("2010-12-01")
"""From here on both years hold the same orders."""


class Orders(NamedTuple):
    """Orders of both years."""

    table: pd.DataFrame
    """customer_id, order_id, ts, amount; sorted by time."""
    left_out: dict[str, int]


def main() -> int:
    """Run the script; returns the exit code."""
    options = _parse(sys.argv[1:])
    reviews, older, newer, out = (
        Path(getattr(options, name)) for name in ("reviews", "older", "newer", "out")
    )
    if out.exists() and any(out.iterdir()):
        print(f"{out}: is not empty", file=sys.stderr)
        return 2
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    orders = read_orders(older, newer)
    texts = pd.read_parquet(reviews, columns=["text", "label", "cat"])
    linked, planted = link(texts, orders.table, options.number, options.weight, rng)
    _write(out, linked, orders, {"seed": options.seed, "weight": options.weight, **planted})
    print(
        f"{len(linked):,} reviews, {planted['planted_reviews']:,} of them planted, "
        f"{len(orders.table):,} orders"
    )
    if options.check:
        return check(linked, orders.table)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("reviews", help="online_shopping_10_cats.parquet")
    parser.add_argument("older", help="UCI Online Retail II, 2009-2010, Parquet")
    parser.add_argument("newer", help="UCI Online Retail, 2010-2011, Parquet")
    parser.add_argument("out", help="folder to write to; must be empty")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--number", type=int, default=20_000, help="reviews to attach")
    parser.add_argument("--weight", type=float, default=4.0, help="1 plants nothing")
    parser.add_argument("--check", action="store_true", help="look for the causes at once")
    return parser.parse_args(arguments)


def read_orders(older: Path, newer: Path) -> Orders:
    """Read both years and add up their lines to orders; tells what was left out."""
    first, second = _read_lines(older), _read_lines(newer)
    twice = first["ts"] >= OVERLAP_START
    lines = pd.concat([first[~twice], second], ignore_index=True)
    nameless = lines["customer_id"].isna()
    kept = lines[~nameless]
    orders = kept.groupby(["customer_id", "order_id"], as_index=False).agg(
        ts=("ts", "min"), amount=("amount", "sum")
    )
    orders["amount"] = orders["amount"].round(2)
    orders["customer_id"] = orders["customer_id"].astype(int).astype(str)
    left_out = {
        "lines": len(first) + len(second),
        "lines_in_both_years": int(twice.sum()),
        "lines_without_customer": int(nameless.sum()),
        "cancelled_orders": int((orders["amount"] < 0).sum()),
        "orders_of_zero": int((orders["amount"] == 0).sum()),
    }
    table = orders.sort_values(["ts", "customer_id", "order_id"], ignore_index=True)
    return Orders(table[["customer_id", "order_id", "ts", "amount"]], left_out)


def _read_lines(path: Path) -> pd.DataFrame:
    """Read one year; the two files name the same columns differently."""
    names = {
        "Invoice": "order_id",
        "InvoiceNo": "order_id",
        "InvoiceDate": "ts",
        "Price": "price",
        "UnitPrice": "price",
        "Customer ID": "customer_id",
        "CustomerID": "customer_id",
        "Quantity": "quantity",
    }
    lines = pd.read_parquet(path).rename(columns=names)
    return pd.DataFrame(
        {
            "customer_id": lines["customer_id"],
            "order_id": lines["order_id"].astype(str),
            "ts": pd.to_datetime(lines["ts"]).astype("datetime64[us]"),
            "amount": lines["quantity"] * lines["price"],
        }
    )


def link(
    texts: pd.DataFrame, orders: pd.DataFrame, number: int, weight: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Attach reviews to orders; returns the reviews and what was planted."""
    bought = orders[orders["amount"] > 0].reset_index(drop=True)
    wait = rng.integers(1, 11, len(bought))
    written = bought["ts"].dt.normalize() + pd.to_timedelta(wait, unit="D")
    last = bought["ts"].max().normalize()
    silent = _silent(bought, written)
    decided = np.asarray(written <= last - pd.Timedelta(days=SILENCE_UNTIL))
    complains = np.asarray((texts["label"] == 0) & texts["text"].str.contains(KEYWORDS[PLANTED]))
    pool = np.flatnonzero(complains)
    others = rng.permutation(np.flatnonzero(~complains))[: max(number - len(pool), 0)]
    odds = np.where(decided, np.where(silent, weight, 1.0), 0.0)
    chosen = rng.choice(len(bought), len(pool), replace=False, p=odds / odds.sum())
    possible = np.flatnonzero(np.asarray(written <= last))
    even = rng.choice(possible, len(others))
    order = np.concatenate([chosen, even])
    review = np.concatenate([pool, others])
    minutes = pd.to_timedelta(rng.integers(8 * 60, 23 * 60, len(order)), unit="min")
    linked = pd.DataFrame(
        {
            "customer_id": bought["customer_id"].to_numpy()[order],
            "ts": written.to_numpy()[order] + minutes.to_numpy(),
            "product": texts["cat"].to_numpy()[review],
            "text": texts["text"].to_numpy()[review],
            "label": texts["label"].to_numpy()[review],
        }
    ).sort_values(["ts", "customer_id"], kind="stable", ignore_index=True)
    linked.insert(0, "review_id", [f"R{place:06d}" for place in range(len(linked))])
    facts: dict[str, object] = {
        "planted_tag": PLANTED,
        "planted_reviews": len(pool),
        "silent_share_of_orders": round(float(silent[decided].mean()), 4),
        "silent_share_of_planted": round(float(silent[chosen].mean()), 4),
        "silence_days": [SILENCE_AFTER + 1, SILENCE_UNTIL],
    }
    return linked, facts


def _silent(bought: pd.DataFrame, written: pd.Series) -> NDArray[np.bool_]:
    """Whether the customer of each order orders nothing on days 15 to 134 after the review."""
    origin = np.datetime64("2000-01-01", "D")
    day = (bought["ts"].to_numpy().astype("datetime64[D]") - origin).astype(np.int64)
    base = (written.to_numpy().astype("datetime64[D]") - origin).astype(np.int64)
    customer = pd.factorize(bought["customer_id"])[0].astype(np.int64)
    # one sorted axis on which customers lie far apart, so that a window is a stretch of it
    axis = np.sort(customer * 1_000_000 + day)
    start = np.searchsorted(axis, customer * 1_000_000 + base + SILENCE_AFTER, side="right")
    stop = np.searchsorted(axis, customer * 1_000_000 + base + SILENCE_UNTIL, side="right")
    return np.asarray(start == stop)


def _write(out: Path, linked: pd.DataFrame, orders: Orders, truth: dict[str, object]) -> None:
    orders.table.to_parquet(out / "orders.parquet", index=False)
    linked.drop(columns="label").to_csv(out / "reviews.csv", index=False)
    truth["left_out"] = orders.left_out
    text = json.dumps(truth, ensure_ascii=False, indent=2, sort_keys=True)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")
    (out / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")


PIPELINE = """\
# Real reviews attached to real orders; truth.json tells which complaint makes customers leave.
version: 1
name: linked
vars:
  out: "runs/linked"
inputs:
  reviews:
    role: feedback
    path: "{here}/reviews.csv"
    columns: {text: text, feedback_id: review_id, customer_id: customer_id, ts: ts, product: product}
  orders:
    role: orders
    path: "{here}/orders.parquet"
    columns: {customer_id: customer_id, order_id: order_id, ts: ts, amount: amount}
tag: {model: fast}
customers: {}
rootcause:
  churn: {source: inactivity}
report: {title: 评价与订单}
out: "{out}"
"""


def check(linked: pd.DataFrame, orders: pd.DataFrame) -> int:
    """Look for the causes with tags by keyword; returns 0 when the planted one comes out on top."""
    import ibis
    import pyarrow as pa

    from voc.pipeline.causes import cause_effects

    negative = linked[linked["label"] == 0]
    found = [
        negative.loc[negative["text"].str.contains(rule), ["review_id", "customer_id", "ts"]].assign(tag=tag)
        for tag, rule in KEYWORDS.items()
    ]
    tags = pd.concat(found, ignore_index=True).assign(polarity=-1)
    tables = [ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False)) for frame in (orders, tags)]
    result = cause_effects(tables[0], tables[1], None)
    print(
        f"{len(result.landmarks)} landmarks, {result.n_customers:,} customers, "
        f"{result.n_observations:,} observations"
    )
    print(f"churn {result.n_churned / result.n_observations:.3f}, tags matched {result.match_rate:.3f}")
    print(f"left out: {result.dropped}")
    print(
        f"{'tag':26}{'exposed':>8}{'churned':>8}{'crude':>7}{'RR':>7}{'lower':>7}{'upper':>7}{'q':>9}{'overlap':>9}"
    )
    overall = [effect for effect in result.effects if effect.segment is None]
    for effect in overall:
        if effect.adjusted_rr is None:
            print(f"{effect.tag:26}{effect.reason}")
            continue
        print(
            f"{effect.tag:26}{effect.n_exposed:8}{effect.churn_exposed:8}{effect.crude_rr or 0:7.2f}"
            f"{effect.adjusted_rr:7.2f}{effect.adjusted_rr_ci_lower:7.2f}{effect.adjusted_rr_ci_upper:7.2f}"
            f"{effect.q_value:9.1e}{effect.overlap:9.2f}"
        )
    top = overall[0]
    hit = top.tag == PLANTED and (top.q_value or 1) < 0.05 and (top.adjusted_rr_ci_lower or 0) > 1
    print("the planted complaint is on top" if hit else "the planted complaint is NOT on top")
    return 0 if hit else 1


if __name__ == "__main__":
    raise SystemExit(main())
