"""What `voc customers …` does besides RFM: a table in, a table of customers out, and the facts to tell.

Rows of all inputs that cannot be read go to one quarantine.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.errors import InputError
from voc.pipeline.customers.inputs import churn_table, read_customers, read_tags
from voc.pipeline.customers.table import off_scale_notes, order_notes
from voc.pipeline.known_names import CUSTOMER_NAMES
from voc.pipeline.mapped_columns import MappedColumns

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from voc.customers.cohorts import Cohorts
    from voc.io import Quarantine

__all__ = [
    "CustomerFile",
    "actions_file",
    "cleaned_orders",
    "clv_file",
    "cohort_table",
    "cohorts_file",
    "identity_file",
    "plain",
    "risk_file",
    "satisfaction_file",
    "write_table",
]


@dataclass(frozen=True)
class CustomerFile:
    """Rows written, facts for `--json`, and a small table for a reader, its header first."""

    rows: int
    facts: Mapping[str, Any]
    table: Sequence[Sequence[str]]
    notes: tuple[str, ...] = field(default=())


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """Turn named tuples into mappings, dates into texts and NaN into null, for JSON."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def cohorts_file(
    orders: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    customers: str | None,
    as_of: date | None,
    min_match: float,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write the retention triangle: one row a cohort and month since it came."""
    import ibis

    from voc.customers.cohorts import cohorts
    from voc.customers.keys import check_orders_match
    from voc.io.contracts import CUSTOMERS

    mapped = MappedColumns(columns)
    cleaned, notes = cleaned_orders(orders, mapped, as_of, quarantine=quarantine)
    registered = None
    if customers:
        registered = ibis.memtable(read_customers(customers, CUSTOMERS, mapped, quarantine=quarantine))
        check_orders_match(cleaned, registered, least=min_match, where="customers")
    mapped.check()
    found = cohorts(cleaned, registered=registered, as_of=as_of)
    rows = write_table(cohort_table(found), output, force=force)
    table: list[tuple[str, ...]] = [("months", "customers", "active", "retention")]
    table += [
        (str(n), f"{of:,}", f"{active:,}", f"{active / of:.1%}") for n, of, active in found.overall()[:13]
    ]
    return CustomerFile(
        rows, {"activity": plain(found.activity), "overall": plain(found.overall())}, table, notes
    )


def cohort_table(found: Cohorts) -> pa.Table:
    """Return the triangle as a table: cohort, months, customers, active, retention."""
    import pyarrow as pa

    rows = [
        {"cohort": row.cohort, "months": n, "customers": row.customers, "active": active, "retention": share}
        for row in found.cohorts
        for n, (active, share) in enumerate(zip(row.active, row.retention, strict=True))
    ]
    schema = pa.schema(
        [
            ("cohort", pa.date32()),
            ("months", pa.int64()),
            ("customers", pa.int64()),
            ("active", pa.int64()),
            ("retention", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def clv_file(
    orders: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    as_of: date | None,
    months: int,
    margin: float,
    discount: float,
    holdout: int,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write expected orders and value of every customer; the last `holdout` days judge the model."""
    from datetime import timedelta

    from voc.customers.calibration import calibrate
    from voc.customers.lifetime_value import lifetime_value
    from voc.customers.rfm import last_day

    mapped = MappedColumns(columns)
    cleaned, notes = cleaned_orders(orders, mapped, as_of, quarantine=quarantine)
    mapped.check()
    kept = cleaned
    found = lifetime_value(kept, as_of=as_of, months=months, margin=margin, annual_discount=discount)
    rows = write_table(found.table, output, force=force)
    end = as_of or last_day(kept)
    held = None
    try:
        held = calibrate(kept, end - timedelta(days=holdout), as_of=end)
    except InputError:
        notes = (*notes, f"too few repeat purchases to hold the model to the last {holdout} days")
    model, value = found.orders_model, found.value_model
    total = float(sum(found.table["expected_value"].to_pylist()))
    facts = {
        "months": months,
        "expected_value": total,
        "bg_nbd": dict(zip(("r", "alpha", "a", "b"), model.parameters, strict=True)),
        "log_likelihood": model.log_likelihood,
        "gamma_gamma": {"p": value.p, "q": value.q, "gamma": value.gamma},
        "frequency_value_correlation": plain(found.frequency_value_correlation),
        "holdout": plain(held) if held else None,
    }
    table = [
        (
            "customers",
            "expected value",
            f"orders of the last {holdout} days: expected",
            "actual",
            "frequency-value r",
        )
    ]
    shown = (f"{held.expected_total:,.0f}", f"{held.actual_total:,}") if held else ("–", "–")
    table.append((f"{rows:,}", f"{total:,.0f}", *shown, f"{found.frequency_value_correlation:.2f}"))
    return CustomerFile(rows, facts, table, (*notes, *found.notes))


