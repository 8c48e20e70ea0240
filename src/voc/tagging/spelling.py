"""Reads traditional characters and common misspellings as what is meant; lengths stay, so offsets stay.

The words come from `lexicons/tagging/spelling.yaml`, traditional characters from `voc.text.traditional`.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import ConfigError, Fault
from voc.text.lexicons import read_lexicon, split_words
from voc.text.terms import Codes, TermIndex, code_points
from voc.text.traditional import simple_characters

__all__ = ["corrected", "load_spelling"]

_NAME: Final = "tagging/spelling.yaml"
_PLANE: Final = 0x10000
"""Characters above the basic plane stay as they are."""


class Spelling(NamedTuple):
    """What is read as what."""

    characters: Codes
    """What each code point of the basic plane is read as."""
    wrong: TermIndex
    """Misspelt words."""
    meant: npt.NDArray[np.uint32]
    """What is meant by each, code points in a row: shape (words, longest)."""


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
    characters = np.arange(_PLANE, dtype=np.uint32)
    for old, new in (*((chr(code), char) for code, char in simple_characters().items()), *pairs):
        characters[ord(old)] = ord(new)
    meant = {wrong: right for wrong, right in words if wrong != right}
    table = np.zeros((len(meant), max(map(len, meant), default=1)), dtype=np.uint32)
    for number, right in enumerate(meant.values()):
        table[number, : len(right)] = code_points(right)
    return Spelling(characters, TermIndex(list(meant)), table)


def corrected(codes: Codes) -> Codes:
    """Return the code points of a text, or of a buffer of texts, as it is meant."""
    spelling = load_spelling()
    plain = spelling.characters[np.minimum(codes, _PLANE - 1)]
    astral = codes >= _PLANE
    if astral.any():
        plain[astral] = codes[astral]
    found = spelling.wrong.find_words(plain)
    lengths = found.ends - found.starts
    for offset in range(spelling.meant.shape[1]):
        at = np.flatnonzero(lengths > offset)
        plain[found.starts[at] + offset] = spelling.meant[found.terms[at], offset]
    return plain
