"""Traditional characters as simplified ones, one for one, so that both are searched alike.

The pairs come from `lexicons/text/traditional.yaml`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from voc.errors import ConfigError, Fault
from voc.text.lexicons import read_lexicon, split_words

__all__ = ["simple_characters", "simplified", "traditional_class"]

_NAME: Final = "text/traditional.yaml"


@cache
def simple_characters() -> dict[int, str]:
    """The simplified character for each traditional code point. Raises ConfigError for what is no pair."""
    pairs = split_words(read_lexicon(_NAME)["characters"])
    faults = [
        Fault("characters", "two different characters are needed") for pair in pairs if len(set(pair)) != 2
    ]
    if faults:
        raise ConfigError(f"lexicons/{_NAME}", faults)
    return {ord(pair[0]): pair[1] for pair in pairs}


@cache
def traditional_class() -> str:
    """Inside of a bracket class, for `re` and RE2: a text without any of these has nothing to simplify."""
    return "".join(map(chr, sorted(simple_characters())))


@cache
def _traditional() -> frozenset[str]:
    return frozenset(map(chr, simple_characters()))


def simplified(text: str) -> str:
    """Write traditional characters as simplified ones; the length stays."""
    return text if _traditional().isdisjoint(text) else text.translate(simple_characters())
