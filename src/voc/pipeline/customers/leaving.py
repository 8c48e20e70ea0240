"""What the commands on leaving do: how long customers stay, what drives them out, and which way they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from voc.errors import ColumnError, InputError, UsageError
from voc.how_many import how_many
from voc.pipeline.customers.files import CustomerFile, cleaned_orders, plain, write_table
from voc.pipeline.customers.inputs import churn_table, read_tags
from voc.pipeline.mapped_columns import MappedColumns

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.customers.cox import HazardRow
    from voc.io import Quarantine

__all__ = ["contracts_file", "exits_file", "hazards_file", "survival_file"]

_DAYS = (90, 180, 365)
"""Days since the first order at which curves are told."""
_FEWEST = 10
"""Customers that a tag needs to be told by itself."""


def survival_file(
    orders: str,
    output: str,
    *,
    columns: Mapping[str, Sequence[str]],
    churn: str | None,
    as_of: date | None,
    inactive_days: int,
    min_match: float,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write the Kaplan-Meier curve of all customers and by time of the first order, with a log-rank test."""
    import pyarrow as pa

    from voc.customers.survival import kaplan_meier, log_rank
    from voc.pipeline.customers.spans import customer_spans

    mapped = MappedColumns(columns)
    cleaned, notes = cleaned_orders(orders, mapped, as_of, quarantine=quarantine)
    gone = churn_table(churn, mapped, quarantine=quarantine)
    mapped.check()
    spans = customer_spans(cleaned, gone, as_of=as_of, inactive_days=inactive_days, min_match=min_match)
    groups: list[tuple[str | None, Any]] = [(None, spans.all())]
    groups += [(name, spans.group == name) for name in sorted(set(spans.group.tolist()))]
    rows: list[dict[str, Any]] = []
    table: list[tuple[str, ...]] = [("first order", "customers", "left", "there after 90 days", "180", "365")]
    for name, chosen in groups:
        curve = kaplan_meier(spans.days[chosen], spans.left[chosen])
        rows += [{"group": name, **row._asdict()} for row in curve]
        watched = float(spans.days[chosen].max())
        shares = [min((row.survival for row in curve if row.time <= day), default=1.0) for day in _DAYS]
        left = int(spans.left[chosen].sum())
        table.append((name or "all", f"{int(chosen.sum()):,}", f"{left:,}", *_told(shares, watched)))
    test = log_rank(spans.days, spans.left, spans.group) if len(groups) > 2 else None
    written = write_table(pa.Table.from_pylist(rows, schema=_SURVIVAL()), output, force=force)
    told = (
        (f"log-rank {test.statistic:.2f} on {test.degrees_of_freedom}, p = {test.p_value:.2g}",)
        if test
        else ()
    )
    return CustomerFile(
        written, {"log_rank": plain(test), "customers": len(spans.days)}, table, (*notes, *told)
    )


def _told(shares: Sequence[float], watched_days: float) -> list[str]:
    """Shares at `_DAYS` for a reader; a dash where nobody has been watched for so long."""
    return [f"{share:.1%}" if day <= watched_days else "–" for day, share in zip(_DAYS, shares, strict=True)]


def _SURVIVAL() -> pa.Schema:  # noqa: N802 - a constant that needs pyarrow
    import pyarrow as pa

    floats = ("survival", "ci_lower", "ci_upper")
    return pa.schema(
        [
            ("group", pa.string()),
            ("time", pa.float64()),
            ("at_risk", pa.int64()),
            ("events", pa.int64()),
            *((name, pa.float64()) for name in floats),
        ]
    )


