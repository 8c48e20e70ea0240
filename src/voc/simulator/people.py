"""The customers of the sample company: invented people with formally valid numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from voc.simulator import identifiers
from voc.simulator.world import People, World

__all__ = ["Person", "SamePerson", "make_people", "random_name"]


@dataclass(frozen=True)
class Person:
    """One customer account."""

    customer_id: str
    name: str
    female: bool
    birth: date
    mobile: str
    resident_id: str
    """Empty where the company does not have it."""
    email: str
    """Empty where the company does not have it."""
    wechat: str
    registered: datetime
    region: tuple[str, str, str]
    region_code: str
    area_code: str
    street: str
    """Address finer than the district, to room level."""

    @property
    def age(self) -> int:
        """Age on 1 January 2024."""
        return 2023 - self.birth.year

    @property
    def place(self) -> str:
        """Province and city, the city once where both are the same."""
        province, city, _ = self.region
        return city if province == city else province + city


@dataclass(frozen=True)
class SamePerson:
    """Two accounts of one person."""

    first: str
    second: str
    shared: tuple[str, ...]
    """Columns of customers.csv in which the accounts agree."""


def _weighted(values: dict[str, int], rng: Random) -> str:
    return rng.choices(list(values), weights=list(values.values()))[0]


def random_name(people: People, *, female: bool, rng: Random) -> str:
    """Return an invented name of two to four characters."""
    given = people.given["女" if female else "男"]
    surname = _weighted(people.surnames, rng)
    if rng.random() < 0.14:
        return surname + rng.choice(given.second)
    return surname + rng.choice(given.first) + rng.choice(given.second)


def random_street(people: People, rng: Random) -> str:
    """Return the part of an address that is finer than the district."""
    if rng.random() < 0.06:
        return f"{rng.choice(people.villages)}{rng.randint(1, 12)}组{rng.randint(1, 120)}号"
    road = f"{rng.choice(people.roads)}{rng.randint(1, 888)}号"
    building = f"{rng.randint(1, 32)}{rng.choice(('栋', '幢', '号楼'))}"
    unit = f"{rng.randint(1, 4)}单元" if rng.random() < 0.7 else ""
    room = f"{rng.randint(1, 28)}{rng.randint(1, 4):02d}{rng.choice(('室', '', '室'))}"
    return f"{road}{rng.choice(people.communities)}{building}{unit}{room}"


def _birth(people: People, rng: Random) -> date:
    low, high, _ = rng.choices(people.age_bands, weights=[band[2] for band in people.age_bands])[0]
    return date(2023 - rng.randint(low, high), 1, 1) + timedelta(days=rng.randrange(364))


def _handle(people: People, rng: Random) -> str:
    return rng.choice(people.syllables) + rng.choice((*people.syllables, *people.email_words))


def _email(people: People, rng: Random) -> str:
    user = _handle(people, rng) + rng.choice(("", "_", ".")) + identifiers.digits(rng.randint(2, 5), rng)
    return f"{user}@{rng.choice(people.email_domains)}"


def random_wechat(people: People, rng: Random) -> str:
    """Return a WeChat id: a letter, then 8 to 19 letters, digits, _ or -."""
    form = rng.random()
    if form < 0.3:
        return "wxid_" + "".join(rng.choice("abcdefghijkmnpqrstuvwxyz0123456789") for _ in range(12))
    return _handle(people, rng) + rng.choice("_-x") + identifiers.digits(rng.randint(5, 7), rng)


def _person(number: int, registered: datetime, people: People, rng: Random) -> Person:
    *region, code, area, _ = rng.choices(people.regions, weights=[row[5] for row in people.regions])[0]
    female = rng.random() < people.female_share
    birth = _birth(people, rng)
    return Person(
        customer_id=f"C{number:06d}",
        name=random_name(people, female=female, rng=rng),
        female=female,
        birth=birth,
        mobile=identifiers.mobile(people.mobile_blocks, rng),
        resident_id=identifiers.resident_id(code, birth, female=female, rng=rng)
        if rng.random() < 0.9
        else "",
        email=_email(people, rng) if rng.random() < 0.85 else "",
        wechat=random_wechat(people, rng),
        registered=registered,
        region=(region[0], region[1], region[2]),
        region_code=code,
        area_code=area,
        street=random_street(people, rng),
    )


def _registered(world: World, rng: Random) -> datetime:
    if rng.random() < world.customers.joining_share:
        day = rng.random() * world.customers.joining_weeks * 7
    else:
        day = -1 - rng.random() * 800
    start = datetime(world.start.year, world.start.month, world.start.day)
    moment = start + timedelta(days=int(day), hours=rng.randint(8, 22), minutes=rng.randrange(60))
    return moment.replace(second=rng.randrange(60))


def make_people(
    count: int, world: World, people: People, rng: Random
) -> tuple[list[Person], list[SamePerson]]:
    """Make `count` accounts, and the pairs of accounts that belong to one person.

    Mobile numbers are unique; a pair has two of them, and one name, and shares resident id, e-mail or both.
    """
    accounts: list[Person] = []
    mobiles: set[str] = set()
    ids: set[str] = set()
    while len(accounts) < count:
        person = _person(len(accounts) + 1, _registered(world, rng), people, rng)
        if person.mobile in mobiles or person.resident_id in ids:
            continue
        mobiles.add(person.mobile)
        if person.resident_id:
            ids.add(person.resident_id)
        accounts.append(person)
    return accounts, _pair_up(accounts, world, people, rng)


def _known(person: Person, shared: tuple[str, ...], people: People, rng: Random) -> Person:
    """Fill in what two accounts are to share, where the first of them lacks it."""
    if "身份证号" in shared and not person.resident_id:
        number = identifiers.resident_id(person.region_code, person.birth, female=person.female, rng=rng)
        person = replace(person, resident_id=number)
    if "邮箱" in shared and not person.email:
        person = replace(person, email=_email(people, rng))
    return person


def _pair_up(accounts: list[Person], world: World, people: People, rng: Random) -> list[SamePerson]:
    wanted = round(len(accounts) * world.customers.same_person_share)
    if wanted == 0 and len(accounts) >= 50:
        wanted = 1
    chosen = rng.sample(range(len(accounts)), 2 * wanted)
    pairs = []
    for place, (one, other) in enumerate(zip(chosen[::2], chosen[1::2], strict=True)):
        first, second = sorted((one, other))
        shared = (("身份证号", "邮箱"), ("身份证号",), ("邮箱",))[place % 3]
        original = _known(accounts[first], shared, people, rng)
        accounts[first] = original
        accounts[second] = replace(
            accounts[second],
            name=original.name,
            female=original.female,
            birth=original.birth,
            region=original.region,
            region_code=original.region_code,
            area_code=original.area_code,
            street=original.street,
            resident_id=original.resident_id if "身份证号" in shared else "",
            email=original.email if "邮箱" in shared else _email(people, rng),
        )
        pairs.append(SamePerson(original.customer_id, accounts[second].customer_id, ("姓名", *shared)))
    return sorted(pairs, key=lambda pair: pair.first)
