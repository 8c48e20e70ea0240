"""Passports of China, Hong Kong and Macao, and foreign ones behind their cue."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.cued import beside_cue, span_of
from voc.privacy.recognizers.digits import GAP, GATE_GAP, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["PassportFinder"]

_START: Final = r"(?<![A-Za-z0-9_\-])"
_END: Final = r"(?![A-Za-z0-9_]|-[0-9A-Za-z])"
_CLEAR: Final = re.compile(
    rf"{_START}(?:[EeGg]{GAP}[0-9]{run(7)}|[Ee]{GAP}[A-HJ-NP-Za-hj-np-z]{GAP}[0-9]{run(6)})(?:{_END})"
)
_CUED: Final = re.compile(
    rf"{_START}(?:(?:[PSDpsd][Ee]?|[Mm][Aa]){GAP}[0-9]{run(6)}|[KHkh][A-Za-z]?{GAP}[0-9]{run(7)}"
    rf"|[Kk][A-Za-z]{GAP}[0-9]{run(6)}){_END}"
)
_FOREIGN: Final = r"[A-Z]{1,2}[0-9]{6,8}|[A-Z][0-9]{2}[A-Z]{2}[0-9]{4}|[0-9]{8,9}"


class PassportFinder(Finder):
    """E, G and 8 digits or E, a letter and 7 stand alone; all others need a cue.

    Source: National Immigration Administration, ordinary passports: G and 8 digits (1997 edition), E and 8
    digits, then E, a letter without I and O, and 7 digits (electronic, since 2012); PE, SE, DE (or P, S, D)
    and 7 digits for public affairs, service and diplomats; MA and 7 digits (Macao); K or H and 8 digits
    (Hong Kong).
    """

    name = "passport.v1"
    entities = ("CN_PASSPORT",)
    group = GateGroup.NUMBER

    def __init__(self) -> None:
        self._behind = beside_cue(["passport"], _FOREIGN)
        self.gate = f"[A-Za-z](?:{GATE_GAP}[0-9]){{6}}|护照|護照|(?i:passport)"

    def find(self, text: str) -> list[Candidate]:
        """Return passport numbers."""
        cues, others = (
            Cues(text, "passport"),
            Cues(text, "other_number", "account", "order", "waybill", "model"),
        )
        found = list(overlapping(_CLEAR, text, lambda match: self._clear(match, cues, others)))
        found += overlapping(_CUED, text, lambda match: self._cued(match, cues))
        found += overlapping(
            self._behind,
            text,
            lambda match: self.candidate(*span_of(match), 0.75, "beside the cue of a passport"),
        )
        return found

    def _clear(self, match: re.Match[str], cues: Cues, others: Cues) -> Candidate | None:
        if cues.near(*match.span()):
            return self.candidate(*match.span(), 0.97, "shape of a Chinese passport, cue near")
        if others.before(match.start()) or not match[0].isalnum():
            return None
        return self.candidate(*match.span(), 0.65, "shape of a Chinese passport")

    def _cued(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        if not cues.near(*match.span()):
            return None
        return self.candidate(*match.span(), 0.93, "shape of a passport, cue near")
