"""One customer with one order: gives the words, numbers and personal values that its texts are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from random import Random

from voc.simulator import identifiers
from voc.simulator.grammar import Piece
from voc.simulator.people import Person, random_name, random_street, random_wechat
from voc.simulator.world import Lexicon, Product

__all__ = ["Scene", "needs"]

_SEVEN_DIGIT_AREAS = frozenset({"0592", "0771"})
_CHINESE = "零一二三四五六七八九十"
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")
_HAN_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
_SHARES_OF_PRICE = {"cheaper": (0.45, 0.85), "off": (0.06, 0.35)}
_COUNTED = re.compile(r"\{@(\w+)\}")


def needs(template: str) -> list[str]:
    """Return the personal values that a template asks for."""
    return _COUNTED.findall(template)


class Scene:
    """The voice of one customer about one order.

    Parameters
    ----------
    ordered
        When the order was made.
    order_number
        Its number.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        person: Person,
        *,
        product: Product,
        channel: str,
        ordered: datetime,
        order_number: str,
    ) -> None:
        self.lexicon = lexicon
        self.person = person
        self.product = product
        self.channel = channel
        self.ordered = ordered
        self.order_number = order_number
        self.han_numbers = False
        self._own: dict[str, Callable[[], str]] = {
            "unit": lambda: self.product.unit,
            "channel": lambda: self.channel,
            "use": lambda: self.lexicon.words.use[self.product.category],
            "month": lambda: str(self.ordered.month),
            "day": lambda: str(self.ordered.day),
            "price": lambda: f"{self.product.price:.0f}",
            "paid": lambda: f"{self.product.price:.0f}",
        }

    def word(self, name: str, rng: Random) -> str:
        """Return a template for the slot `name`."""
        if name == "p":
            return rng.choice(self.product.short)
        if name == "part":
            return rng.choice(self.product.parts)
        if share := _SHARES_OF_PRICE.get(name):
            return str(max(2, round(self.product.price * rng.uniform(*share))))
        if own := self._own.get(name):
            return own()
        return rng.choice(self.lexicon.words.slots[name])

    def number(self, low: int, high: int, rng: Random) -> str:
        """Return a number between two bounds, small ones now and then in Chinese numerals."""
        value = rng.randint(low, high)
        if self.han_numbers and value <= 10:
            return "两" if value == 2 else _CHINESE[value]
        return str(value)

    def fits(self, template: str) -> bool:
        """Whether a sentence with personal values makes sense for this order."""
        online = self.channel in self.lexicon.goods.online
        rules = {
            "waybill": online,
            "plate": not online,
            "imei": self.product.category == "数码",
            "master": self.product.category == "家电",
        }
        return all(rules.get(name, True) for name in needs(template))

    def personal(self, name: str, rng: Random) -> list[Piece]:
        """Return the pieces of the personal value `name`; the region alone is no personal value."""
        if name == "region":
            province, city, district = self.person.region
            head = "" if province == city or rng.random() < 0.4 else province
            return [Piece(f"{head}{city}{district}")]
        if name == "link":
            token = "".join(rng.choice("0123456789abcdef") for _ in range(16))
            query = f"order={self.order_number}&token={token}"
            return [Piece("https://shop.example.com/o?"), Piece(query, "URL_TOKEN")]
        entity, value = _VALUES[name](self, rng)
        return [Piece(value, entity)]

    # values, each with its entity of the catalogue

    def _mobile(self, rng: Random) -> tuple[str, str]:
        number = self.person.mobile
        if rng.random() < 0.2:
            number = identifiers.mobile(self.lexicon.people.mobile_blocks, rng)
        return "CN_MOBILE", _spell_mobile(number, rng)

    def _landline(self, rng: Random) -> tuple[str, str]:
        code = self.person.area_code
        length = 7 if code in _SEVEN_DIGIT_AREAS else 8
        local = str(rng.randint(2, 8)) + identifiers.digits(length - 1, rng)
        text = rng.choice((f"{code}-{local}", f"{code}{local}", f"({code}){local}", f"{code} {local}"))
        return "CN_LANDLINE", text + (f"转{rng.randint(8001, 8999)}" if rng.random() < 0.12 else "")

    def _email(self, rng: Random) -> tuple[str, str]:
        people = self.lexicon.people
        fallback = f"{rng.choice(people.syllables)}{identifiers.digits(5, rng)}@{people.email_domains[0]}"
        return "EMAIL", self.person.email or fallback

    def _wechat(self, rng: Random) -> tuple[str, str]:
        form = rng.random()
        return "WECHAT_ID", self.person.wechat if form < 0.7 else random_wechat(self.lexicon.people, rng)

    def _qq(self, rng: Random) -> tuple[str, str]:
        # ten digits from 9 on have not been given out
        return "QQ_ID", f"9{identifiers.digits(9, rng)}"

    def _social(self, rng: Random) -> tuple[str, str]:
        return "SOCIAL_ACCOUNT", f"dy{identifiers.digits(7, rng)}{rng.choice('abcxyz')}"

    def _bank(self, rng: Random) -> tuple[str, str]:
        card = identifiers.bank_card(rng)
        if rng.random() < 0.3:
            card = " ".join(card[at : at + 4] for at in range(0, len(card), 4))
        return "CN_BANK_CARD", card

    def _idcard(self, rng: Random) -> tuple[str, str]:
        person = self.person
        number = person.resident_id or identifiers.resident_id(
            person.region_code, person.birth, female=person.female, rng=rng
        )
        return "CN_RESIDENT_ID", number.replace("X", "x") if rng.random() < 0.3 else number

    def _name(self, rng: Random) -> tuple[str, str]:
        if rng.random() < 0.12:
            female = rng.random() < 0.5
            return "PERSON", random_name(self.lexicon.people, female=female, rng=rng)
        return "PERSON", self.person.name

    def _surname(self, rng: Random) -> str:
        people = self.lexicon.people
        return rng.choices(list(people.surnames), weights=list(people.surnames.values()))[0]

    def _title(self, rng: Random) -> tuple[str, str]:
        surname = self._surname(rng)
        if rng.random() < 0.4:
            return "PERSON", "小" + surname[:1]
        return "PERSON", surname + rng.choice(self.lexicon.people.titles)

    def _master(self, rng: Random) -> tuple[str, str]:
        return "PERSON", self._surname(rng) + rng.choice(self.lexicon.people.masters)

    def _agent(self, rng: Random) -> tuple[str, str]:
        return "PERSON", "小" + self._surname(rng)[:1]

    def _staff(self, rng: Random) -> tuple[str, str]:
        return "ACCOUNT_NO", f"{rng.choice(('', 'KF', 'S'))}{rng.randint(1001, 9899)}"

    def _member(self, _: Random) -> tuple[str, str]:
        return "ACCOUNT_NO", self.person.customer_id

    def _address(self, rng: Random) -> tuple[str, str]:
        other = rng.random() < 0.15
        return "CN_ADDRESS", random_street(self.lexicon.people, rng) if other else self.person.street

    def _order(self, _: Random) -> tuple[str, str]:
        return "ORDER_NO", self.order_number

    def _waybill(self, rng: Random) -> tuple[str, str]:
        return "WAYBILL_NO", identifiers.waybill(self.lexicon.people.carriers, rng)

    def _plate(self, rng: Random) -> tuple[str, str]:
        head = rng.choice(self.lexicon.people.plates)
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        if rng.random() < 0.3:  # new energy, GA 36-2018
            tail = rng.choice("DF") + identifiers.digits(5, rng)
        else:
            tail = rng.choice(letters) + identifiers.digits(4, rng)
        return "CN_PLATE", head + rng.choice(("", "", "·")) + tail

    def _dob(self, rng: Random) -> tuple[str, str]:
        born = self.person.birth
        forms = (
            f"{born.year}年{born.month}月{born.day}日",
            born.isoformat(),
            f"{born:%Y.%m.%d}",
            f"{born:%Y%m%d}",
        )
        return "DATE_OF_BIRTH", rng.choice(forms)

    def _uscc(self, rng: Random) -> tuple[str, str]:
        return "CN_USCC", identifiers.uscc(self.person.region_code, rng)

    def _imei(self, rng: Random) -> tuple[str, str]:
        return "IMEI", identifiers.imei(rng)

    def _secret(self, rng: Random) -> tuple[str, str]:
        return "SECRET", identifiers.digits(6, rng)


