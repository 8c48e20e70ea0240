"""Brings the customer tables of a run to the report, with small cells suppressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from voc.report.causes import CauseCells
from voc.report.customer_model import (
    ActionItem,
    CohortItem,
    CustomerLife,
    RetentionPoint,
    RiskItem,
    RiskLift,
    RiskQuality,
    SatisfactionItem,
    ValueItem,
    ValueModel,
)
from voc.report.intervals import share
from voc.report.names import TagNames
from voc.report.segments import hidden_cells, hidden_shares
from voc.report.staying import read_exits, read_staying, stay_design

__all__ = ["life_sizes", "read_customer_life"]

_LISTED = 20
_SEGMENTS = ("vip", "growth", "general", "churn_risk")
_COUNTED = ("customers", "cost")
"""Figures of an action that tell how many customers it is for."""
_PRICED = ("saving", "saving_ci_lower", "saving_ci_upper")
"""Figures of an action that tell how many of them left."""


def read_customer_life(
    tables: Mapping[str, Path],
    facts: Mapping[str, Mapping[str, Any]],
    names: TagNames,
    min_cell: int,
    *,
    elsewhere: Set[str] = frozenset(),
    cells: CauseCells | None = None,
) -> CustomerLife | None:
    """Read the tables that are there.

    Parameters
    ----------
    tables
        Parquet files by name: `customers`, `survival`, `exits`, `clv`, `satisfaction`, `risk`, `actions`.
    facts
        What the steps found besides their tables, by name: `cohorts`, `survival`, `value`, `risk`.
    min_cell
        Figures of fewer customers are suppressed.
    elsewhere
        Segments that other tables of the report hide.
    cells
        What the tables of causes may show (`read_cause_cells`).
    """
    found = CustomerLife(
        retention=_retention(facts.get("cohorts", {}), min_cell),
        cohorts=_cohorts(facts.get("cohorts", {}), min_cell),
        stay_design=stay_design(facts.get("survival", {})),
        staying=read_staying(_rows(tables, "survival"), facts.get("survival", {}), min_cell, elsewhere),
        exits=read_exits(_rows(tables, "exits"), min_cell),
        value_model=_value_model(facts.get("value", {})),
        values=_values(tables, min_cell, elsewhere),
        satisfaction=_satisfaction(tables, min_cell, elsewhere),
        risk=_risk(facts.get("risk", {})),
        at_risk=_at_risk(tables, names, elsewhere),
        actions=_actions(tables, names, min_cell, elsewhere, cells or {}),
    )
    return None if found == CustomerLife() else found


def life_sizes(tables: Mapping[str, Path]) -> list[dict[str, int]]:
    """Count what each table by segment counts: customers with a value, and ratings."""
    values = {name: len(rows) for name, rows in _valued(tables).items() if name in _SEGMENTS}
    ratings = {
        row["segment"]: row["ratings"] for row in _rows(tables, "satisfaction") if row["segment"] is not None
    }
    return [values, ratings]


def _rows(tables: Mapping[str, Path], name: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    path = tables.get(name)
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path else []
    return rows


def _retention(facts: Mapping[str, Any], min_cell: int) -> tuple[RetentionPoint, ...]:
    """Return the curve of all cohorts but the small ones, whose size it would tell where they end."""
    cohorts = [row for row in facts.get("cohorts", ()) if row["customers"] >= min_cell]
    points = []
    for month, hidden in enumerate(_hidden_months(cohorts, min_cell)):
        known = [row for row in cohorts if month < len(row["active"]) and row["active"][month] is not None]
        customers = sum(row["customers"] for row in known)
        active = sum(row["active"][month] for row in known)
        few = 0 < active < min_cell or 0 < customers - active < min_cell
        if known and not few and len(hidden) < len(cohorts):
            points.append(RetentionPoint(months=month, customers=customers, retention=active / customers))
    return tuple(points)


def _cohorts(facts: Mapping[str, Any], min_cell: int) -> tuple[CohortItem, ...]:
    cohorts = facts.get("cohorts", ())
    small = hidden_cells([row["customers"] for row in cohorts], min_cell)
    months = _hidden_months(cohorts, min_cell)
    return tuple(
        CohortItem(
            cohort=row["cohort"],
            customers=None if at in small else row["customers"],
            retention=tuple(
                None if at in months[month] else share for month, share in enumerate(row["retention"])
            ),
            **{
                name: None if at in small else _share_of_many(row[name], row["customers"], min_cell)
                for name in ("churn_3", "churn_6")
            },
        )
        for at, row in enumerate(cohorts)
    )


def _hidden_months(cohorts: Sequence[Mapping[str, Any]], min_cell: int) -> list[set[int]]:
    """For each month of life, the cohorts that do not show it: all together have a line of their own."""
    small = hidden_cells([row["customers"] for row in cohorts], min_cell)
    found = []
    for month in range(max((len(row["active"]) for row in cohorts), default=0)):
        known = [
            at
            for at, row in enumerate(cohorts)
            if month < len(row["active"]) and row["active"][month] is not None
        ]
        hidden = hidden_shares(
            [cohorts[at]["active"][month] for at in known],
            [cohorts[at]["customers"] for at in known],
            min_cell,
            {place for place, at in enumerate(known) if at in small},
        )
        found.append({known[place] for place in hidden} | (set(range(len(cohorts))) - set(known)))
    return found


def _share_of_many(share: float | None, customers: int, min_cell: int) -> float | None:
    """The share, where neither those who make it nor the others are few."""
    if share is None:
        return None
    count = round(share * customers)
    return None if 0 < count < min_cell or 0 < customers - count < min_cell else share


def _value_model(facts: Mapping[str, Any]) -> ValueModel | None:
    if not facts:
        return None
    held = facts.get("holdout") or {}
    return ValueModel(
        months=facts["months"],
        correlation=facts["correlation"],
        expected_holdout=held.get("expected_total"),
        actual_holdout=held.get("actual_total"),
    )


def _valued(tables: Mapping[str, Path]) -> dict[str, list[dict[str, Any]]]:
    """Values of customers by segment."""
    segment = {row["customer_key"]: row["segment"] for row in _rows(tables, "customers")}
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(tables, "clv"):
        groups.setdefault(segment.get(row["customer_key"], ""), []).append(row)
    return groups


def _values(tables: Mapping[str, Path], min_cell: int, elsewhere: Set[str]) -> tuple[ValueItem, ...]:
    groups = _valued(tables)
    items = []
    there = [name for name in _SEGMENTS if groups.get(name)]
    already = {at for at, name in enumerate(there) if name in elsewhere}
    hidden = hidden_cells([len(groups[name]) for name in there], min_cell, already)
    for at, name in enumerate(there):
        rows = groups[name]
        n = len(rows)
        sums = {
            key: sum(row[key] for row in rows) for key in ("p_alive", "expected_orders", "expected_value")
        }
        known = at not in hidden
        items.append(
            ValueItem(
                segment=name,
                customers=n if known else None,
                total_value=sums["expected_value"] if known else None,
                **{key: total / n if known else None for key, total in sums.items()},
            )
        )
    return tuple(items)


def _satisfaction(
    tables: Mapping[str, Path], min_cell: int, elsewhere: Set[str]
) -> tuple[SatisfactionItem, ...]:
    items = []
    rows = _rows(tables, "satisfaction")
    parts = [at for at, row in enumerate(rows) if row["segment"] is not None]
    already = {place for place, at in enumerate(parts) if rows[at]["segment"] in elsewhere}
    few = {parts[place] for place in hidden_cells([rows[at]["ratings"] for at in parts], min_cell, already)}
    for at, row in enumerate(rows):
        known = at not in few and row["ratings"] >= min_cell
        both = row["pleased_but_negative"] + row["displeased_but_positive"]
        disagreeing = share(both, row["with_sentiment"]) if known else None
        figures = ("nps", "nps_ci_lower", "nps_ci_upper", "csat", "csat_ci_lower", "csat_ci_upper")
        items.append(
            SatisfactionItem(
                segment=row["segment"],
                ratings=row["ratings"] if known else None,
                disagreement=disagreeing.share if disagreeing else None,
                disagreement_ci_lower=disagreeing.ci_lower if disagreeing else None,
                disagreement_ci_upper=disagreeing.ci_upper if disagreeing else None,
                **{name: row[name] if known else None for name in figures},
            )
        )
    return tuple(sorted(items, key=lambda item: _place(item.segment)))


def _place(segment: str | None) -> int:
    """All first, then the segments in their order."""
    return _SEGMENTS.index(segment) + 1 if segment in _SEGMENTS else 0


def _risk(facts: Mapping[str, Any]) -> RiskQuality | None:
    if not facts:
        return None
    judged = facts["evaluation"]
    lifts = zip(judged["lifts"], judged["baseline_lifts"], strict=True)
    names = (
        "base_rate",
        "pr_auc",
        "pr_auc_ci_lower",
        "pr_auc_ci_upper",
        "baseline_pr_auc",
        "calibration_error",
        "lead_time_days",
    )
    return RiskQuality(
        as_of=facts["as_of"],
        horizon_days=facts["horizon_days"],
        lifts=tuple(RiskLift(**lift, baseline_lift=base["lift"]) for lift, base in lifts),
        **{name: judged[name] for name in names},
    )


def _at_risk(tables: Mapping[str, Path], names: TagNames, elsewhere: Set[str]) -> tuple[RiskItem, ...]:
    segment = {
        row["customer_key"]: row["segment"]
        for row in _rows(tables, "customers")
        if row["segment"] not in elsewhere
    }
    value = {row["customer_key"]: row["expected_value"] for row in _rows(tables, "clv")}
    return tuple(
        RiskItem(
            rank=row["rank"],
            customer_key=row["customer_key"],
            segment=segment.get(row["customer_key"]),
            risk=row["risk"],
            reasons=tuple(row["reasons"]),
            tag=row["tag"],
            tag_zh=names.zh(row["tag"]) if row["tag"] else None,
            evidence=row["evidence"],
            expected_value=value.get(row["customer_key"]),
        )
        for row in _rows(tables, "risk")[:_LISTED]
    )


def _actions(
    tables: Mapping[str, Path], names: TagNames, min_cell: int, elsewhere: Set[str], cells: CauseCells
) -> tuple[ActionItem, ...]:
    """Return the suggestions; those without a shown saving come last, in an order that tells nothing."""
    items = []
    for row in _rows(tables, "actions"):
        known = row["customers"] >= min_cell and row["segment"] not in elsewhere
        counted, priced = _shown_of_cause(row["tag"], row["segment"], cells)
        shown = (*_COUNTED * (known and counted), *_PRICED * (known and priced))
        items.append(
            ActionItem(
                segment=row["segment"],
                tag=row["tag"],
                tag_zh=names.zh(row["tag"]) if row["tag"] else None,
                action=row["action"],
                owner=row["owner"],
                evidence_level=row["evidence_level"],
                basis=row.get("basis", "segment") if known and counted else "segment",
                **{name: row[name] if name in shown else None for name in (*_COUNTED, *_PRICED)},
            )
        )
    priced_items = [item for item in items if item.saving is not None]
    others = [item for item in items if item.saving is None]
    return (*priced_items, *sorted(others, key=_place_of_action))


def _shown_of_cause(tag: str | None, segment: str, cells: CauseCells) -> tuple[bool, bool]:
    """Whether the customers with a complaint in a segment, and what is worked out from who left, may be told.

    A saving tells the share that left, of the segment or of all customers, to who knows the rules.
    """
    if tag is None:
        return True, True
    own, whole = cells.get((tag, segment)), cells.get((tag, None))
    counted = own is not None and own.n_exposed is not None
    left = own is not None and own.churn_exposed is not None
    return counted, counted and left and whole is not None and whole.churn_exposed is not None


def _place_of_action(item: ActionItem) -> tuple[bool, int, str]:
    return (item.tag is None, _place(item.segment), item.tag or "")
