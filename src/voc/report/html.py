"""The report as one HTML file that needs no network and no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from voc.report import figures
from voc.report.charts import draw_charts
from voc.report.model import Quote, Report, Share
from voc.report.sections import method_notes, period_text, shown_sections, version_lines, worth_text
from voc.report.strings import Language, Strings, load_strings
from voc.report.summary import cause_sentences, staying_sentences, summary_topics, trend_sentences
from voc.report.table import Cell, Column, Table, cell_text
from voc.report.tables import all_tables

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = ["render_html"]

MOST_CAUSES = 12
"""Rows of the table of causes that stand open; all of them are in a folded one."""


class Figure(NamedTuple):
    """One of the large figures at the head."""

    label: str
    value: str
    unit: str = ""
    range: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """Quotes of one tag."""

    title: str
    count: str
    quotes: tuple[Quote, ...]


def render_html(report: Report, lang: Language = "zh") -> bytes:
    """Return the HTML file, UTF-8. The same report gives the same bytes."""
    strings = load_strings(lang)
    tables = {table.key: table.without_spare() for table in all_tables(report, strings)}

    def written(cell: Cell, column: Column) -> str:
        return cell_text(cell, column.kind, strings)

    def within(table: Table, row: Sequence[Cell], place: int) -> str:
        """The interval of a figure, to stand below it where there is no room for its own column."""
        if place + 1 == len(row) or table.columns[place].minor:
            return ""
        interval, column = row[place + 1], table.columns[place + 1]
        return written(interval, column) if column.minor and isinstance(interval, tuple) else ""

    page = _template().render(
        s=strings,
        css=_read("report.css"),
        title=report.title or strings["title"],
        period=period_text(report, strings),
        sections=shown_sections(report, tables, strings),
        headline=_headline(report, strings),
        summary=summary_topics(report, strings),
        changes=trend_sentences(report, strings),
        causes=cause_sentences(report, strings),
        staying=staying_sentences(report, strings),
        most_causes=MOST_CAUSES,
        worth=worth_text(report, strings),
        charts=draw_charts(report, strings),
        tables=tables,
        voices=_voices(report, strings),
        notes=method_notes(report, strings),
        versions=version_lines(report, strings),
        written=written,
        within=within,
        classes=_classes,
    )
    return page.encode()


def _read(name: str) -> str:
    return files("voc.report").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment: Environment = Environment(
        autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.from_string(_read("report.html.j2"))


def _classes(column: Column) -> str:
    names = []
    if column.kind.numeric:
        names.append("num")
    if column.kind.value.endswith("interval"):
        names.append("interval")
    if column.minor:
        names.append("minor")
    if column.short:
        names.append("short")
    if column.whole:
        names.append("whole")
    return " ".join(names)


def _share_figure(label: str, share: Share | None) -> list[Figure]:
    if share is None:
        return []
    interval = figures.share_interval(share.ci_lower, share.ci_upper)
    return [Figure(label, f"{100 * share.share:.1f}", "%", interval)]


def _headline(report: Report, strings: Strings) -> list[Figure]:
    head = report.headline
    found = [
        Figure(strings["headline.feedback"], figures.count(head.feedback), strings["headline.rows_unit"]),
        *_share_figure(strings["headline.complaint"], head.complaint),
        *_share_figure(strings["headline.negative"], head.negative),
    ]
    if head.customers is not None:
        unit = strings["headline.customers_unit"]
        found.append(Figure(strings["headline.customers"], figures.count(head.customers), unit))
    found.extend(_share_figure(strings["headline.churn"], head.churn))
    if report.privacy is not None:
        unit = strings["headline.spans_unit"]
        found.append(Figure(strings["headline.masked"], figures.count(report.privacy.spans), unit))
    return found


def _voices(report: Report, strings: Strings) -> list[Voice]:
    shares = {tag.id: tag.complaints for tag in report.tags()}
    voices = []
    for tag in report.quotes:
        share = shares[tag.id]
        count = strings.fill(
            "charts.complaints.value", share=figures.share(share.share), count=figures.count(share.count)
        )
        voices.append(Voice(strings.tag(tag.id, tag.zh), count, tag.quotes))
    return voices
