"""The customer tables of the made-up company, as the steps of a run leave them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_ACTIONS = [
    (
        "vip",
        "logistics.delay",
        "专属顾问跟进物流",
        "客户成功",
        180,
        90_000.0,
        410_000.0,
        120_000.0,
        730_000.0,
    ),
    ("growth", "aftersales.refund", "退款极速到账", "售后", 450, 45_000.0, 160_000.0, -20_000.0, 330_000.0),
    ("growth", "logistics.delay", "挽回券与回访", "运营", 300, 30_000.0, 52_000.0, 4_000.0, 98_000.0),
    ("general", None, "新人引导", "运营", 560, 11_200.0, None, None, None),
]


def write_life(folder: Path, segments: list[tuple[str, str]]) -> tuple[dict[str, Path], dict[str, Any]]:
    """Write value, risk and actions. Returns the tables by name, and the facts of their steps."""
    rng = random.Random(3)
    worth = {"vip": 5200.0, "growth": 1400.0, "general": 420.0, "churn_risk": 130.0}
    alive = {"vip": 0.95, "growth": 0.85, "general": 0.7, "churn_risk": 0.2}
    clv = [
        {
            "customer_key": key,
            "p_alive": alive[segment],
            "expected_orders": worth[segment] / 120,
            "expected_value": worth[segment] * rng.uniform(0.8, 1.2),
        }
        for key, segment in segments
    ]
    risk = [
        {
            "rank": n + 1, "customer_key": key, "risk": 0.6 - n / 100,
            "reasons": ["order_gap", "recent_complaints"],
            "tag": "logistics.delay", "evidence": "催了三遍还没送到",
        }
        for n, (key, _) in enumerate(segments[:25])
    ]  # fmt: skip
    names = ("segment", "tag", "action", "owner", "customers", "cost", "saving", "saving_ci_lower",
             "saving_ci_upper")  # fmt: skip
    actions = [
        {**dict(zip(names, row, strict=True)), "evidence_level": "adjusted" if row[1] else "none"}
        for row in _ACTIONS
    ]
    tables = {}
    written = (
        ("clv", clv),
        ("risk", risk),
        ("actions", actions),
        ("survival", list(_staying())),
        ("exits", list(_exits())),
    )
    for name, rows in written:
        tables[name] = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows), tables[name])
    return tables, _facts()


def _staying() -> Iterator[dict[str, Any]]:
    for grouping, group, customers, per_step in (
        ("all", None, 2400, 12),
        ("segment", "vip", 180, 2),
        ("segment", "growth", 450, 5),
        ("segment", "general", 560, 6),
        ("segment", "churn_risk", 300, 9),
        ("complaint", "yes", 240, 8),
        ("complaint", "no", 1250, 14),
    ):
        there = customers
        for step in range(25):
            left = per_step if step else 0
            share = (there - left) / customers
            yield {
                "grouping": grouping, "group": group, "time": 10.0 * step, "at_risk": there, "events": left,
                "survival": share, "ci_lower": max(0.0, share - 0.02), "ci_upper": min(1.0, share + 0.02),
            }  # fmt: skip
            there -= left


def _exits() -> Iterator[dict[str, Any]]:
    for name, per_step in (("价格太高", 10), ("服务不满", 6), ("搬家", 1)):
        for step in range(1, 9):
            yield {
                "exit": name, "time": 30.0 * step, "at_risk": 2400 - 17 * step, "events": per_step,
                "incidence": per_step * step / 2400,
            }  # fmt: skip


def _facts() -> dict[str, Any]:
    lifts = [(0.01, 0.21, 0.05, 4.9, 2.1), (0.05, 0.14, 0.16, 3.2, 1.8), (0.1, 0.1, 0.23, 2.3, 1.5)]
    evaluation = {
        "base_rate": 0.043, "pr_auc": 0.112, "pr_auc_ci_lower": 0.09, "pr_auc_ci_upper": 0.135,
        "baseline_pr_auc": 0.061, "calibration_error": 0.008, "lead_time_days": 27.0,
        "lifts": [dict(zip(("share", "precision", "recall", "lift"), row, strict=False)) for row in lifts],
        "baseline_lifts": [{"lift": row[4]} for row in lifts],
    }  # fmt: skip
    cohorts = [
        {
            "cohort": f"2025-0{n}-01", "customers": 200, "churn_3": 0.3, "churn_6": None,
            "active": [200, 120, 90, None], "retention": [1.0, 0.6, 0.45, None],
        }
        for n in (1, 2, 3)
    ]  # fmt: skip
    return {
        "cohorts": {"cohorts": cohorts, "overall": [(0, 600, 600), (1, 600, 360), (2, 600, 270)]},
        "value": {
            "months": 12,
            "correlation": 0.11,
            "holdout": {"expected_total": 905.0, "actual_total": 948},
        },
        "survival": {
            "landmark": "2025-01-15",
            "gap_days": 14,
            "complaint_days": 90,
            "follow_days": 240,
            "tests": {
                "complaint": {"statistic": 21.4, "degrees_of_freedom": 1, "p_value": 3.7e-6},
                "segment": {"statistic": 88.1, "degrees_of_freedom": 3, "p_value": 5e-19},
            },
        },
        "risk": {"as_of": date(2025, 6, 30), "horizon_days": 60, "evaluation": evaluation},
    }