def hazards_file(
    orders: str,
    output: str,
    *,
    tags: str,
    columns: Mapping[str, Sequence[str]],
    churn: str | None,
    as_of: date | None,
    inactive_days: int,
    acting_days: int,
    min_match: float,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write a Cox regression of leaving on complaints that act for a while: one row a tag.

    A tag is without a ratio where nobody left while it acted.

    Raises
    ------
    MissingExtraError
        Without lifelines.
    """
    import ibis
    import pyarrow as pa

    from voc.customers.cox import (
        HazardRow,
        complaint_spans,
        cox_time_varying,
        events_under,
        require_lifelines,
    )
    from voc.pipeline.customers.spans import complaint_days, customer_spans

    require_lifelines()
    mapped = MappedColumns(columns)
    cleaned, notes = cleaned_orders(orders, mapped, as_of, quarantine=quarantine)
    gone = churn_table(churn, mapped, quarantine=quarantine)
    complaints = ibis.memtable(read_tags(tags, mapped, quarantine=quarantine))
    mapped.check()
    spans = customer_spans(cleaned, gone, as_of=as_of, inactive_days=inactive_days, min_match=min_match)
    said, rare = complaint_days(complaints, spans, fewest=_FEWEST, min_match=min_match)
    if not said:
        raise InputError(
            f"no complaint is made by {_FEWEST} customers while they are there", where="Cox regression"
        )
    frame = complaint_spans(spans.days.tolist(), spans.left.tolist(), said, acting_days=acting_days)
    known = {row.covariate: row for row in cox_time_varying(frame)}
    rows = [
        {
            "covariate": tag,
            "customers": len({who for who, _ in said[tag]}),
            "left": left,
            **(known[tag]._asdict() if tag in known else dict.fromkeys(HazardRow._fields[1:])),
        }
        for tag, left in events_under(frame).items()
    ]
    written = write_table(pa.Table.from_pylist(rows, schema=_HAZARDS()), output, force=force)
    table: list[tuple[str, ...]] = [
        ("complaint", "customers", "left meanwhile", "hazard ratio", "95 % interval", "p")
    ]
    table += [
        (row["covariate"], f"{row['customers']:,}", f"{row['left']:,}", *_ratio(known.get(row["covariate"])))
        for row in rows
    ]
    idle = len(rows) - len(known)
    untold = (f"{how_many(idle, 'tag')} without a ratio: nobody left while it acted",) if idle else ()
    left_out = (f"{how_many(rare, 'tag')} of fewer than {_FEWEST} customers left out",) if rare else ()
    facts = {"customers": len(spans.days), "left": int(spans.left.sum()), "hazards": plain(rows)}
    caveat = "hazard ratios compare customers as they are: for adjusted effects see voc rootcause"
    return CustomerFile(written, facts, table, (*notes, *left_out, *untold, caveat))


def _HAZARDS() -> pa.Schema:  # noqa: N802 - a constant that needs pyarrow
    import pyarrow as pa

    from voc.customers.cox import HazardRow

    counts = [("covariate", pa.string()), ("customers", pa.int64()), ("left", pa.int64())]
    return pa.schema([*counts, *((name, pa.float64()) for name in HazardRow._fields[1:])])


def _ratio(row: HazardRow | None) -> tuple[str, str, str]:
    """Ratio, interval and p for a reader; dashes where nobody left, from which nothing can be told."""
    if row is None:
        return "–", "–", "–"
    return f"{row.hazard_ratio:.2f}", f"{row.ci_lower:.2f} – {row.ci_upper:.2f}", f"{row.p_value:.2g}"


def exits_file(
    orders: str,
    output: str,
    *,
    churn: str,
    reason: str,
    columns: Mapping[str, Sequence[str]],
    as_of: date | None,
    min_match: float,
    quarantine: Quarantine,
    force: bool,
) -> CustomerFile:
    """Write how many customers have left by each way out, by time since the first order."""
    import pyarrow as pa

    from voc.pipeline.customers.exits import EXITS_SCHEMA, exit_curves

    mapped = MappedColumns(columns)
    cleaned, notes = cleaned_orders(orders, mapped, as_of, quarantine=quarantine)
    left = churn_table(churn, mapped, quarantine=quarantine)
    mapped.check()
    assert left is not None
    if reason not in left.columns:
        raise ColumnError.missing(reason, left.columns, where=churn)
    found = exit_curves(cleaned, left, reason, as_of=as_of, min_match=min_match)
    table: list[tuple[str, ...]] = [("exit", "left", *(f"after {day} days" for day in _DAYS))]
    for name, curve in found.curves.items():
        shares = [max((row.incidence for row in curve if row.time <= day), default=0.0) for day in _DAYS]
        table.append((name, f"{sum(row.events for row in curve):,}", *_told(shares, found.watched_days)))
    written = write_table(pa.Table.from_pylist(found.rows(), schema=EXITS_SCHEMA), output, force=force)
    return CustomerFile(written, {"customers": found.customers, "left": found.left}, table, notes)


def contracts_file(
    cohort: str, output: str, *, columns: Mapping[str, str], periods: int, force: bool
) -> CustomerFile:
    """Write the retention of a cohort of contracts, as seen and as projected: one row a renewal.

    Every row of the cohort must be right.
    """
    from voc.customers.shifted_beta_geometric import expected_renewals, fit_shifted_beta_geometric, survival
    from voc.io import read_table

    if periods < 1:
        raise UsageError(f"periods must be 1 or more, not {periods}", where="contracts")
    remaining = _remaining(read_table(cohort, columns=columns), cohort)
    model = fit_shifted_beta_geometric(remaining)
    seen = len(remaining) - 1
    share = survival(model, seen + periods)
    rows = [
        {
            "renewal": n,
            "customers": remaining[n] if n <= seen else None,
            "retained": remaining[n] / remaining[0] if n <= seen else None,
            "projected": float(share[n]),
            "renewal_rate": float(share[n] / share[n - 1]) if n else None,
        }
        for n in range(seen + periods + 1)
    ]
    written = write_table(_contract_rows(rows), output, force=force)
    more = expected_renewals(model, seen, periods)
    facts = {
        "alpha": model.alpha,
        "beta": model.beta,
        "log_likelihood": model.log_likelihood,
        "converged": model.converged,
        "mean_churn": model.mean_churn,
        "expected_renewals": more,
    }
    head = ("alpha", "beta", "leave at the first renewal", f"renewals to come of {periods}")
    table = [head, (f"{model.alpha:.3f}", f"{model.beta:.3f}", f"{model.mean_churn:.1%}", f"{more:.2f}")]
    notes = (
        () if model.converged else ("the model did not settle inside its bounds: take its figures as rough",)
    )
    return CustomerFile(written, facts, table, notes)


def _remaining(table: pa.Table, where: str) -> list[float]:
    """Customers after 0, 1, 2 … renewals, in the order of the column `renewal`."""
    import pyarrow as pa

    columns = {name: _numbers(table, name, where) for name in ("renewal", "customers")}
    rows = pa.table(columns).sort_by("renewal")
    if rows["renewal"].to_pylist() != [float(n) for n in range(len(rows))]:
        raise InputError(
            "renewals must be 0, 1, 2 … without gaps",
            where=where,
            hint="row 0 holds the customers at the start of the cohort",
        )
    found: list[float] = rows["customers"].to_pylist()
    return found


def _numbers(table: pa.Table, name: str, where: str) -> pa.Array:
    """Return a column of which every cell is a number, as people write them."""
    import pyarrow as pa

    from voc.io.amounts import parse_numbers

    if name not in table.column_names:
        raise ColumnError.missing(name, table.column_names, where=where)
    try:
        found = parse_numbers(table[name].combine_chunks())
    except pa.ArrowException:
        kind = table.schema.field(name).type
        raise ColumnError(f"column {name!r} holds {kind}, no numbers", where=where) from None
    reasons = found.reasons or dict.fromkeys(_empty(found.values)[:1], "empty")
    if reasons:
        row, reason = min(reasons.items())
        raise InputError(
            f"column {name!r}, row {row}: {reason}",
            where=where,
            hint="mend the cell: every row of a cohort needs its renewal and its customers",
        )
    return found.values


def _empty(column: pa.Array) -> list[int]:
    return [row for row, is_null in enumerate(column.is_null().to_pylist()) if is_null]


def _contract_rows(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    floats = ("customers", "retained", "projected", "renewal_rate")
    schema = pa.schema([("renewal", pa.int64()), *((name, pa.float64()) for name in floats)])
    return pa.Table.from_pylist(rows, schema=schema)
