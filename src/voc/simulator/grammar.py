"""The template language of the lexicons.

`[a|b|]` chooses one alternative (an empty one is allowed, they nest), `{3-9}` draws a whole number,
`{name}` is a word of the scene, `{@name}` a personal value of the scene, whose place in the text is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random
from typing import NamedTuple, Protocol

from voc.errors import ConfigError, Fault

__all__ = ["Piece", "Voice", "expand", "parse", "variants"]

_RANGE = re.compile(r"(\d+)-(\d+)")


class Piece(NamedTuple):
    """A stretch of text, and the entity that it is a value of."""

    text: str
    entity: str | None = None


class Voice(Protocol):
    """Gives the words and the personal values of a scene."""

    def word(self, name: str, rng: Random) -> str:
        """Return a template for the slot `name`."""
        ...

    def number(self, low: int, high: int, rng: Random) -> str:
        """Return a number as this customer writes it."""
        ...

    def personal(self, name: str, rng: Random) -> list[Piece]:
        """Return the pieces of the personal value `name`."""
        ...


class Choice(NamedTuple):
    """Alternatives."""

    options: tuple[tuple[object, ...], ...]


class Slot(NamedTuple):
    """A word of the scene."""

    name: str


class Number(NamedTuple):
    """A number between two bounds."""

    low: int
    high: int


class Value(NamedTuple):
    """A personal value of the scene."""

    name: str


def _fail(template: str) -> ConfigError:
    return ConfigError("simulator lexicon", [Fault(template[:40], "brackets do not match")])


@lru_cache(maxsize=20_000)
def parse(template: str) -> tuple[object, ...]:
    """Parse a template into texts, choices, slots, numbers and values. Raises ConfigError."""
    nodes, end = _sequence(template, 0, nested=False)
    if end != len(template):
        raise _fail(template)
    return nodes


def _sequence(template: str, at: int, *, nested: bool) -> tuple[tuple[object, ...], int]:
    nodes: list[object] = []
    text = ""
    while at < len(template):
        char = template[at]
        if nested and char in "|]":
            break
        if char in "]}":
            raise _fail(template)
        if char not in "[{":
            text, at = text + char, at + 1
            continue
        if text:
            nodes.append(text)
            text = ""
        node, at = _choice(template, at + 1) if char == "[" else _slot(template, at + 1)
        nodes.append(node)
    if text:
        nodes.append(text)
    return tuple(nodes), at


def _choice(template: str, at: int) -> tuple[Choice, int]:
    options = []
    while True:
        option, at = _sequence(template, at, nested=True)
        options.append(option)
        if at >= len(template):
            raise _fail(template)
        if template[at] == "]":
            return Choice(tuple(options)), at + 1
        at += 1


def _slot(template: str, at: int) -> tuple[object, int]:
    end = template.find("}", at)
    if end < 0:
        raise _fail(template)
    name = template[at:end]
    if bounds := _RANGE.fullmatch(name):
        return Number(int(bounds[1]), int(bounds[2])), end + 1
    return (Value(name[1:]) if name.startswith("@") else Slot(name)), end + 1


def expand(template: str, voice: Voice, rng: Random) -> list[Piece]:
    """Draw one text of a template; neighbouring pieces without an entity are joined."""
    pieces: list[Piece] = []
    _expand(parse(template), voice, rng, pieces)
    return pieces


def _expand(nodes: tuple[object, ...], voice: Voice, rng: Random, out: list[Piece]) -> None:
    for node in nodes:
        if isinstance(node, str):
            _append(out, node)
        elif isinstance(node, Choice):
            _expand(node.options[int(rng.random() * len(node.options))], voice, rng, out)
        elif isinstance(node, Number):
            _append(out, voice.number(node.low, node.high, rng))
        elif isinstance(node, Slot):
            _expand(parse(voice.word(node.name, rng)), voice, rng, out)
        elif isinstance(node, Value):
            out.extend(voice.personal(node.name, rng))


def _append(out: list[Piece], text: str) -> None:
    if out and out[-1].entity is None:
        out[-1] = Piece(out[-1].text + text)
    else:
        out.append(Piece(text))


def variants(template: str) -> int:
    """Count the surface forms of a template, taking a slot as one and a number as its range."""
    return _variants(parse(template))


def _variants(nodes: tuple[object, ...]) -> int:
    total = 1
    for node in nodes:
        if isinstance(node, Choice):
            total *= sum(_variants(option) for option in node.options)
        elif isinstance(node, Number):
            total *= node.high - node.low + 1
    return total
