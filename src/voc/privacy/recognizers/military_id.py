"""Cards of officers, soldiers and armed police (军官证, 士兵证, 警官证)."""

from __future__ import annotations

import re

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["MilitaryIdFinder"]

_FORCES = "军士兵官武海空政后装参总文南北沈兰济广成炮火联战东西中陆"
_NUMBER = re.compile(r"(?P<word>[\u4e00-\u9fff])字\s?第?\s?(?P<digits>[0-9]{4,9})\s?号?")
_SURE = "军士兵官武"
_NEAR = 12
"""Characters before the number in which a card is spoken of."""


class MilitaryIdFinder(Finder):
    """X字第NNNN号: the word of a force stands alone, others need a cue.

    Source: the wording of the cards as public forms ask for it (某字第 NNNNNNN 号; 军字, 士字, 武字 and
    the words of commands and services).
    """

    name = "military_id.v2"
    entities = ("CN_MILITARY_ID",)
    group = GateGroup.SHAPE
    gate = r"字\s?第?\s?[0-9]{4}"

    def find(self, text: str) -> list[Candidate]:
        """Return card numbers."""
        cues = Cues(text, "military_id")
        return list(overlapping(_NUMBER, text, lambda match: self._check(text, match, cues)))

    def _check(self, text: str, match: re.Match[str], cues: Cues) -> Candidate | None:
        if cues.near(*match.span()):
            return self.candidate(*match.span(), 0.95, "wording of the card, cue near")
        if (
            match["word"] in _FORCES
            and "第" in match[0]
            and "证" in text[max(0, match.start() - _NEAR) : match.start()]
        ):
            return self.candidate(*match.span(), 0.7, "wording of the card, a card is spoken of")
        before = text[match.start() - 1 : match.start()]
        if before and ("\u4e00" <= before <= "\u9fff") and before not in "是为号证有持码件":
            return None
        complete = "第" in match[0] and match[0].endswith("号") and len(match["digits"]) >= 7
        if match["word"] in _SURE and "第" in match[0]:
            return self.candidate(*match.span(), 0.75, "wording of the card")
        if match["word"] in _FORCES and complete:
            return self.candidate(*match.span(), 0.6, "wording of the card in full")
        return None
