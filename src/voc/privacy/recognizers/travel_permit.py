"""Permits to travel between the mainland, Hong Kong, Macao and Taiwan."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.cued import beside_cue, gate_of, span_of
from voc.privacy.recognizers.digits import GAP, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["TravelPermitFinder"]

_START: Final = r"(?<![A-Za-z0-9])"
_END: Final = r"(?![A-Za-z0-9])"
_HKMO: Final = re.compile(
    rf"{_START}(?:[HMhm]{GAP}[0-9]{run(9)}|[HMCWhmcw]{GAP}[0-9]{run(7)}|[Cc]{GAP}[A-Za-z]{GAP}[0-9]{run(6)}){_END}"
)
_TAIWAN: Final = re.compile(rf"{_START}[LTlt]{GAP}[0-9]{run(7)}{_END}")
_COMPATRIOT: Final = r"[0-9]{10}[(（][A-Z][)）]|[0-9]{10}[A-Z]?|[0-9]{8}"
_MACAO: Final = r"[1578][/ ]?[0-9]{6}[/ ]?[(（]?[0-9][)）]?"


class TravelPermitFinder(Finder):
    """Exit-entry permits to Hong Kong and Macao, home-return permits, permits of and for Taiwan; all by cue.

    Source: National Immigration Administration, editions of the permits: C and 8 digits or C, a letter and
    7 digits (W before 2014); H or M and 8 digits, with two more for renewals (回乡证); L or T and 8 digits
    (往来台湾通行证); 8 digits, before 2015 ten and a letter (台胞证). The Macao identity card (seven
    digits and a check digit, Macao Law 8/2002) comes with them, as it has no entity of its own.
    """

    name = "travel_permit.v1"
    entities = ("CN_HKMO_PERMIT", "CN_TW_PERMIT")
    group = GateGroup.CUED

    def __init__(self) -> None:
        self._permit = beside_cue(["hkmo_permit"], r"[LT][0-9]{8}|[0-9]{8}", free=True)
        self._compatriot = beside_cue(["tw_permit"], _COMPATRIOT, free=True)
        self._macao = beside_cue(["macao_id"], _MACAO)
        self.gate = gate_of("hkmo_permit", "tw_permit", "macao_id")

    def find(self, text: str) -> list[Candidate]:
        """Return permit numbers."""
        hkmo, taiwan = Cues(text, "hkmo_permit"), Cues(text, "tw_permit")
        found = list(overlapping(_HKMO, text, lambda match: self._near(match, hkmo, "CN_HKMO_PERMIT")))
        found += overlapping(_TAIWAN, text, lambda match: self._near(match, taiwan, "CN_TW_PERMIT"))
        kinds = (
            (self._compatriot, "CN_TW_PERMIT"),
            (self._permit, "CN_TW_PERMIT"),
            (self._macao, "CN_HKMO_PERMIT"),
        )
        for pattern, entity in kinds:
            found += [
                self.candidate(*span_of(match), 0.88, "digits beside the cue of the permit", entity=entity)
                for match in pattern.finditer(text)
            ]
        return found

    def _near(self, match: re.Match[str], cues: Cues, entity: str) -> Candidate | None:
        if not cues.near(*match.span()):
            return None
        return self.candidate(*match.span(), 0.95, "shape of the permit, cue near", entity=entity)
