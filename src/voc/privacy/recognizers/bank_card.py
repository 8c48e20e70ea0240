"""Numbers of bank and credit cards."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import IssuerRange, issuer_ranges
from voc.privacy.recognizers.cue import cue, cue_near, ends_with_cue
from voc.privacy.recognizers.digits import GAP_CLASS, LEFT, RIGHT, compact, run
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["BankCardFinder", "issuer_of", "luhn_holds"]

_NUMBER: Final = re.compile(f"{LEFT}[1-9]{run(11, 18)}{RIGHT}")
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn_holds(number: str) -> bool:
    """Whether the last digit is the check digit of the others.

    Source: ISO/IEC 7812-1:2017, annex B (H. P. Luhn, US patent 2 950 048): from the right, every second
    digit is doubled and its digits added; the sum of all is a multiple of ten.
    """
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def issuer_of(number: str) -> IssuerRange | None:
    """Issuer range of a card number, strong ones first (ISO/IEC 7812-1, JR/T 0008-2000)."""
    for issuer in issuer_ranges():
        if len(number) in issuer.lengths and number.startswith(issuer.prefixes):
            return issuer
    return None


class BankCardFinder(Finder):
    """12 to 19 digits with a Luhn digit and an issuer range or a cue; spaced groups are joined."""

    name = "bank_card.v1"
    entities = ("CN_BANK_CARD",)
    gate = f"(?:[0-9][{GAP_CLASS}]{{0,3}}){{12}}"

    def find(self, text: str) -> list[Candidate]:
        """Return card numbers, and near misses where the cue of a card stands near."""
        return list(overlapping(_NUMBER, text, lambda match: self._card(text, match)))

    def _card(self, text: str, match: re.Match[str]) -> Candidate | None:
        start = match.start()
        has_cue = cue_near(cue("bank_card"), text, start, match.end())
        other = ends_with_cue(text, start, "other_number")
        for end in _ends_of_groups(text, start, match.end()):
            number = compact(text[start:end])
            if len(number) >= 12 and luhn_holds(number):
                found = self._valid(start, end, issuer_of(number), has_cue=has_cue, other=other)
                if found is not None:
                    return found
        number = compact(match[0])
        if len(number) >= 15 and not other and has_cue:
            return self.candidate(
                start, match.end(), 0.55, "cue and length, but the Luhn digit fails", miss=True
            )
        return None

    def _valid(
        self, start: int, end: int, issuer: IssuerRange | None, *, has_cue: bool, other: bool
    ) -> Candidate | None:
        strong = issuer is not None and issuer.strong
        if has_cue and not other:
            reason = "Luhn digit holds, cue near"
            return self.candidate(start, end, 0.98 if strong else 0.9 if issuer else 0.75, reason)
        if strong and not other:
            return self.candidate(start, end, 0.9, "Luhn digit and issuer range hold")
        return None


def _ends_of_groups(text: str, start: int, end: int) -> list[int]:
    """Places in [start, end] where a group of digits ends, the last first."""
    return [at for at in range(end, start, -1) if text[at - 1].isdigit() and not text[at : at + 1].isdigit()]
