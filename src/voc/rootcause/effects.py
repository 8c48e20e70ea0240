"""The effect of each complaint tag on churn: one row for each tag, and for each tag and customer segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.attributable import Attribution, CustomerValue, attribute
from voc.rootcause.cells import Cells, count_cells
from voc.rootcause.comparison import Compared, compare
from voc.rootcause.curves import ChurnCurve, churn_curve
from voc.rootcause.design import Design
from voc.rootcause.doubly_robust import (
    DoublyRobust,
    NuisanceModels,
    Overlap,
    doubly_robust,
    overlap_of,
)
from voc.rootcause.effect import Effect, EvidenceLevel, Reason, empty_effect
from voc.rootcause.exposure import Exposure
from voc.rootcause.homogeneity import cochran_q
from voc.rootcause.misclassification import TaggerScore, corrected_ratio_interval
from voc.rootcause.multiplicity import benjamini_hochberg, benjamini_yekutieli
from voc.rootcause.panel import Panel, columns_of_strata
from voc.rootcause.rate_interval import clustered_rate_interval
from voc.rootcause.sensitivity import e_value, e_value_of_bound
from voc.types import Interval

__all__ = ["EffectSettings", "Estimates", "estimate_effects"]


@dataclass(frozen=True)
class EffectSettings:
    """How effects are estimated."""

    min_cell: int = 10
    """Rows with fewer different customers on one of the two sides are suppressed."""
    level: float = 0.95
    """Level of the intervals."""
    n_folds: int = 3
    """Folds of the doubly robust estimate, by customer."""
    trim: float = 0.05
    """Exposed observations with a probability of complaining above 1 − trim are left out of it."""
    draws: int = 400
    """Replications of the bootstrap of attributable churn."""
    design: Design = field(default_factory=Design)
    """Windows of the panel. Attributable churners are scaled by the days between landmarks over those of the
    exposure window, so that each complaint counts once."""
    tagger_scores: Mapping[str, TaggerScore] = field(default_factory=dict)
    """Precision and recall of tags, where they were measured."""
    seed: int = 0


class Estimates(NamedTuple):
    """What `estimate_effects` finds."""

    effects: list[Effect]
    """First the rows over all customers, then those of each segment; inside each the largest lower bound
    first, rows without one last, by tag."""
    overlaps: dict[str, Overlap]
    """How exposed and unexposed spread over the probability of complaining, by tag, over all customers."""
    curves: dict[str, ChurnCurve]
    """How churn builds up, by tag, over all customers; empty where days of churn are not known."""
    strata: tuple[str, ...]
    """Names of the features that the strata are made of, where the panel names them."""


class _Part(NamedTuple):
    """The observations of one segment, or of all."""

    segment: str | None
    exposure: Exposure
    cells: Cells
    days_to_churn: NDArray[np.int64] | None


class _Row(NamedTuple):
    """One row on its way, with what later steps need of it."""

    effect: Effect
    log_variance: float | None = None
    robust: DoublyRobust | None = None
    overlap: Overlap | None = None
    curve: ChurnCurve | None = None


def estimate_effects(
    panel: Panel,
    exposure: Exposure,
    tags: Sequence[str],
    segments: Sequence[str] = (),
    *,
    settings: EffectSettings | None = None,
    value: CustomerValue | None = None,
) -> Estimates:
    """Estimate the effect of each tag over all customers, and in each segment.

    Exposed and unexposed are compared inside strata of the panel, split further by whether the customer
    complained of anything else in the same window.

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
    settings
        Limits, levels and numbers of replications.
    value
        What is expected of each customer; no revenue at risk without it.
    """
    settings = settings or EffectSettings()
    parts: dict[str | None, list[_Row]] = {}
    for part in _parts(panel, exposure, segments, settings):
        models = NuisanceModels(part.cells)
        rows = [_row(part, models, tag, label, settings) for tag, label in enumerate(tags)]
        rows = _with_attribution(part, rows, value, settings)
        parts[part.segment] = sorted(rows, key=lambda row: _rank(row.effect))
    parts[None] = _with_homogeneity(parts)
    overlaps = {row.effect.tag: row.overlap for row in parts[None] if row.overlap}
    curves = {row.effect.tag: row.curve for row in parts[None] if row.curve}
    effects = [row.effect for rows in parts.values() for row in rows]
    columns = columns_of_strata(panel, exposure.tags_of(len(panel)))
    strata = tuple(panel.names[column] for column in columns) if panel.names else ()
    return Estimates(_with_q_values(effects), overlaps, curves, strata)


def _parts(
    panel: Panel, exposure: Exposure, segments: Sequence[str], settings: EffectSettings
) -> Iterator[_Part]:
    n_tags = exposure.tags_of(len(panel))
    columns = columns_of_strata(panel, n_tags)

    def cells(part: Panel, tags: NDArray[np.int64]) -> Cells:
        return count_cells(part, tags, settings.n_folds, columns=columns, seed=settings.seed)

    yield _Part(None, exposure, cells(panel, n_tags), panel.days_to_churn)
    for number, name in enumerate(segments):
        inside = panel.segment == number
        place = np.cumsum(inside) - 1
        kept = inside[exposure.observation]
        exposed = Exposure(place[exposure.observation[kept]], exposure.tag[kept], exposure.n_tags)
        yield _Part(name, exposed, cells(panel.where(inside), n_tags[inside]), None)


def _rank(effect: Effect) -> tuple[float, str]:
    lower = effect.adjusted_rr_ci_lower
    return (0.0 if lower is None else -lower, effect.tag)


def _row(part: _Part, models: NuisanceModels, tag: int, label: str, settings: EffectSettings) -> _Row:
    exposed = part.exposure.of_tag(tag)
    if reason := _too_few(part.cells, exposed, settings.min_cell):
        return _Row(empty_effect(label, part.segment, reason))
    found = compare(part.cells, exposed, level=settings.level)
    effect = _described(part, label, found, settings.level)
    if found.ratio is None:
        return _Row(effect)
    effect = _with_tagger(effect, found, settings)
    nuisances = models.fit(found.comparison)
    robust = doubly_robust(part.cells, found.comparison, nuisances, trim=settings.trim, level=settings.level)
    if robust is not None:
        effect = effect._replace(
            dr_rr=robust.estimate,
            dr_rr_ci_lower=robust.lower,
            dr_rr_ci_upper=robust.upper,
            trimmed_share=robust.trimmed_share,
        )
    row = _Row(effect, found.ratio.log_variance, robust)
    return (
        row if part.segment is not None else _with_pictures(part, row, found, nuisances.propensity, settings)
    )


def _with_pictures(
    part: _Part, row: _Row, found: Compared, propensity: NDArray[np.float64], settings: EffectSettings
) -> _Row:
    """Add what the report draws."""
    curve = None
    if part.days_to_churn is not None:
        gap, horizon = settings.design.gap_days, settings.design.horizon_days
        curve = churn_curve(
            part.cells, found.comparison, propensity, part.days_to_churn, gap_days=gap, horizon_days=horizon
        )
    return row._replace(overlap=overlap_of(found.comparison, propensity), curve=curve)


def _too_few(cells: Cells, exposed: NDArray[np.int64], min_cell: int) -> Reason | None:
    if not len(exposed):
        return Reason.NO_EXPOSED
    observed = np.bincount(cells.customer, minlength=cells.n_customers)
    complaining = np.bincount(cells.customer[exposed], minlength=cells.n_customers)
    if np.count_nonzero(complaining) < min_cell:
        return Reason.FEW_EXPOSED
    return Reason.FEW_UNEXPOSED if np.count_nonzero(observed > complaining) < min_cell else None


def _described(part: _Part, label: str, found: Compared, level: float) -> Effect:
    n1, y1, n0, y0 = found.counts
    ratio, difference, crude, crude_difference = (
        found.ratio,
        found.difference,
        found.crude_ratio,
        found.crude_difference,
    )
    rate1, rate0 = y1 / n1, y0 / n0
    exposed = part.cells.customer[found.comparison.observation]
    bounds1, bounds0 = _rate_bounds(part.cells, found.comparison.observation, level)
    return Effect(
        tag=label,
        segment=part.segment,
        n_exposed=n1,
        n_unexposed=n0,
        churn_exposed=y1,
        churn_unexposed=y0,
        crude_rr=rate1 / rate0 if y0 else None,
        adjusted_rr=ratio.estimate if ratio else None,
        adjusted_rr_ci_lower=ratio.lower if ratio else None,
        adjusted_rr_ci_upper=ratio.upper if ratio else None,
        p_value=ratio.p_value if ratio else None,
        q_value=None,
        dr_rr=None,
        dr_rr_ci_lower=None,
        dr_rr_ci_upper=None,
        e_value=e_value(ratio.estimate) if ratio else None,
        e_value_bound=e_value_of_bound(ratio.lower, ratio.upper) if ratio else None,
        paf=None,
        paf_ci_lower=None,
        paf_ci_upper=None,
        revenue_at_risk=None,
        evidence_level=(EvidenceLevel.ADJUSTED if ratio else EvidenceLevel.ASSOCIATED).value,
        rate_exposed=rate1,
        rate_exposed_ci_lower=bounds1.lower if bounds1 else None,
        rate_exposed_ci_upper=bounds1.upper if bounds1 else None,
        rate_unexposed=rate0,
        rate_unexposed_ci_lower=bounds0.lower if bounds0 else None,
        rate_unexposed_ci_upper=bounds0.upper if bounds0 else None,
        customers_exposed=len(np.unique(exposed)),
        crude_rr_ci_lower=crude.lower if crude and y0 else None,
        crude_rr_ci_upper=crude.upper if crude and y0 else None,
        crude_rd=rate1 - rate0,
        crude_rd_ci_lower=crude_difference.lower if crude_difference else None,
        crude_rd_ci_upper=crude_difference.upper if crude_difference else None,
        adjusted_rd=difference.estimate if ratio and difference else None,
        adjusted_rd_ci_lower=difference.lower if ratio and difference else None,
        adjusted_rd_ci_upper=difference.upper if ratio and difference else None,
        overlap=found.overlap,
        corrected=ratio.corrected if ratio else False,
        reason=found.reason.value if found.reason else None,
    )


def _rate_bounds(
    cells: Cells, exposed: NDArray[np.int64], level: float
) -> tuple[Interval | None, Interval | None]:
    """Intervals of the churn rates of the exposed and of all others."""

    def by_customer(observations: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        return np.bincount(cells.customer[observations], minlength=cells.n_customers).astype(np.float64)

    n1, y1 = by_customer(exposed), by_customer(exposed[cells.event[exposed]])
    n, y = by_customer(slice(None)), by_customer(np.flatnonzero(cells.event))
    return (
        clustered_rate_interval(y1, n1, level=level),
        clustered_rate_interval(y - y1, n - n1, level=level),
    )


def _with_tagger(effect: Effect, found: Compared, settings: EffectSettings) -> Effect:
    """Add the ratio without mistakes of the tagger, where they were measured."""
    score = settings.tagger_scores.get(effect.tag)
    n1, y1, n0, _ = found.counts
    if score is None or found.ratio is None or not y1:
        return effect
    ratio = found.ratio
    corrected = corrected_ratio_interval(
        ratio.estimate,
        ratio.log_variance,
        y1 / n1,
        n1 / n0,
        score.checked(effect.tag),
        level=settings.level,
        seed=settings.seed,
    )
    if corrected is None:
        return effect
    estimate, interval = corrected
    return effect._replace(
        tagger_rr=estimate, tagger_rr_ci_lower=interval.lower, tagger_rr_ci_upper=interval.upper
    )


def _with_attribution(
    part: _Part, rows: Sequence[_Row], value: CustomerValue | None, settings: EffectSettings
) -> list[_Row]:
    """Add attributable churn and what it is worth to the rows that have a doubly robust ratio."""
    cells = part.cells
    chosen = [number for number, row in enumerate(rows) if row.robust is not None]
    if not chosen or not cells.event.any():
        return list(rows)
    excess = [row.robust.excess for row in rows if row.robust is not None]
    exposed = (
        np.bincount(cells.customer[part.exposure.of_tag(tag)], minlength=cells.n_customers) for tag in chosen
    )
    attributions = attribute(
        excess,
        exposed,
        np.bincount(cells.customer[cells.event], minlength=cells.n_customers).astype(np.float64),
        value.expected[cells.number] if value else None,
        log_error=value.log_error if value else 0.0,
        draws=settings.draws,
        level=settings.level,
        seed=settings.seed,
    )
    found = dict(zip(chosen, attributions, strict=True))
    return [
        row._replace(effect=_attributed(row.effect, found[tag], settings), robust=None)
        if tag in found
        else row
        for tag, row in enumerate(rows)
    ]


def _attributed(effect: Effect, found: Attribution, settings: EffectSettings) -> Effect:
    scale = settings.design.every_days / settings.design.exposure_days
    revenue = found.revenue_interval
    return effect._replace(
        paf=found.fraction,
        paf_ci_lower=found.fraction_interval.lower,
        paf_ci_upper=found.fraction_interval.upper,
        attributable_churners=found.churners * scale,
        attributable_churners_ci_lower=found.churners_interval.lower * scale,
        attributable_churners_ci_upper=found.churners_interval.upper * scale,
        mean_value=found.mean_value,
        revenue_at_risk=found.revenue * scale if found.revenue is not None else None,
        revenue_at_risk_ci_lower=revenue.lower * scale if revenue else None,
        revenue_at_risk_ci_upper=revenue.upper * scale if revenue else None,
    )


def _with_homogeneity(parts: Mapping[str | None, Sequence[_Row]]) -> list[_Row]:
    """Add to each row over all customers the test whether its segments agree."""
    by_tag: dict[str, list[_Row]] = {}
    for segment, rows in parts.items():
        for row in rows:
            if segment is not None and row.effect.adjusted_rr and row.log_variance:
                by_tag.setdefault(row.effect.tag, []).append(row)
    tests = [_homogeneity(by_tag.get(row.effect.tag, ())) for row in parts[None]]
    q_values = benjamini_hochberg(np.array([np.nan if p is None else p for p in tests], dtype=np.float64))
    return [
        row
        if p is None
        else row._replace(effect=row.effect._replace(homogeneity_p=p, homogeneity_q=float(q)))
        for row, p, q in zip(parts[None], tests, q_values, strict=True)
    ]


def _homogeneity(rows: Sequence[_Row]) -> float | None:
    ratios = [row.effect.adjusted_rr or 1.0 for row in rows]
    found = cochran_q(ratios, [row.log_variance or 1.0 for row in rows])
    return found.p_value if found else None


def _with_q_values(rows: Sequence[Effect]) -> list[Effect]:
    """Add q-values over every test that was run, those of segments among them."""
    p_values = np.array([np.nan if row.p_value is None else row.p_value for row in rows], dtype=np.float64)
    adjusted = zip(rows, benjamini_hochberg(p_values), benjamini_yekutieli(p_values), strict=True)
    return [
        row if row.p_value is None else row._replace(q_value=float(bh), q_value_by=float(by))
        for row, bh, by in adjusted
    ]
