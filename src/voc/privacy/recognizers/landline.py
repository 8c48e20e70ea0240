"""Fixed-line numbers. Service numbers (400, 800, 95xxx, 96xxx, 1xxxx) belong to nobody and stay in clear."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import area_codes
from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import GAP, GAP_CLASS, LEFT, RIGHT, compact, groups_naturally, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["LandlineFinder", "area_code_known"]

_EXTENSION: Final = (
    r"(?:[\s,，(（]{0,2}(?:转分机|分机号?|转接?|ext\.?|x|#)[\s:：.]{0,2}[0-9]{1,6}(?![0-9])[)）]?"
    r"|[\-－—][0-9]{1,6}(?![0-9]))?"
)
_COUNTRY: Final = rf"(?:(?:\+|{LEFT}00){GAP}86[)）]?{GAP}[(（]?0?)"
_AREA: Final = r"(?P<open>[(（\[【])?(?P<area>0[1-9][0-9]{1,2})(?(open)[)）\]】]|)"
_LOCAL: Final = f"(?P<local>[2-8]{run(6, 7)}){RIGHT}"
_NATIONAL: Final = re.compile(f"{LEFT}{_AREA}{GAP}{_LOCAL}{_EXTENSION}", re.IGNORECASE)
_SHORT_AREA: Final = re.compile(
    rf"{LEFT}(?P<open>[(（\[【])?(?P<area>0(?:10|2[0-9]))(?(open)[)）\]】]|){GAP}{_LOCAL}{_EXTENSION}",
    re.IGNORECASE,
)
_ABROAD: Final = re.compile(
    rf"{_COUNTRY}(?P<area>[1-9][0-9]{{1,2}})[)）]?{GAP}{_LOCAL}{_EXTENSION}", re.IGNORECASE
)
_LOCAL_ONLY: Final = re.compile(f"{LEFT}{_LOCAL}{_EXTENSION}", re.IGNORECASE)
_USUAL: Final = frozenset(
    {(4, 4), (3, 4), (4, 3), (3, 3, 2), (2, 3, 3), (2, 2, 2, 2), (3, 2, 2), (3, 5), (1, 7)}
)
_DATE: Final = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")


def area_code_known(code: str) -> bool:
    """Whether the area code, without its leading 0, is or was in use.

    Source: national numbering plan of country code 86 (ITU-T E.164), 电信网编号计划 2017.
    """
    return code in area_codes()


def _without_last_group(local: str) -> str | None:
    """Seven digits in a usual grouping, before a last group that is another number; else None."""
    match = re.fullmatch(r"(?P<rest>.*[0-9])[^0-9]+[0-9]+", local, re.DOTALL)
    if match is None or len(compact(match["rest"])) != 7 or not groups_naturally(match["rest"], _USUAL):
        return None
    return match["rest"]


class LandlineFinder(Finder):
    """Area code, 7 or 8 digits, extension; without area code directly behind a cue."""

    name = "landline.v1"
    entities = ("CN_LANDLINE",)
    group = GateGroup.NUMBER
    gate = f"(?:[0-9][()（）\\[\\]【】{GAP_CLASS}\\t\\r\\n]{{0,4}}){{7}}"

    def find(self, text: str) -> list[Candidate]:
        """Return fixed-line numbers; the extension belongs to the span."""
        cues, others = Cues(text, "landline"), Cues(text, "other_number", "bank_card")
        found: list[Candidate] = []
        for pattern in (_NATIONAL, _SHORT_AREA, _ABROAD):
            found += overlapping(pattern, text, lambda match: self._full(match, cues, others))
        found += overlapping(_LOCAL_ONLY, text, lambda match: self._local(match, cues))
        return found

    def _full(self, match: re.Match[str], cues: Cues, others: Cues) -> Candidate | None:
        area = match["area"].removeprefix("0")
        if not area_code_known(area) or (len(area) == 2 and len(compact(match["local"])) != 8):
            return None
        has_cue = cues.near(*match.span())
        if not groups_naturally(match["local"], _USUAL):
            shorter = _without_last_group(match["local"])
            if shorter is not None and len(area) == 3:
                end = match.start("local") + len(shorter)
                return self.candidate(match.start(), end, 0.85, "area code and seven digits hold")
            if not has_cue:
                return None
        bare = match[0].isdigit()
        if bare and others.before(match.start()):
            return None
        score = 0.95 if has_cue else 0.75 if bare else 0.9
        unopened = match[0][-1] in ")）" and not any(char in "(（" for char in match[0])
        return self.candidate(match.start(), match.end() - unopened, score, "area code and length hold")

    def _local(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        if not cues.before(match.start()) or _DATE.fullmatch(compact(match["local"])):
            return None
        if not groups_naturally(match["local"], _USUAL):
            return None
        return self.candidate(*match.span(), 0.7, "7 or 8 digits directly behind the cue")
