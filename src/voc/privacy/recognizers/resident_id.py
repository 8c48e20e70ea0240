"""Resident identity numbers (居民身份证), and residence permits of Hong Kong, Macao and Taiwan."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from voc.privacy.lexicon import region_prefixes
from voc.privacy.recognizers.cue import Cues, ends_with_cue
from voc.privacy.recognizers.digits import GAP, GATE_GAP, LEFT, RIGHT, compact, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["ResidentIdFinder", "birth_date_holds", "check_character", "region_known"]

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"

_LONG: Final = re.compile(f"{LEFT}[1-8]{run(16)}{GAP}(?:[0-9]{RIGHT}|[Xx×])")
_SHORT: Final = re.compile(f"{LEFT}[1-9]{run(14)}{RIGHT}")
_LOOSE: Final = re.compile(f"{LEFT}[1-9]{run(13, 18)}(?:{GAP}[Xx×])?{RIGHT}")


def check_character(body: str) -> str:
    """Check character of the first 17 digits.

    Source: GB 11643-1999, 4.5, and ISO 7064:1983 MOD 11-2: the sum of digit times 2^(18-i) modulo 11, i
    from 1, and the character so that the whole is 1 modulo 11; 10 is written X.
    """
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def birth_date_holds(digits: str) -> bool:
    """Whether `YYYYMMDD` or `YYMMDD` is a day from 1870 to today's century (GB 11643-1999, 4.3)."""
    year = int(digits[:4]) if len(digits) == 8 else 1900 + int(digits[:2])
    if not 1870 <= year <= 2099:
        return False
    try:
        date(year, int(digits[-4:-2]), int(digits[-2:]))
    except ValueError:
        return False
    return True


def region_known(number: str) -> bool:
    """Whether the first four digits are those of a present or abolished prefecture (GB/T 2260)."""
    return number[:4] in region_prefixes()


class ResidentIdFinder(Finder):
    """18 digits by region, date and check character; 15 digits (GB 11643-1989) by region, date and cue."""

    name = "resident_id.v2"
    entities = ("CN_RESIDENT_ID",)
    group = GateGroup.NUMBER
    gate = f"(?:[0-9]{GATE_GAP}){{14}}"

    def find(self, text: str) -> list[Candidate]:
        """Return valid numbers, and near misses where a cue stands near."""
        cues = Cues(text, "resident_id")
        found = list(overlapping(_LONG, text, lambda match: self._long(match, cues)))
        found += overlapping(_SHORT, text, lambda match: self._short(match, cues))
        found += overlapping(_LOOSE, text, lambda match: self._loose(match, cues))
        return found

    def _long(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        number = compact(match[0])
        start, end = match.span()
        if birth_date_holds(number[6:14]) and check_character(number[:17]) == number[17]:
            if region_known(number):
                return self.candidate(start, end, 0.99, "region, date and check character hold")
            return self.candidate(start, end, 0.85, "date and check character hold, region unknown")
        if cues.near(start, end):
            return self.candidate(start, end, 0.6, "cue and length, but a check fails", miss=True)
        return None

    def _short(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        number = compact(match[0])
        if ends_with_cue(match.string, match.start(), "account"):
            return None
        if not (region_known(number) and birth_date_holds(number[6:12]) and cues.near(*match.span())):
            return None
        return self.candidate(*match.span(), 0.9, "15 digits: region and date hold, cue near")

    def _loose(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        """Mistyped numbers of a wrong length directly behind the cue."""
        if not cues.before(match.start()) or ends_with_cue(match.string, match.start(), "account"):
            return None
        return self.candidate(*match.span(), 0.5, "directly behind the cue, wrong length or check", miss=True)
