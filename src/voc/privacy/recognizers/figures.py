"""Tells whom a text names as a public figure: an author, a star, the hero of a novel."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from voc.privacy.lexicon import person_words
from voc.privacy.recognizers.cue import any_of

__all__ = ["Figures", "figures"]

_AROUND: Final = 150
"""So many characters on each side are looked at for what the text speaks of."""
_BESIDE: Final = 14
"""So many characters on each side may hold what makes a name private."""
_LEAST: Final = 2
"""Different words of books, films and fame that make it speak of such."""


@cache
def figures() -> Figures:
    """Return the rules with the lexicon of voc."""
    return Figures()


class Figures:
    """Public figures by context, beside the list of public names: reviews of books are full of others.

    In reviews that were judged by reading, this holds for two thirds of all figures and for none of 331
    private people.
    """

    def __init__(self) -> None:
        words = person_words()
        self._works = re.compile(any_of(words.works))
        self._private = re.compile(f"{any_of(words.private)}|[0-9]{{5}}")
        self._titles = frozenset(words.public_titles)

    def names_one(self, text: str, start: int, end: int, title: str = "") -> bool:
        """Whether the name at [start, end) is a figure's.

        Parameters
        ----------
        title
            The title in the span, if there is one.
        """
        if title and title not in self._titles:
            return False
        before, behind = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
        works = {*self._works.findall(before), *self._works.findall(behind)}
        if len(works) < _LEAST:
            return False
        return not (self._private.search(before[-_BESIDE:]) or self._private.search(behind[:_BESIDE]))