def _spell_mobile(number: str, rng: Random) -> str:
    """Write a mobile number as people do, now and then in a way that hides it from machines."""
    groups = (number[:3], number[3:7], number[7:])
    form = rng.random()
    if form < 0.80:
        return number
    if form < 0.92:
        return rng.choice((" ", "-", " ", ".")).join(groups)
    if form < 0.95:
        return rng.choice(("+86 ", "+86", "86-")) + number
    if form < 0.98:
        return number.translate(_FULL_WIDTH)
    return number.translate(rng.choice((_SPOKEN, _HAN_DIGITS)))


_VALUES: dict[str, Callable[[Scene, Random], tuple[str, str]]] = {
    "mobile": Scene._mobile,
    "landline": Scene._landline,
    "email": Scene._email,
    "wechat": Scene._wechat,
    "qq": Scene._qq,
    "social": Scene._social,
    "bank": Scene._bank,
    "idcard": Scene._idcard,
    "name": Scene._name,
    "title": Scene._title,
    "master": Scene._master,
    "agent": Scene._agent,
    "staff": Scene._staff,
    "member": Scene._member,
    "address": Scene._address,
    "order": Scene._order,
    "waybill": Scene._waybill,
    "plate": Scene._plate,
    "dob": Scene._dob,
    "uscc": Scene._uscc,
    "imei": Scene._imei,
    "secret": Scene._secret,
}
