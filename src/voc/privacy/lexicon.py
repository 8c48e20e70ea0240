"""Reads `lexicons/privacy/*.yaml`: cue words, codes, names. Each file is read once, checked and kept."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict

from voc.config.loader import load
from voc.config.resources import lexicon
from voc.errors import ConfigError, Fault

__all__ = [
    "AddressWords",
    "EthnicNames",
    "HealthWords",
    "IssuerRange",
    "LatinNames",
    "PersonWords",
    "PublicNames",
    "Surnames",
    "address_words",
    "area_codes",
    "country_codes",
    "cue_words",
    "ethnic_names",
    "health_words",
    "issuer_ranges",
    "latin_names",
    "lexicon_digest",
    "machine_prefixes",
    "mobile_prefixes",
    "person_words",
    "plate_rules",
    "public_names",
    "region_prefixes",
    "surnames",
]

_FILES: Final = (
    "addresses",
    "area_codes",
    "bank_bins",
    "countries",
    "cues",
    "entities",
    "ethnic_names",
    "health",
    "latin_names",
    "mobile_segments",
    "persons",
    "plates",
    "public_names",
    "regions",
    "surnames",
)

_LISTS: Final = ("public_people.txt", "known_people.txt")


def _words(value: object) -> object:
    """Split a text at white space; words keep their order, repeats are dropped."""
    return tuple(dict.fromkeys(value.split())) if isinstance(value, str) else value


def _characters(value: object) -> object:
    return frozenset("".join(value.split())) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Characters = Annotated[frozenset[str], BeforeValidator(_characters)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int


class _Cues(_File):
    groups: dict[str, Words]


class _Regions(_File):
    prefectures: dict[str, str]


class _AreaCodes(_File):
    two_digit: str
    three_digit: str


class _Segments(_File):
    assigned: str
    machine: str


class _Issuer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    prefixes: str
    lengths: Annotated[str, BeforeValidator(str)]
    scheme: str


class _Bins(_File):
    strong: tuple[_Issuer, ...]
    weak: tuple[_Issuer, ...]


class _Countries(_File):
    alpha3: Words


class HealthWords(_File):
    """People, verbs, illnesses and states."""

    who: Words
    verbs: Words
    conditions: Words
    diagnosed: Words
    behind: Words
    states: Words


class PlateRules(_File):
    """Letters of number plates."""

    provinces: str
    suffixes: str
    excluded_letters: str


class Surnames(_File):
    """Family names by how sure they are."""

    frequent: Characters
    rare: Characters
    compound: Words
    careful: Characters
    never: Characters
    given: Characters


class PersonWords(_File):
    """Titles, contexts and names that stay in clear."""

    titles: Words
    short_titles: Words
    openers: Characters
    roles: Words
    before_names: Words
    before_familiar: Words
    near: Words
    after_familiar: Words
    stops: Characters
    blocked: Words
    not_names: Words
    works: Words
    public_titles: Words
    private: Words
    private_before: Words
    private_behind: Words
    private_titles: Words


class _PublicNames(_File):
    places: Words
    brands: Words


class PublicNames(NamedTuple):
    """Names that stay in clear."""

    people: frozenset[str]
    """Living, historical and fictional; names in parts stand without the dots between them."""
    known: frozenset[str]
    """Further people, whom fewer know, and whose name may be a private person's elsewhere."""
    others: frozenset[str]
    """Places and brands that look like names of people."""


class AddressWords(_File):
    """Kinds of places and numbers."""

    provinces: Words
    roads: Words
    weak_roads: Words
    communities: Words
    number_units: Words
    final_units: Words
    starts: Words
    breaks: Words
    near: Words


class EthnicNames(_File):
    """Parts of names that a dot joins, and words of Tibetan names."""

    dotted: Words
    tibetan: Words


class LatinNames(_File):
    """Given and family names in Latin letters, and brands and public people that are written like them."""

    given: Words
    words: Words
    families: Words
    public: Words


class IssuerRange(NamedTuple):
    """Card numbers that begin with one of the prefixes and have one of the lengths."""

    prefixes: tuple[str, ...]
    lengths: frozenset[int]
    scheme: str
    strong: bool


def expand(text: str) -> tuple[str, ...]:
    """Expand `10 20-22` to the strings 10, 20, 21, 22; a range keeps the width of its first number."""
    codes: list[str] = []
    for part in text.split():
        first, _, last = part.partition("-")
        codes += [str(code).zfill(len(first)) for code in range(int(first), int(last or first) + 1)]
    return tuple(codes)


