"""The report as Markdown: headings, sentences and tables, without charts."""

from __future__ import annotations

import re

from voc.report.model import Report
from voc.report.sections import method_notes, period_text, shown_sections, version_lines, worth_text
from voc.report.strings import Language, Sentence, Strings, load_strings
from voc.report.summary import cause_sentences, staying_sentences, summary_topics, trend_sentences
from voc.report.table import Table, cell_text
from voc.report.tables import all_tables

__all__ = ["render_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")
_SECTION_TABLES = {
    "complaints": ("complaints", "severity"),
    "trend": ("trend", "trend_tags"),
    "where": ("channels", "products"),
    "quotes": ("quotes",),
    "segments": ("segments",),
    "cohorts": ("cohorts",),
    "staying": ("staying", "exits"),
    "value": ("values",),
    "satisfaction": ("satisfaction",),
    "risk": ("risk_quality", "at_risk"),
    "actions": ("actions",),
    "causes": ("causes", "cause_worth", "cause_segments", "doubts"),
    "privacy": ("privacy",),
    "noisy": ("noisy",),
    "quality": ("inputs", "reasons", "coverage"),
}


def render_markdown(report: Report, lang: Language = "zh") -> bytes:
    """Return the Markdown text, UTF-8. The same report gives the same bytes."""
    strings = load_strings(lang)
    tables = {table.key: table.without_spare() for table in all_tables(report, strings)}
    blocks = [f"# {_escape(report.title or strings['title'])}"]
    if period := period_text(report, strings):
        blocks.append(_escape(period))
    blocks.append(f"## {strings['sections.summary']}")
    blocks.append("\n".join(f"- {_sentence(text)}" for _, text in summary_topics(report, strings)))
    leads = {
        "trend": trend_sentences(report, strings),
        "staying": staying_sentences(report, strings),
        "causes": cause_sentences(report, strings),
    }
    for section in shown_sections(report, tables, strings).values():
        blocks.append(f"## {section.number}. {section.title}")
        blocks.append(strings[f"intro.{section.id}"])
        blocks.extend(_sentence(lead) for lead in leads.get(section.id, ()))
        shown = [tables[key] for key in _SECTION_TABLES[section.id] if key in tables]
        for table in shown:
            if len(shown) > 1:
                blocks.append(f"### {table.title}")
            if table.key == "cause_worth":
                blocks.append(_escape(worth_text(report, strings)))
            blocks.append(_table(table, strings))
    blocks.append("\n".join(f"- {_escape(note)}" for note in method_notes(report, strings)))
    made_by = " · ".join(f"{label} {value}" for label, value in version_lines(report, strings))
    blocks.append(_escape(made_by))
    return ("\n\n".join(block for block in blocks if block) + "\n").encode()


def _escape(text: str) -> str:
    """Make a text that means nothing to Markdown or HTML, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _sentence(sentence: Sentence) -> str:
    parts = []
    for part in sentence:
        text = _SPECIAL.sub(r"\\\1", part.text)
        parts.append(f"**{text}**" if part.strong else text)
    return "".join(parts)


def _table(table: Table, strings: Strings) -> str:
    columns = table.columns
    lines = [
        "| " + " | ".join(_escape(column.title) for column in columns) + " |",
        "|" + "|".join("---:" if column.kind.numeric else "---" for column in columns) + "|",
    ]
    for row in table.rows:
        cells = (cell_text(cell, column.kind, strings) for cell, column in zip(row, columns, strict=True))
        lines.append("| " + " | ".join(map(_escape, cells)) + " |")
    return "\n".join(lines)
