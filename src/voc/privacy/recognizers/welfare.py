"""Numbers of social security, medical care and driving records, all behind their cue."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cued import END, NO_UNIT, beside_cue, gate_of, span_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["DriverFileFinder", "MedicalNumberFinder", "SocialSecurityFinder"]

_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")


class SocialSecurityFinder(Finder):
    """8 to 18 digits, a letter before or an X behind them, beside 社保号 and the like."""

    name = "social_security.v1"
    entities = ("CN_SOCIAL_SECURITY",)
    group = GateGroup.CUED

    def __init__(self) -> None:
        self._pattern = beside_cue(
            ["social_security"], r"[A-Z]{0,2}[0-9](?:[ \-]?[0-9]){6,17}X?", end=END + NO_UNIT, free=True
        )
        self.gate = gate_of("social_security")

    def find(self, text: str) -> list[Candidate]:
        """Return numbers; the cue is not part of the span."""
        return list(overlapping(self._pattern, text, self._check))

    def _check(self, match: re.Match[str]) -> Candidate | None:
        start, end = span_of(match)
        if _MOBILE.fullmatch(match.string, start, end):
            return None
        return self.candidate(start, end, 0.92, "digits beside the cue of social security")


class MedicalNumberFinder(Finder):
    """Numbers of patients, admissions and medical insurance cards, beside 病历号, 医保卡号 and the like."""

    name = "medical_no.v1"
    entities = ("CN_MEDICAL_NO",)
    group = GateGroup.CUED

    def __init__(self) -> None:
        value = r"[A-Z]{0,4}[\-]?[0-9](?:[ \-]?[0-9]){4,18}[A-Z]?"
        self._pattern = beside_cue(["medical_no"], value, end=END + NO_UNIT, free=True)
        self.gate = gate_of("medical_no")

    def find(self, text: str) -> list[Candidate]:
        """Return numbers; the cue is not part of the span."""
        return list(overlapping(self._pattern, text, self._check))

    def _check(self, match: re.Match[str]) -> Candidate | None:
        start, end = span_of(match)
        if _MOBILE.fullmatch(match.string, start, end):
            return None
        return self.candidate(start, end, 0.93, "digits beside the cue of a medical record")


class DriverFileFinder(Finder):
    """12 digits beside 档案编号, 驾驶证 and the like.

    Source: GA 482-2012 (中华人民共和国机动车驾驶证件), 档案编号 of 12 digits, the first four of them
    the issuing place.
    """

    name = "driver_file.v1"
    entities = ("CN_DRIVER_FILE",)
    group = GateGroup.CUED

    def __init__(self) -> None:
        self._pattern = beside_cue(["driver_file"], r"[0-9](?:[ \-]?[0-9]){11}", end=END + NO_UNIT, free=True)
        self.gate = gate_of("driver_file")

    def find(self, text: str) -> list[Candidate]:
        """Return numbers; the cue is not part of the span."""
        return list(
            overlapping(
                self._pattern,
                text,
                lambda match: self.candidate(*span_of(match), 0.93, "12 digits beside the cue"),
            )
        )
