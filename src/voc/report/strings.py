"""Wording of the report: one table of strings a language, and the names that depend on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, NamedTuple

from voc.config import safe_yaml
from voc.errors import UsageError
from voc.report.model import Grain

__all__ = ["Language", "Part", "Sentence", "Strings", "language", "load_strings", "plain"]

Language = Literal["zh", "en"]
_LANGUAGES: dict[str, Language] = {"zh": "zh", "en": "en"}

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Part(NamedTuple):
    """A piece of a sentence."""

    text: str
    strong: bool
    """Whether it is a figure or a name, to be set off."""


Sentence = tuple[Part, ...]


def plain(sentence: Sentence) -> str:
    """Return the sentence without setting anything off."""
    return "".join(part.text for part in sentence)


class Strings:
    """The strings of one language. Keys are dotted paths into the table."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table

    def __getitem__(self, key: str) -> str:
        found: Any = self.table
        for part in key.split("."):
            found = found[part]
        return str(found)

    def fill(self, key: str, **values: object) -> str:
        """Return the string at `key` with its fields filled."""
        return self[key].format(**values)

    def sentence(self, key: str, **values: object) -> Sentence:
        """Return the string at `key` as parts; filled fields are strong, sentences among them keep theirs."""
        parts: list[Part] = []
        for literal, field, _, _ in Formatter().parse(self[key]):
            if literal:
                parts.append(Part(literal, strong=False))
            if field is not None:
                value = values[field]
                parts.extend(value if isinstance(value, tuple) else (Part(str(value), strong=True),))
        return tuple(parts)

    def name(self, table: str, key: str) -> str:
        """Return the display name of `key` in one of the name tables, or `key` itself."""
        return str(self.table[table].get(key, key))

    def tag(self, tag: str, zh: str) -> str:
        """Return the name of a tag: Chinese, with a gloss where the language has one."""
        gloss = self.table["tags"].get(tag)
        return self["tag"].format(zh=zh, gloss=gloss).strip() if gloss else zh

    def quoted_tag(self, tag: str, zh: str) -> str:
        """Return the name of a tag as it stands in a sentence."""
        gloss = self.table["tags"].get(tag)
        return self["quoted_tag"].format(zh=zh, gloss=gloss) if gloss else zh

    def day(self, day: date) -> str:
        """Return a date in words."""
        return self._date("date", day)

    def period_name(self, start: date, grain: Grain, *, in_text: bool = False) -> str:
        """Return the name of a week or month, as in a table or as in a sentence."""
        return self._date(f"{grain.value}_in_text" if in_text else grain.value, start)

    def _date(self, key: str, day: date) -> str:
        month = _MONTHS[day.month - 1]
        return self.fill(key, year=day.year, month=day.month, month_name=month, day=day.day)


def language(name: str) -> Language:
    """Return `name` if it is a language of the report.

    Raises
    ------
    UsageError
        When it is not.
    """
    if name in _LANGUAGES:
        return _LANGUAGES[name]
    raise UsageError(f"unknown language {name!r}", hint="known: zh, en")


@cache
def load_strings(lang: Language) -> Strings:
    """Read the strings of a language from the package."""
    text = files("voc.report").joinpath("templates", f"{lang}.yaml").read_text(encoding="utf-8")
    return Strings(safe_yaml.parse(text))
