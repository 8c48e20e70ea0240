"""Mobile numbers of mainland China."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import machine_prefixes, mobile_prefixes
from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import (
    FOUR_OCTETS,
    GAP,
    GATE_GAP,
    LEFT,
    RIGHT,
    compact,
    groups_naturally,
    run,
)
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.names import is_han

__all__ = ["MobileFinder", "segment_assigned"]

_COUNTRY: Final = rf"(?:[(（]?\+{GAP}86|[(（]?{LEFT}0086|[(（]?{LEFT}86)[)）]?{GAP}"
_BODY: Final = f"(?P<number>1{GAP}[3-9]{run(9)}){RIGHT}"
_ABROAD: Final = re.compile(_COUNTRY + _BODY)
_PLAIN: Final = re.compile(LEFT + _BODY)
_MARKED: Final = re.compile(
    rf"{LEFT}(?P<number>1[3-9][0-9](?P<mark>[/*,，、|])[0-9]{{4}}(?P=mark)[0-9]{{4}}"
    rf"|[(（\[]1[3-9][0-9][)）\]][ \-]?[0-9]{{4}}[ \-]?[0-9]{{4}}){RIGHT}"
)
"""Groups of three, four and four with marks that stand between other numbers as well."""
_SAID: Final = r"(?:[\s，,、。；;…]|前三位|中间四?位?|后四位|末四位|后面|最后|接着|然后|再|是|为){1,6}"
_IN_WORDS: Final = re.compile(
    rf"{LEFT}1[3-9][0-9](?P<first>{_SAID})[0-9]{{4}}(?P<second>{_SAID})[0-9]{{4}}{RIGHT}"
)
"""The three groups with words between: 138，中间0013，后四位8000."""
_MACHINE: Final = re.compile(f"{LEFT}1{GAP}[04]{run(11)}{RIGHT}")
_NUMBERED: Final = re.compile(rf"{LEFT}1[3-9][0-9]{{9}}(?=[1-9][.、．][\u4e00-\u9fff])")
"""A number that touches the number of the next item: 2.手机138001380003.问题."""
_USUAL: Final = frozenset(
    {
        (3, 4, 4),
        (3, 3, 5),
        (4, 4, 3),
        (4, 3, 4),
        (3, 8),
        (7, 4),
        (5, 6),
        (6, 5),
        (3, 5, 3),
        (2, 3, 3, 3),
        (3, 3, 3, 2),
    }
)


def segment_assigned(number: str) -> bool:
    """Whether the first three digits are assigned to an operator.

    Source: ITU-T E.164 national numbering plan of country code 86 and the assignments of the Ministry of
    Industry and Information Technology. New segments come out every few years, so this sets the score, not
    the match.
    """
    return number[:3] in mobile_prefixes()


class MobileFinder(Finder):
    """1[3-9] and nine digits between digit boundaries, with or without +86; 13-digit numbers of machines."""

    name = "mobile.v2"
    entities = ("CN_MOBILE",)
    group = GateGroup.NUMBER
    gate = (
        f"1{GATE_GAP}[0-9](?:{GATE_GAP}[0-9]){{9}}"
        r"|1[3-9][0-9][^0-9]{1,12}[0-9]{4}[^0-9]{1,12}[0-9]{4}"
        r"|1[3-9][0-9][/*,，、|)）\]][ \-]?[0-9]{4}[/*,，、| \-]?[0-9]{4}"
    )

    def find(self, text: str) -> list[Candidate]:
        """Return mobile numbers; irregular grouping needs a cue."""
        cues, others = Cues(text, "mobile"), Cues(text, "other_number")
        found = list(overlapping(_ABROAD, text, lambda match: self._mobile(text, match, cues, others)))
        found += overlapping(_PLAIN, text, lambda match: self._mobile(text, match, cues, others))
        found += [
            self.candidate(*match.span(), 0.85, "shape holds in the usual groups")
            for match in _MARKED.finditer(text)
        ]
        found += [
            self.candidate(*match.span(), 0.7, "behind the cue, before the number of the next item")
            for match in _NUMBERED.finditer(text)
            if cues.before(match.start())
        ]
        found += overlapping(_IN_WORDS, text, self._in_words)
        found += overlapping(_MACHINE, text, lambda match: self._machine(match, cues))
        return found

    def _mobile(self, text: str, match: re.Match[str], cues: Cues, others: Cues) -> Candidate | None:
        start, end = match.span()
        country = start != match.start("number")
        if not country and (_decimal(text, start) or FOUR_OCTETS.fullmatch(match["number"])):
            return None
        has_cue = cues.near(start, end)
        if not (has_cue or country or groups_naturally(match["number"], _USUAL)):
            return None
        if not segment_assigned(compact(match["number"])):
            return self.candidate(start, end, 0.7 if has_cue else 0.6, "shape holds, segment not assigned")
        if others.before(start):
            return self.candidate(
                start, end, 0.75, "shape and segment hold, behind the cue of another number"
            )
        return self.candidate(start, end, 0.97 if has_cue else 0.95, "shape and segment hold")

    def _in_words(self, match: re.Match[str]) -> Candidate | None:
        if not any(is_han(char) for char in match["first"] + match["second"]):
            return None
        return self.candidate(*match.span(), 0.8, "three groups with words between")

    def _machine(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        number = compact(match[0])
        if not number.startswith(machine_prefixes()) or not groups_naturally(match[0], frozenset()):
            return None
        if not (number.startswith("1064") or cues.near(*match.span())):
            return None
        return self.candidate(*match.span(), 0.7, "13-digit number of a machine")


def _decimal(text: str, first: int) -> bool:
    """Whether the digits are the fraction of a number such as 0.13800138000."""
    return re.search(r"(?<![0-9])0\.$", text[max(0, first - 3) : first]) is not None
