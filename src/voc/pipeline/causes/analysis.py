"""The whole analysis: tables in, effects and the doubts about them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voc.customers.orders import OrderCounts
from voc.pipeline.causes.inputs import Orders, Tags, read_churn, read_orders, read_tags
from voc.pipeline.causes.links import MissingLink, missing_links
from voc.pipeline.causes.panel import SEGMENTS, build_panel, last_day
from voc.pipeline.causes.settings import CauseSettings
from voc.pipeline.causes.value import value_from_spend, value_from_table
from voc.rootcause.attributable import CustomerValue
from voc.rootcause.curves import ChurnCurve
from voc.rootcause.design import Days
from voc.rootcause.doubly_robust import Overlap
from voc.rootcause.doubts import Control, Permutations, Unheard, permuted_labels, placebo_date, unheard
from voc.rootcause.effect import Effect, EvidenceLevel
from voc.rootcause.effects import Estimates, estimate_effects
from voc.rootcause.exposure import Exposure, exposures
from voc.rootcause.outcome import AtRisk, by_inactivity, by_table
from voc.rootcause.panel import Panel

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["CauseResult", "Doubts", "cause_effects"]


@dataclass(frozen=True)
class Doubts:
    """Reasons to doubt the effects, measured."""

    negative_controls: tuple[Control, ...] = ()
    placebo_days: int | None = None
    """By how many days complaints were moved."""
    placebo: tuple[Control, ...] = ()
    permutations: Permutations | None = None
    unheard: tuple[Unheard, ...] = ()
    missing_links: tuple[MissingLink, ...] = ()


class CauseResult(NamedTuple):
    """Effects, and what they rest on."""

    effects: list[Effect]
    """Over all customers, then by segment; the largest lower bound first."""
    landmarks: tuple[date, ...]
    n_customers: int
    """Different customers at risk at one landmark or more."""
    n_observations: int
    """Customers at risk, added up over landmarks."""
    n_churned: int
    """Observations that left inside the horizon."""
    orders: OrderCounts
    dropped: dict[str, int]
    """What was left out, by reason: order rows, complaint tags and churn rows."""
    complaints: int
    """Complaint tags, before anything was left out."""
    match_rate: float | None
    """Share of the complaint tags whose customer has orders, of those with a customer; None when none has."""
    notes: tuple[str, ...]
    value_source: str
    """`table`, or `spend` where the value of customers is taken from what they bought recently."""
    strata: tuple[str, ...]
    """Names of the features that the strata are made of."""
    overlaps: dict[str, Overlap]
    curves: dict[str, ChurnCurve]
    doubts: Doubts

    @classmethod
    def nothing(cls, note: str) -> CauseResult:
        """Return a result without effects that says why."""
        orders = OrderCounts(*[0] * len(OrderCounts._fields))
        return cls([], (), 0, 0, 0, orders, {}, 0, None, (note,), "spend", (), {}, {}, Doubts())


@dataclass(frozen=True)
class _Material:
    """What the estimation starts from."""

    bought: Orders
    found: Tags
    at_risk: AtRisk
    landmarks: Days
    dropped: dict[str, int] = field(default_factory=dict)


def cause_effects(
    orders: ir.Table,
    tags: ir.Table,
    churn: ir.Table | None,
    settings: CauseSettings | None = None,
    values: ir.Table | None = None,
) -> CauseResult:
    """Estimate the effect of every complaint tag on churn.

    Parameters
    ----------
    orders
        Orders or order lines: `customer_key` or `customer_id`, `order_id`, `ts`, `amount`, and `channel`
        where known.
    tags
        One row for each feedback and tag: `customer_key` or `customer_id`, `ts`, `tag`, `polarity`, and
        `channel` where known. Only rows with polarity -1 are complaints.
    churn
        `customer_key` or `customer_id`, `churned_at`. None to take inactivity for churn.
    settings
        Design and limits.
    values
        `customer_key` or `customer_id`, `expected_value`. None to take the value of a customer from spend.

    Returns
    -------
    CauseResult
        Without effects, and with a note, when there is nothing to estimate.

    Raises
    ------
    ColumnError
        When a column is missing.
    InputError
        When there are no orders.
    GateError
        When too few complaint tags, churn rows or values belong to customers with orders.
    UsageError
        When the orders cover too short a time for the design.
    """
    settings = settings or CauseSettings()
    material = _read(orders, tags, churn, settings)
    notes = _nothing(material)
    estimates, doubts = Estimates([], {}, {}, ()), Doubts()
    if not notes:
        value = None
        if values is not None:
            value = value_from_table(values, material.bought, settings.min_match_rate)
        estimates, doubts = _estimate(material, settings, value)
    return CauseResult(
        effects=_with_experiments(estimates.effects, settings),
        landmarks=tuple(material.landmarks.tolist()),
        n_customers=len(np.unique(material.at_risk.customer)),
        n_observations=len(material.at_risk.customer),
        n_churned=int(material.at_risk.churned.sum()),
        orders=material.bought.counts,
        dropped=material.dropped,
        complaints=material.found.rows,
        match_rate=material.found.match_rate,
        notes=(*notes, *_idle_experiments(estimates.effects, settings)),
        value_source="spend" if values is None else "table",
        strata=estimates.strata,
        overlaps=estimates.overlaps,
        curves=estimates.curves,
        doubts=doubts,
    )


def _read(orders: ir.Table, tags: ir.Table, churn: ir.Table | None, settings: CauseSettings) -> _Material:
    bought = read_orders(orders, settings)
    found = read_tags(tags, bought.keys, settings.min_match_rate)
    landmarks = settings.design.landmarks(bought.day.min(), last_day(bought, settings.as_of))
    dropped = {f"orders.{name}": count for name, count in bought.counts.dropped().items()}
    dropped.update({f"tags.{name}": count for name, count in found.dropped.items()})
    if churn is None:
        at_risk = by_inactivity(bought.customer, bought.day, landmarks, len(bought.keys), settings.design)
    else:
        left = read_churn(churn, bought, settings.min_match_rate)
        dropped.update({f"churn.{name}": count for name, count in left.dropped.items()})
        at_risk = by_table(bought.first_day, left.day, landmarks, settings.design)
    return _Material(bought, found, at_risk, landmarks, dropped)


def _nothing(material: _Material) -> tuple[str, ...]:
    """Say why there is nothing to estimate, if so."""
    if not material.found.rows:
        return ("no complaint was found in the feedback",)
    if material.found.match_rate is None:
        return ("no complaint names a customer",)
    if not len(material.at_risk.customer):
        return ("no customer is at risk at a landmark",)
    return ()


def _estimate(
    material: _Material, settings: CauseSettings, value: CustomerValue | None
) -> tuple[Estimates, Doubts]:
    found, at_risk = material.found, material.at_risk
    exposure = exposures(
        found.complaints, at_risk.customer, at_risk.landmark, len(found.names), settings.design
    )
    panel = build_panel(material.bought, found.complaints, at_risk, settings)
    estimates = estimate_effects(
        panel,
        exposure,
        found.names,
        SEGMENTS if settings.by_segment else (),
        settings=settings.for_effects(),
        value=value or value_from_spend(material.bought, at_risk, settings.value_days),
    )
    return estimates, _doubts(found, panel, exposure, estimates.effects, settings)


def _doubts(
    found: Tags, panel: Panel, exposure: Exposure, effects: list[Effect], settings: CauseSettings
) -> Doubts:
    design, min_cell = settings.design, settings.min_cell
    days, placebo = placebo_date(panel, found.complaints, exposure, found.names, design, min_cell=min_cell)
    permutations = None
    if settings.permutations:
        permutations = permuted_labels(
            panel, found.complaints, len(found.names), design, runs=settings.permutations, min_cell=min_cell
        )
    return Doubts(
        negative_controls=tuple(_controls(effects, settings.negative_controls)),
        placebo_days=days,
        placebo=tuple(placebo),
        permutations=permutations,
        unheard=tuple(unheard(panel, found.complaints, exposure, SEGMENTS)),
        missing_links=tuple(missing_links(found, panel)),
    )


def _controls(effects: list[Effect], tags: tuple[str, ...]) -> list[Control]:
    """Return the rows of negative controls over all customers."""
    return [
        Control(row.tag, row.adjusted_rr, row.adjusted_rr_ci_lower, row.adjusted_rr_ci_upper, row.p_value)
        for row in effects
        if row.segment is None
        and row.tag in tags
        and row.adjusted_rr is not None
        and row.adjusted_rr_ci_lower is not None
        and row.adjusted_rr_ci_upper is not None
        and row.p_value is not None
    ]


def _idle_experiments(effects: list[Effect], settings: CauseSettings) -> tuple[str, ...]:
    """Tell the experiments whose complaint or segment is not among the effects."""
    known = {(row.tag, row.segment) for row in effects}
    return tuple(
        f"the experiment on {one.tag!r}{f' in {one.segment}' if one.segment else ''} fits no effect: not used"
        for one in settings.experiments
        if (one.tag, one.segment) not in known
    )


def _with_experiments(effects: list[Effect], settings: CauseSettings) -> list[Effect]:
    """Raise the level of evidence of the rows that an experiment supports."""
    supported = {(finding.tag, finding.segment) for finding in settings.experiments}
    return [
        row._replace(evidence_level=EvidenceLevel.EXPERIMENT.value)
        if (row.tag, row.segment) in supported and row.adjusted_rr is not None
        else row
        for row in effects
    ]
