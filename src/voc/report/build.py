"""Builds the report from the tables of a finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

import voc
from voc.errors import ConfigError, Fault
from voc.report.causes import read_cause_cells, read_causes
from voc.report.customer_life import life_sizes, read_customer_life
from voc.report.feedback import Change, group_rows, read_totals, severity_rows, tag_groups
from voc.report.model import Causes, InputQuality, NoisyFigures, Quality, Report, TagGroupRow, Versions
from voc.report.names import TagNames, load_tag_names
from voc.report.privacy import read_privacy
from voc.report.quotes import read_quotes
from voc.report.segments import (
    hidden_everywhere,
    read_churn,
    read_coverage,
    read_segments,
    segment_sizes,
)
from voc.report.sources import ReportInputs, Sources, open_sources
from voc.report.trend import read_trend

__all__ = ["ReportInputs", "build_report"]

QUOTED_TAGS = 8
"""The most frequent complaints that are proved by quotes; those of clear causes come on top."""


def build_report(inputs: ReportInputs) -> Report:
    """Read the tables of a run and return the report.

    The same tables give an equal report, whatever the number of threads. Sections without data are None or
    empty; with no feedback at all the report says so.

    Raises
    ------
    InputError
        When a table or the taxonomy cannot be read.
    ColumnError
        When a column is missing that nothing can stand in for.
    ConfigError
        When the data-quality counts are not those of `InputQuality`.
    """
    names = load_tag_names(inputs.taxonomy)
    quality_of_inputs = _quality(inputs.quality)
    with open_sources(inputs) as sources:
        return _build(inputs, sources, names, quality_of_inputs)


def _build(
    inputs: ReportInputs,
    sources: Sources,
    names: TagNames,
    quality_of_inputs: tuple[InputQuality, ...],
) -> Report:
    totals = read_totals(sources)
    trend = read_trend(sources, totals.period)
    change = trend.change if trend else Change(0, 0)
    groups = tag_groups(sources, names, totals.headline.feedback, change)
    ranked = _ranked_tags(groups)
    channels, _ = group_rows(sources, "channel", names)
    products, products_cut = group_rows(sources, "product", names)
    hidden = hidden_everywhere([segment_sizes(sources), *life_sizes(inputs.customer_tables)], inputs.min_cell)
    segments = read_segments(sources, inputs.min_cell, hidden)
    causes = read_causes(inputs.effects, names, inputs.min_cell, inputs.causes, hidden)
    cells = read_cause_cells(inputs.effects, names, inputs.min_cell, hidden)
    life = read_customer_life(
        inputs.customer_tables,
        inputs.customer_facts,
        names,
        inputs.min_cell,
        elsewhere=hidden,
        cells=cells,
    )
    facts = {
        "empty": totals.headline.feedback == 0,
        "feedback_unit": totals.headline.feedback > 0,
        "agents_left_out": sources.rows > totals.headline.feedback,
        "tagger": bool(groups),
        "intervals": totals.headline.negative is not None,
        "groups": any(row.negative_q_value is not None for row in (*channels, *products)),
        "comparison": change.known,
        "no_comparison": trend is not None and not change.known,
        "no_time": totals.headline.feedback > 0 and trend is None,
        "trend_cut": trend is not None and trend.cut,
        "products_cut": products_cut,
        "quotes": bool(groups) and sources.texts is not None,
        "segments": segments is not None,
        "no_customers": segments is None,
        "observational": causes is not None and bool(causes.rows),
        "verdict": causes is not None and bool(causes.rows),
        "design": causes is not None and causes.study is not None,
        "rates": causes is not None and causes.study is not None,
        "adjusted": causes is not None and causes.study is not None,
        "robust": causes is not None and causes.study is not None,
        "e_value": causes is not None and causes.study is not None,
        "cohorts": life is not None and bool(life.cohorts),
        "cohort_intervals": life is not None and life.smallest_cohort() is not None,
        "staying": life is not None and len(life.staying) > 1,
        "lifetime_value": life is not None and bool(life.values),
        "satisfaction": life is not None and bool(life.satisfaction),
        "early_warning": life is not None and life.risk is not None,
        "actions": life is not None and bool(life.actions),
        "suppressed": segments is not None or causes is not None,
        "masking": sources.spans is not None,
    }
    return Report(
        title=inputs.title,
        period=totals.period,
        headline=totals.headline.model_copy(update={"churn": read_churn(sources, inputs.min_cell, segments)}),
        groups=groups,
        trend=trend.with_tags(ranked, names) if trend else None,
        channels=channels,
        products=products,
        quotes=read_quotes(sources, _tags_to_quote(ranked, causes), names),
        severity=severity_rows(sources),
        segments=segments,
        causes=causes,
        life=life,
        privacy=read_privacy(sources, inputs.kept),
        noisy=_named(inputs.noisy, names),
        quality=Quality(
            inputs=quality_of_inputs,
            coverage=read_coverage(sources),
            without_ts=totals.without_ts,
            without_sentiment=totals.without_sentiment,
            duplicate_ids=totals.duplicate_ids,
            off_scale=inputs.customer_facts.get("satisfaction", {}).get("counts", {}).get("off_scale")
            or None,
        ),
        notes=tuple(key for key, holds in facts.items() if holds),
        versions=_versions(inputs.versions, names),
        min_cell=inputs.min_cell,
    )


def _ranked_tags(groups: Sequence[TagGroupRow]) -> list[str]:
    rows = [tag for group in groups for tag in group.tags]
    return [row.id for row in sorted(rows, key=lambda row: (-row.complaints.count, row.id))]


def _tags_to_quote(ranked: Sequence[str], causes: Causes | None) -> list[str]:
    frequent = list(ranked[:QUOTED_TAGS])
    clear = [row.tag for row in causes.rows if row.verdict == "higher"] if causes else []
    return frequent + [tag for tag in clear if tag in ranked and tag not in frequent]


def _named(noisy: NoisyFigures | None, names: TagNames) -> NoisyFigures | None:
    if noisy is None:
        return None
    rows = tuple(row.model_copy(update={"tag_zh": names.zh(row.tag)}) for row in noisy.rows)
    return noisy.model_copy(update={"rows": rows})


def _quality(counts: Mapping[str, Mapping[str, object]]) -> tuple[InputQuality, ...]:
    rows = []
    faults: list[Fault] = []
    for name, fields in counts.items():
        try:
            rows.append(InputQuality.model_validate({**fields, "name": name}))
        except ValidationError as error:
            faults.extend(
                Fault(".".join([name, *map(str, fault["loc"])]), fault["type"]) for fault in error.errors()
            )
    if faults:
        raise ConfigError("the data-quality counts", faults)
    return tuple(rows)


def _versions(versions: Versions | None, names: TagNames) -> Versions:
    found = versions or Versions(voc=voc.__version__)
    return found if found.taxonomy else found.model_copy(update={"taxonomy": names.version})
