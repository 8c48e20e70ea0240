"""What every page of the report has besides its tables: sections, period, notes and versions, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from voc.report import figures
from voc.report.intervals import wilson
from voc.report.model import Report
from voc.report.strings import Strings
from voc.report.table import Table

__all__ = ["Section", "method_notes", "period_text", "shown_sections", "version_lines", "worth_text"]


class Section(NamedTuple):
    """A section that has something to show."""

    id: str
    number: int
    title: str


def period_text(report: Report, strings: Strings) -> str | None:
    """Return the days that the report covers, in words."""
    if report.period is None:
        return None
    return strings.fill("period", start=strings.day(report.period.start), end=strings.day(report.period.end))


def method_notes(report: Report, strings: Strings) -> list[str]:
    """Return the notes that hold for the report, in words."""
    facts: dict[str, object] = {"last": report.min_cell - 1}
    study = report.causes.study if report.causes else None
    if study is not None:
        facts |= study.model_dump(exclude={"strata"})
        counted = ("customers", "observations", "churned")
        facts |= {name: figures.count(getattr(study, name)) for name in counted}
        facts["strata"] = strings["list_mark"].join(strings.name("features", name) for name in study.strata)
    fewest = report.life.smallest_cohort() if report.life else None
    if fewest is not None:
        facts |= {"fewest": figures.count(fewest), "points": f"{100 * _widest_half(fewest):.0f}"}
    return [strings.fill(f"notes.{key}", **facts) for key in report.notes]


def _widest_half(n: int) -> float:
    """Half the width of the interval of one half of n, the widest there is."""
    lower, upper, _ = wilson(n // 2, n)
    return (upper - lower) / 2


def worth_text(report: Report, strings: Strings) -> str:
    """Return how attributable churn and its worth were counted, in words; empty where that is not known."""
    study = report.causes.study if report.causes else None
    if study is None:
        return ""
    source = strings.fill(f"worth.{study.value_source}", days=study.value_days)
    left = figures.count(study.churned)
    return strings.fill("worth.text", days=study.studied_days, churned=left, source=source)


def version_lines(report: Report, strings: Strings) -> list[tuple[str, str]]:
    """Return what made the figures, by name."""
    versions = report.versions.model_dump()
    return [(strings[f"versions.{key}"], value) for key, value in versions.items() if value]


def shown_sections(report: Report, tables: Mapping[str, Table], strings: Strings) -> dict[str, Section]:
    """Return the sections that have something to show, by id, numbered."""
    shown = {
        "complaints": "complaints" in tables,
        "trend": report.trend is not None,
        "where": "channels" in tables or "products" in tables,
        "quotes": bool(report.quotes),
        "segments": "segments" in tables,
        "cohorts": "cohorts" in tables,
        "staying": "staying" in tables or "exits" in tables,
        "value": "values" in tables,
        "satisfaction": "satisfaction" in tables,
        "causes": "causes" in tables,
        "risk": "at_risk" in tables,
        "actions": "actions" in tables,
        "privacy": "privacy" in tables,
        "noisy": "noisy" in tables,
        "quality": True,
    }
    keys = [key for key, there in shown.items() if there]
    return {key: Section(key, i, strings[f"sections.{key}"]) for i, key in enumerate(keys, start=1)}
