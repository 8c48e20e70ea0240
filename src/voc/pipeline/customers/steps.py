"""The customer tables of a run besides RFM. What the data do not carry is left out with a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from voc.config.pipeline import CustomersConfig
from voc.errors import InputError
from voc.pipeline.customers.actions import ACTIONS_SCHEMA, effect_rows, facts_of_tables
from voc.pipeline.customers.files import cohort_table, plain
from voc.pipeline.customers.table import off_scale_notes
from voc.pipeline.steps import StepResult

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from voc.engine.tables import OpenTables, Tables

__all__ = [
    "actions_table",
    "cohorts_table",
    "exits_table",
    "satisfaction_table",
    "survival_table",
    "value_table",
    "warning_table",
]


def cohorts_table(
    folder: Path,
    orders: Sequence[Path],
    customers: Sequence[Path],
    config: CustomersConfig,
    *,
    tables: Tables,
) -> StepResult:
    """Write `cohorts.parquet`, the retention triangle. Months and churn stand in the facts."""
    from voc.customers.cohorts import cohorts
    from voc.customers.keys import check_orders_match

    def make(opened: OpenTables) -> tuple[pa.Table, dict[str, Any]]:
        registered = opened.read(customers) if customers else None
        cleaned = _clean(opened, orders, config)
        if registered is not None and not _registered_within(registered, cleaned):
            registered = None
        if registered is not None:
            check_orders_match(cleaned, registered, least=config.min_match_rate, where="customers")
        found = cohorts(cleaned, registered=registered, as_of=config.as_of)
        rows = [{**plain(row), "retention": plain(row.retention)} for row in found.cohorts]
        facts = {
            "cohorts": rows,
            "activity": plain(found.activity),
            "overall": plain(found.overall()),
            "registered": found.registered,
        }
        return cohort_table(found), facts

    return _table_step(tables, folder / "cohorts.parquet", cohort_table_schema(), make)


def _registered_within(registered: ir.Table, orders: ir.Table) -> bool:
    """Whether nearly all customers registered in the time of the orders: their first months are seen."""
    if "registered_at" not in registered.columns:
        return False
    first = orders.ts.min().to_pyarrow().as_py()
    known = registered.registered_at.notnull()
    late = (registered.registered_at >= first).mean(where=known).to_pyarrow().as_py()
    return late is not None and late >= 0.9


def cohort_table_schema() -> pa.Schema:
    """Columns of `cohorts.parquet`."""
    from voc.customers.cohorts import Cohorts

    return cohort_table(Cohorts((), (), False, 0)).schema


def value_table(
    folder: Path, orders: Sequence[Path], config: CustomersConfig, *, tables: Tables
) -> StepResult:
    """Write `clv.parquet`: expected orders and value of every customer, with the segment."""
    from datetime import timedelta

    from voc.customers.calibration import calibrate
    from voc.customers.lifetime_value import LIFETIME_VALUE_SCHEMA, lifetime_value
    from voc.customers.rfm import last_day

    def make(opened: OpenTables) -> tuple[pa.Table, dict[str, Any]]:
        cleaned = _clean(opened, orders, config)
        found = lifetime_value(cleaned, as_of=config.as_of, months=config.value_months, margin=config.margin)
        end = config.as_of or last_day(cleaned)
        held = None
        with suppress(InputError):  # too young for a holdout: the report says nothing of one
            held = plain(calibrate(cleaned, end - timedelta(days=90), as_of=end))
        facts = {
            "months": found.months,
            "parameters": list(found.orders_model.parameters),
            "correlation": plain(found.frequency_value_correlation),
            "holdout": held,
            "notes": list(found.notes),
        }
        return found.table, facts

    return _table_step(tables, folder / "clv.parquet", LIFETIME_VALUE_SCHEMA, make)


def warning_table(
    folder: Path, orders: Sequence[Path], churn: Sequence[Path], config: CustomersConfig, *, tables: Tables
) -> StepResult:
    """Write `risk.parquet`: customers at risk with reasons and the words of their last complaint."""
    from voc.customers.risk import RISK_SCHEMA, RiskSettings
    from voc.pipeline.customers.early_warning import risk_table

    extra = [("tag", pa.string()), ("evidence", pa.string()), ("complained_on", pa.date32())]
    schema = pa.schema([*RISK_SCHEMA, *(pa.field(name, kind) for name, kind in extra)])

    def make(opened: OpenTables) -> tuple[pa.Table, dict[str, Any]]:
        listed, found = risk_table(
            _clean(opened, orders, config),
            tags=opened.read([folder / "tags.parquet"]),
            churn=opened.read(churn) if churn else None,
            as_of=config.as_of,
            settings=RiskSettings(horizon_days=config.risk_days),
            min_match=config.min_match_rate,
        )
        facts = {
            "as_of": found.as_of.isoformat(),
            "horizon_days": found.horizon_days,
            "first_test_day": found.first_test_day.isoformat(),
            "evaluation": plain(found.evaluation),
            "weights": found.weights,
        }
        return listed.cast(schema), facts

    return _table_step(tables, folder / "risk.parquet", schema, make)


def survival_table(
    folder: Path, orders: Sequence[Path], churn: Sequence[Path], config: CustomersConfig, *, tables: Tables
) -> StepResult:
    """Write `survival.parquet`: how long customers stay, by segment and by complaint. Tests are facts."""
    from voc.pipeline.customers.spans import customer_spans
    from voc.pipeline.customers.staying import COMPLAINT_DAYS, GAP_DAYS, STAYING_SCHEMA, staying

    def make(opened: OpenTables) -> tuple[pa.Table, dict[str, Any]]:
        cleaned = _clean(opened, orders, config)
        spans = customer_spans(
            cleaned,
            opened.read(churn) if churn else None,
            as_of=config.as_of,
            inactive_days=config.inactive_days,
            min_match=config.min_match_rate,
        )
        found = staying(
            cleaned,
            spans,
            opened.read([folder / "tags.parquet"]),
            follow_days=config.survival_days,
            rules=config.rfm,
            min_match=config.min_match_rate,
        )
        facts = {
            "landmark": found.landmark.isoformat(),
            "follow_days": found.follow_days,
            "gap_days": GAP_DAYS,
            "complaint_days": COMPLAINT_DAYS,
            "tests": {name: plain(test) for name, test in found.tests.items()},
        }
        return pa.Table.from_pylist(found.rows(), schema=STAYING_SCHEMA), facts

    return _table_step(tables, folder / "survival.parquet", STAYING_SCHEMA, make)


def exits_table(
    folder: Path,
    orders: Sequence[Path],
    churn: Sequence[Path],
    config: CustomersConfig,
    reason: str,
    *,
    tables: Tables,
) -> StepResult:
    """Write `exits.parquet`: how many have left by each way out, by days since the first order."""
    from voc.pipeline.customers.exits import EXITS_SCHEMA, exit_curves

    def make(opened: OpenTables) -> tuple[pa.Table, dict[str, Any]]:
        found = exit_curves(
            _clean(opened, orders, config),
            opened.read(churn),
            reason,
            as_of=config.as_of,
            min_match=config.min_match_rate,
        )
        return pa.Table.from_pylist(found.rows(), schema=EXITS_SCHEMA), {"customers": found.customers}

    return _table_step(tables, folder / "exits.parquet", EXITS_SCHEMA, make)


def satisfaction_table(folder: Path, config: CustomersConfig, *, tables: Tables) -> StepResult:
    """Write `satisfaction.parquet`: NPS and CSAT, over all and by segment."""
    from voc.customers.keys import check_match, held
    from voc.customers.satisfaction import SatisfactionRow, satisfaction

    def make(opened: OpenTables) -> tuple[pa.Table, dict[str, Any]]:
        feedback = opened.read([folder / "feedback.parquet"])
        if "rating" not in feedback.columns:
            raise InputError("feedback has no ratings")
        rated = feedback.mutate(rating=feedback.rating.try_cast("float64"))
        segments = opened.read([folder / "customers.parquet"])
        here = [name for name in ("customer_key", "rating", "sentiment") if name in rated.columns]
        found, counts = satisfaction(
            held(rated.select(here)), segments=held(segments.select("customer_key", "segment"))
        )
        if counts.match_rate is not None:
            check_match(
                round(counts.match_rate * 10**6),
                10**6,
                least=config.min_match_rate,
                where="feedback and orders",
            )
        table = pa.Table.from_pylist([row._asdict() for row in found], schema=schema)
        return table, {"counts": plain(counts)}

    counts_ = ("ratings", "promoters", "passives", "detractors", "with_sentiment")
    whole = (*counts_, "pleased_but_negative", "displeased_but_positive")
    schema = pa.schema(
        [
            (name, pa.string() if name == "segment" else pa.int64() if name in whole else pa.float64())
            for name in SatisfactionRow._fields
        ]
    )
    result = _table_step(tables, folder / "satisfaction.parquet", schema, make)
    left_out = result.facts.get("counts", {}).get("off_scale", 0)
    return replace(result, notes=(*result.notes, *off_scale_notes(left_out)))


def actions_table(folder: Path, config: CustomersConfig) -> StepResult:
    """Write `actions.parquet`: what to do by segment and cause, and what it may save."""
    from voc.customers.actions import load_actions, suggest_actions

    def make() -> tuple[pa.Table, dict[str, Any]]:
        effects = folder / "effects.parquet"
        rows = effect_rows(effects) if effects.is_file() else []
        rules = load_actions(Path(config.actions) if config.actions else None)
        facts = facts_of_tables(folder / "customers.parquet", folder / "clv.parquet")
        found = suggest_actions(rules, facts, rows)
        return pa.Table.from_pylist([row._asdict() for row in found], schema=ACTIONS_SCHEMA), {}

    return _step(folder / "actions.parquet", ACTIONS_SCHEMA, make)


def _clean(opened: OpenTables, orders: Sequence[Path], config: CustomersConfig) -> ir.Table:
    from voc.customers.orders import clean

    return clean(opened.read(orders), as_of=config.as_of)[0]


def _table_step(
    tables: Tables,
    path: Path,
    schema: pa.Schema,
    make: Callable[[OpenTables], tuple[pa.Table, dict[str, Any]]],
) -> StepResult:
    """Do what `_step` does, with tables open for `make`."""

    def opened() -> tuple[pa.Table, dict[str, Any]]:
        with tables.open(path.parent) as found:
            return make(found)

    return _step(path, schema, opened)


def _step(path: Path, schema: pa.Schema, make: Callable[[], tuple[pa.Table, dict[str, Any]]]) -> StepResult:
    """Write what `make` returns; an empty table and a note where the data do not carry it.

    Tables that hardly name customers alike stop the run (GateError): their join would carry anything.
    """
    from voc.io import open_sink

    notes: tuple[str, ...] = ()
    try:
        table, facts = make()
    except InputError as error:
        table, facts = schema.empty_table(), {}
        notes = (f"left out: {error.message}",)
    with open_sink(str(path), table.schema, force=True) as sink:
        for batch in table.to_batches():
            sink.write(batch)
    return StepResult(rows_out=len(table), notes=notes, facts=facts)
