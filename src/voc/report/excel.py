"""The report as an Excel workbook: one sheet a table, with filters, frozen headers and number formats."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from voc.report.model import Report
from voc.report.row_plot import display_width
from voc.report.sections import method_notes, period_text, version_lines, worth_text
from voc.report.strings import Language, Strings, load_strings, plain
from voc.report.summary import summary_topics
from voc.report.table import Cell, Column, Kind, Table
from voc.report.tables import all_tables

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["render_excel"]

_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into every workbook, so that its bytes do not hang on the clock."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|")
"""A text with such a beginning becomes a formula when a sheet is saved as CSV and opened again."""
_NUMBER_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.SHARE: "0.0%",
    Kind.SHARE_INTERVAL: "0.0%",
    Kind.CHANGE: "+0.0;-0.0;0.0",
    Kind.CHANGE_INTERVAL: "+0.0;-0.0;0.0",
    Kind.RATIO: "0.00",
    Kind.RATIO_INTERVAL: "0.00",
    Kind.MONEY: "#,##0",
    Kind.MONEY_INTERVAL: "#,##0",
    Kind.COUNT_INTERVAL: "#,##0",
    Kind.P_VALUE: "0.000",
}
_WIDEST = 60
_MAX_TEXT = 32_767


def render_excel(report: Report, lang: Language = "zh") -> bytes:
    """Return the workbook. The same report gives the same bytes."""
    from xlsxwriter.workbook import Workbook

    strings = load_strings(lang)
    stream = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    workbook = Workbook(stream, options)
    workbook.set_properties({"title": report.title or strings["title"], "created": _CREATED})
    writer = _Writer(workbook)
    writer.summary(report, strings)
    for table in all_tables(report, strings):
        writer.table(table, strings)
    writer.notes(report, strings)
    workbook.close()
    return stream.getvalue()


class _Writer:
    """Writes sheets in the formats of one workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        font = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        self._base: dict[str, Any] = font
        self._header = workbook.add_format({**font, "bold": True, "bottom": 1, "text_wrap": True})
        self._title = workbook.add_format({**font, "bold": True, "font_size": 16})
        self._formats: dict[tuple[str, str], Format] = {}

    def _format(self, number_format: str = "", kind: str = "") -> Format:
        key = (number_format, kind)
        if key not in self._formats:
            properties = dict(self._base)
            if number_format:
                properties["num_format"] = number_format
            if kind == "wrap":
                properties["text_wrap"] = True
            if kind == "right":
                properties["align"] = "right"
            if kind == "quoted":
                properties["quote_prefix"] = True
            self._formats[key] = self._workbook.add_format(properties)
        return self._formats[key]

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, kind: str = "") -> None:
        """Write a text as text, never as a formula, link or number."""
        kind = "quoted" if text.startswith(_FORMULA_STARTS) else kind
        sheet.write_string(row, column, text[:_MAX_TEXT], self._format(kind=kind))

    def summary(self, report: Report, strings: Strings) -> None:
        """Write the head of the report."""
        sheet = self._workbook.add_worksheet(strings["tables.summary"])
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, report.title or strings["title"], self._title)
        self._text(sheet, 1, 0, period_text(report, strings) or "")
        for i, (topic, sentence) in enumerate(summary_topics(report, strings), start=3):
            self._text(sheet, i, 0, strings[f"topics.{topic}"])
            self._text(sheet, i, 1, plain(sentence), "wrap")

    def notes(self, report: Report, strings: Strings) -> None:
        """Write method notes and versions."""
        sheet = self._workbook.add_worksheet(strings["tables.notes"])
        sheet.set_column(0, 0, 100)
        worth = [text] if (text := worth_text(report, strings)) else []
        lines = [*method_notes(report, strings), *worth]
        lines = [*lines, *(f"{label} {value}" for label, value in version_lines(report, strings))]
        for i, line in enumerate(lines):
            self._text(sheet, i, 0, line, "wrap")

    def table(self, table: Table, strings: Strings) -> None:
        """Write one table; an interval takes two columns, named after the one before it."""
        sheet = self._workbook.add_worksheet(table.title)
        place, before = 0, ""
        titles: set[str] = set()
        for i, column in enumerate(table.columns):
            cells = [row[i] for row in table.rows]
            if column.kind.value.endswith("_interval"):
                for part, key in enumerate(("ci_lower", "ci_upper")):
                    title = f"{before} {strings[f'columns.{key}']}"
                    bounds = [cell[part] if isinstance(cell, tuple) else None for cell in cells]
                    self._column(sheet, place, title, column, bounds)
                    place += 1
            else:
                again = column.title in titles
                title = f"{before}{strings['colon']}{column.title}" if again else column.title
                self._column(sheet, place, title, column, cells)
                titles.add(title)
                before = column.title
                place += 1
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(table.rows), place - 1)

    def _column(
        self, sheet: Worksheet, place: int, title: str, column: Column, cells: list[Any] | list[Cell]
    ) -> None:
        sheet.write_string(0, place, title, self._header)
        texts = [cell for cell in cells if isinstance(cell, str)]
        widest = max([display_width(title) + 3, 9, *map(display_width, texts)])
        wrap = "wrap" if widest > _WIDEST else ""
        sheet.set_column(place, place, min(_WIDEST, widest) + 2)
        number_format = self._format(_NUMBER_FORMATS.get(column.kind, ""))
        scale = 100 if column.kind in (Kind.CHANGE, Kind.CHANGE_INTERVAL) else 1
        for row, cell in enumerate(cells, start=1):
            if isinstance(cell, str):
                self._text(sheet, row, place, cell, "right" if column.kind.numeric else wrap)
            elif isinstance(cell, (int, float)):
                sheet.write_number(row, place, cell * scale, number_format)
            else:
                sheet.write_blank(row, place, None, number_format)
