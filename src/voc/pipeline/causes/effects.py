"""The effects table of a run, and what `voc rootcause` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.config.pipeline import CustomersConfig, RootCauseConfig
from voc.errors import OutputExistsError, UsageError
from voc.pipeline.steps import StepResult

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from voc.engine.tables import OpenTables, Tables
    from voc.io import Quarantine
    from voc.rootcause.effect import Effect

__all__ = ["CausesFileResult", "effects_table", "rootcause_files"]

_TAG_COLUMNS = ("feedback_id", "customer_key", "ts", "tag", "polarity", "channel")


@dataclass(frozen=True)
class CausesFileResult:
    """Effects over all customers, and what they rest on."""

    rows: tuple[Effect, ...]
    match_rate: float | None
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
    *,
    tables: Tables,
) -> StepResult:
    """Write `effects.parquet`.

    Revenue at risk is counted in the expected values of `clv.parquet` where the run made them, else in past
    spend. Orders of too short a time for the design give no effects and a note.
    """
    from voc.pipeline.causes import CauseResult, CauseSettings, cause_effects
    from voc.pipeline.causes.output import write_causes

    settings = CauseSettings.from_config(config, customers)
    try:
        with tables.open(folder) as opened:
            result = cause_effects(
                opened.read(orders),
                opened.read([folder / "tags.parquet"]),
                opened.read(churn) if config.churn.source == "table" else None,
                settings,
                values=_values(folder, opened) if customers is not None else None,
            )
    except UsageError as error:
        if error.where != "landmarks":
            raise
        result = CauseResult.nothing(f"left out: {error.message}")  # the rest of the run goes on without
    write_causes(result, settings, folder, force=True)
    facts = {
        "landmarks": [str(day) for day in result.landmarks],
        "customers": result.n_customers,
        "observations": result.n_observations,
        "churned": result.n_churned,
        "match_rate": result.match_rate,
        "dropped": result.dropped,
    }
    rate = result.match_rate
    told = () if rate is None else (f"{rate:.1%} of complaint tags of a customer fit one with orders",)
    return StepResult(result.complaints, len(result.effects), notes=(*result.notes, *told), facts=facts)


def _values(folder: Path, opened: OpenTables) -> ir.Table | None:
    import pyarrow.parquet as pq

    path = folder / "clv.parquet"
    if not path.is_file() or pq.read_metadata(path).num_rows == 0:
        return None
    return opened.read([path])


def rootcause_files(
    tags: str,
    orders: str,
    churn: str | None,
    output: Path,
    *,
    settings: RootCauseConfig,
    columns: Mapping[str, Sequence[str]] | None = None,
    values: str | None = None,
    lang: str = "zh",
    quarantine: Quarantine,
    force: bool,
) -> CausesFileResult:
    """Read tags, orders, churn and values; write `effects.parquet`, `causes.json` and a report.

    Rows of the four that cannot be read are set aside; scores of the tagger must be right as a whole.
    """
    import ibis

    from voc.io import read_table
    from voc.io.contracts import ORDERS
    from voc.pipeline.causes import CauseSettings, cause_effects
    from voc.pipeline.causes.output import write_causes
    from voc.pipeline.customers.inputs import churn_table, read_customers, read_tags
    from voc.pipeline.mapped_columns import MappedColumns
    from voc.pipeline.reporting import report_on_causes

    if output.exists() and not force and (not output.is_dir() or any(output.iterdir())):
        raise OutputExistsError(str(output))
    cause_settings = CauseSettings.from_config(settings)
    mapped = MappedColumns(columns)
    tag_table = _typed_tags(read_tags(tags, mapped, quarantine=quarantine))
    order_table = read_customers(orders, ORDERS, mapped, quarantine=quarantine)
    churned = churn_table(churn, mapped, quarantine=quarantine)
    mapped.check()
    result = cause_effects(
        ibis.memtable(order_table),
        tag_table,
        churned,
        cause_settings,
        ibis.memtable(read_table(values, quarantine=quarantine)) if values else None,
    )
    output.mkdir(parents=True, exist_ok=True)
    write_causes(result, cause_settings, output, force=force)
    report = report_on_causes(tag_table, output, min_cell=settings.min_cell, lang=lang)
    overall = tuple(effect for effect in result.effects if effect.segment is None)
    notes = (*result.notes, *(f"{name}: {count:,} left out" for name, count in result.dropped.items()))
    return CausesFileResult(overall, result.match_rate, result.dropped, notes, report)


def _typed_tags(table: pa.Table) -> ir.Table:
    """Take the columns that matter. Raises ColumnError where one is missing that has to be there."""
    import ibis

    from voc.customers.keys import require

    tags = ibis.memtable(table)
    require(tags, "feedback_id", "ts", "tag", "polarity", where="tags")
    named = tags.select(*[name for name in _TAG_COLUMNS if name in tags.columns])
    return named.cast({"polarity": "int8"})
