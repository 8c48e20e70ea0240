"""What suggestions of what to do rest on: the effects of complaints, and the segments of customers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from voc.config.pipeline import CustomersConfig
from voc.errors import ColumnError, InputError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from voc.customers.actions import SegmentFacts

__all__ = ["ACTIONS_SCHEMA", "effect_rows", "facts_of_tables", "segment_facts"]

ACTIONS_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("segment", "segment_zh", "tag", "action", "owner")),
        ("customers", pa.int64()),
        *(
            (name, pa.float64())
            for name in ("cost", "customers_kept", "saving", "saving_ci_lower", "saving_ci_upper")
        ),
        ("evidence_level", pa.string()),
        ("basis", pa.string()),
    ]
)
"""Columns of `actions.parquet`; the fields of `ActionRow`."""


def effect_rows(effects: Path) -> list[dict[str, Any]]:
    """Return the effects with what stands behind them, where `causes.json` lies beside.

    Without it customers and rate are those of the observations: a customer counts at every landmark.

    Raises
    ------
    ColumnError
        When it is another table.
    """
    from voc.io import read_table
    from voc.pipeline.causes.output import EFFECTS_SCHEMA

    table = read_table(str(effects))
    try:
        rows: list[dict[str, Any]] = table.select(EFFECTS_SCHEMA.names).cast(EFFECTS_SCHEMA).to_pylist()
    except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        lacking = [name for name in EFFECTS_SCHEMA.names if name not in table.column_names]
        raise ColumnError(
            f"holds no effects: no column {lacking[0]!r}" if lacking else "holds no effects",
            where=str(effects),
            hint="give effects.parquet of a run, or of the folder that voc rootcause writes",
        ) from None
    beside = effects.with_name("causes.json")
    more = json.loads(beside.read_text(encoding="utf-8"))["effects"] if beside.is_file() else []
    behind = {(row["tag"], row["segment"]): row for row in more}
    for row in rows:
        known = behind.get((row["tag"], row["segment"]), {})
        exposed, left = row.get("n_exposed"), row.get("churn_exposed")
        row["customers_exposed"] = known.get("customers_exposed", exposed)
        row["differs_by_segment"] = known.get("differs_by_segment", False)
        row["rate_exposed"] = known.get(
            "rate_exposed", left / exposed if exposed and left is not None else None
        )
    return rows


def segment_facts(
    orders: ir.Table, config: CustomersConfig | None
) -> tuple[list[SegmentFacts], tuple[str, ...]]:
    """Return customers and mean expected value of each segment, from clean orders."""
    import ibis

    from voc.customers.lifetime_value import lifetime_value
    from voc.customers.rfm import rfm

    config = config or CustomersConfig()
    table = rfm(orders, config.as_of, config.rfm).select("customer_key", "segment").to_pyarrow()
    try:
        found = lifetime_value(orders, as_of=config.as_of, months=config.value_months, margin=config.margin)
    except InputError as error:
        return _facts(ibis.memtable(table), None), (f"no expected value: {error.message}",)
    return _facts(ibis.memtable(table), ibis.memtable(found.table)), found.notes


def facts_of_tables(customers: Path, values: Path) -> list[SegmentFacts]:
    """Return the same from the tables of customers and of their value, where there is one."""
    import ibis
    import pyarrow.parquet as pq

    value = pq.read_table(values) if values.is_file() else None
    known = ibis.memtable(value) if value is not None and len(value) else None
    return _facts(ibis.memtable(pq.read_table(customers, columns=["customer_key", "segment"])), known)


def _facts(customers: ir.Table, values: ir.Table | None) -> list[SegmentFacts]:
    import ibis

    from voc.customers.actions import SegmentFacts

    if values is None:
        joined = customers.mutate(expected_value=ibis.null("float64"))
    else:
        joined = customers.left_join(values.select("customer_key", "expected_value"), "customer_key")
    sums = joined.group_by("segment").aggregate(
        customers=lambda t: t.count(), value=lambda t: t.expected_value.mean()
    )
    rows = sums.order_by("segment").to_pyarrow().to_pylist()
    return [SegmentFacts(row["segment"], row["customers"], row["value"]) for row in rows]
