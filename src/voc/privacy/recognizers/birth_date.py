"""Dates of birth, by cue."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cued import beside_cue, gate_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.resident_id import birth_date_holds

__all__ = ["BirthDateFinder"]

_DATE: Final = (
    r"(?:(?P<year>(?:18|19|20)[0-9]{2})"
    r"(?:\s?[年.\-/]\s?(?P<month>[0-9]{1,2})\s?[月.\-/]\s?(?P<day>[0-9]{1,2})(?:\s?[日号])?|(?P<packed>[0-9]{4}))"
    r"|(?P<short>[0-9]{2})\s?[年.\-/]\s?(?P<month2>[0-9]{1,2})\s?[月.\-/]\s?(?P<day2>[0-9]{1,2})(?:\s?[日号])?)"
)
_END: Final = r"(?![0-9])"


class BirthDateFinder(Finder):
    """A real day in one of the usual spellings, behind 生日 and the like, or before 出生 and 生的."""

    name = "birth_date.v1"
    entities = ("DATE_OF_BIRTH",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        self._before = beside_cue(["birth_date"], _DATE, end=_END, back=False, free=True)
        self._behind = re.compile(
            rf"(?<![0-9.])(?P<value>{_DATE}){_END}\s?(?:[（(]?(?:阳历|阴历|农历|公历)[）)]?)?"
            r"(?:出生|生的|生人|生日|诞生|生于|生(?![产效成活意]))",
        )
        self.gate = f"{gate_of('birth_date')}|[0-9][日号]?\\s?(?:[（(]?[阳阴农公]历)?[）)]?(?:出生|生)"

    def find(self, text: str) -> list[Candidate]:
        """Return dates of birth; the cue is not part of the span."""
        found = list(overlapping(self._before, text, self._check))
        return found + list(overlapping(self._behind, text, self._check))

    def _check(self, match: re.Match[str]) -> Candidate | None:
        if match["short"] is not None:
            plain = f"{match['short']}{int(match['month2']):02d}{int(match['day2']):02d}"
        else:
            rest = match["packed"] or f"{int(match['month']):02d}{int(match['day']):02d}"
            plain = match["year"] + rest
        if not birth_date_holds(plain):
            return None
        return self.candidate(*match.span("value"), 0.9, "a day beside the cue")