def risk_file(
    orders: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    tags: str | None,
    churn: str | None,
    as_of: date | None,
    horizon: int,
    min_match: float,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write the list of customers at risk."""
    import ibis

    from voc.customers.risk import RiskSettings
    from voc.pipeline.customers.early_warning import TAG_COLUMNS, risk_table

    mapped = MappedColumns(columns)
    cleaned, notes = cleaned_orders(orders, mapped, as_of, quarantine=quarantine)
    said = ibis.memtable(read_tags(tags, mapped, TAG_COLUMNS, quarantine=quarantine)) if tags else None
    left = churn_table(churn, mapped, quarantine=quarantine)
    mapped.check()
    listed, found = risk_table(
        cleaned,
        tags=said,
        churn=left,
        as_of=as_of,
        settings=RiskSettings(horizon_days=horizon),
        min_match=min_match,
    )
    rows = write_table(listed, output, force=force)
    judged = found.evaluation
    table: list[tuple[str, ...]] = [("list", "precision", "recall", "lift", "lift of recency alone")]
    table += [
        (
            f"top {lift.share:.0%}",
            f"{lift.precision:.1%}",
            f"{lift.recall:.1%}",
            f"{lift.lift:.2f}",
            f"{base.lift:.2f}",
        )
        for lift, base in zip(judged.lifts, judged.baseline_lifts, strict=True)
    ]
    facts = {
        "as_of": found.as_of.isoformat(),
        "horizon_days": horizon,
        "first_test_day": found.first_test_day.isoformat(),
        "evaluation": plain(judged),
        "weights": found.weights,
    }
    told = f"PR-AUC {judged.pr_auc:.3f} ({judged.pr_auc_ci_lower:.3f}–{judged.pr_auc_ci_upper:.3f}), "
    told += f"recency alone {judged.baseline_pr_auc:.3f}, chance {judged.base_rate:.3f}"
    return CustomerFile(rows, facts, table, (*notes, told))


def satisfaction_file(
    feedback: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    orders: str | None,
    scale: int | None,
    min_match: float,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write NPS and CSAT of all ratings and by segment."""
    import ibis
    import pyarrow as pa

    from voc.customers.keys import check_match
    from voc.customers.rfm import rfm
    from voc.customers.satisfaction import satisfaction
    from voc.customers.segments import segment_name
    from voc.io.contracts import RATINGS

    notes: tuple[str, ...] = ()
    segments = None
    mapped = MappedColumns(columns)
    rated = read_customers(feedback, RATINGS, mapped, quarantine=quarantine)
    if orders:
        cleaned, notes = cleaned_orders(orders, mapped, None, quarantine=quarantine)
        segments = ibis.memtable(rfm(cleaned).select("customer_key", "segment").to_pyarrow())
    mapped.check()
    wanted = [name for name in ("customer_id", "rating", "sentiment") if name in rated.column_names]
    found, counts = satisfaction(ibis.memtable(rated.select(wanted)), segments=segments, scale=scale)
    if counts.match_rate is not None:
        check_match(
            round(counts.match_rate * 10**6), 10**6, least=min_match, where="join of feedback and orders"
        )
    rows = write_table(pa.Table.from_pylist([row._asdict() for row in found]), output, force=force)
    table: list[tuple[str, ...]] = [
        ("segment", "ratings", "NPS", "95 % interval", "CSAT", "95 % interval", "disagree with text")
    ]
    table += [
        (
            segment_name(row.segment) if row.segment else "all",
            f"{row.ratings:,}",
            f"{100 * row.nps:.0f}",
            f"{100 * row.nps_ci_lower:.0f} – {100 * row.nps_ci_upper:.0f}",
            f"{row.csat:.1%}",
            f"{row.csat_ci_lower:.1%} – {row.csat_ci_upper:.1%}",
            "–" if row.disagreement is None else f"{row.disagreement:.1%}",
        )
        for row in found
    ]
    facts = {"rows": plain(found), "counts": plain(counts)}
    return CustomerFile(rows, facts, table, (*notes, *off_scale_notes(counts.off_scale)))


def actions_file(
    effects: str,
    orders: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    rules: Path | None,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write suggestions by segment and cause. Orders may be bad, effects may not."""
    import pyarrow as pa

    from voc.customers.actions import load_actions, suggest_actions
    from voc.customers.segments import segment_name
    from voc.pipeline.customers.actions import ACTIONS_SCHEMA, effect_rows, segment_facts

    chosen = load_actions(rules)
    mapped = MappedColumns(columns)
    cleaned, notes = cleaned_orders(orders, mapped, None, quarantine=quarantine)
    mapped.check()
    facts, more = segment_facts(cleaned, None)
    found = suggest_actions(chosen, facts, effect_rows(Path(effects)))
    rows = write_table(
        pa.Table.from_pylist([row._asdict() for row in found], schema=ACTIONS_SCHEMA), output, force=force
    )
    table: list[tuple[str, ...]] = [
        ("segment", "cause", "action", "customers", "cost", "saving", "95 % interval", "evidence")
    ]
    table += [
        (
            segment_name(row.segment),
            row.tag or "–",
            row.action,
            f"{row.customers:,}",
            f"{row.cost:,.0f}",
            _money(row.saving),
            f"{_money(row.saving_ci_lower)} – {_money(row.saving_ci_upper)}",
            f"{row.evidence_level}, of all customers" if row.basis == "overall" else row.evidence_level,
        )
        for row in found
    ]
    return CustomerFile(rows, {"actions": plain(found)}, table, (*notes, *more))


def identity_file(
    accounts: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    max_accounts: int,
    recycle_days: int,
    fuzzy: Sequence[str],
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write the map from accounts to persons. Identifiers are keyed in memory and never written."""
    import pyarrow as pa

    from voc.customers.identity import IdentityLimits, resolve_identity
    from voc.customers.linkage import fuzzy_links
    from voc.io import read_table
    from voc.pipeline.customers.identity import identifier_uses, keyed_columns

    table = read_table(accounts, columns={"customer_id": CUSTOMER_NAMES, **columns}, quarantine=quarantine)
    uses, kinds = identifier_uses(table)
    links: Iterable[tuple[str, str]] = ()
    if fuzzy:
        links = [(link.first, link.second) for link in fuzzy_links(keyed_columns(table, fuzzy), fuzzy)]
    limits = IdentityLimits(max_accounts=max_accounts, recycle_days=recycle_days)
    found = resolve_identity(uses, limits=limits, links=tuple(links))
    named = found.table.rename_columns(["customer_key", "person_key", "accounts", "linked_by"])
    joined = [",".join(kinds_) for kinds_ in named["linked_by"].to_pylist()]
    rows = write_table(named.set_column(3, "linked_by", pa.array(joined, pa.string())), output, force=force)
    counts = found.counts
    shown: list[tuple[str, ...]] = [
        ("accounts", "persons", "merged", "identifiers quarantined", "handed on", "components too large")
    ]
    shown.append(
        tuple(
            f"{n:,}"
            for n in (
                counts.accounts,
                counts.persons,
                counts.merged_accounts,
                counts.quarantined,
                counts.recycled,
                counts.oversized,
            )
        )
    )
    return CustomerFile(rows, plain(counts), shown, (f"identifiers: {', '.join(kinds)}",))


def _money(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def cleaned_orders(
    orders: str, columns: MappedColumns, as_of: date | None, *, quarantine: Quarantine
) -> tuple[ir.Table, tuple[str, ...]]:
    """Read and clean orders, once."""
    import ibis

    from voc.customers.orders import clean
    from voc.io.contracts import ORDERS

    table = read_customers(orders, ORDERS, columns, quarantine=quarantine)
    cleaned, counts = clean(ibis.memtable(table), as_of=as_of)
    return cleaned, order_notes(counts)


def write_table(table: pa.Table, output: str, *, force: bool) -> int:
    """Write a table and return its rows."""
    from voc.io import open_sink

    with open_sink(output, table.schema, force=force) as sink:
        for batch in table.to_batches():
            sink.write(batch)
    return len(table)
