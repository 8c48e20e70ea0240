"""Exact places on the globe: pairs of latitude and longitude."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["GeoPointFinder"]

_SIDE: Final = (
    r"(?:[东西南北][经纬]度?|[NSEWnsew](?![A-Za-z])|经度|纬度|(?:longitude|latitude|lng|lon|lat)(?![a-z]))"
)
_DECIMAL: Final = r"[+\-]?[0-9]{1,3}\.[0-9]{4,15}"
_PAIR: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<![0-9]\.)(?P<left>{_SIDE}?[\s:：=\"']{{0,3}})(?P<first>{_DECIMAL})\s?(?:°|度)?\s?(?:[NSEWnsew](?![A-Za-z]))?"
    rf"[\"'\s]{{0,2}}[\s,，、;；/|&]{{1,3}}[\"']?(?P<right>{_SIDE}?[\s:：=\"']{{0,3}})(?P<second>{_DECIMAL})(?![0-9])"
    rf"(?:\s?(?:°|度))?(?:\s?[NSEWnsew](?![A-Za-z]))?",
    re.IGNORECASE,
)
_PART: Final = (
    r"[0-9]{1,3}\s?[°度]\s?[0-9]{1,2}\s?['′分’]\s?[0-9]{1,2}(?:\.[0-9]{1,4})?\s?(?:[\"″秒”]|''|′′)?"
)
_SEXAGESIMAL: Final = re.compile(
    rf"(?:{_SIDE}\s?)?{_PART}\s?(?:[NSEWnsew](?![A-Za-z]))?[\s,，、;；/]{{0,3}}(?:{_SIDE}\s?)?{_PART}(?:\s?[NSEWnsew](?![A-Za-z]))?"
)


class GeoPointFinder(Finder):
    """Two numbers of four or more decimals within the globe, or degrees, minutes and seconds.

    Without a word for it, one of the two is ten degrees or more. Four decimals are eleven metres (WGS 84,
    EPSG:4326). Sides and signs belong to the span.
    """

    name = "geo_point.v2"
    entities = ("GEO_POINT",)
    group = GateGroup.SHAPE
    gate = r"[0-9]\.[0-9]{4}[^\n]{1,40}[0-9]\.[0-9]{4}|[0-9]\s?[°度]\s?[0-9]{1,2}\s?['′分’]"

    def find(self, text: str) -> list[Candidate]:
        """Return points."""
        cues = Cues(text, "geo_point")
        found = list(overlapping(_PAIR, text, lambda match: self._pair(match, cues)))
        found += [
            self.candidate(*match.span(), 0.95, "degrees, minutes and seconds, twice")
            for match in _SEXAGESIMAL.finditer(text)
        ]
        return found

    def _pair(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        first, second = abs(float(match["first"])), abs(float(match["second"]))
        if max(first, second) > 180 or min(first, second) > 90:
            return None
        word = re.search(r"[^\s:：=\"']", match["left"])
        start = match.start("left") + word.start() if word else match.start("first")
        said = word or match["right"].strip(" \"'") or cues.near(*match.span())
        if said:
            return self.candidate(start, match.end(), 0.97, "latitude and longitude, and a word for them")
        if max(first, second) < 10:
            return None
        return self.candidate(start, match.end(), 0.85, "within the range of latitude and longitude")
