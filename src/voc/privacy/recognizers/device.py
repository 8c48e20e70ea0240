"""Device numbers (IMEI), by cue."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.bank_card import luhn_holds
from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import GAP_CLASS, LEFT, RIGHT, compact, run
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["ImeiFinder"]

_NUMBER: Final = re.compile(f"{LEFT}[0-9]{run(14)}{RIGHT}")


class ImeiFinder(Finder):
    """15 digits beside a cue; the last one is a Luhn digit (3GPP TS 23.003, annex B), else a near miss."""

    name = "imei.v1"
    entities = ("IMEI",)
    gate = f"(?:[0-9][{GAP_CLASS}]{{0,3}}){{15}}"

    def find(self, text: str) -> list[Candidate]:
        """Return device numbers."""
        cues = Cues(text, "imei")
        return list(overlapping(_NUMBER, text, lambda match: self._check(match, cues)))

    def _check(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        if not cues.near(*match.span()):
            return None
        if luhn_holds(compact(match[0])):
            return self.candidate(*match.span(), 0.95, "cue near, Luhn digit holds")
        return self.candidate(*match.span(), 0.6, "cue near, but the Luhn digit fails", miss=True)
