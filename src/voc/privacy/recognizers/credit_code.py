"""Unified social credit codes of companies and sole traders (统一社会信用代码)."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["CreditCodeFinder", "credit_code_holds"]

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE: Final = re.compile(r"(?<![0-9A-Za-z])[1-9ANY][1239][0-9]{6}[0-9A-Z]{10}(?![0-9A-Za-z])", re.IGNORECASE)
"""Registering department, kind, GB/T 2260 region, organisation code (GB 11714), check character."""


def credit_code_holds(code: str) -> bool:
    """Whether the last character is the check character of the first 17.

    Source: GB 32100-2015, 5: the values of the characters weighted 3^(i-1) modulo 31, and 31 minus their sum
    modulo 31, where 31 counts as 0. I, O, S, V and Z are not used.
    """
    values = [_ALPHABET.find(char) for char in code.upper()]
    if len(values) != 18 or min(values) < 0:
        return False
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:17]))
    return (31 - total % 31) % 31 == values[17]


class CreditCodeFinder(Finder):
    """18 characters with their check character; directly behind a cue also without it."""

    name = "credit_code.v1"
    entities = ("CN_USCC",)
    gate = "[0-9A-Za-z]{18}"

    def find(self, text: str) -> list[Candidate]:
        """Return credit codes, and near misses directly behind a cue."""
        cues = Cues(text, "credit_code")
        return list(overlapping(_CODE, text, lambda match: self._check(match, cues)))

    def _check(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        cued = cues.near(*match.span())
        if credit_code_holds(match[0]) and (cued or not match[0].isdigit()):
            return self.candidate(*match.span(), 0.97 if cued else 0.9, "check character holds")
        if cues.before(match.start()):
            return self.candidate(*match.span(), 0.6, "cue before, but the check character fails", miss=True)
        return None
