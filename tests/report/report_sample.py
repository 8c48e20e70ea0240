"""A made-up company for the tests of the report: seeded, with its own texts, as a finished run leaves it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from life_sample import write_life

from voc.io.tag_lists import TAG_LIST
from voc.report.model import Versions
from voc.report.sources import ReportInputs

TAXONOMY = {
    "version": 1,
    "tags": [
        {
            "id": group,
            "zh": zh,
            "children": [{"id": tag, "zh": tag_zh} for tag, tag_zh in children.items()],
        }
        for group, zh, children in [
            ("logistics", "物流配送", {"delay": "物流延迟", "courier": "配送服务", "lost": "丢件未收到"}),
            ("packaging", "包装", {"damage": "破损洒漏"}),
            ("quality", "商品质量", {"defect": "质量故障", "size": "尺寸不合", "taste": "口味气味"}),
            ("price", "价格费用", {"high": "价格偏高", "drop": "降价价保"}),
            ("service", "客服服务", {"attitude": "服务态度", "slow": "响应慢", "unresolved": "推诿未解决"}),
            ("aftersales", "售后", {"refund": "退款难", "return": "退换难"}),
            ("experience", "产品体验", {"bug": "闪退卡顿"}),
        ]
    ],
}
"""The part of the taxonomy that the sample uses."""

_COMPLAINTS = {
    "logistics.delay": (
        0.11,
        ["等了整整{d}天才到", "说好次日达结果拖了{d}天", "发货慢得离谱", "催了三遍还没送到"],
    ),
    "logistics.courier": (0.04, ["快递小哥不打电话就放门口", "不肯送上楼", "骑手态度冲得很"]),
    "logistics.lost": (0.015, ["显示签收可我根本没收到", "包裹到现在没影儿"]),
    "packaging.damage": (0.05, ["箱子压瘪了，里面洒了一半", "盒角磕碎了", "打开全是漏出来的汁"]),
    "quality.defect": (0.08, ["用了{d}天就坏了", "开机就黑屏", "按键失灵，没法用"]),
    "quality.size": (0.03, ["按推荐的码买还是偏小", "大了整整一圈"]),
    "quality.taste": (0.03, ["一股怪味，不敢吃", "齁咸，吃两口就扔了"]),
    "price.high": (0.05, ["这个价真不值", "比隔壁店贵出一大截"]),
    "price.drop": (0.025, ["刚买{d}天就降价，还不给价保"]),
    "service.attitude": (0.06, ["客服爱答不理", "店员甩脸色给谁看呢", "接线员直接挂我电话"]),
    "service.slow": (0.05, ["问了半天没人回", "机器人绕来绕去转不到人工"]),
    "service.unresolved": (0.04, ["踢了{d}回皮球也没个结果", "反映了好几次，没人处理"]),
    "aftersales.refund": (0.05, ["退款拖了{d}天还没到账", "说好全退又扣了我手续费"]),
    "aftersales.return": (0.02, ["换货流程绕得人头晕", "退货运费还让我出"]),
    "experience.bug": (0.03, ["App一打开就闪退", "结算页面卡死"]),
}
_PRAISE = ["东西不错", "味道挺好", "质感在线", "性价比可以", "师傅很耐心", "用着顺手", "朋友都说好看"]
_OPENINGS = [
    "这次",
    "说实话，",
    "给家里人买的，",
    "第二回下单了，",
    "活动时囤的，",
    "",
    "",
    "老顾客了，",
    "唉，",
]
_ENDINGS = [
    "希望改进。",
    "有事联系138****5678。",
    "请尽快处理！",
    "😡",
    "以后不来了。",
    "",
    "",
    "王**可以作证。",
]
CHANNELS = ["天猫", "京东", "门店", "小程序", "客服热线"]
PRODUCTS = [
    "空气炸锅",
    "破壁机",
    "扫地机器人",
    "电动牙刷",
    "保温杯",
    "挂耳咖啡",
    "坚果礼盒",
    "儿童书包",
    "瑜伽垫",
    "台灯",
]
_ENTITIES = [
    ("CN_MOBILE", "general", 0.09),
    ("PERSON", "general", 0.12),
    ("CN_ADDRESS", "general", 0.04),
    ("ORDER_NO", "general", 0.05),
    ("CN_RESIDENT_ID", "core", 0.01),
    ("CN_BANK_CARD", "core", 0.012),
    ("EMAIL", "general", 0.01),
]

PII_TYPE = pa.list_(
    pa.struct(
        [
            ("entity", pa.string()),
            ("tier", pa.string()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("score", pa.float32()),
            ("recognizer", pa.string()),
            ("token", pa.string()),
        ]
    )
)
FEEDBACK_SCHEMA = pa.schema(
    [
        ("feedback_id", pa.string()),
        ("customer_key", pa.string()),
        ("ts", pa.timestamp("us")),
        ("channel", pa.string()),
        ("product", pa.string()),
        ("rating", pa.float64()),
        ("speaker", pa.string()),
        ("text", pa.string()),
        ("pii", PII_TYPE),
        ("sentiment", pa.int8()),
        ("sentiment_score", pa.float32()),
        ("tags", TAG_LIST),
        ("severity", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class Sample:
    """Files of the made-up run."""

    folder: Path
    inputs: ReportInputs


def write_taxonomy(folder: Path) -> Path:
    path = folder / "taxonomy.yaml"
    path.write_text(yaml.safe_dump(TAXONOMY, allow_unicode=True), encoding="utf-8")
    return path


def _feedback(rng: random.Random, number: int, kind: str, days: int) -> dict[str, object]:
    day = rng.randrange(days)
    channel = rng.choice(CHANNELS)
    product = rng.choice(PRODUCTS)
    agent = kind == "chats" and rng.random() < 0.4
    parts = [rng.choice(_OPENINGS)]
    tags: list[dict[str, object]] = []
    for tag, (rate, clauses) in _COMPLAINTS.items():
        factor = 1 + (channel == "客服热线") + (product in ("扫地机器人", "坚果礼盒")) * 0.5
        if tag == "logistics.delay" and day > days - 60:
            factor *= 2.2
        if not agent and rng.random() < rate * factor * (0.6 if channel == "门店" else 1.0):
            clause = rng.choice(clauses).format(d=rng.randint(2, 19))
            start = sum(map(len, parts))
            parts.append(clause + rng.choice("，。！"))
            tags.append(_mention(tag, -1, start, clause, rng))
    if not agent and (not tags or rng.random() < 0.2):
        clause = rng.choice(_PRAISE)
        tags.append(
            _mention(rng.choice(["quality.defect", "price.high"]), 1, sum(map(len, parts)), clause, rng)
        )
        parts.append(clause + "。")
    parts.append(rng.choice(_ENDINGS))
    complaints = sum(tag["polarity"] == -1 for tag in tags)
    sentiment = None if agent else (-1 if complaints and rng.random() < 0.9 else rng.choice([0, 1, 1, 1]))
    pii = [
        {
            "entity": entity,
            "tier": tier,
            "start": 0,
            "end": 3,
            "score": 0.9,
            "recognizer": "x.v1",
            "token": None,
        }
        for entity, tier, rate in _ENTITIES
        if rng.random() < rate
    ]
    return {
        "feedback_id": f"{kind[0]}{number:06d}",
        "customer_key": None if rng.random() < 0.06 else f"k{rng.randrange(1600):05d}",
        "ts": datetime(2024, 1, 1, 9) + timedelta(days=day, minutes=rng.randrange(600)),
        "channel": channel,
        "product": product if rng.random() > 0.05 else None,
        "rating": float(max(1, 5 - 2 * complaints)),
        "speaker": ("agent" if agent else "customer") if kind == "chats" else None,
        "text": "".join(parts),
        "pii": pii,
        "sentiment": sentiment,
        "sentiment_score": None if sentiment is None else (0.1 if sentiment < 0 else 0.8),
        "tags": tags,
        "severity": ["监管"]
        if complaints and rng.random() < 0.03
        else (["流失威胁"] if complaints > 1 else []),
    }


def _mention(tag: str, polarity: int, start: int, clause: str, rng: random.Random) -> dict[str, object]:
    return {
        "tag": tag,
        "polarity": polarity,
        "start": start,
        "end": start + len(clause),
        "evidence": clause,
        "score": round(rng.uniform(0.5, 1.0), 2),
        "source": "lexicon",
    }


def effects() -> list[dict[str, object]]:
    rows = [
        ("logistics.delay", 412, 5100, 118, 690, 2.12, 1.83, 1.50, 2.24, 1e-7, 1e-6),
        ("aftersales.refund", 205, 5307, 61, 747, 2.11, 1.66, 1.28, 2.15, 2e-4, 1e-3),
        ("service.unresolved", 160, 5352, 44, 764, 1.93, 1.49, 1.10, 2.02, 0.009, 0.03),
        ("quality.defect", 333, 5179, 59, 749, 1.22, 1.12, 0.87, 1.45, 0.37, 0.5),
        ("packaging.damage", 210, 5302, 31, 777, 1.01, 1.02, 0.73, 1.43, 0.9, 0.93),
        ("price.high", 240, 5272, 30, 778, 0.85, 0.88, 0.62, 1.25, 0.47, 0.55),
        ("service.attitude", 260, 5252, 41, 767, 1.08, 1.05, 0.78, 1.41, 0.75, 0.85),
        ("experience.bug", 95, 5417, 7, 801, 0.5, 0.55, 0.27, 1.13, 0.1, 0.2),
        ("logistics.lost", 6, 5506, 3, 805, 3.4, 2.9, 0.9, 9.0, 0.07, 0.2),
    ]
    names = (
        "tag n_exposed n_unexposed churn_exposed churn_unexposed crude_rr adjusted_rr adjusted_rr_ci_lower"
    )
    keys = [*names.split(), "adjusted_rr_ci_upper", "p_value", "q_value"]
    return [
        {**dict(zip(keys, row, strict=True)), "segment": None, "evidence_level": "adjusted"} for row in rows
    ]


def effects_by_segment() -> list[dict[str, object]]:
    """Rows of single segments, as a run has them too."""
    counted = ("n_exposed", "n_unexposed", "churn_exposed", "churn_unexposed")
    rows = []
    for row in effects()[:3]:
        for segment, scale in (("vip", 0.2), ("growth", 0.5)):
            counts = {name: int(row[name] * scale) for name in counted}
            rows.append(
                {**row, **counts, "churn_unexposed": int(row["churn_unexposed"] * scale), "segment": segment}
            )
    return rows


def worth() -> dict[str, float]:
    return {
        "dr_rr": 1.71, "dr_rr_ci_lower": 1.4, "dr_rr_ci_upper": 2.1, "e_value": 3.06, "e_value_bound": 2.37,
        "paf": 0.071, "paf_ci_lower": 0.05, "paf_ci_upper": 0.093, "revenue_at_risk": 125_400.0,
    }  # fmt: skip


def silence(segment: str | None, *counts: int) -> dict[str, object]:
    names = ("customers", "silent_customers", "churned", "silent_churned")
    return {"segment": segment, **dict(zip(names, counts, strict=True))}


def causes_document() -> dict[str, object]:
    """What stands behind the effects, as `causes.json` has it."""
    rows = [*effects(), *effects_by_segment()]
    behind = {
        "adjusted_rd": 0.05, "adjusted_rd_ci_lower": 0.03, "adjusted_rd_ci_upper": 0.07, "overlap": 0.93,
        "trimmed_share": 0.01, "attributable_churners": 57.3, "attributable_churners_ci_lower": 40.2,
        "attributable_churners_ci_upper": 75.9, "revenue_at_risk_ci_lower": 90_000.0,
        "revenue_at_risk_ci_upper": 160_000.0, "tagger_rr": 1.9, "tagger_rr_ci_lower": 1.5,
        "tagger_rr_ci_upper": 2.4,
    }  # fmt: skip
    control = {"tag": "price.high", "rr": 0.97, "rr_ci_lower": 0.7, "rr_ci_upper": 1.3, "p_value": 0.8}
    edges = [0.001 * 1.6**i for i in range(11)]
    shares = [0.02, 0.05, 0.1, 0.2, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01]
    days = [14, 44, 74, 104]
    return {
        "version": 1,
        "design": {
            "exposure_days": 30,
            "gap_days": 14,
            "horizon_days": 90,
            "every_days": 30,
            "level": 0.95,
            "landmarks": ["2024-03-01", "2024-03-31"],
            "studied_days": 60,
            "strata": ["landmark", "rfm", "tenure"],
        },
        "customers": 1500,
        "observations": 5512,
        "churned": 808,
        "match_rate": 0.94,
        "value_source": "spend",
        "value_days": 365,
        "effects": [
            {"tag": row["tag"], "segment": row["segment"], **behind, "differs_by_segment": False}
            for row in rows
        ],
        "overlaps": {
            "logistics.delay": {"edges": edges, "exposed": shares[::-1], "unexposed": shares},
            "aftersales.refund": {"edges": edges, "exposed": shares[::-1], "unexposed": shares},
        },
        "curves": {
            tag: {"days": days, "exposed": [0.0, 0.1, 0.2, 0.29], "unexposed": [0.0, 0.05, 0.1, 0.15]}
            for tag in ("logistics.delay", "aftersales.refund")
        },
        "doubts": {
            "negative_controls": [control],
            "placebo_days": 134,
            "placebo": [{**control, "tag": "logistics.delay", "rr": 1.08}],
            "permutations": {
                "runs": 10,
                "tests": 80,
                "below_alpha": 4,
                "discoveries": 0,
                "runs_with_discovery": 0,
            },
            "unheard": [
                {
                    "segment": None,
                    "customers": 1500,
                    "silent_customers": 420,
                    "churned": 808,
                    "silent_churned": 560,
                },
                {
                    "segment": "vip",
                    "customers": 180,
                    "silent_customers": 4,
                    "churned": 40,
                    "silent_churned": 20,
                },
            ],
            "missing_links": [
                {"segment": None, "rate": 0.06, "estimated": False},
                {"segment": "vip", "rate": 0.041, "estimated": True},
            ],
        },
    }


def quality() -> dict[str, dict[str, object]]:
    return {
        "reviews": {
            "role": "feedback", "rows_read": 3012, "rows_kept": 3000, "quarantined": 12,
            "reasons": {"undecodable bytes": 7, "impossible date": 5}, "duplicates": 4, "missing_ids": 0,
            "notes": ["gb18030", "delimiter ,"],
        },
        "chats": {"role": "feedback", "rows_read": 2000, "rows_kept": 2000, "missing_ids": 3},
        "orders": {"role": "orders", "rows_read": 21455, "rows_kept": 21455},
    }  # fmt: skip


def write_sample(
    folder: Path, *, rows: int = 3000, days: int = 540, seed: int = 7, life: bool = False
) -> Sample:
    """Write reviews, chats, customers and churn of a made-up company; its customer tables where asked for."""
    rng = random.Random(seed)
    tagged = []
    for kind, count in (("reviews", rows), ("chats", rows * 2 // 3)):
        table = pa.Table.from_pylist(
            [_feedback(rng, number, kind, days) for number in range(count)], schema=FEEDBACK_SCHEMA
        )
        if kind == "reviews":
            table = table.drop_columns(["speaker"])
        tagged.append(folder / f"{kind}.parquet")
        pq.write_table(table, tagged[-1])
    customers = []
    for number in range(1500):
        segment = rng.choices(["vip", "growth", "general", "churn_risk"], [12, 30, 38, 20])[0]
        revenue = round(rng.lognormvariate(6 + (segment == "vip") * 1.4, 0.7), 2)
        left = rng.random() < (0.35 if segment == "churn_risk" else 0.12)
        customers.append(
            {
                "customer_key": f"k{number:05d}",
                "recency_days": rng.randrange(200),
                "n_orders": rng.randint(1, 30),
                "revenue": revenue,
                "segment": segment,
                "churned_at": datetime(2025, 5, 1) if left else None,
            }
        )
    pq.write_table(pa.Table.from_pylist(customers), folder / "customers.parquet")
    (folder / "causes.json").write_text(json.dumps(causes_document()), encoding="utf-8")
    inputs = ReportInputs(
        tagged=tagged,
        customers=folder / "customers.parquet",
        effects=[{**row, **worth()} for row in (*effects(), *effects_by_segment())],
        causes=folder / "causes.json",
        quality=quality(),
        taxonomy=write_taxonomy(folder),
        versions=Versions(voc="0.1.0", policy="default@1", model="sentiment.linear.v3", taxonomy="1"),
    )
    if life:
        tables, facts = write_life(folder, [(row["customer_key"], row["segment"]) for row in customers])
        tables["customers"] = folder / "customers.parquet"
        inputs = replace(inputs, customer_tables=tables, customer_facts=facts)
    return Sample(folder, inputs)
