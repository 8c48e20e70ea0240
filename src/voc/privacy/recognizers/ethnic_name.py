"""Names of Uyghurs, Kazakhs and Tibetans by the parts that they are made of: 古丽·艾合买提, 扎西多吉."""

from __future__ import annotations

import re

from voc.privacy.lexicon import ethnic_names, person_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.names import DOTS, NameRules

__all__ = ["EthnicNameFinder"]


class EthnicNameFinder(Finder):
    """Names that need no cue, as nothing else is written like them.

    A dot joins a given name and the father's. Where one of the two is in the lexicon, the other one goes as
    far as the characters that such names are written with. Two or three Tibetan words make a name.
    """

    name = "ethnic_name.v2"
    entities = ("PERSON",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        words = ethnic_names()
        self._rules = NameRules()
        part = any_of(words.dotted)
        char = f"[{''.join(sorted({char for word in words.dotted for char in word}))}]"
        dot = rf"\s?[{DOTS}]\s?"
        known = f"(?:{part}){{1,2}}(?:江(?![苏西])|别克|古丽|尼亚孜)?"
        self._dotted = re.compile(
            f"{known}{dot}(?:{known}|{char}{{1,6}})(?:{dot}(?:{known}|{char}{{1,6}}))?|{char}{{1,5}}{dot}{known}"
        )
        self._tibetan = re.compile(f"(?:{any_of(words.tibetan)}){{2,3}}")
        titles = "|".join(sorted(person_words().titles, key=lambda word: (-len(word), word)))
        self._titled = re.compile(f"(?:{any_of(words.tibetan)})(?:{titles})")
        choice = "|".join(sorted(words.dotted))
        tibetan = "|".join(sorted(words.tibetan))
        self.gate = f"(?:{choice}) ?[{DOTS}]|[{DOTS}] ?(?:{choice})|(?:{tibetan})(?:{tibetan}|{titles})"

    def find(self, text: str) -> list[Candidate]:
        """Return names."""
        return [
            *overlapping(self._dotted, text, self._joined),
            *overlapping(self._tibetan, text, self._paired),
            *overlapping(self._titled, text, self._called),
        ]

    def _joined(self, match: re.Match[str]) -> Candidate | None:
        return self._named(match, "parts joined by a dot")

    def _paired(self, match: re.Match[str]) -> Candidate | None:
        return self._named(match, "Tibetan words")

    def _called(self, match: re.Match[str]) -> Candidate | None:
        return self._named(match, "a Tibetan word and a title")

    def _named(self, match: re.Match[str], reason: str) -> Candidate | None:
        if self._rules.stays_clear(match[0]):
            return None
        return self.candidate(*match.span(), 0.9, reason)
