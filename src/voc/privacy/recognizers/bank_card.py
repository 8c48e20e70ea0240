"""Numbers of bank and credit cards."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from voc.privacy.lexicon import IssuerRange, issuer_ranges
from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import FOUR_OCTETS, GATE_GAP, LEFT, RIGHT, compact, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["BankCardFinder", "issuer_of", "luhn_holds"]

_FRACTION: Final = r"(?<!(?<![0-9A-Za-z])0\.)"
"""Not behind the point of 0.4221165755827173, which is a share."""
_NUMBER: Final = re.compile(f"{LEFT}{_FRACTION}[1-9]{run(11, 18)}{RIGHT}")
_GROUP: Final = re.compile("[0-9]+")
_OTHER_KIND: Final = re.compile("2088[0-9]{12}|460(?:0[0-9]|1[0-5])[0-9]{10}")
"""Numbers of Alipay accounts and of SIM cards (IMSI), which no card begins with."""
_LINE_OF_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}\s?[\r\n]")
"""A mobile number that ends its line."""
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

    name = "bank_card.v4"
    entities = ("CN_BANK_CARD",)
    group = GateGroup.NUMBER
    gate = f"(?:[0-9]{GATE_GAP}){{12}}"

    def find(self, text: str) -> list[Candidate]:
        """Return card numbers, and near misses where the cue of a card stands near."""
        cues, others = Cues(text, "bank_card"), Cues(text, "other_number", "resident_id", "imei", "imsi")
        return list(overlapping(_NUMBER, text, lambda match: self._card(match, cues, others)))

    def _card(self, match: re.Match[str], cues: Cues, others: Cues) -> Candidate | None:
        start, end = match.span()
        number = compact(match[0])
        has_cue = cues.near(start, end)
        strong = number.startswith(_strong_prefixes())
        if (
            FOUR_OCTETS.fullmatch(match[0])
            or _OTHER_KIND.fullmatch(number)
            or _LINE_OF_MOBILE.match(match[0])
        ):
            return None
        if not (has_cue or strong):
            return None
        other = others.before(start) or (not strong and Cues(match.string, "waybill").before(start))
        for stop, digits in _ends_of_groups(match, number):
            if luhn_holds(number[:digits]):
                issuer = issuer_of(number[:digits])
                found = self._valid(start, stop, issuer, has_cue=has_cue, other=other)
                if found is not None:
                    return found
        if len(number) >= 15 and not other and has_cue:
            return self.candidate(start, end, 0.55, "cue and length, but the Luhn digit fails", miss=True)
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


@cache
def _strong_prefixes() -> tuple[str, ...]:
    return tuple(prefix for issuer in issuer_ranges() if issuer.strong for prefix in issuer.prefixes)


def _ends_of_groups(match: re.Match[str], number: str) -> list[tuple[int, int]]:
    """Places where a group of digits ends, with the digits up to there, 12 at least; the last place first.

    Behind a group of 12 and more digits another number begins.
    """
    if match.end() - match.start() == len(number):
        return [(match.end(), len(number))]
    ends = []
    digits = 0
    for group in _GROUP.finditer(match[0]):
        digits += len(group[0])
        if digits >= 12:
            ends.append((match.start() + group.end(), digits))
        if len(group[0]) >= 12 and not match[0].startswith(("\n", "\r", " \n"), group.end()):
            break
    return ends[::-1]
