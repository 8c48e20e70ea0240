"""Numbers of vehicles and their engines."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.cued import END, beside_cue, gate_of, span_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["VinFinder", "vin_holds"]

_VIN: Final = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=(?<![A-Za-z])(?i:vin)))"
    r"[A-HJ-NPR-Za-hj-npr-z0-9](?:[ \-]?[A-HJ-NPR-Za-hj-npr-z0-9]){16}(?![A-Za-z0-9])"
)
_VALUES: Final = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_ENGINE: Final = r"[A-Z0-9][A-Z0-9\-]{4,17}"


def vin_holds(number: str) -> bool:
    """Whether the ninth of 17 characters is the check digit of the others.

    Source: GB 16735-2019 (道路车辆 车辆识别代号), 5.3 and tables A.2 and A.3: values weighted 8 7
    6 5 4 3 2 10 0 9 8 7 6 5 4 3 2, the sum modulo 11, where 10 is written X. I, O and Q are never used.
    """
    total = sum(_VALUES[char] * weight for char, weight in zip(number, _WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == number[8]


class VinFinder(Finder):
    """17 characters with their check digit, or beside a cue; numbers of engines beside theirs."""

    name = "vehicle.v2"
    entities = ("VIN",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        self._engine = beside_cue(["engine"], _ENGINE, end=END, back=False)
        self.gate = rf"[A-HJ-NPR-Za-hj-npr-z0-9]{{17}}|{gate_of('vin', 'engine')}"

    def find(self, text: str) -> list[Candidate]:
        """Return numbers, and near misses beside a cue."""
        cues = Cues(text, "vin")
        found = list(overlapping(_VIN, text, lambda match: self._vin(match, cues)))
        found += overlapping(self._engine, text, self._engine_number)
        return found

    def _vin(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        number = re.sub(r"[ \-]", "", match[0]).upper()
        digits = sum(char.isdigit() for char in number)
        cued = cues.near(*match.span())
        plain = match[0].isalnum() or cued
        if digits < 17 and vin_holds(number) and plain and (cued or (digits >= 6 and number[-4:].isdigit())):
            return self.candidate(*match.span(), 0.97 if cued else 0.85, "check digit holds")
        if cued and digits >= 4:
            return self.candidate(*match.span(), 0.7, "cue near, but the check digit fails", miss=True)
        return None

    def _engine_number(self, match: re.Match[str]) -> Candidate | None:
        start, end = span_of(match)
        value = match.string[start:end]
        if sum(char.isdigit() for char in value) < (5 if value[:1].isdigit() else 4):
            return None
        return self.candidate(start, end, 0.85, "beside the cue of an engine number")
