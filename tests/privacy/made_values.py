"""Valid values made on the spot, for the tests of privacy."""

from __future__ import annotations

import random

from voc.privacy.recognizers.resident_id import check_character


def resident_id(seed: int) -> str:
    pick = random.Random(seed)
    region = pick.choice(["110101", "310115", "440305", "513021", "320882", "650203", "830000", "422322"])
    year, month, day = pick.randint(1940, 2015), pick.randint(1, 12), pick.randint(1, 28)
    body = f"{region}{year}{month:02d}{day:02d}{pick.randint(1, 999):03d}"
    return body + check_character(body)


def bank_card(seed: int, length: int = 19) -> str:
    pick = random.Random(seed)
    body = pick.choice(["621700", "622848", "625996"]) + "".join(
        str(pick.randint(0, 9)) for _ in range(length - 7)
    )
    total = 0
    for index, char in enumerate(reversed(body)):
        digit = int(char) * (2 if index % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return body + str(-total % 10)


def mobile(seed: int) -> str:
    pick = random.Random(seed)
    head = pick.choice(["130", "138", "139", "147", "150", "159", "166", "177", "186", "188", "191", "199"])
    return head + "".join(str(pick.randint(0, 9)) for _ in range(8))
