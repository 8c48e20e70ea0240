"""Reads traditional characters and common misspellings as what is meant; lengths stay, so offsets stay.

The words come from `lexicons/tagging/spelling.yaml`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from voc.errors import ConfigError, Fault
from voc.text.lexicons import read_lexicon, split_words

__all__ = ["corrected", "load_spelling"]

_NAME: Final = "tagging/spelling.yaml"


class Spelling(NamedTuple):
    """What is read as what."""

    characters: dict[int, str]
    words: dict[str, str]
    pattern: re.Pattern[str]
    """Any of the misspellings, the longest first."""


@cache
def load_spelling() -> Spelling:
    """Read the packed list. Raises ConfigError when the two sides of an entry differ in length."""
    document = read_lexicon(_NAME)
    pairs = [tuple(entry) for entry in split_words(document["characters"])]
    words = [entry.split("=") for entry in split_words(document["words"])]
    faults = [Fault("characters", "two characters are needed") for pair in pairs if len(pair) != 2]
    faults += [
        Fault("words", "two words of one length are needed")
        for sides in words
        if len(sides) != 2 or len(sides[0]) != len(sides[1])
    ]
    if faults:
        raise ConfigError(f"lexicons/{_NAME}", faults)
    meant = {wrong: right for wrong, right in words if wrong != right}
    longest = sorted(meant, key=len, reverse=True)
    return Spelling(
        {ord(old): new for old, new in pairs}, meant, re.compile("|".join(map(re.escape, longest)))
    )


def corrected(text: str) -> str:
    """Return the text, or a buffer of texts, as it is meant."""
    spelling = load_spelling()
    return spelling.pattern.sub(lambda match: spelling.words[match[0]], text.translate(spelling.characters))
