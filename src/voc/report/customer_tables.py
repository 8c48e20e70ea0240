"""The tables on the life of customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voc.report.customer_model import ActionItem
from voc.report.intervals import share as share_of
from voc.report.model import Report
from voc.report.stay_charts import group_name
from voc.report.stay_plot import day_ticks
from voc.report.strings import Strings
from voc.report.table import (
    Cell,
    Column,
    Kind,
    Table,
    bounds_of,
    interval_column,
    make_column,
    make_table,
    pair_of,
)

__all__ = ["actions", "at_risk", "cohorts", "exits", "risk_quality", "satisfaction", "staying", "values"]

_MONTHS = (1, 2, 3, 4, 5, 6, 9, 12)
_MINOR_MONTHS = (2, 4, 5, 9)


def cohorts(report: Report, strings: Strings) -> Table:
    """The retention triangle."""
    rows = report.life.cohorts if report.life else ()
    longest = max((len(row.retention) for row in rows), default=0)
    months = [n for n in _MONTHS if n < longest]
    shares = [
        *(Column(strings.fill("month_later", n=n), Kind.SHARE, minor=n in _MINOR_MONTHS) for n in months),
        make_column(strings, "churn_3", Kind.SHARE, minor=True),
        make_column(strings, "churn_6", Kind.SHARE, minor=True),
    ]
    interval = interval_column(strings, Kind.SHARE_INTERVAL, spare=True)
    columns = [
        make_column(strings, "cohort", short=True),
        make_column(strings, "customers", Kind.COUNT),
        *(column for share in shares for column in (share, interval)),
    ]
    hidden = strings["hidden"]
    cells: list[tuple[Cell, ...]] = [
        (
            f"{row.cohort:%Y-%m}",
            hidden if row.customers is None else row.customers,
            *_with_intervals(
                [
                    *((row.retention[n] if n < len(row.retention) else None) for n in months),
                    row.churn_3,
                    row.churn_6,
                ],
                row.customers,
            ),
        )
        for row in rows
    ]
    return make_table("cohorts", strings, columns, cells)


def _with_intervals(shares: Sequence[float | None], customers: int | None) -> Iterator[Cell]:
    """Each share of so many customers, followed by its interval."""
    for share in shares:
        found = share_of(round(share * customers), customers) if share is not None and customers else None
        yield share
        yield bounds_of(found)


def staying(report: Report, strings: Strings) -> Table:
    """The Kaplan-Meier estimate at round days, with the numbers at risk."""
    columns = [
        make_column(strings, "grouping"),
        make_column(strings, "stay_group", short=True),
        make_column(strings, "day", Kind.COUNT),
        make_column(strings, "at_risk", Kind.COUNT),
        make_column(strings, "stayed", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
    ]
    rows: list[tuple[Cell, ...]] = []
    for found in report.life.staying if report.life else ():
        ticks = day_ticks(max(curve.points[-1].day for curve in found.curves))
        rows += [
            (
                strings[f"charts.staying.{found.grouping}"],
                group_name(found.grouping, curve.group, strings),
                point.day,
                point.at_risk,
                point.stayed,
                (point.ci_lower, point.ci_upper) if point.day else None,
            )
            for curve in found.curves
            for point in curve.points
            if point.day in ticks or point is curve.points[-1]
        ]
    return make_table("staying", strings, columns, rows)


def exits(report: Report, strings: Strings) -> Table:
    """How many have left by each way out."""
    columns = [
        make_column(strings, "exit"),
        make_column(strings, "left", Kind.COUNT),
        make_column(strings, "day", Kind.COUNT),
        make_column(strings, "share", Kind.SHARE),
    ]
    rows: list[tuple[Cell, ...]] = [
        (strings.name("exit_names", curve.name), curve.left, curve.points[-1].day, curve.points[-1].share)
        for curve in (report.life.exits if report.life else ())
    ]
    return make_table("exits", strings, columns, rows)


def values(report: Report, strings: Strings) -> Table:
    """Expected value by segment."""
    columns = [
        make_column(strings, "segment", short=True),
        make_column(strings, "customers", Kind.COUNT),
        make_column(strings, "p_alive", Kind.SHARE),
        make_column(strings, "expected_orders", Kind.RATIO, minor=True),
        make_column(strings, "expected_value", Kind.MONEY),
        make_column(strings, "total_value", Kind.MONEY),
    ]
    hidden = strings["hidden"]
    rows: list[tuple[Cell, ...]] = [
        (
            strings.name("segments", row.segment),
            hidden if row.customers is None else row.customers,
            row.p_alive,
            row.expected_orders,
            row.expected_value,
            row.total_value,
        )
        for row in (report.life.values if report.life else ())
    ]
    return make_table("values", strings, columns, rows)


def satisfaction(report: Report, strings: Strings) -> Table:
    """NPS and CSAT by segment."""
    columns = [
        make_column(strings, "segment", short=True),
        make_column(strings, "ratings", Kind.COUNT),
        make_column(strings, "nps", Kind.CHANGE),
        interval_column(strings, Kind.CHANGE_INTERVAL, minor=True),
        make_column(strings, "csat", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
        make_column(strings, "disagreement", Kind.SHARE),
        interval_column(strings, Kind.SHARE_INTERVAL, minor=True),
    ]
    hidden = strings["hidden"]
    rows: list[tuple[Cell, ...]] = [
        (
            strings.name("segments", row.segment) if row.segment else strings["everybody"],
            hidden if row.ratings is None else row.ratings,
            row.nps,
            pair_of(row.nps_ci_lower, row.nps_ci_upper),
            row.csat,
            pair_of(row.csat_ci_lower, row.csat_ci_upper),
            row.disagreement,
            pair_of(row.disagreement_ci_lower, row.disagreement_ci_upper),
        )
        for row in (report.life.satisfaction if report.life else ())
    ]
    return make_table("satisfaction", strings, columns, rows)


def risk_quality(report: Report, strings: Strings) -> Table:
    """How well the list foretold."""
    columns = [
        make_column(strings, "top_share", Kind.SHARE),
        make_column(strings, "precision", Kind.SHARE),
        make_column(strings, "recall", Kind.SHARE),
        make_column(strings, "lift", Kind.RATIO),
        make_column(strings, "baseline_lift", Kind.RATIO),
    ]
    quality = report.life.risk if report.life else None
    rows: list[tuple[Cell, ...]] = [
        (lift.share, lift.precision, lift.recall, lift.lift, lift.baseline_lift)
        for lift in (quality.lifts if quality else ())
    ]
    return make_table("risk_quality", strings, columns, rows)


def at_risk(report: Report, strings: Strings) -> Table:
    """The customers to act on first."""
    columns = [
        make_column(strings, "rank", Kind.COUNT),
        make_column(strings, "customer", short=True),
        make_column(strings, "segment", minor=True, short=True),
        make_column(strings, "risk", Kind.SHARE),
        make_column(strings, "reasons", whole=True),
        make_column(strings, "tag", minor=True),
        make_column(strings, "evidence", minor=True),
        make_column(strings, "expected_value", Kind.MONEY, minor=True),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            row.rank,
            row.customer_key,
            strings.name("segments", row.segment) if row.segment else None,
            row.risk,
            strings["list_mark"].join(strings.name("risk_reasons", code) for code in row.reasons) or None,
            strings.tag(row.tag, row.tag_zh or row.tag) if row.tag else None,
            row.evidence,
            row.expected_value,
        )
        for row in (report.life.at_risk if report.life else ())
    ]
    return make_table("at_risk", strings, columns, rows)


def actions(report: Report, strings: Strings) -> Table:
    """What to do by segment and cause."""
    columns = [
        make_column(strings, "segment", short=True),
        make_column(strings, "tag"),
        make_column(strings, "action"),
        make_column(strings, "owner", minor=True, short=True),
        make_column(strings, "customers", Kind.COUNT, minor=True),
        make_column(strings, "cost", Kind.MONEY, minor=True),
        make_column(strings, "saving", Kind.MONEY),
        interval_column(strings, Kind.MONEY_INTERVAL, minor=True),
        make_column(strings, "level", minor=True, short=True),
    ]
    hidden = strings["hidden"]
    rows: list[tuple[Cell, ...]] = [
        (
            strings.name("segments", row.segment),
            strings.tag(row.tag, row.tag_zh or row.tag) if row.tag else None,
            strings.name("suggestions", row.action),
            strings.name("owners", row.owner),
            hidden if row.customers is None else row.customers,
            row.cost,
            row.saving,
            pair_of(row.saving_ci_lower, row.saving_ci_upper),
            _basis(row, strings),
        )
        for row in (report.life.actions if report.life else ())
    ]
    return make_table("actions", strings, columns, rows)


def _basis(row: ActionItem, strings: Strings) -> str | None:
    """How far the risk ratio may be taken for a cause, and whether it is that of all customers."""
    if row.evidence_level == "none":
        return None
    level = strings[f"level.{row.evidence_level}"]
    return strings.fill("level_of_all", level=level) if row.basis == "overall" else level
