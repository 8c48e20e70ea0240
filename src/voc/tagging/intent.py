"""What a text wants (咨询, 建议, 投诉, 表扬) and signs that it is severe (安全, 监管, 曝光, 流失威胁).

Rules over words of `lexicons/tagging/intent.yaml`, the sentiment and the tags found:

- severity: a word of the group, not denied ("没有起火"), in a text that is not positive;
- intent: a negative text with complaints, or with words of complaint, complains; a text that asks, and
  neither complains nor praises, enquires; a wish or advice without a strong judgement advises; a positive
  text praises.

There are few cases, so the rules are asked once for each and answers for a batch are looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.cues import Cue, CueBook, CueHits, CueMatch
from voc.text.clauses import load_clause_rules
from voc.text.lexicons import read_lexicon, split_words
from voc.text.terms import Codes

__all__ = ["INTENTS", "SEVERITIES", "IntentRules", "Intents", "load_intent_rules", "severity_lists"]

INTENTS: Final = ("咨询", "建议", "投诉", "表扬")
SEVERITIES: Final = ("安全", "监管", "曝光", "流失威胁")
_DENIALS: Final = ("没有", "没", "不会", "无", "未")
_SIGNS: Final = (*SEVERITIES, *INTENTS)
"""Sign i is bit i of a mask."""
_SAFETY: Final = 1 << _SIGNS.index("安全")
_ADVICE: Final = 1 << _SIGNS.index("建议")
_SEVERE: Final = (1 << len(SEVERITIES)) - 1

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Intents(NamedTuple):
    """What the texts of a batch want."""

    intents: Offsets
    """Place in `INTENTS`, -1 for nothing in particular."""
    severities: Offsets
    """Mask of `SEVERITIES`."""

    def names(self) -> tuple[list[str | None], list[list[str]]]:
        """Intent and severe signs of each text."""
        intents = [*INTENTS, None]
        severe = severity_lists()
        return [intents[at] for at in self.intents.tolist()], [severe[at] for at in self.severities.tolist()]


class IntentRules:
    """Decides intent and severity from signs found in a text."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        cues: dict[str, Cue] = {}
        for group in ("intents", "severity"):
            for name, words in document[group].items():
                for term in split_words(words):
                    cues.setdefault(term.lower(), Cue(term.lower())).aspects.append(name)
        self._book = CueBook(cues.values(), load_clause_rules())
        self._masks = np.array(
            [sum({1 << _SIGNS.index(name) for name in cue.aspects}) for cue in self._book.cues],
            dtype=np.int64,
        )
        self._table = np.array([_place(_intent(*case)) for case in _cases()], dtype=np.int64)

    def hits(self, codes: Codes, text: str) -> CueHits:
        """Find signs in a text in lower case, or in a buffer of texts parted by line feeds."""
        return self._book.hits(codes, text)

    def named(self, hits: CueHits) -> list[CueMatch]:
        """Signs with their words."""
        return self._book.named(hits)

    def signs(self, text: str, hits: CueHits, ends: Offsets) -> Offsets:
        """Mask of the intents and severities that each row of a buffer speaks of.

        `ends` is where the rows end.
        """
        masks = self._masks[hits.cues]
        for at in np.flatnonzero(masks & _SAFETY).tolist():
            start = int(hits.starts[at])
            if text[max(start - 2, 0) : start].endswith(_DENIALS):
                masks[at] &= ~_SAFETY
        rows = np.searchsorted(ends, hits.starts, side="right")
        result = np.zeros(len(ends), dtype=np.int64)
        np.bitwise_or.at(result, rows, masks)
        return result

    @staticmethod
    def wishes(signs: Offsets) -> Flags:
        """Which rows wish or advise, given their masks."""
        wishing: Flags = (signs & _ADVICE) != 0
        return wishing

    def judge(
        self, signs: Offsets, sentiments: npt.NDArray[np.int8], tagged: tuple[Flags, Flags], asks: Flags
    ) -> Intents:
        """Return what each text wants.

        Parameters
        ----------
        signs
            From `signs`.
        sentiments
            -1, 0 or 1.
        tagged
            Whether a tag complains, and whether one praises.
        asks
            Whether the text has the form of a question.
        """
        complains, praises = tagged
        case = signs >> len(SEVERITIES)
        for value, base in ((sentiments.astype(np.int64) + 1, 3), (complains, 2), (praises, 2), (asks, 2)):
            case = case * base + value
        return Intents(self._table[case], np.where(sentiments <= 0, signs & _SEVERE, 0))


def _cases() -> Any:  # noqa: ANN401 - an iterator of the arguments of `_intent`
    """All cases, in the order in which `IntentRules.judge` counts them."""
    masks = range(1 << len(INTENTS))
    for mask, sentiment, complains, praises, asks in product(masks, (-1, 0, 1), *([(False, True)] * 3)):
        signs = {name for number, name in enumerate(INTENTS) if mask >> number & 1}
        yield signs, sentiment, complains, praises, asks


def _intent(signs: Collection[str], sentiment: int, complains: bool, praises: bool, asks: bool) -> str | None:
    """Return the intent of a text, None when it wants nothing in particular."""
    if sentiment < 0:
        if complains or "投诉" in signs:
            return "投诉"
        if asks and "咨询" in signs:
            return "咨询"
        return "建议" if "建议" in signs else "投诉"
    if sentiment == 0 and complains and "投诉" in signs:
        return "投诉"
    if "咨询" in signs and (asks or sentiment == 0) and not praises:
        return "咨询"
    if "建议" in signs and (sentiment == 0 or complains):
        return "建议"
    if sentiment > 0:
        return "表扬"
    return "投诉" if complains and not praises else None


def _place(intent: str | None) -> int:
    return -1 if intent is None else INTENTS.index(intent)


def severity_lists() -> list[list[str]]:
    """What each mask of `Intents.severities` means."""
    return [[name for at, name in enumerate(SEVERITIES) if mask >> at & 1] for mask in range(_SEVERE + 1)]


@cache
def load_intent_rules() -> IntentRules:
    """Read the packed rules; kept for the life of the process."""
    return IntentRules(read_lexicon("tagging/intent.yaml"))
