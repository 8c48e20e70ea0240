"""Tells whom a text names as a public figure: an author, a star, the hero of a novel."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from voc.privacy.lexicon import person_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.names import NameRules

__all__ = ["Figures", "figures"]

_AROUND: Final = 150
"""So many characters on each side are looked at for what the text speaks of."""
_BESIDE: Final = 14
"""So many characters on each side may hold what makes a name private."""
_LEAST: Final = 2
"""Different words of books, films and fame that make it speak of such."""
_LEAST_KNOWN: Final = 1
"""The same for a name that `lexicons/privacy/known_people.txt` lists."""
_BEFORE: Final = 10
"""The longest word, or number, before a listed name that makes it private, and what may stand between."""


@cache
def figures() -> Figures:
    """Return the rules with the lexicon of voc."""
    return Figures()


class Figures:
    """Public figures by list and by context: reviews of books are full of names that no list holds.

    In reviews that were judged by reading, the context holds for two thirds of all figures and for none of
    331 private people.
    """

    def __init__(self) -> None:
        words = person_words()
        self._rules = NameRules()
        self._works = re.compile(any_of(words.works))
        self._private = re.compile(f"{any_of(words.private)}|[0-9]{{5}}")
        self._before = re.compile(
            rf"(?:{any_of(words.private_before)}[的是叫为名：:\s“\"]{{0,2}}|[0-9]{{7}}[\s,，;；、。]{{0,3}}|@)$"
        )
        self._behind = re.compile(
            rf"{any_of(words.private_behind)}|收(?![\u4e00-\u9fff])|[\s,，、:：（(]{{0,3}}(?:电话|手机|联系)?[：:]?[0-9]{{7}}"
        )
        self._titles = frozenset(words.public_titles)
        self._private_titles = frozenset(words.private_titles)

    def stays_clear(self, text: str, start: int, end: int, title: str = "") -> bool:
        """Whether what stands at [start, end) is no private person's name, but a word, a brand or a figure's.

        Parameters
        ----------
        title
            The title in the span, if there is one.
        """
        value = text[start:end]
        spellings = value, value.removesuffix(title)
        if not self._rules.stays_clear(*spellings):
            least = _LEAST_KNOWN if self._rules.is_known(*spellings) else _LEAST
            return self._among_works(text, start, end, title, least)
        return not (self._rules.is_public(*spellings) and self._is_namesake(text, start, end, title))

    def _is_namesake(self, text: str, start: int, end: int, title: str) -> bool:
        """Whether who has a public person's name is a customer or an employee: 客户吴冠中, 齐达内收的."""
        before = text[max(0, start - _BEFORE) : start]
        beside = self._before.search(before) or self._behind.match(text, end)
        return title in self._private_titles or beside is not None

    def _among_works(self, text: str, start: int, end: int, title: str, least: int) -> bool:
        """Whether the text speaks of books, films or fame, and nothing beside the name is private.

        Parameters
        ----------
        least
            Different words of these that it takes.
        """
        if title and title not in self._titles:
            return False
        before, behind = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
        works = {*self._works.findall(before), *self._works.findall(behind)}
        return len(works) >= least and not self.is_beside_private(text, start, end, _BESIDE)

    def speaks_of_works(self, text: str) -> bool:
        """Whether a text speaks of books, films or fame."""
        return len(set(self._works.findall(text))) >= _LEAST

    def is_beside_private(self, text: str, start: int, end: int, reach: int) -> bool:
        """Whether a word that makes a name private, or a number, stands so near to [start, end)."""
        before, behind = text[max(0, start - reach) : start], text[end : end + reach]
        return bool(self._private.search(before) or self._private.search(behind))
