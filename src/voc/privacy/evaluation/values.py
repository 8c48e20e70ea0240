"""Made-up valid values of every identifier, after the same public rules as the recognisers, from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from voc.privacy.lexicon import area_codes, country_codes, mobile_prefixes, region_prefixes
from voc.privacy.recognizers.bank_card import luhn_holds
from voc.privacy.recognizers.credit_code import credit_code_holds, organisation_check
from voc.privacy.recognizers.hk_tw_id import hong_kong_check, taiwan_holds
from voc.privacy.recognizers.resident_id import check_character
from voc.privacy.recognizers.transaction import postal_check_holds
from voc.privacy.recognizers.vehicle import vin_holds

__all__ = ["CUED", "SHAPED", "date_of_birth", "digits", "mobile", "resident_id"]

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_WORDS: Final = (
    "li",
    "wang",
    "xiaomei",
    "happy",
    "star",
    "sky",
    "momo",
    "leo",
    "coco",
    "sunny",
    "amy",
    "kevin",
)
_DOMAINS: Final = (
    "qq.com",
    "163.com",
    "gmail.com",
    "126.com",
    "sina.com",
    "outlook.com",
    "foxmail.com",
    "mail.zju.edu.cn",
)


def digits(count: int, rng: Random) -> str:
    """So many digits, the first of them not 0."""
    return str(rng.randint(1, 9)) + "".join(rng.choices("0123456789", k=count - 1))


def _completed(rng: Random, body: Callable[[], str], holds: Callable[[str], bool], alphabet: str) -> str:
    """A body and the last character with which it holds."""
    while True:
        start = body()
        for char in rng.sample(alphabet, len(alphabet)):
            if holds(start + char):
                return start + char


def mobile(rng: Random) -> str:
    """A mobile number of an assigned segment."""
    return rng.choice(sorted(mobile_prefixes())) + "".join(rng.choices("0123456789", k=8))


def _date(rng: Random) -> tuple[int, int, int]:
    return rng.randint(1950, 2012), rng.randint(1, 12), rng.randint(1, 28)


def _packed_date(rng: Random) -> str:
    return "{:04}{:02}{:02}".format(*_date(rng))


def resident_id(rng: Random) -> str:
    """18 characters by region, date and check."""
    region = rng.choice([prefix for prefix in sorted(region_prefixes()) if prefix[0] < "7"])
    body = f"{region}{rng.randint(1, 30):02}{_packed_date(rng)}{rng.randint(1, 999):03}"
    check = check_character(body)
    return body + (check.lower() if rng.random() < 0.2 else check)


def _foreigner_id(rng: Random) -> str:
    if rng.random() < 0.4:
        code = rng.choice(sorted(country_codes()))
        return f"{code}{rng.choice(['3100', '1100', '4401'])}{_packed_date(rng)[2:]}{digits(2, rng)}"
    place = f"9{rng.choice(['11', '31', '44', '33'])}{rng.randint(1, 894):03}"
    body = f"{place}{_packed_date(rng)}{rng.randint(1, 999):03}"
    return body + check_character(body)


def _passport(rng: Random) -> str:
    return rng.choice(
        [f"E{digits(8, rng)}", f"E{rng.choice('ABCDEFGH')}{digits(7, rng)}", f"G{digits(8, rng)}"]
    )


def _hong_kong_id(rng: Random) -> str:
    body = f"{rng.choice('ABCDEFGHKPRSTVYZ')}{digits(6, rng)}"
    check = hong_kong_check(body)
    return f"{body}({check})" if rng.random() < 0.6 else f"{body}{check}"


def _taiwan_id(rng: Random) -> str:
    return _completed(
        rng,
        lambda: f"{rng.choice('ABCDEFGHJKLMNPQRSTUV')}{rng.choice('12')}{digits(7, rng)}",
        taiwan_holds,
        "0123456789",
    )


def _bank_card(rng: Random) -> str:
    prefix, length = rng.choice(
        [("621700", 19), ("622848", 19), ("622202", 19), ("625996", 16), ("621483", 16)]
    )
    return _completed(
        rng, lambda: prefix + "".join(rng.choices("0123456789", k=length - 7)), luhn_holds, "0123456789"
    )


def _geo_point(rng: Random) -> str:
    latitude, longitude = rng.uniform(20, 50), rng.uniform(80, 130)
    places = rng.randint(4, 7)
    return rng.choice(
        [
            f"{latitude:.{places}f},{longitude:.{places}f}",
            f"{longitude:.{places}f}, {latitude:.{places}f}",
            f"北纬{latitude:.4f}°，东经{longitude:.4f}°",
            f"经度{longitude:.{places}f} 纬度{latitude:.{places}f}",
            f"{-latitude:.4f},{longitude:.4f}",
        ]
    )


def _landline(rng: Random) -> str:
    area = rng.choice(sorted(area_codes()))
    local = rng.choice("2345678") + "".join(
        rng.choices("0123456789", k=7 if len(area) == 2 else rng.choice([6, 7]))
    )
    return rng.choice(
        [f"0{area}-{local}", f"(0{area}){local}", f"0{area} {local}", f"0{area}-{local}转{digits(3, rng)}"]
    )


def _email(rng: Random) -> str:
    local = rng.choice(_WORDS) + rng.choice([".", "_", ""]) + digits(rng.randint(2, 6), rng)
    return f"{local}@{rng.choice(_DOMAINS)}"


def _plate(rng: Random) -> str:
    head = rng.choice("京沪粤苏浙鲁豫川鄂湘皖冀闽") + rng.choice("ABCDEFGHJK")
    if rng.random() < 0.3:
        return f"{head}{rng.choice('DF')}{digits(5, rng)}"
    dot = rng.choice(["", "", "·"])
    return (
        f"{head}{dot}{rng.choice(_LETTERS)}{digits(4, rng)}"
        if rng.random() < 0.6
        else f"{head}{dot}{digits(5, rng)}"
    )


def _vin(rng: Random) -> str:
    alphabet = "ABCDEFGHJKLMNPRSTUVWXYZ"
    while True:
        head = "L" + "".join(rng.choices(alphabet, k=3)) + digits(4, rng)
        tail = rng.choice(alphabet) + rng.choice(alphabet) + digits(6, rng)
        for check in "0123456789X":
            if vin_holds(head + check + tail):
                return head + check + tail


def _credit_code(rng: Random) -> str:
    def body() -> str:
        organisation = "MA" + "".join(rng.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=6))
        return (
            f"91{rng.choice(['110105', '310115', '440305'])}{organisation}{organisation_check(organisation)}"
        )

    return _completed(rng, body, credit_code_holds, "0123456789ABCDEFGHJKLMNPQRTUWXY")


def _imei(rng: Random) -> str:
    return _completed(rng, lambda: f"{rng.choice(['86', '35'])}{digits(12, rng)}", luhn_holds, "0123456789")


def _imsi(rng: Random) -> str:
    return f"460{rng.choice(['00', '01', '02', '03', '07', '11'])}{digits(10, rng)}"


def _mac(rng: Random) -> str:
    octets = [f"{rng.randint(0, 255):02X}" for _ in range(6)]
    octets[2] = "A" + octets[2][1]
    return rng.choice([":", "-"]).join(octets)


def _ip(rng: Random) -> str:
    if rng.random() < 0.3:
        return ":".join(f"{rng.randint(4096, 65535):x}" for _ in range(8))
    first = rng.choice([58, 101, 114, 183, 220, 223])
    return f"{first}.{rng.randint(30, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"


def _carrier_number(rng: Random) -> str:
    if rng.random() < 0.2:
        return (
            _completed(
                rng,
                lambda: f"E{rng.choice(_LETTERS)}{digits(8, rng)}",
                postal_check_holds,
                "0123456789",
            )
            + "CN"
        )
    prefix, count = rng.choice([("SF", 13), ("YT", 13), ("JT", 13), ("JDVA", 11), ("ZTO", 12), ("STO", 12)])
    return prefix + digits(count, rng)


def _handle(rng: Random) -> str:
    return rng.choice(_WORDS) + rng.choice(["_", "", "-"]) + digits(rng.randint(4, 7), rng)


def date_of_birth(rng: Random) -> str:
    """A day in one of its usual spellings."""
    year, month, day = _date(rng)
    return rng.choice(
        [
            f"{year}年{month}月{day}日",
            f"{year}-{month:02}-{day:02}",
            f"{year}.{month}.{day}",
            f"{year}{month:02}{day:02}",
        ]
    )


def _military_id(rng: Random) -> str:
    return f"{rng.choice('军士南空海武政')}字第{digits(rng.choice([7, 8]), rng)}号"


def _order(rng: Random) -> str:
    return rng.choice(
        [
            digits(rng.choice([10, 12, 16, 18, 19]), rng),
            f"{_packed_date(rng)[:4]}{digits(12, rng)}",
            f"DD{digits(12, rng)}",
        ]
    )


def _account(rng: Random) -> str:
    return rng.choice(
        [
            f"{rng.choice(_LETTERS)}{digits(6, rng)}",
            digits(8, rng),
            f"VIP{digits(5, rng)}",
            f"PA-{digits(10, rng)}",
        ]
    )


def _secret(rng: Random) -> str:
    return rng.choice([digits(6, rng), f"{rng.choice(_WORDS)}{digits(4, rng)}", digits(4, rng)])


SHAPED: Final[Mapping[str, Callable[[Random], str]]] = {
    "CN_RESIDENT_ID": resident_id,
    "CN_FOREIGNER_ID": _foreigner_id,
    "CN_PASSPORT": _passport,
    "HK_ID": _hong_kong_id,
    "TW_ID": _taiwan_id,
    "CN_BANK_CARD": _bank_card,
    "GEO_POINT": _geo_point,
    "CN_MOBILE": mobile,
    "CN_LANDLINE": _landline,
    "EMAIL": _email,
    "CN_PLATE": _plate,
    "VIN": _vin,
    "CN_USCC": _credit_code,
    "IMSI": _imsi,
    "MAC_ADDRESS": _mac,
    "IP_ADDRESS": _ip,
    "WAYBILL_NO": _carrier_number,
}
"""Makers of values that their check digit or shape tells, by entity."""

CUED: Final[Mapping[str, Callable[[Random], str]]] = {
    "CN_HKMO_PERMIT": lambda rng: rng.choice(
        [f"{rng.choice('CHM')}{digits(8, rng)}", f"C{rng.choice('ABCDE')}{digits(7, rng)}"]
    ),
    "CN_TW_PERMIT": lambda rng: rng.choice([digits(8, rng), f"L{digits(8, rng)}", f"T{digits(8, rng)}"]),
    "CN_MILITARY_ID": _military_id,
    "CN_SOCIAL_SECURITY": lambda rng: digits(rng.choice([9, 10, 12]), rng),
    "CN_DRIVER_FILE": lambda rng: digits(12, rng),
    "CN_MEDICAL_NO": lambda rng: rng.choice(
        [digits(7, rng), digits(10, rng), f"ZY{digits(6, rng)}", f"00{digits(6, rng)}"]
    ),
    "SECRET": _secret,
    "WECHAT_ID": _handle,
    "QQ_ID": lambda rng: digits(rng.randint(6, 10), rng),
    "ALIPAY_ID": _handle,
    "SOCIAL_ACCOUNT": _handle,
    "DATE_OF_BIRTH": date_of_birth,
    "IMEI": _imei,
    "WAYBILL_NO": lambda rng: rng.choice(["7", "4", "9"]) + digits(12, rng),
    "ORDER_NO": _order,
    "ACCOUNT_NO": _account,
}
"""Makers of values that mean something beside a cue only, by entity."""
