"""Formally valid identifiers that belong to nobody.

Resident ids carry sequence codes 996 to 999, which GB 11643-1989 set aside for centenarians, so no person
born in the years used here has one; bank cards a 62-99 range that no issuer is listed for; IMEIs the test
code 00; mobile numbers come from blocks that the public tables list no place for; e-mail domains are
reserved (RFC 2606).
"""

from __future__ import annotations

from datetime import date
from random import Random

__all__ = [
    "bank_card",
    "imei",
    "luhn_digit",
    "mobile",
    "order_number",
    "organisation_code",
    "resident_id",
    "resident_id_digit",
    "uscc",
    "waybill",
]

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORDER_PRIME = 99_999_989


def resident_id_digit(first17: str) -> str:
    """Check character of a resident id: ISO 7064 MOD 11-2, as GB 11643-1999 has it."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(first17))
    return "10X98765432"[total % 11]


def resident_id(region: str, birth: date, *, female: bool, rng: Random) -> str:
    """Return an 18-digit resident id; the sequence code is even for women."""
    sequence = rng.choice((996, 998) if female else (997, 999))
    body = f"{region}{birth:%Y%m%d}{sequence}"
    return body + resident_id_digit(body)


def luhn_digit(body: str) -> str:
    """Check digit that makes `body` pass the Luhn test (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def digits(count: int, rng: Random) -> str:
    """Return `count` random digits."""
    return f"{rng.randrange(10**count):0{count}d}"


def bank_card(rng: Random) -> str:
    """Return a UnionPay card number of 16 or 19 digits with a valid check digit."""
    body = "6299" + digits(rng.choice((11, 14, 14)), rng)
    return body + luhn_digit(body)


def imei(rng: Random) -> str:
    """Return a 15-digit IMEI under the test code 00 (3GPP TS 23.003)."""
    body = "00" + digits(12, rng)
    return body + luhn_digit(body)


def mobile(blocks: tuple[int, ...], rng: Random) -> str:
    """Return a mobile number of one of the seven-digit blocks."""
    return f"{rng.choice(blocks)}{digits(4, rng)}"


def organisation_code(body: str) -> str:
    """Return the check character of an organisation code (GB 11714-1997, mod 11)."""
    total = sum(_ORG_ALPHABET.index(c) * w for c, w in zip(body, _ORG_WEIGHTS, strict=True))
    return "0123456789X0"[(11 - total % 11) % 11]


def uscc(region: str, rng: Random) -> str:
    """Return a unified social credit code (GB 32100-2015, mod 31) with a valid inner organisation code."""
    while True:
        organisation = "MA" + "".join(rng.choice(_USCC_ALPHABET) for _ in range(6))
        check = organisation_code(organisation)
        if check in _USCC_ALPHABET:
            break
    body = f"91{region}{organisation}{check}"
    total = sum(_USCC_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + _USCC_ALPHABET[(31 - total % 31) % 31]


def waybill(carriers: dict[str, int], rng: Random) -> str:
    """Return a waybill number in the form of a carrier."""
    prefix = rng.choice(list(carriers))
    if prefix == "EMS":
        return f"E{rng.choice('ABCZ')}{digits(9, rng)}CN"
    return prefix + digits(carriers[prefix], rng)


def order_number(channel: str, day: date, index: int, seed: int) -> str:
    """Return the number of order `index`, unique in the company, in the form that its channel uses.

    The long numeric form fails the Luhn test, so it is no card number.
    """
    serial = f"{(index * 48_271 + seed * 7_919) % _ORDER_PRIME:08d}"
    if channel == "天猫":
        body = f"36{day:%y%m%d}{serial}{index % 97:02d}"
        return body + str((int(luhn_digit(body)) + 1 + index % 8) % 10)
    if channel == "京东":
        return f"29{serial}{index % 89 + 10}"
    prefix = {"小程序": "XC", "APP": "AP", "门店": "MD"}.get(channel, "SO")
    return f"{prefix}{day:%Y%m%d}{serial}"
