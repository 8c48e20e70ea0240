"""What reading an input told, said in the language of the report.

Notes on inputs, and reasons why rows were set aside, are written in English where they arise. Their wordings
stand under `readings` in the strings of both languages: a text that fits an English one is said anew with
what its fields held, and any other text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from string import Formatter

from voc.report.strings import Strings, load_strings

__all__ = ["reading_text"]

_PLURAL = "(s)"
"""Stands in an English wording where an s may."""
_FILE_MARK = ": "
"""Between the name of a file and what is told of it, where an input has several."""


def reading_text(text: str, strings: Strings) -> str:
    """Return a note or a reason in the language of the report."""
    if strings is load_strings("en"):
        return text
    said = _said(text, strings)
    if said is not None:
        return said
    file, mark, told = text.partition(_FILE_MARK)
    while mark:
        said = _said(told, strings)
        if said is not None:
            return f"{file}{strings['colon']}{said}"
        more, mark, told = told.partition(_FILE_MARK)
        file = f"{file}{_FILE_MARK}{more}"
    return text


def _said(text: str, strings: Strings) -> str | None:
    for key, wording in _wordings().items():
        found = wording.fullmatch(text)
        if found is not None:
            fields = {name: _named(name, value, strings) for name, value in found.groupdict().items()}
            return strings.fill(f"readings.{key}", **fields)
    return None


def _named(field: str, value: str, strings: Strings) -> str:
    """A field that has a table of names is a key into it."""
    return strings.name(field, value) if isinstance(strings.table.get(field), Mapping) else value


@cache
def _wordings() -> dict[str, re.Pattern[str]]:
    return {key: _wording(str(text)) for key, text in load_strings("en").table["readings"].items()}


def _wording(text: str) -> re.Pattern[str]:
    parts = []
    for literal, field, _, _ in Formatter().parse(text):
        parts.append("s?".join(re.escape(piece) for piece in literal.split(_PLURAL)))
        if field is not None:
            parts.append(f"(?P<{field}>.+?)")
    return re.compile("".join(parts), re.DOTALL)
