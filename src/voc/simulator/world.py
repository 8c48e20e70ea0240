"""Loads what the sample company is made of: its world, goods, people, and the words of its customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from voc.config.loader import load, read_yaml
from voc.config.resources import lexicon

__all__ = ["Complaint", "Lexicon", "People", "Personal", "Product", "Products", "World", "load_lexicon"]

_PHRASE_FILES = ("logistics", "fulfilment", "quality", "service", "company")
Templates = dict[str, list[str]]
"""Where a phrase fits (`any`, category, channel, product key; joined by +) to phrases."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CustomerWorld(_Section):
    """How customers come and how active they are."""

    joining_share: float = Field(ge=0, le=1)
    joining_weeks: int = Field(gt=0)
    activity_shape: float = Field(gt=0)
    activity_bounds: tuple[float, float]
    orders_per_30_days: float = Field(gt=0)
    main_channel_share: float = Field(ge=0, le=1)
    same_person_share: float = Field(ge=0, le=0.5)


class HazardWorld(_Section):
    """The weekly hazard of leaving."""

    weekly_base: float = Field(gt=0, lt=1)
    activity_exponent: float
    window_days: int = Field(gt=0)
    maximum: float = Field(gt=0, le=1)


class OrderWorld(_Section):
    """Cancellations and the season of each month."""

    cancelled_share: float = Field(ge=0, lt=1)
    season: tuple[float, ...] = Field(min_length=12, max_length=12)


class Rates(_Section):
    """A figure for each kind of feedback."""

    reviews: float
    tickets: float
    chats: float


class OtherKind(_Section):
    """How often a second complaint is of the other kind."""

    with_effect: float = Field(ge=0, le=1)
    without: float = Field(ge=0, le=1)


class FeedbackWorld(_Section):
    """Feedback other than complaints, and second complaints."""

    praise_per_1000_orders: Rates
    question_per_1000_orders: Rates
    praise_weights: dict[str, float]
    """How often a tag is praised; those not listed count 1."""
    second_complaint: float = Field(ge=0, le=1)
    second_of_other_kind: OtherKind


class Defects(_Section):
    """Shares of rows that are spoilt, as a company's files have them."""

    undecodable: float
    extra_cell: float
    duplicate: float
    impossible_date: float
    broken_json: float
    missing_customer: float


class Complaint(_Section):
    """How often a tag is complained of, where, and what it does."""

    rate: float = Field(ge=0)
    """Voiced complaints per 1,000 orders on which the tag can occur."""
    voice: float = Field(gt=0, le=1)
    """Share of troubled customers who speak up."""
    where: tuple[float, float, float]
    """Weights of reviews, tickets, chats."""
    factor: float = Field(default=1.0, gt=0)
    """Multiplier of the weekly hazard while a complaint is inside the window."""
    activity: float = 0.0
    """Exponent of the customer's activity in the chance of trouble."""
    channels: Literal["online", "store"] | None = None
    categories: tuple[str, ...] | None = None
    products: tuple[str, ...] | None = None
    weights: dict[str, float] = Field(default_factory=dict)
    """Category to a multiplier of the rate."""
    after: Literal["cancelled"] | None = None
    """The rate counts cancelled orders only."""


class World(_Section):
    """Parameters of the sample company."""

    start: date
    weeks: int = Field(gt=4)
    customers: CustomerWorld
    hazard: HazardWorld
    orders: OrderWorld
    feedback: FeedbackWorld
    personal_information: Rates
    defects: Defects
    complaints: dict[str, Complaint]

    @property
    def days(self) -> int:
        """Length of the simulated time in days."""
        return self.weeks * 7

    @property
    def planted(self) -> dict[str, float]:
        """Tags that change the hazard, with their factors."""
        return {tag: spec.factor for tag, spec in self.complaints.items() if spec.factor != 1.0}


class Product(_Section):
    """One product."""

    key: str
    name: str
    category: str
    price: float = Field(gt=0)
    weight: float = Field(gt=0)
    unit: str
    short: tuple[str, ...]
    parts: tuple[str, ...]


class Products(_Section):
    """Goods and channels."""

    channels: dict[str, float]
    online: tuple[str, ...]
    products: tuple[Product, ...]


class Given(_Section):
    """Characters of given names."""

    first: str
    second: str


class People(_Section):
    """Names, places and number blocks."""

    surnames: dict[str, int]
    given: dict[str, Given]
    titles: tuple[str, ...]
    masters: tuple[str, ...]
    age_bands: tuple[tuple[int, int, int], ...]
    female_share: float
    regions: tuple[tuple[str, str, str, str, str, int], ...]
    roads: tuple[str, ...]
    communities: tuple[str, ...]
    villages: tuple[str, ...]
    email_domains: tuple[str, ...]
    email_words: tuple[str, ...]
    syllables: tuple[str, ...]
    carriers: dict[str, int]
    plates: tuple[str, ...]
    mobile_blocks: tuple[int, ...]


class Words(_Section):
    """Slots, typos and other marks of human writing."""

    slots: dict[str, list[str]]
    use: dict[str, str]
    digits: str
    typos: dict[str, str]
    particles: tuple[str, ...]


class Sentences(_Section):
    """Sentences with personal information."""

    reviews: dict[str, int]
    tickets: dict[str, int]
    chat_order: tuple[str, ...]
    chat_contact: dict[str, int]


class Personal(_Section):
    """Where customers leave personal information."""

    sentences: Sentences
    decoys: dict[str, list[str]]
    prefer: dict[str, str]


class _Phrases(_Section):
    tags: dict[str, dict[Literal["complaint", "praise"], Templates]]


class Style(_Section):
    """Templates of one kind of feedback, by role, and how its clauses are joined."""

    joins: tuple[tuple[str, str, float], ...]
    """Between clauses, at the end, weight."""
    roles: dict[str, list[str]]
    nick: dict[str, list[str]] = Field(default_factory=dict)

    def __getitem__(self, role: str) -> list[str]:
        return self.roles[role]


@dataclass(frozen=True)
class Lexicon:
    """All that texts are composed from."""

    world: World
    goods: Products
    people: People
    words: Words
    personal: Personal
    phrases: dict[str, dict[Literal["complaint", "praise"], Templates]]
    reviews: Style
    tickets: Style
    chats: Style


def _style(name: str) -> Style:
    document = read_yaml(lexicon(f"simulator/{name}.yaml"))
    joins, nick = document.pop("joins"), document.pop("nick", {})
    return Style(joins=joins, nick=nick, roles=document)


@cache
def load_lexicon() -> Lexicon:
    """Load the simulator's lexicons. Raises ConfigError with all faults of a file, InputError without one."""
    phrases: dict[str, dict[Literal["complaint", "praise"], Templates]] = {}
    for name in _PHRASE_FILES:
        phrases.update(load(_Phrases, lexicon(f"simulator/phrases_{name}.yaml")).tags)
    return Lexicon(
        world=load(World, lexicon("simulator/world.yaml")),
        goods=load(Products, lexicon("simulator/products.yaml")),
        people=load(People, lexicon("simulator/people.yaml")),
        words=load(Words, lexicon("simulator/slots.yaml")),
        personal=load(Personal, lexicon("simulator/personal.yaml")),
        phrases=phrases,
        reviews=_style("reviews"),
        tickets=_style("tickets"),
        chats=_style("chats"),
    )
