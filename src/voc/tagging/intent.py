"""What the writer wants (intent) and what makes a complaint urgent (severity), by cue words and sentiment.

The words stand in `lexicons/tagging/intent.yaml`. A question or a wish is only taken for one when the writer does
not complain of anything that happened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from voc.text.lexicons import read_lexicon, split_words

__all__ = ["INTENTS", "SEVERITIES", "IntentRules", "load_intent_rules"]

INTENTS: Final = ("投诉", "表扬", "咨询", "建议")
SEVERITIES: Final = ("安全", "监管", "曝光", "流失威胁")


class IntentRules:
    """Cue words of intents and severities."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._asks = _any_of(document["intents"]["咨询"])
        self._suggests = _any_of(document["intents"]["建议"])
        self._severity = {name: _any_of(document["severity"][name]) for name in SEVERITIES}
        self._denied = _any_of(document["denials"])

    def intent(self, text: str, sentiment: int, polarities: Sequence[int]) -> str | None:
        """Return the intent of one text, None when it has none.

        Parameters
        ----------
        text
            Masked text in lower case.
        sentiment
            -1, 0 or 1.
        polarities
            Those of its tags.
        """
        complains = any(polarity < 0 for polarity in polarities)
        if not complains and sentiment >= 0 and self._suggests.search(text):
            return "建议"
        if not complains and self._asks.search(text):
            return "咨询"
        if complains and sentiment <= 0:
            return "投诉"
        if sentiment > 0:
            return "表扬"
        if sentiment < 0:
            return "投诉"
        return "建议" if self._suggests.search(text) else None

    def severity(self, text: str, tags: Sequence[str]) -> list[str]:
        """Return what makes a text urgent, in the order of `SEVERITIES`.

        Parameters
        ----------
        text
            Masked text in lower case.
        tags
            Ids of the tags that it complains of.
        """
        found = [name for name, cue in self._severity.items() if self._stands(cue, text)]
        if any(tag.startswith("safety.") for tag in tags) and "安全" not in found:
            found.insert(0, "安全")
        return found

    def _stands(self, cue: re.Pattern[str], text: str) -> bool:
        """Whether a cue stands in the text without a denial right before it."""
        for match in cue.finditer(text):
            denied = self._denied.search(text, max(match.start() - 4, 0), match.start())
            if denied is None:
                return True
        return False


def _any_of(words: object) -> re.Pattern[str]:
    longest_first = sorted(split_words(words), key=lambda word: (-len(word), word))
    return re.compile("|".join(re.escape(word) for word in longest_first))


@cache
def load_intent_rules() -> IntentRules:
    """Load the packed rules; kept for the life of the process."""
    return IntentRules(read_lexicon("tagging/intent.yaml"))
