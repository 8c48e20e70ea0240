"""The customer table of a run, and what `voc customers rfm` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from voc.config.pipeline import CustomersConfig, RfmConfig
from voc.how_many import how_many
from voc.pipeline.steps import StepResult

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from voc.customers.orders import OrderCounts
    from voc.customers.segments import SegmentShare
    from voc.engine.tables import Tables
    from voc.io import Quarantine

__all__ = [
    "CustomersFileResult",
    "customers_table",
    "off_scale_notes",
    "order_notes",
    "read_parquets",
    "rfm_file",
]


@dataclass(frozen=True)
class CustomersFileResult:
    """What became of a table of orders."""

    customers: int
    segments: tuple[SegmentShare, ...]
    counts: Mapping[str, int]
    """Rows of orders left out, by reason."""
    notes: tuple[str, ...]


def customers_table(
    folder: Path, orders: Sequence[Path], config: CustomersConfig, *, tables: Tables
) -> StepResult:
    """Write `customers.parquet`: RFM and segment of every customer with an order."""
    from voc.customers.orders import clean
    from voc.customers.rfm import rfm

    with tables.open(folder) as opened:
        cleaned, counts = clean(opened.read(orders), as_of=config.as_of)
        table = rfm(cleaned, config.as_of, config.rfm)
        rows = _write(table, str(folder / "customers.parquet"), force=True)
    return StepResult(counts.rows, rows, notes=order_notes(counts), facts={"orders": counts._asdict()})


def rfm_file(
    orders: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    as_of: date | None,
    window_days: int | None,
    quarantine: Quarantine,
    force: bool,
) -> CustomersFileResult:
    """Read orders, write the customer table, and return its segments.

    The customer column comes out as it went in, named `customer_key`: nothing is masked here.
    """
    import ibis

    from voc.customers.orders import clean
    from voc.customers.rfm import rfm
    from voc.customers.segments import segment_shares
    from voc.io.contracts import ORDERS
    from voc.pipeline.customers.inputs import read_customers
    from voc.pipeline.mapped_columns import MappedColumns

    mapped = MappedColumns(columns)
    source = ibis.memtable(read_customers(orders, ORDERS, mapped, quarantine=quarantine))
    mapped.check()
    cleaned, counts = clean(source, as_of=as_of)
    table = rfm(cleaned, as_of, RfmConfig(window_days=window_days))
    customers = _write(table, output, force=force)
    return CustomersFileResult(customers, segment_shares(table), counts.dropped(), order_notes(counts))


def read_parquets(paths: Sequence[Path]) -> ir.Table:
    """Open Parquet files as one ibis table; columns that some lack are null there."""
    import ibis

    return ibis.duckdb.connect().read_parquet([str(path) for path in paths], union_by_name=True)


def order_notes(counts: OrderCounts) -> tuple[str, ...]:
    """Say what the cleaning of orders left out."""
    words = {
        "duplicates": ("repeated order row", "repeated order rows"),
        "missing_customer": ("order row without a customer", "order rows without a customer"),
        "missing_time": ("order row without a time", "order rows without a time"),
        "bad_amount": ("order row without a usable amount", "order rows without a usable amount"),
        "missing_order": ("order without a number", "orders without a number"),
        "future": (
            "order row after the day of measurement or in the future",
            "order rows after the day of measurement or in the future",
        ),
        "zero_orders": ("order that comes to nothing", "orders that come to nothing"),
        "refunds": ("refund netted", "refunds netted"),
        "refund_only_customers": ("customer with refunds only", "customers with refunds only"),
        "shared_orders": ("order number shared by customers", "order numbers shared by customers"),
    }
    return tuple(how_many(count, *words[name]) for name, count in counts.dropped().items())


def _write(table: ir.Table, output: str, *, force: bool) -> int:
    from voc.io import open_sink

    rows = table.to_pyarrow()  # one row a customer; the types are those declared, as batches would not be
    with open_sink(output, rows.schema, force=force) as sink:
        for batch in rows.to_batches():
            sink.write(batch)
    return len(rows)


def off_scale_notes(ratings: int) -> tuple[str, ...]:
    """Say how many ratings were left out since the scale has not them."""
    return (f"{how_many(ratings, 'rating')} outside the scale left out",) if ratings else ()
