"""The tables of causes of churn: effects, what they are worth, by segment, and doubts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voc.report import figures
from voc.report.cause_model import CauseControl, CauseDoubts, CauseRow, Causes, CauseStudy
from voc.report.model import Report
from voc.report.strings import Strings
from voc.report.table import (
    Cell,
    Column,
    Kind,
    Table,
    interval_column,
    make_column,
    make_table,
    pair_of,
)

__all__ = ["cause_segments", "cause_worth", "causes", "doubts"]


def causes(report: Report, strings: Strings) -> Table:
    """Complaints and churn, over all customers."""
    columns = [make_column(strings, "tag"), *_effect_columns(strings)]
    rows = [
        (strings.tag(row.tag, row.zh), *_effect_cells(row, strings))
        for row in (report.causes.rows if report.causes else ())
    ]
    return make_table("causes", strings, columns, rows)


def cause_segments(report: Report, strings: Strings) -> Table:
    """Complaints with a clear relation, by segment."""
    columns = [
        make_column(strings, "tag"),
        make_column(strings, "segment", short=True),
        *_effect_columns(strings, with_crude=False),
    ]
    rows = [
        (
            strings.tag(row.tag, row.zh),
            strings.name("segments", row.segment or ""),
            *_effect_cells(row, strings),
        )
        for row in (report.causes.segment_rows if report.causes else ())
    ]
    return make_table("cause_segments", strings, columns, rows)


def _effect_columns(strings: Strings, *, with_crude: bool = True) -> list[Column]:
    return [
        make_column(strings, "n_exposed", Kind.COUNT, minor=True),
        make_column(strings, "churn_exposed", Kind.COUNT, spare=True),
        make_column(strings, "rate_exposed", Kind.SHARE, minor=True),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "n_unexposed", Kind.COUNT, spare=True),
        make_column(strings, "churn_unexposed", Kind.COUNT, spare=True),
        make_column(strings, "rate_unexposed", Kind.SHARE, minor=True),
        interval_column(strings, Kind.SHARE_INTERVAL, spare=True),
        make_column(strings, "crude_rr", Kind.RATIO, minor=True, spare=not with_crude),
        make_column(strings, "adjusted_rr", Kind.RATIO),
        interval_column(strings, Kind.RATIO_INTERVAL, minor=True),
        make_column(strings, "adjusted_rd", Kind.CHANGE, spare=True),
        interval_column(strings, Kind.CHANGE_INTERVAL, spare=True),
        make_column(strings, "dr_rr", Kind.RATIO, minor=True),
        interval_column(strings, Kind.RATIO_INTERVAL, spare=True),
        make_column(strings, "p_value", Kind.P_VALUE, spare=True),
        make_column(strings, "q_value", Kind.P_VALUE, minor=True),
        make_column(strings, "q_value_by", Kind.P_VALUE, spare=True),
        make_column(strings, "e_value", Kind.RATIO, spare=True),
        make_column(strings, "e_value_bound", Kind.RATIO, minor=True),
        make_column(strings, "overlap", Kind.SHARE, spare=True),
        make_column(strings, "trimmed_share", Kind.SHARE, spare=True),
        make_column(strings, "level", minor=True, whole=True),
        make_column(strings, "verdict", short=True),
    ]


def _effect_cells(cause: CauseRow, strings: Strings) -> tuple[Cell, ...]:
    hidden = strings["hidden"]
    no_churn = cause.n_exposed is not None and cause.churn_exposed is None
    return (
        hidden if cause.n_exposed is None else cause.n_exposed,
        hidden if no_churn else cause.churn_exposed,
        _rate(cause.churn_exposed, cause.n_exposed),
        pair_of(cause.rate_exposed_ci_lower, cause.rate_exposed_ci_upper),
        cause.n_unexposed,
        cause.churn_unexposed,
        _rate(cause.churn_unexposed, cause.n_unexposed),
        pair_of(cause.rate_unexposed_ci_lower, cause.rate_unexposed_ci_upper),
        cause.crude_rr,
        cause.adjusted_rr,
        pair_of(cause.adjusted_rr_ci_lower, cause.adjusted_rr_ci_upper),
        cause.adjusted_rd,
        pair_of(cause.adjusted_rd_ci_lower, cause.adjusted_rd_ci_upper),
        cause.dr_rr,
        pair_of(cause.dr_rr_ci_lower, cause.dr_rr_ci_upper),
        cause.p_value,
        cause.q_value,
        cause.q_value_by,
        cause.e_value,
        cause.e_value_bound,
        cause.overlap,
        cause.trimmed_share,
        None if cause.suppressed else strings[f"level.{cause.evidence_level}"],
        strings[f"verdict.{cause.verdict}"],
    )


def _rate(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


def cause_worth(report: Report, strings: Strings) -> Table:
    """Churn that goes with each clear complaint, in observations and as a share of them, and its worth."""
    columns = [
        make_column(strings, "tag"),
        make_column(strings, "attributable", Kind.COUNT),
        interval_column(strings, Kind.COUNT_INTERVAL, minor=True),
        make_column(strings, "paf", Kind.SHARE, minor=True),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "revenue_at_risk", Kind.MONEY),
        interval_column(strings, Kind.MONEY_INTERVAL, minor=True),
        make_column(strings, "level", minor=True, whole=True),
    ]
    found = report.causes
    rows: list[tuple[Cell, ...]] = [
        (
            strings.tag(row.tag, row.zh),
            *_attributable(row, found.study if found else None),
            row.paf,
            pair_of(row.paf_ci_lower, row.paf_ci_upper),
            row.revenue_at_risk,
            pair_of(row.revenue_at_risk_ci_lower, row.revenue_at_risk_ci_upper),
            strings[f"level.{row.evidence_level}"],
        )
        for row in (found.clear() if found else ())
        if row.paf is not None
    ]
    return make_table("cause_worth", strings, columns, rows)


def _attributable(row: CauseRow, study: CauseStudy | None) -> tuple[Cell, Cell]:
    """Attributable observations and their interval: the number that `paf` is the share of.

    `attributable_churners` counts each complaint once, so it is more where landmarks leave complaints out.
    """
    if row.attributable_churners is None or study is None:
        return None, None
    scale = study.exposure_days / study.every_days
    bounds = pair_of(row.attributable_churners_ci_lower, row.attributable_churners_ci_upper)
    return round(row.attributable_churners * scale), bounds and (bounds[0] * scale, bounds[1] * scale)


def doubts(report: Report, strings: Strings) -> Table:
    """Reasons to doubt the effects, each with what was found and how to read it."""
    columns = [make_column(strings, name) for name in ("check", "found", "reading")]
    found = report.causes
    rows: list[tuple[Cell, ...]] = []
    if found is not None and found.doubts is not None:
        rows = [
            (strings[f"doubts.{key}.name"], text, strings[f"doubts.{key}.reading"])
            for key, text in _doubt_lines(found, found.doubts, strings)
        ]
    return make_table("doubts", strings, columns, rows)


def _doubt_lines(found: Causes, shown: CauseDoubts, strings: Strings) -> Iterator[tuple[str, str]]:
    mark = strings["clause_mark"]
    controls = [_control(row, strings) for row in shown.negative_controls]
    yield "negative_control", mark.join(controls) or strings["doubts.negative_control.none"]
    if shown.placebo_days is not None:
        moved = mark.join(_control(row, strings) for row in shown.placebo)
        text = moved or strings["doubts.placebo.none"]
        yield "placebo", strings.fill("doubts.placebo.found", days=shown.placebo_days, ratios=text)
    if shown.permutations is not None and shown.permutations.tests:
        drawn = shown.permutations
        share = figures.share(drawn.below_alpha / drawn.tests)
        yield (
            "permutations",
            strings.fill(
                "doubts.permutations.found",
                runs=drawn.runs,
                tests=figures.count(drawn.tests),
                share=share,
                discoveries=drawn.discoveries,
            ),
        )
    corrected = [_corrected(row, strings) for row in found.clear() if row.tagger_rr is not None]
    yield "tagger", mark.join(corrected) or strings["doubts.tagger.none"]
    yield from _unheard(found, shown, strings)
    yield from _links(shown, strings)
    differing = [strings.tag(row.tag, row.zh) for row in found.rows if row.verdict == "differs"]
    yield "homogeneity", strings["list_mark"].join(differing) or strings["doubts.homogeneity.none"]


def _ratio(value: float, lower: float, upper: float) -> str:
    return f"{figures.ratio(value)} ({figures.ratio(lower)}–{figures.ratio(upper)})"


def _control(row: CauseControl, strings: Strings) -> str:
    ratio = _ratio(row.rr, row.rr_ci_lower, row.rr_ci_upper)
    return strings.fill("doubts.ratio", tag=strings.tag(row.tag, row.zh), ratio=ratio)


def _corrected(row: CauseRow, strings: Strings) -> str:
    assert row.tagger_rr is not None
    lower, upper = row.tagger_rr_ci_lower, row.tagger_rr_ci_upper
    ratio = _ratio(row.tagger_rr, lower or row.tagger_rr, upper or row.tagger_rr)
    before = figures.ratio(row.adjusted_rr or 0)
    return strings.fill("doubts.tagger.found", tag=strings.tag(row.tag, row.zh), before=before, ratio=ratio)


def _unheard(found: Causes, shown: CauseDoubts, strings: Strings) -> Iterator[tuple[str, str]]:
    for row in shown.unheard:
        known = row.silent_churned is not None and row.silent_customers is not None
        if row.segment is None and row.churned and row.customers and known:
            assert row.silent_churned is not None
            assert row.silent_customers is not None
            yield (
                "unheard",
                strings.fill(
                    "doubts.unheard.found",
                    days=found.study.exposure_days if found.study else 0,
                    churned=figures.share(row.silent_churned / row.churned),
                    customers=figures.share(row.silent_customers / row.customers),
                ),
            )


def _links(shown: CauseDoubts, strings: Strings) -> Iterator[tuple[str, str]]:
    overall = next((row for row in shown.missing_links if row.segment is None), None)
    if overall is None or overall.rate is None:
        return
    parts: Iterable[str] = (
        strings.fill(
            "doubts.links.segment",
            segment=strings.name("segments", row.segment),
            rate=figures.share(row.rate),
        )
        for row in shown.missing_links
        if row.segment is not None and row.rate is not None
    )
    by_segment = strings["list_mark"].join(parts)
    text = strings.fill("doubts.links.found", rate=figures.share(overall.rate))
    yield "links", f"{text}{strings['clause_mark']}{by_segment}" if by_segment else text
