"""Makes a value coarser: still of use for statistics, no longer of one person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from voc.privacy.operators.partial import district
from voc.text.normalise import fold

__all__ = ["BAND", "generalise"]

BAND: Final = r"<(?:[0-9]{1,3}-[0-9]{1,3}岁|[0-9]{4}-[0-9]{4}年出生)>"
"""Pattern of the bands of ages and years that are left in a text."""

_WIDTH: Final = 10
_YEAR: Final = re.compile(
    r"(?P<year>(?:18|19|20)[0-9]{2})(?:[^0-9]{0,2}(?P<month>[0-9]{1,2})[^0-9]?(?P<day>[0-9]{1,2}))?"
)
_VERSION_4: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_DECIMAL: Final = re.compile(r"[+\-]?[0-9]{1,3}\.[0-9]+")


def generalise(entity: str, value: str, label: str, as_of: date | None = None) -> str:
    """Return something coarser, or `<label>` where there is nothing coarser to say.

    Dates of birth become an age band of ten years at `as_of`, without it a band of years; identity numbers
    the same from the date in them; addresses their district; points two decimals (a kilometre); IPv4
    addresses their /24 network.
    """
    text = fold(value).text.strip()
    if entity == "CN_ADDRESS":
        return f"{district(text)}<{label}>"
    if entity == "DATE_OF_BIRTH":
        coarser = _band(text, as_of)
    elif entity == "CN_RESIDENT_ID":
        coarser = _band(re.sub("[^0-9]", "", text)[6:14], as_of)
    else:
        coarser = _COARSER[entity](text) if entity in _COARSER else None
    return f"<{label}>" if coarser is None else coarser


def _band(text: str, as_of: date | None) -> str | None:
    match = _YEAR.match(text)
    if match is None:
        return None
    year = int(match["year"])
    if as_of is None:
        first = year - year % _WIDTH
        return f"<{first}-{first + _WIDTH - 1}年出生>"
    month, day = int(match["month"] or 1), int(match["day"] or 1)
    age = as_of.year - year - ((as_of.month, as_of.day) < (month, day))
    first = max(age, 0) - max(age, 0) % _WIDTH
    return f"<{first}-{first + _WIDTH - 1}岁>"


def _network(text: str) -> str | None:
    return f"{text.rpartition('.')[0]}.*" if _VERSION_4.fullmatch(text) else None


def _rounded(text: str) -> str | None:
    numbers = [f"{float(number):.2f}" for number in _DECIMAL.findall(text)]
    return ",".join(numbers) or None


_COARSER: Final[Mapping[str, Callable[[str], str | None]]] = {
    "GEO_POINT": _rounded,
    "IP_ADDRESS": _network,
}