@cache
def _cues() -> _Cues:
    return load(_Cues, lexicon("privacy/cues.yaml"))


def cue_words(group: str) -> tuple[str, ...]:
    """Cue words of a group. Raises ConfigError when a user's own file leaves the group out."""
    groups = _cues().groups
    if group not in groups:
        raise ConfigError(str(lexicon("privacy/cues.yaml")), [Fault(f"groups.{group}", "missing")])
    return groups[group]


@cache
def region_prefixes() -> frozenset[str]:
    """First four digits of resident id numbers that are or were in use (GB/T 2260)."""
    regions = load(_Regions, lexicon("privacy/regions.yaml"))
    return frozenset(
        f"{province}{code}" for province, codes in regions.prefectures.items() for code in expand(codes)
    )


@cache
def area_codes() -> frozenset[str]:
    """Area codes of the fixed network without the leading 0."""
    codes = load(_AreaCodes, lexicon("privacy/area_codes.yaml"))
    return frozenset(expand(codes.two_digit) + expand(codes.three_digit))


@cache
def mobile_prefixes() -> frozenset[str]:
    """First three digits of mobile numbers that are assigned to an operator."""
    return frozenset(expand(load(_Segments, lexicon("privacy/mobile_segments.yaml")).assigned))


@cache
def machine_prefixes() -> tuple[str, ...]:
    """Leading digits of thirteen-digit numbers of the internet of things."""
    return expand(load(_Segments, lexicon("privacy/mobile_segments.yaml")).machine)


@cache
def issuer_ranges() -> tuple[IssuerRange, ...]:
    """Ranges of card numbers; strong ones need no cue."""
    bins = load(_Bins, lexicon("privacy/bank_bins.yaml"))
    return tuple(
        IssuerRange(
            expand(issuer.prefixes), frozenset(map(int, expand(issuer.lengths))), issuer.scheme, strong
        )
        for strong, issuers in ((True, bins.strong), (False, bins.weak))
        for issuer in issuers
    )


@cache
def country_codes() -> frozenset[str]:
    """Three-letter codes of countries and regions (ISO 3166-1)."""
    return frozenset(load(_Countries, lexicon("privacy/countries.yaml")).alpha3)


@cache
def health_words() -> HealthWords:
    """Words by which people tell of health."""
    return load(HealthWords, lexicon("privacy/health.yaml"))


@cache
def plate_rules() -> PlateRules:
    """Letters of number plates (GA 36)."""
    return load(PlateRules, lexicon("privacy/plates.yaml"))


@cache
def surnames() -> Surnames:
    """Chinese family names."""
    return load(Surnames, lexicon("privacy/surnames.yaml"))


@cache
def person_words() -> PersonWords:
    """Titles, contexts of names and names that stay in clear."""
    return load(PersonWords, lexicon("privacy/persons.yaml"))


@cache
def public_names() -> PublicNames:
    """Public, historical and fictional persons, places and brands, which stay in clear."""
    people, known = (
        frozenset(
            name
            for line in lexicon(f"privacy/{file}").read_text(encoding="utf-8").splitlines()
            if not line.startswith("#")
            for name in line.split()
        )
        for file in _LISTS
    )
    names = load(_PublicNames, lexicon("privacy/public_names.yaml"))
    return PublicNames(people, known - people, frozenset((*names.places, *names.brands)) - people)


@cache
def ethnic_names() -> EthnicNames:
    """Parts of the names of Uyghurs, Kazakhs and Tibetans."""
    return load(EthnicNames, lexicon("privacy/ethnic_names.yaml"))


@cache
def latin_names() -> LatinNames:
    """Return names of people in Latin letters."""
    return load(LatinNames, lexicon("privacy/latin_names.yaml"))


@cache
def address_words() -> AddressWords:
    """Kinds of places and numbers in addresses."""
    return load(AddressWords, lexicon("privacy/addresses.yaml"))


@cache
def lexicon_digest() -> str:
    """Hex digest of the contents of all files that the recognisers read."""
    digest = hashlib.blake2b(digest_size=16)
    for name in (*(f"{file}.yaml" for file in _FILES), *_LISTS):
        digest.update(lexicon(f"privacy/{name}").read_bytes())
        digest.update(b"\x00")
    return digest.hexdigest()
