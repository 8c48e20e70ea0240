"""Values in spellings of their own, each with what people write before them, by name of the spelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final, NamedTuple

from voc.privacy.evaluation.values import digits, mobile
from voc.privacy.recognizers.bank_card import luhn_holds

__all__ = ["SPELLINGS", "Spelling"]

_NUMERALS: Final = "〇一二三四五六七八九"
_SYLLABLES: Final = ("wo", "ai", "ni", "xiao", "bao", "bei", "mima", "love", "star", "dada", "qian", "jia")


class Spelling(NamedTuple):
    """One way of writing values of an entity."""

    entity: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    make: Callable[[Random], str]


def _letters(rng: Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=3))


def _apart(value: str, sizes: tuple[int, ...]) -> str:
    """A value in groups of these sizes with blanks between."""
    groups, at = [], 0
    for size in sizes:
        groups.append(value[at : at + size])
        at += size
    return " ".join(groups)


def _code(rng: Random) -> str:
    return _apart(digits(6, rng), rng.choice([(1,) * 6, (2, 2, 2), (3, 3)]))


def _no_card(count: int, rng: Random) -> str:
    """Digits that are no bank card's, as a card beside 账号 is one."""
    while luhn_holds(number := digits(count, rng)):
        pass
    return number


def _account(rng: Random) -> str:
    return rng.choice(
        [
            _apart(_no_card(12, rng), (4, 4, 4)),
            _apart("0" + digits(18, rng), (4, 4, 4, 4, 3)),
            _apart(f"{rng.randint(3, 9)}{digits(7, rng)}", (4, 4)),
        ]
    )


def _hong_kong(rng: Random) -> str:
    return f"+852{rng.choice([' ', '-'])}{rng.choice('569')}{digits(3, rng)} {digits(4, rng)}"


def _taiwan(rng: Random) -> str:
    return f"09{digits(2, rng)}-{digits(3, rng)}-{digits(3, rng)}"


def _abroad(rng: Random) -> str:
    return rng.choice(["+1 415 ", "+44 20 ", "+81 90 ", "+65 "]) + f"{digits(4, rng)} {digits(4, rng)}"


def _year(rng: Random) -> int:
    return rng.randint(1950, 1999)


def _numeral_date(rng: Random) -> str:
    year = "".join(_NUMERALS[int(char)] for char in str(_year(rng)))
    return f"{year}年{_NUMERALS[rng.randint(1, 9)]}月{_NUMERALS[rng.randint(1, 9)]}日"


def _month(rng: Random) -> str:
    return f"{_year(rng)}年{rng.randint(1, 12)}月"


def _in_words(rng: Random) -> str:
    number = mobile(rng)
    return f"{number[:3]}，中间{number[3:7]}，{rng.choice(['后四位', '最后'])}{number[7:]}"


def _carrier(rng: Random) -> str:
    return "SF " + _apart(digits(13, rng), (4, 4, 4, 1))


def _signed(rng: Random) -> str:
    parts = ["".join(rng.choices("abcdefghijkmnopqrstuvwxyzABCDEF0123456789", k=24)) for _ in range(3)]
    return f"eyJ{parts[0]}.{parts[1]}.{parts[2]}"


SPELLINGS: Final[Mapping[str, Spelling]] = {
    "letters": Spelling(
        "SECRET", ("登录密码：", "密码是", "密码改成", "my password is "), ("，登不上", "", "。"), _letters
    ),
    "code in groups": Spelling("SECRET", ("验证码：", "短信验证码是"), ("，过期了", ""), _code),
    "account in groups": Spelling("ACCOUNT_NO", ("账号 ", "存折账号", "账号："), ("，查一下", ""), _account),
    "Hong Kong": Spelling("CN_MOBILE", ("打", "电话", ""), ("，没人接", ""), _hong_kong),
    "Taiwan": Spelling("CN_MOBILE", ("手机", "联系", ""), ("，没人接", ""), _taiwan),
    "abroad": Spelling("CN_MOBILE", ("美国电话", "whatsapp ", ""), ("，没人接", ""), _abroad),
    "in words": Spelling("CN_MOBILE", ("", "手机号"), ("，谢谢", ""), _in_words),
    "numerals": Spelling("DATE_OF_BIRTH", ("出生日期", "生日是"), ("，改不了", ""), _numeral_date),
    "month": Spelling("DATE_OF_BIRTH", ("出生年月：", "出生于"), ("，改不了", ""), _month),
    "carrier in groups": Spelling("WAYBILL_NO", ("单号", "", "查 "), ("，没动", ""), _carrier),
    "parameters": Spelling(
        "ORDER_NO", ("orderId=", "order no: ", "order#"), ("", "，没发"), lambda rng: digits(14, rng)
    ),
    "contract": Spelling(
        "ACCOUNT_NO", ("合同", "贷款合同"), ("，作废", ""), lambda rng: f"HT{digits(10, rng)}"
    ),
    "signed token": Spelling("URL_TOKEN", ("https://m.example.com/v/",), (" 打不开", ""), _signed),
    "handle": Spelling(
        "SOCIAL_ACCOUNT", ("@我：", "找"), ("，私信", ""), lambda rng: f"@小鱼_{digits(4, rng)}"
    ),
}
"""Ways of writing that the shapes and sentences of the other parts lack."""
