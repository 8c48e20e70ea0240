"""What a text wants (咨询, 建议, 投诉, 表扬) and signs that it is severe (安全, 监管, 曝光, 流失威胁).

Rules over words of `lexicons/tagging/intent.yaml`, the sentiment and the tags found:

- severity: a word of the group, not denied ("没有起火"), in a text that is not positive;
- intent: a negative text with complaints, or with words of complaint, complains; a text that asks, and
neither
  complains nor praises, enquires; a wish or advice without a strong judgement advises; a positive text
  praises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from voc.tagging.cues import Cue, CueBook, CueMatch
from voc.text.clauses import load_clause_rules
from voc.text.lexicons import read_lexicon, split_words

__all__ = ["INTENTS", "SEVERITIES", "IntentRules", "load_intent_rules"]

INTENTS: Final = ("咨询", "建议", "投诉", "表扬")
SEVERITIES: Final = ("安全", "监管", "曝光", "流失威胁")
_DENIALS: Final = ("没有", "没", "不会", "无", "未")


class IntentRules:
    """Decides intent and severity from signs found in a text."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        cues: dict[str, Cue] = {}
        for group in ("intents", "severity"):
            for name, words in document[group].items():
                for term in split_words(words):
                    cues.setdefault(term.lower(), Cue(term.lower())).aspects.append(name)
        self._book = CueBook(cues.values(), load_clause_rules())

    def matches(self, text: str) -> list[CueMatch]:
        """Find signs in a text in lower case, or in a buffer of texts parted by line feeds."""
        return self._book.matches(text)

    def signs(self, text: str, matches: Sequence[CueMatch]) -> frozenset[str]:
        """Names of the intents and severities that the matches of one text speak of."""
        return frozenset(
            name
            for start, _, cue in matches
            for name in cue.aspects
            if not (name == "安全" and text[max(start - 2, 0) : start].endswith(_DENIALS))
        )

    @staticmethod
    def severity(signs: frozenset[str], sentiment: int) -> list[str]:
        """Severe signs of a text, in the order of `SEVERITIES`."""
        return [name for name in SEVERITIES if name in signs] if sentiment <= 0 else []

    @staticmethod
    def intent(signs: frozenset[str], sentiment: int, polarities: Sequence[int], *, asks: bool) -> str | None:
        """Return the intent of a text, None when it wants nothing in particular."""
        complains = -1 in polarities
        if sentiment < 0:
            if complains or "投诉" in signs:
                return "投诉"
            if asks and "咨询" in signs:
                return "咨询"
            return "建议" if "建议" in signs else "投诉"
        if sentiment == 0 and complains and "投诉" in signs:
            return "投诉"
        if "咨询" in signs and (asks or sentiment == 0) and 1 not in polarities:
            return "咨询"
        if "建议" in signs and (sentiment == 0 or complains):
            return "建议"
        if sentiment > 0:
            return "表扬"
        return "投诉" if complains and 1 not in polarities else None


@cache
def load_intent_rules() -> IntentRules:
    """Read the packed rules; kept for the life of the process."""
    return IntentRules(read_lexicon("tagging/intent.yaml"))
