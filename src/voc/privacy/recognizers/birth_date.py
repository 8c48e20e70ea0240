"""Dates of birth, by cue."""

from __future__ import annotations

import re

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import LINK_PART, any_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.resident_id import birth_date_holds

__all__ = ["BirthDateFinder"]


class BirthDateFinder(Finder):
    """A real day in one of the usual spellings, directly behind 生日, 出生日期 and the like."""

    name = "birth_date.v1"
    entities = ("DATE_OF_BIRTH",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        words = cue_words("birth_date")
        self._pattern = re.compile(
            rf"{any_of(words)}(?:{LINK_PART}|在){{0,4}}"
            r"(?P<value>(?P<year>(?:18|19|20)[0-9]{2})(?:\s?[年.\-/]\s?(?P<month>[0-9]{1,2})\s?[月.\-/]\s?(?P<day>[0-9]{1,2})"
            r"(?:\s?[日号])?|(?P<packed>[0-9]{4})))(?![0-9])",
            re.IGNORECASE,
        )
        self.gate = f"(?i:{'|'.join(map(re.escape, words))})"

    def find(self, text: str) -> list[Candidate]:
        """Return dates of birth; the cue is not part of the span."""
        return list(overlapping(self._pattern, text, self._check))

    def _check(self, match: re.Match[str]) -> Candidate | None:
        rest = match["packed"] or f"{int(match['month']):02d}{int(match['day']):02d}"
        if not birth_date_holds(match["year"] + rest):
            return None
        return self.candidate(*match.span("value"), 0.9, "a day directly behind the cue")
