"""Identity cards of Hong Kong and Taiwan."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import GAP, GATE_GAP, compact, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["HkTwIdFinder", "hong_kong_check", "taiwan_holds"]

_START: Final = r"(?<![A-Za-z0-9])"
_HONG_KONG: Final = re.compile(
    rf"{_START}(?P<body>(?:[WXwx][A-Za-z]|[A-Za-z]){GAP}[0-9]{run(5)})(?:{GAP}(?P<open>[(（\[])\s?(?P<boxed>[0-9Aa])\s?[)）\]]"
    rf"|{GAP}(?P<bare>[0-9Aa])(?![A-Za-z0-9(（]))"
)
_TAIWAN: Final = re.compile(rf"{_START}[A-Za-z]{GAP}[1289A-Da-d]{run(8)}(?![A-Za-z0-9])")
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""Letters in the order of their Taiwanese numbers, 10 for A to 35 for O."""
_TOGETHER: Final = re.compile(r"[A-Z]{1,2}[0-9]+[(（\[]?[0-9A]?[)）\]]?")
"""Written in capitals and without gaps."""
_OTHERS: Final = (
    "other_number",
    "account",
    "login",
    "order",
    "waybill",
    "model",
    "passport",
    "hkmo_permit",
    "tw_permit",
    "wechat",
    "qq",
    "social",
    "alipay",
    "secret",
    "medical_no",
    "engine",
)
"""Groups of cues directly behind which a number is something else."""
_WEIGHTS: Final = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


def hong_kong_check(body: str) -> str:
    """Check character of one or two letters and six digits.

    Source: Hong Kong Immigration Department; ISO-like weights 9 to 2 over A = 10 … Z = 35, a missing first
    letter counting 36, and the character that makes the sum a multiple of 11; A stands for 10.
    """
    letters, digits = body[:-6].upper(), body[-6:]
    values = [36] * (2 - len(letters)) + [ord(letter) - 55 for letter in letters] + [int(d) for d in digits]
    rest = -sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) % 11
    return "A" if rest == 10 else str(rest)


def taiwan_holds(number: str) -> bool:
    """Whether the last digit of a letter and nine digits is right.

    Source: Ministry of the Interior, 國民身分證統一編號: the letter's two digits and the others
    weighted 1 9 8 7 6 5 4 3 2 1 1 add up to a multiple of ten. Residents' numbers have A to D, since 2021 8
    or 9, in the second place; A to D count by the last digit of their letter's number.
    """
    value = _LETTERS.index(number[0]) + 10
    second = number[1] if number[1].isdigit() else str((_LETTERS.index(number[1]) + 10) % 10)
    digits = [value // 10, value % 10, int(second), *map(int, number[2:])]
    return sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 10 == 0


class HkTwIdFinder(Finder):
    """A letter and seven digits with the Hong Kong check; a letter and nine digits with the Taiwanese one."""

    name = "hk_tw_id.v1"
    entities = ("HK_ID", "TW_ID")
    group = GateGroup.NUMBER
    gate = f"[A-Za-z]{GATE_GAP}[0-9A-Da-d](?:{GATE_GAP}[0-9]){{5}}"

    def find(self, text: str) -> list[Candidate]:
        """Return valid numbers, and near misses where a cue stands near."""
        cues = Cues(text, "hk_tw_id", "resident_id")
        others = Cues(text, *_OTHERS)
        found = list(overlapping(_HONG_KONG, text, lambda match: self._hong_kong(match, cues, others)))
        found += overlapping(_TAIWAN, text, lambda match: self._taiwan(match, cues, others))
        return found

    def _hong_kong(self, match: re.Match[str], cues: Cues, others: Cues) -> Candidate | None:
        boxed = match["boxed"] is not None
        right = hong_kong_check(compact(match["body"])) == (match["boxed"] or match["bare"]).upper()
        return self._decide(match, cues, others, right=right, score=0.93 if boxed else 0.6, entity="HK_ID")

    def _taiwan(self, match: re.Match[str], cues: Cues, others: Cues) -> Candidate | None:
        return self._decide(
            match, cues, others, right=taiwan_holds(compact(match[0])), score=0.65, entity="TW_ID"
        )

    def _decide(
        self, match: re.Match[str], cues: Cues, others: Cues, *, right: bool, score: float, entity: str
    ) -> Candidate | None:
        if others.before(match.start()):
            return None
        cued = cues.near(*match.span())
        plain = match["boxed"] is not None if entity == "HK_ID" and match[0][1].isalpha() else True
        plain = plain and _TOGETHER.fullmatch(match[0]) is not None
        if right and (cued or plain):
            return self.candidate(*match.span(), 0.97 if cued else score, "check digit holds", entity=entity)
        if cued:
            return self.candidate(
                *match.span(), 0.6, "cue near, but the check digit fails", entity=entity, miss=True
            )
        return None
