"""What the report holds of causes of churn."""

from __future__ import annotations

from typing import Literal

from voc.report.row import Number, Row
from voc.rootcause.effect import EvidenceLevel

__all__ = [
    "CauseControl",
    "CauseCurve",
    "CauseDoubts",
    "CauseLink",
    "CauseOverlap",
    "CausePermutations",
    "CauseRow",
    "CauseSilence",
    "CauseStudy",
    "Causes",
    "Verdict",
]

Verdict = Literal["higher", "lower", "differs", "inconclusive", "suppressed"]


class CauseRow(Row):
    """Churn of customers with a complaint against those without, as risk ratios."""

    tag: str
    zh: str
    segment: str | None = None
    """None for all customers."""
    suppressed: bool
    n_exposed: int | None
    n_unexposed: int | None
    churn_exposed: int | None
    churn_unexposed: int | None
    rate_exposed_ci_lower: Number | None = None
    """Of `churn_exposed / n_exposed`, widened for customers who are observed at several landmarks."""
    rate_exposed_ci_upper: Number | None = None
    rate_unexposed_ci_lower: Number | None = None
    rate_unexposed_ci_upper: Number | None = None
    crude_rr: Number | None
    adjusted_rr: Number | None
    adjusted_rr_ci_lower: Number | None
    adjusted_rr_ci_upper: Number | None
    p_value: Number | None
    q_value: Number | None
    dr_rr: Number | None = None
    dr_rr_ci_lower: Number | None = None
    dr_rr_ci_upper: Number | None = None
    e_value: Number | None = None
    e_value_bound: Number | None = None
    paf: Number | None = None
    """Of the observations that left (`CauseStudy.churned`)."""
    paf_ci_lower: Number | None = None
    paf_ci_upper: Number | None = None
    revenue_at_risk: Number | None = None
    evidence_level: EvidenceLevel
    verdict: Verdict
    """`higher` or `lower` only where the interval leaves out 1; `differs` where segments disagree."""
    adjusted_rd: Number | None = None
    adjusted_rd_ci_lower: Number | None = None
    adjusted_rd_ci_upper: Number | None = None
    q_value_by: Number | None = None
    overlap: Number | None = None
    trimmed_share: Number | None = None
    attributable_churners: Number | None = None
    """Each complaint counts once: `paf` of `CauseStudy.churned`, times `every_days` over `exposure_days`."""
    attributable_churners_ci_lower: Number | None = None
    attributable_churners_ci_upper: Number | None = None
    revenue_at_risk_ci_lower: Number | None = None
    revenue_at_risk_ci_upper: Number | None = None
    tagger_rr: Number | None = None
    tagger_rr_ci_lower: Number | None = None
    tagger_rr_ci_upper: Number | None = None


class CauseStudy(Row):
    """Design of the analysis, in days, and whom it covers."""

    exposure_days: int
    gap_days: int
    horizon_days: int
    every_days: int
    landmarks: int
    studied_days: int
    customers: int
    observations: int
    churned: int
    """Observations that left: one customer may at several landmarks."""
    strata: tuple[str, ...]
    """Features that the strata are made of."""
    value_source: str
    value_days: int | None


class CauseControl(Row):
    """A risk ratio where none should be."""

    tag: str
    zh: str
    rr: Number
    rr_ci_lower: Number
    rr_ci_upper: Number


class CausePermutations(Row):
    """What was called when complaints were dealt to customers by chance."""

    runs: int
    tests: int
    below_alpha: int
    discoveries: int
    runs_with_discovery: int


class CauseSilence(Row):
    """Customers at risk who never complained."""

    segment: str | None
    customers: int | None
    silent_customers: int | None
    churned: int | None
    silent_churned: int | None


class CauseLink(Row):
    """Share of complaints that could not be linked to a customer."""

    segment: str | None
    rate: Number | None
    estimated: bool


class CauseDoubts(Row):
    """Reasons to doubt the effects, measured."""

    negative_controls: tuple[CauseControl, ...] = ()
    placebo_days: int | None = None
    placebo: tuple[CauseControl, ...] = ()
    """Of the complaints with a clear relation only."""
    permutations: CausePermutations | None = None
    unheard: tuple[CauseSilence, ...] = ()
    missing_links: tuple[CauseLink, ...] = ()


class CauseOverlap(Row):
    """How exposed and unexposed spread over the probability of complaining."""

    tag: str
    zh: str
    edges: tuple[Number, ...]
    exposed: tuple[Number, ...]
    unexposed: tuple[Number, ...]


class CauseCurve(Row):
    """How churn builds up after a landmark."""

    tag: str
    zh: str
    days: tuple[int, ...]
    exposed: tuple[Number, ...]
    unexposed: tuple[Number, ...]


class Causes(Row):
    """Effects of complaints on churn, strongest lower bound first."""

    rows: tuple[CauseRow, ...]
    """Over all customers."""
    segment_rows: tuple[CauseRow, ...] = ()
    """By segment, for complaints with a clear relation."""
    min_cell: int
    study: CauseStudy | None = None
    doubts: CauseDoubts | None = None
    overlaps: tuple[CauseOverlap, ...] = ()
    curves: tuple[CauseCurve, ...] = ()

    def clear(self) -> tuple[CauseRow, ...]:
        """Return the rows with a clear relation, strongest first."""
        return tuple(row for row in self.rows if row.verdict in ("higher", "lower", "differs"))
