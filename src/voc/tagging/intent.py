"""What a text wants (咨询, 建议, 投诉, 表扬) and whether it is severe (安全, 监管, 曝光, 流失威胁).

Rules over the signs of `voc.tagging.signs`, the sentiment and the tags found:

- severity: a sign of the group, in a text that is not positive;
- intent: a negative text with complaints, or with words of complaint, complains; a text that asks, and
  neither complains nor praises, enquires; a wish or advice without a strong judgement advises; a positive
  text praises.

There are few cases, so the rules are asked once for each and answers for a batch are looked up.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.cues import CueHits
from voc.tagging.reader import Reading
from voc.tagging.signs import INTENTS, SEVERITIES, Signs
from voc.text.lexicons import read_lexicon

__all__ = ["INTENTS", "SEVERITIES", "IntentRules", "Intents", "load_intent_rules", "severity_lists"]

_ADVICE: Final = 1 << (len(SEVERITIES) + INTENTS.index("建议"))
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

    def __init__(self, signs: Signs) -> None:
        self.signs = signs
        self._table = np.array([_place(_intent(*case)) for case in _cases()], dtype=np.int64)

    def rows(self, reading: Reading, hits: CueHits) -> Offsets:
        """Mask of the intents and severities that each row of a batch speaks of."""
        result = np.zeros(len(reading.buffer.ends), dtype=np.int64)
        rows = np.searchsorted(reading.buffer.ends, hits.starts, side="right")
        np.bitwise_or.at(result, rows, self.signs.masks(reading, hits))
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
            From `rows`.
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
    return IntentRules(Signs(read_lexicon("tagging/intent.yaml")))
