"""Delimiter, quoting and line ends of a delimited file, found by what makes rows agree with the header."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voc.io.records import Dialect, Record, parse_record

__all__ = ["DELIMITERS", "Sniffed", "line_end", "sniff_dialect"]

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "vertical bar"}
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_RECORDS = 500
_BETTER = 0.02  # another way of quoting must explain so many more of the lines than the usual one


@dataclass(frozen=True)
class Sniffed:
    """What was found in the head of a file."""

    dialect: Dialect
    header: list[str]
    header_lines: int
    """Lines before the first data row."""

    @property
    def note(self) -> str:
        """One line for the user."""
        delimiter = self.dialect.delimiter
        text = f"delimiter: {DELIMITERS.get(delimiter, repr(delimiter)) if delimiter else 'none, one column'}"
        if self.dialect.quote is None and delimiter:
            text += "; quotation marks are ordinary characters"
        if self.dialect.escape:
            text += "; quotation marks escaped with a backslash"
        return text


class _Sample:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def line(self, number: int) -> str | None:
        return self.lines[number] if number < len(self.lines) else None


def line_end(sample: str) -> str:
    """Return what ends a row: a line feed, or a carriage return in files from old Macs."""
    unquoted = _QUOTED.sub("", sample)
    if "\n" in unquoted or "\r" not in unquoted:
        return "\n"
    return "\r"


def sniff_dialect(lines: list[str], *, whole: bool, prefer: str | None = None) -> Sniffed | None:
    """Find the dialect of a file from its first lines, or None when they are all blank.

    Each delimiter that splits the header is tried with each way of quoting. The one under which most lines
    belong to well-formed rows as wide as the header wins; among equals the one with the most columns.

    Parameters
    ----------
    lines
        The first lines, with their ends.
    whole
        True when these are all lines of the file; otherwise a record cut short at the end counts for nothing.
    prefer
        A delimiter taken without further question when it splits the header.
    """
    skip = next((n for n, line in enumerate(lines) if line.strip()), None)
    if skip is None:
        return None
    if declared := _SEP_LINE.fullmatch(lines[skip]):
        prefer = declared[1]
        skip += 1
    sample = _Sample(lines[skip:])
    if not sample.lines:
        return None
    delimiters = [prefer] if prefer and prefer in sample.lines[0] else list(DELIMITERS)
    best = Dialect(None, '"')
    best_score = (0.0, 1)
    for delimiter in delimiters:
        dialect, score = _quoting(sample, delimiter, whole=whole)
        if score[1] > 1 and score > best_score:
            best, best_score = dialect, score
    header = parse_record(sample, 0, best, None)
    return Sniffed(best, header.cells, skip + header.lines)


def _quoting(sample: _Sample, delimiter: str, *, whole: bool) -> tuple[Dialect, tuple[float, int]]:
    """Return the best way of quoting for a delimiter, and its score: share of lines explained, and width."""
    best = Dialect(delimiter, '"')
    best_score = _score(sample, best, whole=whole)
    for dialect in _other_ways(sample, delimiter):
        score = _score(sample, dialect, whole=whole)
        if score[0] > best_score[0] + _BETTER or (dialect.quote == "'" and score[0] >= best_score[0]):
            best, best_score = dialect, score
    return best, best_score


def _other_ways(sample: _Sample, delimiter: str) -> list[Dialect]:
    head = sample.lines[0].strip()
    others = []
    if any('\\"' in line for line in sample.lines):
        others.append(Dialect(delimiter, '"', "\\"))
    if head.startswith("'") and head.endswith("'"):
        others.append(Dialect(delimiter, "'"))
    if any('"' in line for line in sample.lines):
        others.append(Dialect(delimiter, None))
    return others


def _explained(record: Record, width: int, dialect: Dialect) -> bool:
    """Whether a record is a whole row under a dialect that leaves no quoted cell unopened."""
    if not record.well_formed or len(record.cells) != width:
        return False
    return dialect.quote is not None or not any(
        len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in map(str.strip, record.cells)
    )


def _score(sample: _Sample, dialect: Dialect, *, whole: bool) -> tuple[float, int]:
    header = parse_record(sample, 0, dialect, None)
    width = len(header.cells)
    if width < 2:
        return 0.0, width
    at, good, seen = header.lines, 0, 0
    for _ in range(_RECORDS):
        if (line := sample.line(at)) is None:
            break
        record = parse_record(sample, at, dialect, width)
        ends_here = at + record.lines >= len(sample.lines)
        if line.strip() and (whole or not ends_here):
            seen += record.lines
            good += record.lines * _explained(record, width, dialect)
        at += record.lines
    return (good / seen if seen else 1.0), width
