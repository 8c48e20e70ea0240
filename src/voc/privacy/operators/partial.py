"""Masks the middle of a value in the form usual in China."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import person_words, surnames
from voc.text.normalise import fold

__all__ = ["partial"]

_ALNUM: Final = re.compile("[^0-9A-Za-z]+")
_DISTRICT: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,6}?(?:省|自治区|特别行政区))?(?:[\u4e00-\u9fff]{2,6}?(?:市|自治州|州|盟))?"
    r"(?:[\u4e00-\u9fff]{1,6}?(?:(?<![小社园校景])区|县|旗|市))?"
)


def partial(entity: str, value: str) -> str:
    """Mask the middle of a value in the form usual in China: 138****5678, 王*明, a***@qq.com."""
    text = fold(value).text.strip()
    if entity == "PERSON":
        return _person(text)
    if entity == "EMAIL" and "@" in text:
        return f"{text[0]}***@{text.rpartition('@')[2].strip()}"
    if entity == "CN_ADDRESS":
        district = _DISTRICT.match(text)
        return (district[0] if district else "") + "****"
    if entity == "CN_PLATE":
        return f"{text[:2]}***{text[-2:]}"
    return _number(entity, _ALNUM.sub("", text))


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
