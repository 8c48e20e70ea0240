"""The effects table of a run, and what `voc rootcause` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.config.pipeline import CustomersConfig, RootCauseConfig
from voc.errors import OutputExistsError
from voc.pipeline.steps import StepResult

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from voc.pipeline.causes import CauseResult
    from voc.rootcause.effects import Effect

__all__ = ["CausesFileResult", "effects_table", "rootcause_files"]

_TAG_COLUMNS = ("feedback_id", "customer_key", "customer_id", "ts", "tag", "polarity")


@dataclass(frozen=True)
class CausesFileResult:
    """Effects over all customers, and what they rest on."""

    rows: tuple[Effect, ...]
    counts: Mapping[str, int]
    """Rows left out, by reason."""
    notes: tuple[str, ...]
    report: Path


def effects_table(
    folder: Path,
    orders: Sequence[Path],
    churn: Sequence[Path],
    config: RootCauseConfig,
    customers: CustomersConfig | None,
) -> StepResult:
    """Write `effects.parquet`."""
    from voc.pipeline.causes import CauseSettings, cause_effects
    from voc.pipeline.customers import read_parquets

    result = cause_effects(
        read_parquets(orders),
        read_parquets([folder / "tags.parquet"]),
        read_parquets(churn) if config.churn.source == "table" else None,
        CauseSettings.from_config(config, customers),
    )
    _write_effects(result, folder / "effects.parquet", force=True)
    facts = {
        "landmarks": [str(day) for day in result.landmarks],
        "customers": result.n_customers,
        "observations": result.n_observations,
        "churned": result.n_churned,
        "match_rate": result.match_rate,
        "dropped": result.dropped,
    }
    return StepResult(result.complaints, len(result.effects), notes=result.notes, facts=facts)


def rootcause_files(
    tags: str, orders: str, churn: str | None, output: Path, *, settings: RootCauseConfig, force: bool
) -> CausesFileResult:
    """Read tags, orders and churn, and write `effects.parquet` and a report into the folder `output`."""
    import ibis

    from voc.io import read_table
    from voc.io.contracts import CHURN, ORDERS
    from voc.pipeline.causes import CauseSettings, cause_effects
    from voc.pipeline.reporting import report_on_causes

    if output.exists() and not force and (not output.is_dir() or any(output.iterdir())):
        raise OutputExistsError(str(output))
    tag_table = _typed_tags(read_table(tags))
    churn_table = ibis.memtable(read_table(churn, contract=CHURN)) if churn else None
    result = cause_effects(
        ibis.memtable(read_table(orders, contract=ORDERS)),
        tag_table,
        churn_table,
        CauseSettings.from_config(settings),
    )
    output.mkdir(parents=True, exist_ok=True)
    effects = output / "effects.parquet"
    _write_effects(result, effects, force=force)
    report = report_on_causes(tag_table, effects, output, min_cell=settings.min_cell)
    overall = tuple(effect for effect in result.effects if effect.segment is None)
    notes = (*result.notes, *(f"{name}: {count:,} left out" for name, count in result.dropped.items()))
    return CausesFileResult(overall, result.dropped, notes, report)


def _write_effects(result: CauseResult, path: Path, *, force: bool) -> None:
    from voc.io import open_sink
    from voc.pipeline.causes import effects_to_arrow

    table = effects_to_arrow(result.effects)
    with open_sink(str(path), table.schema, force=force) as sink:
        for batch in table.to_batches():
            sink.write(batch)


def _typed_tags(table: pa.Table) -> ir.Table:
    """Take the columns that matter, with their types, since a CSV gives strings only."""
    import ibis

    tags = ibis.memtable(table)
    named = tags.select(*[name for name in _TAG_COLUMNS if name in tags.columns])
    casts = {
        name: kind for name, kind in (("ts", "timestamp"), ("polarity", "int8")) if name in named.columns
    }
    return named.cast(casts)
