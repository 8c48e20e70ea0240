"""One row of results: the effect of a complaint on churn, over all customers or in one segment."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["EFFECT_COLUMNS", "Effect", "EvidenceLevel", "Reason", "empty_effect"]


class EvidenceLevel(StrEnum):
    """How far a finding may be taken for a cause."""

    ASSOCIATED = "associated"
    """Rates differ, or do not; nothing is held equal."""
    ADJUSTED = "adjusted"
    """Adjusted association: compared inside strata of customers who were alike at the landmark."""
    EXPERIMENT = "experiment"
    """Supported by an experiment."""


class Reason(StrEnum):
    """Why a row lacks an adjusted risk ratio."""

    NO_EXPOSED = "no_exposed"
    """No customer at risk has the complaint inside an exposure window."""
    FEW_EXPOSED = "few_exposed"
    """Fewer customers than the minimum have it; the row is suppressed."""
    FEW_UNEXPOSED = "few_unexposed"
    """Fewer customers than the minimum do not have it; the row is suppressed."""
    NO_CHURN = "no_churn"
    """Nobody left: neither the exposed nor those they are compared with."""
    ALL_CHURNED = "all_churned"
    """Everybody left: the exposed and those they are compared with."""
    NO_OVERLAP = "no_overlap"
    """No exposed customer has an unexposed one in the same stratum."""

    @property
    def suppressed(self) -> bool:
        """Whether counts are held back too."""
        return self in (Reason.NO_EXPOSED, Reason.FEW_EXPOSED, Reason.FEW_UNEXPOSED)


class Effect(NamedTuple):
    """Churn of customers with a complaint against that of customers without it.

    Counts are observations: a customer at a landmark. None where a row is suppressed, or nothing can be
    compared; `reason` tells which. Fields up to `evidence_level` are the columns of `effects.parquet`.
    """

    tag: str
    segment: str | None
    """Customer segment at the landmark; None for all customers."""
    n_exposed: int | None
    n_unexposed: int | None
    churn_exposed: int | None
    """Exposed who left inside the horizon."""
    churn_unexposed: int | None
    crude_rr: float | None
    """Ratio of the two churn rates. None when no unexposed customer left."""
    adjusted_rr: float | None
    """Mantel–Haenszel risk ratio over strata."""
    adjusted_rr_ci_lower: float | None
    adjusted_rr_ci_upper: float | None
    p_value: float | None
    """Of `adjusted_rr`."""
    q_value: float | None
    """Benjamini–Hochberg, over every test that was run: all tags, over all customers and in each segment."""
    dr_rr: float | None
    """Doubly robust risk ratio of the exposed (`doubly_robust`)."""
    dr_rr_ci_lower: float | None
    dr_rr_ci_upper: float | None
    e_value: float | None
    """Of `adjusted_rr`."""
    e_value_bound: float | None
    """Of the bound of its interval that is nearer to 1."""
    paf: float | None
    """Population attributable fraction of the observations that left, not of the people: a churn is counted
    at every landmark whose horizon it lies in. Below zero for complaints that go with staying."""
    paf_ci_lower: float | None
    paf_ci_upper: float | None
    revenue_at_risk: float | None
    """Attributable churners of the studied time, times the expected value of such a customer."""
    evidence_level: str

    rate_exposed: float | None = None
    """Churn rate, `churn_exposed / n_exposed`."""
    rate_exposed_ci_lower: float | None = None
    """Widened for customers who are observed at several landmarks (`rate_interval`)."""
    rate_exposed_ci_upper: float | None = None
    rate_unexposed: float | None = None
    rate_unexposed_ci_lower: float | None = None
    rate_unexposed_ci_upper: float | None = None
    customers_exposed: int | None = None
    """Different customers among the exposed."""
    crude_rr_ci_lower: float | None = None
    crude_rr_ci_upper: float | None = None
    crude_rd: float | None = None
    """`rate_exposed - rate_unexposed`."""
    crude_rd_ci_lower: float | None = None
    crude_rd_ci_upper: float | None = None
    adjusted_rd: float | None = None
    """Mantel–Haenszel risk difference."""
    adjusted_rd_ci_lower: float | None = None
    adjusted_rd_ci_upper: float | None = None
    q_value_by: float | None = None
    """Benjamini–Yekutieli, over the same tests as `q_value`."""
    homogeneity_p: float | None = None
    """Of one ratio for all segments (Cochran's Q); rows over all customers only."""
    homogeneity_q: float | None = None
    """Benjamini–Hochberg over the tests of homogeneity."""
    overlap: float | None = None
    """Share of the exposed with an unexposed one in their stratum; the others do not enter `adjusted_rr`."""
    trimmed_share: float | None = None
    """Share of the exposed left out of `dr_rr` because hardly anybody unexposed is like them."""
    attributable_churners: float | None = None
    """Of the studied time: each complaint counts once, however far landmarks are apart."""
    attributable_churners_ci_lower: float | None = None
    attributable_churners_ci_upper: float | None = None
    mean_value: float | None = None
    """Mean expected value of an exposed customer."""
    revenue_at_risk_ci_lower: float | None = None
    revenue_at_risk_ci_upper: float | None = None
    tagger_rr: float | None = None
    """`adjusted_rr` corrected for the tagger's precision and recall."""
    tagger_rr_ci_lower: float | None = None
    tagger_rr_ci_upper: float | None = None
    corrected: bool = False
    """Whether half events were added because one of the groups had no event."""
    reason: str | None = None
    """A `Reason` when there is no adjusted risk ratio."""

    @property
    def differs_by_segment(self) -> bool:
        """Whether one ratio does not do for all segments; then each segment has to be read for itself."""
        return self.homogeneity_q is not None and self.homogeneity_q < 0.05


EFFECT_COLUMNS = Effect._fields[: Effect._fields.index("evidence_level") + 1]
"""The published columns of `effects.parquet`, in their order."""


def empty_effect(tag: str, segment: str | None, reason: Reason) -> Effect:
    """Return a row that says why it is empty."""
    values: dict[str, object] = dict.fromkeys(EFFECT_COLUMNS)
    values.update(tag=tag, segment=segment, reason=reason.value)
    values.update(evidence_level=EvidenceLevel.ASSOCIATED.value)
    if reason is Reason.NO_EXPOSED:
        values.update(n_exposed=0)
    return Effect(**values)  # type: ignore[arg-type]
