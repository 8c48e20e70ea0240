"""The effect of each complaint tag on churn: one row for each tag, and for each tag and customer segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.exposure import Exposure
from voc.rootcause.mantel_haenszel import (
    RiskRatio,
    Strata,
    clustered_variance,
    count_strata,
    pooled_risk_ratio,
)
from voc.rootcause.multiplicity import benjamini_hochberg
from voc.rootcause.panel import Panel

__all__ = ["Effect", "EvidenceLevel", "Reason", "estimate_effects"]


class EvidenceLevel(StrEnum):
    """How far a finding may be taken for a cause."""

    ASSOCIATED = "associated"
    """Rates differ, or do not; nothing is held equal."""
    ADJUSTED = "adjusted"
    """Compared inside strata of customers who were alike at the landmark."""
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
    compared; `reason` tells which.
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
    q_value: float | None
    """Benjamini–Hochberg, over the rows of all customers, or over those of the segments."""
    evidence_level: str
    rate_exposed: float | None
    """Churn rate, `churn_exposed / n_exposed`."""
    rate_unexposed: float | None
    customers_exposed: int | None
    """Different customers among the exposed."""
    overlap: float | None
    """Share of the exposed with an unexposed one in their stratum; the others do not enter `adjusted_rr`."""
    corrected: bool
    """Whether half events were added because one of the groups had no event."""
    reason: str | None
    """A `Reason` when there is no adjusted risk ratio."""


class _Part(NamedTuple):
    """The observations of one segment, or of all."""

    segment: str | None
    panel: Panel
    exposure: Exposure
    n_tags: NDArray[np.int64]
    """Different tags that each observation is exposed to, shape (n,)."""


class _Comparison(NamedTuple):
    """Exposed and unexposed of one tag."""

    exposed: NDArray[np.bool_]
    """Whether each observation is exposed, shape (n,)."""
    strata: Strata
    cell: NDArray[np.int64]
    """Row of `strata` that each observation counts in, -1 for none, shape (n,)."""


def estimate_effects(
    panel: Panel,
    exposure: Exposure,
    tags: Sequence[str],
    segments: Sequence[str] = (),
    *,
    min_cell: int = 10,
    level: float = 0.95,
) -> list[Effect]:
    """Estimate the effect of each tag over all customers, and in each segment.

    Exposed and unexposed are compared inside strata of the panel, split further by whether the customer
    complained of anything else in the same window, so that a complaint that often comes along with a harmful
    one is not blamed for it.

    Parameters
    ----------
    panel
        Observations with outcome and strata.
    exposure
        Which of them are exposed to which tag.
    tags
        Name of each tag number.
    segments
        Name of each segment number; no rows by segment when empty.
    min_cell
        Rows with fewer different customers on one of the two sides are suppressed.
    level
        Level of the intervals.

    Returns
    -------
    list of Effect
        First the rows over all customers, then those of each segment; inside each the largest lower bound
        first, rows without one last, by tag.
    """
    rows: list[Effect] = []
    for part in _parts(panel, exposure, segments):
        effects = [
            _effect(part, tag, label, min_cell=min_cell, level=level) for tag, label in enumerate(tags)
        ]
        rows.extend(sorted(effects, key=_rank))
    overall = [row for row in rows if row.segment is None]
    by_segment = [row for row in rows if row.segment is not None]
    return [*_with_q_values(overall), *_with_q_values(by_segment)]


def _with_q_values(family: Sequence[Effect]) -> list[Effect]:
    """Add q-values within a family of rows.

    "Which complaints go with leaving?" and "in which segment?" are two questions, asked one after the
    other: the many thin rows of the second must not hide the answer to the first.
    """
    p_values = np.array([np.nan if row.p_value is None else row.p_value for row in family], dtype=np.float64)
    return [
        row if row.p_value is None else row._replace(q_value=float(q))
        for row, q in zip(family, benjamini_hochberg(p_values), strict=True)
    ]


def _parts(panel: Panel, exposure: Exposure, segments: Sequence[str]) -> Iterator[_Part]:
    n_tags = exposure.tags_of(len(panel))
    yield _Part(None, panel, exposure, n_tags)
    for number, name in enumerate(segments):
        inside = panel.segment == number
        place = np.cumsum(inside) - 1
        kept = inside[exposure.observation]
        exposed = Exposure(place[exposure.observation[kept]], exposure.tag[kept], exposure.n_tags)
        yield _Part(name, panel.where(inside), exposed, n_tags[inside])


def _rank(effect: Effect) -> tuple[float, str]:
    lower = effect.adjusted_rr_ci_lower
    return (0.0 if lower is None else -lower, effect.tag)


def _effect(part: _Part, tag: int, label: str, *, min_cell: int, level: float) -> Effect:
    exposed = np.zeros(len(part.panel), np.bool_)
    exposed[part.exposure.of_tag(tag)] = True
    if reason := _too_few(part.panel, exposed, min_cell):
        return _empty(label, part.segment, reason)
    comparison = _compare(part, exposed)
    ratio = _ratio(part.panel, comparison, level)
    reason = None if ratio else _why_not(comparison.strata.informative())
    return _row(part, label, comparison, ratio, reason)


def _customers(panel: Panel, mask: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(np.bincount(panel.customer[mask])))


def _too_few(panel: Panel, exposed: NDArray[np.bool_], min_cell: int) -> Reason | None:
    if not exposed.any():
        return Reason.NO_EXPOSED
    if _customers(panel, exposed) < min_cell:
        return Reason.FEW_EXPOSED
    return Reason.FEW_UNEXPOSED if _customers(panel, ~exposed) < min_cell else None


def _compare(part: _Part, exposed: NDArray[np.bool_]) -> _Comparison:
    """Count by stratum and by whether there are other complaints. Only strata with exposed are counted."""
    others = part.n_tags - exposed > 0
    fine = part.panel.stratum * 2 + others
    used = np.unique(fine[exposed])
    row = np.full(int(fine.max()) + 1, -1, np.int64)
    row[used] = np.arange(len(used))
    cell = row[fine]
    inside = cell >= 0
    strata = count_strata(part.panel.churned[inside], exposed[inside], cell[inside])
    return _Comparison(exposed, strata, cell)


def _ratio(panel: Panel, comparison: _Comparison, level: float) -> RiskRatio | None:
    known, clustered = comparison.strata.informative(), None
    if panel.repeated and known.exposed_events.any() and known.unexposed_events.any():
        inside = comparison.cell >= 0
        clustered = clustered_variance(
            panel.churned[inside],
            comparison.exposed[inside],
            comparison.cell[inside],
            panel.customer[inside],
        )
    return pooled_risk_ratio(comparison.strata, level=level, clustered=clustered)


def _why_not(known: Strata) -> Reason:
    if not len(known.exposed):
        return Reason.NO_OVERLAP
    return Reason.ALL_CHURNED if known.exposed_events.any() else Reason.NO_CHURN


def _row(
    part: _Part, label: str, comparison: _Comparison, ratio: RiskRatio | None, reason: Reason | None
) -> Effect:
    panel, exposed = part.panel, comparison.exposed
    n_exposed, churn_exposed = int(exposed.sum()), int(panel.churned[exposed].sum())
    n_unexposed = len(panel) - n_exposed
    churn_unexposed = int(panel.churned.sum()) - churn_exposed
    rate_exposed, rate_unexposed = churn_exposed / n_exposed, churn_unexposed / n_unexposed
    level = EvidenceLevel.ADJUSTED if ratio else EvidenceLevel.ASSOCIATED
    return Effect(
        tag=label,
        segment=part.segment,
        n_exposed=n_exposed,
        n_unexposed=n_unexposed,
        churn_exposed=churn_exposed,
        churn_unexposed=churn_unexposed,
        crude_rr=rate_exposed / rate_unexposed if churn_unexposed else None,
        adjusted_rr=ratio.estimate if ratio else None,
        adjusted_rr_ci_lower=ratio.lower if ratio else None,
        adjusted_rr_ci_upper=ratio.upper if ratio else None,
        p_value=ratio.p_value if ratio else None,
        q_value=None,
        evidence_level=level.value,
        rate_exposed=rate_exposed,
        rate_unexposed=rate_unexposed,
        customers_exposed=_customers(panel, exposed),
        overlap=float(comparison.strata.informative().exposed.sum()) / n_exposed,
        corrected=ratio.corrected if ratio else False,
        reason=reason.value if reason else None,
    )


def _empty(label: str, segment: str | None, reason: Reason) -> Effect:
    names = [name for name in Effect._fields if name not in ("tag", "segment")]
    values: dict[str, object] = dict.fromkeys(names)
    values.update(evidence_level=EvidenceLevel.ASSOCIATED.value, corrected=False, reason=reason.value)
    if reason is Reason.NO_EXPOSED:
        values.update(n_exposed=0)
    return Effect(tag=label, segment=segment, **values)  # type: ignore[arg-type]
