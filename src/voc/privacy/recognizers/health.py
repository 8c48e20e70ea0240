"""What people tell of their health: illnesses, pregnancy, medicine, their own or their family's."""

from __future__ import annotations

import re

from voc.privacy.lexicon import health_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["HealthFinder"]


class HealthFinder(Finder):
    """A person of the writer's family, a verb of being ill, and an illness, treatment or pregnancy.

    The span is the condition alone. Symptoms that a product is blamed for (吃了拉肚子) and advice
    (孕妇可用) are none: they tell nothing lasting of a person.
    """

    name = "health.v1"
    entities = ("HEALTH",)

    def __init__(self) -> None:
        words = health_words()
        who, condition, state = any_of(words.who), any_of(words.conditions), any_of(words.states)
        verbs = any_of(words.verbs)
        self._pattern = re.compile(
            rf"{who}[^，。！？；,.!?;\n0-9]{{0,8}}?(?:{verbs}(?:了|有|过|的是|上|出)?[^，。！？；,.!?;\n]{{0,6}}?(?P<illness>{condition})"
            rf"|(?P<state>{state})(?!品))"
        )
        self.gate = "|".join(map(re.escape, (*words.conditions, *words.states)))

    def find(self, text: str) -> list[Candidate]:
        """Return conditions."""
        return list(overlapping(self._pattern, text, self._check))

    def _check(self, match: re.Match[str]) -> Candidate:
        group = "illness" if match["illness"] is not None else "state"
        return self.candidate(*match.span(group), 0.8, "a condition that the writer tells of the family")
