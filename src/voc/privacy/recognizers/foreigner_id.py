"""Identity cards of foreigners with permanent residence (外国人永久居留身份证)."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import country_codes, region_prefixes
from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import GAP, GATE_GAP, LEFT, RIGHT, compact, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.resident_id import birth_date_holds, check_character

__all__ = ["ForeignerIdFinder"]

_NEW: Final = re.compile(f"{LEFT}9{run(16)}{GAP}(?:[0-9]{RIGHT}|[Xx×])")
_OLD: Final = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{3}}{GAP}[0-9]{run(11)}{RIGHT}")


class ForeignerIdFinder(Finder):
    """18 digits with a leading 9 (cards since 2023) by province, date and check character; 3 letters and 12
    digits (cards since 2004) by country code and date.

    Source: National Immigration Administration, announcement on the 2023 edition of the card: 9, two digits
    of the province, three of the nationality, then date, sequence and check character as in GB 11643-1999
    (ISO 7064 MOD 11-2). The older form has the ISO 3166-1 alpha-3 code, four digits of the place, YYMMDD, a
    sequence digit and a check digit (公安部《外国人在中国永久居留审批管理办法》, 2004).
    """

    name = "foreigner_id.v1"
    entities = ("CN_FOREIGNER_ID",)
    group = GateGroup.NUMBER
    gate = f"9{GATE_GAP}(?:[0-9]{GATE_GAP}){{16}}|[A-Za-z]{{3}}(?:{GATE_GAP}[0-9]){{12}}"

    def find(self, text: str) -> list[Candidate]:
        """Return card numbers, and near misses beside a cue."""
        cues = Cues(text, "foreigner_id")
        found = list(overlapping(_NEW, text, lambda match: self._new(match, cues)))
        found += overlapping(_OLD, text, lambda match: self._old(match, cues))
        return found

    def _new(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        number = compact(match[0])
        if birth_date_holds(number[6:14]) and check_character(number[:17]) == number[17]:
            known = number[1:3] in _provinces()
            return self.candidate(*match.span(), 0.98 if known else 0.8, "date and check character hold")
        if cues.near(*match.span()):
            return self.candidate(*match.span(), 0.6, "cue and length, but a check fails", miss=True)
        return None

    def _old(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        number = compact(match[0])
        cued = cues.near(*match.span())
        if number[:3] in country_codes() and birth_date_holds(number[7:13]):
            return self.candidate(*match.span(), 0.95 if cued else 0.8, "country code and date hold")
        if cued:
            return self.candidate(*match.span(), 0.6, "cue and length, but a check fails", miss=True)
        return None


def _provinces() -> frozenset[str]:
    return frozenset(prefix[:2] for prefix in region_prefixes())
