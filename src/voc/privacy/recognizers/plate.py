"""Number plates of vehicles in mainland China."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import plate_rules
from voc.privacy.recognizers.digits import GAP, GATE_GAP, compact
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup

__all__ = ["PlateFinder", "serial_holds"]

_DOT: Final = r"[ ·•・‧.\-—]?"
_POLICE: Final = re.compile(
    r"(?<![A-Za-z0-9])WJ[ ·.\-]?(?:[0-9]{2}|[\u4e00-\u9fff])[ ·.\-]?[0-9]{4}[0-9A-Z](?![A-Za-z0-9])",
    re.IGNORECASE,
)
_NUMERALS: Final = str.maketrans(dict(zip("零〇一二三四五六七八九幺", "001234567891", strict=True)))
"""Digits of a serial that is read aloud: 京A三八七二五."""
_TOUCHING: Final = re.compile("[0-9A-Za-z]{2}")
_EMBASSY: Final = re.compile(r"(?<![0-9])(?:使[ ·.]?[0-9]{6}|[0-9]{3}[ ·.]?[0-9]{3}使)(?![0-9A-Za-z馆])")


def serial_holds(serial: str) -> bool:
    """Whether the characters behind the issuing letter follow the rules.

    Source: GA 36-2018, 5.2 and 5.4. Ordinary plates: five characters, at most three of them letters, never
    I or O. New energy vehicles: six, small ones with a letter first (a second letter may follow) and digits
    behind, large ones five digits and a letter; the letters are A to K without I, in practice D and F
    first.
    """
    letters = sum(char.isalpha() for char in serial)
    if any(char in plate_rules().excluded_letters for char in serial):
        return False
    if len(serial) == 5:
        return letters <= 3
    small = serial[0] in "ABCDEFGHJK" and serial[2:].isdigit()
    large = serial[-1] in "ABCDEFGHJK" and serial[:5].isdigit()
    return len(serial) == 6 and (small or large)


def _evenly(serial: str) -> bool:
    """Whether a gap stands between all characters of a serial, or between none."""
    return serial.isalnum() or _TOUCHING.search(serial) is None


class PlateFinder(Finder):
    """Province, letter and five characters, six for new energy; special plates by suffix."""

    name = "plate.v5"
    entities = ("CN_PLATE",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        rules = plate_rules()
        head = f"[{rules.provinces}]"
        self.gate = (
            rf"{head}[A-Za-z][ ·•・‧.\-—]?[0-9A-Za-z]{{4}}|(?i:WJ)|使[ ·.]?[0-9]|[0-9]使"
            f"|{head}{GATE_GAP}[A-Za-z](?:{GATE_GAP}[0-9A-Za-z]){{5}}"
            rf"|{head}[A-Za-z][ ·•・‧.\-—]?[A-Za-z0-9]{{0,2}}[零〇一二三四五六七八九幺]{{3}}"
        )
        self._ordinary = re.compile(
            rf"(?P<province>[{rules.provinces}])(?P<office>[A-Za-z]){_DOT}"
            rf"(?:(?P<special>[A-Za-z0-9]{{4}})(?P<suffix>[{rules.suffixes}]|应急)"
            rf"|(?P<serial>[A-Za-z0-9]{{5,6}})(?![A-Za-z0-9])(?:挂(?!了|在|号|起|机|上|着)|临(?![时近走到]))?)"
        )

        self._apart = re.compile(
            rf"(?P<province>[{rules.provinces}]){GAP}(?P<office>[A-Za-z]){GAP}"
            rf"(?P<serial>[A-Za-z0-9](?:{GAP}[A-Za-z0-9]){{4,5}})(?P<special>(?!)x)?(?![A-Za-z0-9])"
        )
        self._late_dot = re.compile(
            rf"(?P<province>[{rules.provinces}])(?P<office>[A-Za-z])(?P<special>(?!)x)?"
            r"(?P<serial>[A-Za-z][·•・‧][0-9]{5})(?![A-Za-z0-9])"
        )
        numeral = "".join(map(chr, _NUMERALS))
        self._aloud = re.compile(
            rf"(?P<province>[{rules.provinces}])(?P<office>[A-Za-z]){_DOT}(?P<special>(?!)x)?"
            rf"(?P<serial>(?=[A-Za-z0-9]{{0,5}}[{numeral}])[A-Za-z0-9{numeral}]{{5,6}})(?![A-Za-z0-9{numeral}])"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return number plates."""
        found = []
        for match in self._ordinary.finditer(text):
            candidate = self._check(match)
            if candidate is not None:
                found.append(candidate)
        found += [
            candidate
            for match in self._apart.finditer(text)
            if _evenly(match["serial"]) and (candidate := self._check(match)) is not None
        ]
        found += [
            candidate
            for pattern in (self._aloud, self._late_dot)
            for match in pattern.finditer(text)
            if (candidate := self._check(match)) is not None
        ]
        for pattern in (_POLICE, _EMBASSY):
            found += [self.candidate(*match.span(), 0.9, "special plate") for match in pattern.finditer(text)]
        return found

    def _check(self, match: re.Match[str]) -> Candidate | None:
        office = match["office"].upper()
        if office == "I":
            return None
        if match["special"] is not None:
            if not any(char.isdigit() for char in match["special"]):
                return None
            return self.candidate(*match.span(), 0.95, "province, office, serial and special suffix hold")
        serial = compact(match["serial"].translate(_NUMERALS))
        if sum(char.isdigit() for char in serial) < 2:
            return None
        if not serial_holds(serial):
            dotted = match.string[match.end("office")] in "·•・‧"
            reason = "shape of a plate with its dot, but the serial fails"
            return self.candidate(*match.span(), 0.6, reason, miss=True) if dotted else None
        return self.candidate(*match.span(), 0.95, "province, office and serial hold (GA 36)")
