"""Realistic stand-ins: values of the same shape that belong to nobody, the same for a value everywhere.

A stand-in is drawn with the value's keyed pseudonym as the seed, so tables still join and nobody finds the
value from it. Where a numbering plan has a range that is never given out, it comes from there: unassigned
mobile segments and area codes, province 10 (GB/T 2260), cards with a leading 0 (ISO/IEC 7812-1),
example.com (RFC 2606), 192.0.2.0/24 (RFC 5737), 2001:db8::/32 (RFC 3849), 00-00-5E-00-53 (RFC 7042), test
networks 001-01 (ITU-T E.212) and test devices 00 (GSMA TS.06). Other identifiers keep their pattern of
letters and digits.

A text with stand-ins looks like one with personal information: masking it again changes it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Final

from voc.privacy.lexicon import area_codes, mobile_prefixes, person_words, surnames
from voc.privacy.operators.partial import district
from voc.privacy.recognizers.bank_card import luhn_holds
from voc.privacy.recognizers.credit_code import credit_code_holds
from voc.privacy.recognizers.resident_id import check_character
from voc.privacy.recognizers.vehicle import vin_holds
from voc.text.normalise import fold

__all__ = ["surrogate"]

_GIVEN: Final = "安宁嘉和文清明远思齐若兰雨晨书涵子墨一诺景行知微"
_ROADS: Final = ("虚构路", "示例街", "样本大道", "假想巷")


def surrogate(entity: str, value: str, token: str) -> str | None:
    """Return a stand-in for a value; None where the entity has no shape to keep.

    Parameters
    ----------
    token
        The value's keyed pseudonym.
    """
    rng = Random(token)  # noqa: S311 - the key is in the token; the generator only spreads it
    text = fold(value).text.strip()
    make = _MAKERS.get(entity)
    if make is not None:
        return make(text, rng)
    return _same_pattern(text, rng) if entity in _PATTERNED else None


def _digits(count: int, rng: Random) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _checked(body: Callable[[], str], holds: Callable[[str], bool], alphabet: str) -> str:
    while True:
        start = body()
        for char in alphabet:
            if holds(start + char):
                return start + char


@cache
def _free_segments() -> tuple[str, ...]:
    """Mobile segments that are assigned to nobody, and not to machines either."""
    used = mobile_prefixes()
    return tuple(str(code) for code in range(150, 199) if str(code) not in used)


@cache
def _free_areas() -> tuple[str, ...]:
    used = area_codes()
    return tuple(str(code) for code in range(310, 999) if str(code) not in used)


def _mobile(_: str, rng: Random) -> str:
    return rng.choice(_free_segments()) + _digits(8, rng)


def _landline(_: str, rng: Random) -> str:
    return f"0{rng.choice(_free_areas())}-{rng.choice('2345678')}{_digits(6, rng)}"


def _resident_id(_: str, rng: Random) -> str:
    day = f"{rng.randint(1950, 2009)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"10{_digits(4, rng)}{day}{_digits(3, rng)}"
    return body + check_character(body)


def _bank_card(text: str, rng: Random) -> str:
    length = min(max(len(re.sub("[^0-9]", "", text)), 16), 19)
    return _checked(lambda: f"0{_digits(length - 2, rng)}", luhn_holds, "0123456789")


def _person(text: str, rng: Random) -> str:
    title = next(
        (word for word in person_words().titles if text.endswith(word) and len(text) > len(word)), ""
    )
    family = rng.choice(sorted(surnames().frequent))
    length = len(text) - len(title)
    given = "".join(rng.choices(_GIVEN, k=min(max(length - 1, 0), 2)))
    return f"{family}{given}{title}"


def _address(text: str, rng: Random) -> str:
    return f"{district(text)}{rng.choice(_ROADS)}{rng.randint(1, 999)}号"


def _email(_: str, rng: Random) -> str:
    return f"user{_digits(8, rng)}@example.com"


def _plate(_: str, rng: Random) -> str:
    return f"琼{rng.choice('XYZ')}{_digits(5, rng)}"


def _birth_date(text: str, rng: Random) -> str:
    year = int(match[0]) if (match := re.match("(?:18|19|20)[0-9]{2}", text)) else 1990
    return f"{year - year % 5 + rng.randint(0, 4)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _vin(_: str, rng: Random) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    while True:
        head = "0" + "".join(rng.choices(letters, k=3)) + _digits(4, rng)
        tail = rng.choice(letters) + rng.choice(letters) + _digits(6, rng)
        for check in "0123456789X":
            if vin_holds(head + check + tail):
                return head + check + tail


def _credit_code(_: str, rng: Random) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return _checked(lambda: f"91000000{''.join(rng.choices(alphabet, k=9))}", credit_code_holds, alphabet)


def _imei(_: str, rng: Random) -> str:
    return _checked(lambda: f"00{_digits(12, rng)}", luhn_holds, "0123456789")


def _ip(text: str, rng: Random) -> str:
    if ":" in text:
        return f"2001:db8:{rng.randrange(65536):x}:{rng.randrange(65536):x}::{rng.randrange(1, 65536):x}"
    return f"192.0.2.{rng.randint(1, 254)}"


def _geo_point(_: str, rng: Random) -> str:
    """A point in the South Pacific, farthest from any land."""
    return f"{-48.8767 + rng.uniform(-0.5, 0.5):.5f},{-123.3933 + rng.uniform(-0.5, 0.5):.5f}"


def _same_pattern(text: str, rng: Random) -> str:
    """Digits for digits, letters for letters of the same case; everything else stays."""
    out = []
    for char in text:
        if char.isascii() and char.isdigit():
            out.append(rng.choice("123456789"))
        elif char.isascii() and char.isalpha():
            letter = rng.choice("abcdefghjkmnpqrstuvwxyz")
            out.append(letter.upper() if char.isupper() else letter)
        else:
            out.append(char)
    return "".join(out)


_MAKERS: Final[Mapping[str, Callable[[str, Random], str]]] = {
    "CN_MOBILE": _mobile,
    "CN_LANDLINE": _landline,
    "CN_RESIDENT_ID": _resident_id,
    "CN_BANK_CARD": _bank_card,
    "PERSON": _person,
    "CN_ADDRESS": _address,
    "EMAIL": _email,
    "CN_PLATE": _plate,
    "DATE_OF_BIRTH": _birth_date,
    "VIN": _vin,
    "CN_USCC": _credit_code,
    "IMEI": _imei,
    "IMSI": lambda _, rng: f"00101{_digits(10, rng)}",
    "MAC_ADDRESS": lambda _, rng: f"00:00:5E:00:53:{rng.randrange(256):02X}",
    "IP_ADDRESS": _ip,
    "GEO_POINT": _geo_point,
}
_PATTERNED: Final = frozenset(
    [
        "CN_FOREIGNER_ID",
        "CN_PASSPORT",
        "CN_HKMO_PERMIT",
        "CN_TW_PERMIT",
        "HK_ID",
        "TW_ID",
        "CN_SOCIAL_SECURITY",
        "CN_DRIVER_FILE",
        "CN_MEDICAL_NO",
        "WECHAT_ID",
        "QQ_ID",
        "ALIPAY_ID",
        "SOCIAL_ACCOUNT",
        "WAYBILL_NO",
        "ORDER_NO",
        "ACCOUNT_NO",
        "CUSTOMER_ID",
    ]
)
