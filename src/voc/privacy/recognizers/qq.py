"""QQ numbers and groups, by cue."""

from __future__ import annotations

import re

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import LINK_PART, any_of
from voc.privacy.recognizers.cued import BEFORE_CUE, NOT_OF_NEXT, gate_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["QqFinder"]

_FOLLOWED_BY_UNIT = r"(?!\.?[0-9]|\s?[元块年月日天个万条件次分秒人GMKgmk%])"


class QqFinder(Finder):
    """5 to 12 digits, none of them a leading zero, beside a spelling of QQ."""

    name = "qq.v4"
    entities = ("QQ_ID",)
    group = GateGroup.CUED

    def __init__(self) -> None:
        words = rf"(?:{any_of(cue_words('qq'))}|(?<![A-Za-z0-9])q(?:[ .\-]q(?![A-Za-z])|(?=[\s:：=是号我])))"
        value = rf"(?P<value>[1-9](?:[ \-]?[0-9]){{4,11}}(?:{_FOLLOWED_BY_UNIT}|(?<=[0-9]{{8}})(?!\.?[0-9])))"
        self.gate = (
            f"{gate_of('qq')}|(?i:q[ .\\-]?q|加q|q[0-9]{{6}}|q[\\s:：=是号我]|[0-9] ?(?:是|这个|那个|我的)?q)"
        )
        # the Latin cue may touch the digits: qq123456
        glued = r"(?<![A-Za-z0-9])(?:QQ|加Q|加qq|(?<=[加我的])Q(?=[0-9]{6}))"
        self._before = re.compile(
            rf"(?:{words}|{glued})(?:联系|同号|加我|加|我|的|[吧呗呢哦啊]|{LINK_PART}){{0,5}}{value}",
            re.IGNORECASE,
        )
        self._behind = re.compile(
            rf"(?<![0-9.])(?P<value>[1-9][0-9]{{4,11}})(?![0-9]){BEFORE_CUE}(?:这?就?是)?(?:我|我的|本人|这个|那个)?(?:的)?"
            rf"(?:{words}|Q(?:号|(?![A-Za-z0-9]))){NOT_OF_NEXT}",
            re.IGNORECASE,
        )

    def find(self, text: str) -> list[Candidate]:
        """Return QQ numbers; the cue is not part of the span."""
        found = list(overlapping(self._before, text, lambda match: self._check(match, 0.93)))
        found += overlapping(self._behind, text, lambda match: self._check(match, 0.85))
        return found

    def _check(self, match: re.Match[str], score: float) -> Candidate:
        return self.candidate(*match.span("value"), score, "5 to 12 digits beside the cue")
