"""Passwords, one-time codes and card security codes, by cue."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cued import beside_cue, gate_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["SecretFinder"]

_DECIMAL: Final = re.compile(r"[0-9]+\.[0-9]+")
_VALUE: Final = r"[A-Za-z0-9][A-Za-z0-9!@#$%^&*_.\-]{2,23}"
_LONG_VALUE: Final = r"[A-Za-z0-9][A-Za-z0-9!@#$%^&*_.\-]{3,23}"
_END: Final = r"(?!\.[0-9]|[A-Za-z0-9*\ufffc]|\s?[位元块年月日天个次遍分秒%折期条])"


class SecretFinder(Finder):
    """What stands directly behind 密码, 验证码, CVV and the like, and holds a digit."""

    name = "secret.v1"
    entities = ("SECRET",)
    group = GateGroup.CUED

    def __init__(self) -> None:
        self._directly = beside_cue(["secret"], _VALUE, end=_END, back=False)
        self._after_words = beside_cue(["secret"], _LONG_VALUE, end=_END, back=False, free=True)
        self.gate = gate_of("secret")

    def find(self, text: str) -> list[Candidate]:
        """Return secrets; the cue is not part of the span."""
        found = list(overlapping(self._directly, text, self._check))
        return found + list(overlapping(self._after_words, text, self._check))

    def _check(self, match: re.Match[str]) -> Candidate | None:
        if sum(char.isdigit() for char in match["value"]) < 2 or _DECIMAL.fullmatch(match["value"]):
            return None
        return self.candidate(*match.span("value"), 0.85, "directly behind the cue")
