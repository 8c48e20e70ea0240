"""Masks the middle of a value in the form usual in China."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from voc.privacy.lexicon import person_words, surnames
from voc.text.normalise import fold

__all__ = ["district", "partial"]

_WHOLE: Final = frozenset({"GEO_POINT", "SECRET", "DATE_OF_BIRTH", "MINOR", "HEALTH"})
"""Nothing of these stays."""
_ALNUM: Final = re.compile("[^0-9A-Za-z]+")
_DISTRICT: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,6}?(?:省|自治区|特别行政区))?(?:[\u4e00-\u9fff]{2,6}?(?:市|自治州|州|盟))?"
    r"(?:[\u4e00-\u9fff]{1,6}?(?:(?<![小社园校景])区|县|旗|市))?"
)


def partial(entity: str, value: str) -> str:
    """Mask the middle of a value in the form usual in China: 138****5678, 王*明, a***@qq.com."""
    text = fold(value).text.strip()
    if entity in _WHOLE:
        return "****"
    form = _FORMS.get(entity)
    return form(text) if form else _number(entity, _ALNUM.sub("", text))


def _email(text: str) -> str:
    return f"{text[:1]}***@{text.rpartition('@')[2].strip()}" if "@" in text else "****"


def _address(text: str) -> str:
    return district(text) + "****"


def _plate(text: str) -> str:
    return f"{text[:2]}***{text[-2:]}"


def _ip(text: str) -> str:
    return ".".join([*text.split(".")[:2], "*", "*"]) if text.count(".") == 3 else "****"


def district(address: str) -> str:
    """Province, city and district at the beginning of an address, as far as they are there."""
    match = _DISTRICT.match(address)
    return match[0] if match else ""


def _number(entity: str, plain: str) -> str:
    """Keep the ends: 138****5678, 6222***********1234, 110***********1234; of short ones two on each side."""
    if entity == "CN_MOBILE" and len(plain) >= 11:
        return f"{plain[-11:-8]}****{plain[-4:]}"
    first, last, least = (4, 4, 12) if entity == "CN_BANK_CARD" else (3, 4, 11)
    if len(plain) >= least:
        return f"{plain[:first]}{'*' * (len(plain) - first - last)}{plain[-last:]}"
    return f"{plain[:2]}***{plain[-2:]}" if len(plain) >= 7 else "****"


def _person(name: str) -> str:
    """Keep the family name, the title and the last of three or more characters: 王*明, 李*女士."""
    title = next(
        (word for word in person_words().titles if name.endswith(word) and len(name) > len(word)), ""
    )
    name = name.removesuffix(title)
    family = 2 if name[:2] in surnames().compound else 1
    given = name[family:]
    if not given:
        return f"{name}*{title}"
    last = given[-1] if len(given) > 1 else ""
    return f"{name[:family]}{'*' * (len(given) - len(last))}{last}{title}"


_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "PERSON": _person,
    "EMAIL": _email,
    "CN_ADDRESS": _address,
    "CN_PLATE": _plate,
    "IP_ADDRESS": _ip,
}
"""Entities that are not simply letters and digits."""
