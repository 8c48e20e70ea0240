"""Codes of companies and sole traders: 统一社会信用代码, and the organisation code inside it."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["CreditCodeFinder", "credit_code_holds", "organisation_check"]

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE: Final = re.compile(r"(?<![0-9A-Za-z])[1-9ANY][1-59][0-9]{6}[0-9A-Z]{10}(?![0-9A-Za-z])", re.IGNORECASE)
"""Registering department, kind, GB/T 2260 region, organisation code (GB 11714), check character."""
_SPACED: Final = re.compile(
    r"(?<![0-9A-Za-z])[1-9ANY](?:[ \-]{0,2}[0-9]){7}(?:[ \-]{0,2}[0-9A-Z]){10}(?![0-9A-Za-z])", re.IGNORECASE
)
_ORGANISATION: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{8}[ \-－]?[0-9X](?![0-9A-Za-z])", re.IGNORECASE)
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


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


def organisation_check(body: str) -> str:
    """Check character of an organisation code's first eight characters.

    Source: GB 11714-1997, 4.3: values (A = 10 … Z = 35) weighted 3 7 9 10 5 8 4 2; 11 minus the sum modulo
    11, where 10 is written X and 11 is 0.
    """
    total = sum(
        int(char, 36) * weight for char, weight in zip(body.upper(), _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


class CreditCodeFinder(Finder):
    """18 characters with their check character, the inner code (GB 11714) raising the score; near misses and
    organisation codes of nine characters beside a cue.
    """

    name = "credit_code.v1"
    entities = ("CN_USCC",)
    gate = (
        "[0-9A-Za-z]{18}|(?:[0-9A-Za-z][ \\-]{0,2}){8}[0-9A-Za-z][^\n]{0,20}代码"
        "|(?:代码|税号|识别号|营业执照)[^\n]{0,20}[0-9A-Za-z]{4}"
    )

    def find(self, text: str) -> list[Candidate]:
        """Return credit codes, and near misses directly behind a cue."""
        cues = Cues(text, "credit_code")
        found = list(overlapping(_CODE, text, lambda match: self._check(match, cues)))
        if cues.any:
            found += overlapping(_SPACED, text, lambda match: self._spaced(match, cues))
            found += overlapping(_ORGANISATION, text, lambda match: self._organisation(match, cues))
        return found

    def _check(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        cued = cues.near(*match.span())
        if credit_code_holds(match[0]) and (cued or not match[0].isdigit()):
            inner = organisation_check(match[0][8:16]) == match[0][16].upper()
            score = 0.97 if cued or inner else 0.85
            return self.candidate(*match.span(), score, "check character holds")
        if cues.before(match.start()):
            return self.candidate(*match.span(), 0.6, "cue before, but the check character fails", miss=True)
        return None

    def _spaced(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        if not cues.near(*match.span()) or not credit_code_holds(re.sub(r"[ \-]", "", match[0])):
            return None
        return self.candidate(*match.span(), 0.9, "check character holds, cue near")

    def _organisation(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        code = re.sub(r"[ \-－]", "", match[0]).upper()
        if not cues.near(*match.span()) or sum(char.isdigit() for char in code) < 4:
            return None
        if organisation_check(code[:8]) == code[8]:
            return self.candidate(*match.span(), 0.9, "organisation code, check character holds, cue near")
        if cues.before(match.start()):
            return self.candidate(*match.span(), 0.6, "cue before, but the check character fails", miss=True)
        return None
