"""Counts which pairs of characters begin names rather than stand in reviews, for `voc.privacy.ner.screen`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from names.writer import Names, is_chinese_name
from voc.privacy.lexicon import surnames
from voc.privacy.ner.screen import CLOSED, OPEN, THIRD

__all__ = ["LEAST_ALONE", "MOST_UNUSUAL", "Counts", "kind_of", "screen_arrays", "usual_pairs"]

DRAWN: Final = 60_000
LEAST_OPEN: Final = 2.0
"""Least natural logarithm of how many times likelier a pair is in names than in reviews."""
LEAST_THIRD: Final = -2.0
"""The same, where the third character has to be usual."""

LEAST_ALONE: Final = 1.0
"""The same of a third character by itself."""
MOST_UNUSUAL: Final = 3
"""Times that a pair may stand in reviews and still open at the start of a text."""
MOST_COMPOUND: Final = 1e-5
"""Share of places at which a family name of two characters may stand and still open: not 东方, 第五."""


class Counts:
    """How often characters and pairs stand in names and in texts."""

    def __init__(self, names: Names, texts: Sequence[str], seed: int) -> None:
        rng = Random(seed)
        lexicon = surnames()
        self.family = lexicon.frequent | lexicon.rare
        drawn = [name for name in (names.full(rng) for _ in range(DRAWN)) if is_chinese_name(name)]
        self.first: Counter[str] = Counter()
        self.second = Counter(dict.fromkeys(lexicon.given, 3))
        self.third = Counter(self.second)
        for name in (*drawn, *names.met, *names.met, *names.met):
            given = name[2 if name[:2] in lexicon.compound else 1 :]
            self.first[name[0]] += 1
            self.second[given[0]] += 1
            self.third.update(given[1:2])
        self.characters = Counter(char for text in texts for char in text)
        self.pairs = Counter(text[at : at + 2] for text in texts for at in range(len(text) - 1))
        self.places = sum(map(len, texts))
        self._sums = tuple(sum(counter.values()) for counter in (self.first, self.second, self.third))

    def pair(self, family: str, given: str) -> float:
        """How much likelier a pair is in names, as a logarithm; what was never met counts a little."""
        share = (self.first[family] + 0.5) / self._sums[0] * (self.second[given] + 0.3) / self._sums[1]
        expected = self.characters[family] * self.characters[given] / self.places
        return math.log(share / ((self.pairs[family + given] + min(1.0, expected) + 0.02) / self.places))

    def alone(self, given: str) -> float:
        """The same of a third character by itself."""
        return math.log(
            (self.third[given] + 0.3) / self._sums[2] / ((self.characters[given] + 1) / self.places)
        )


def kind_of(value: float) -> int:
    """Kind of a pair that is so much likelier in names, as a logarithm."""
    return OPEN if value >= LEAST_OPEN else THIRD if value >= LEAST_THIRD else CLOSED


def usual_pairs(counts: Counts, most: int) -> npt.NDArray[np.uint32]:
    """Pairs of Han characters that stand more often in reviews, as numbers in order."""
    usual = [
        ord(pair[0]) << 16 | ord(pair[1])
        for pair, times in counts.pairs.items()
        if times > most and all("一" <= char <= "鿿" for char in pair)
    ]
    return np.array(sorted(usual), dtype=np.uint32)


def screen_arrays(names: Names, texts: Sequence[str], seed: int) -> dict[str, npt.NDArray[Any]]:
    """Return what `voc.privacy.ner.screen.Screen` reads."""
    counts = Counts(names, texts, seed)
    family = sorted(counts.family)
    seconds = sorted(char for char in {*counts.second, *counts.characters} if "一" <= char <= "鿿")
    usual: dict[str, int] = {}
    differing: dict[int, int] = {}
    for given in seconds:
        kinds = [kind_of(counts.pair(first, given)) for first in family]
        usual[given] = Counter(kinds).most_common(1)[0][0]
        for first, kind in zip(family, kinds, strict=True):
            if kind != usual[given]:
                differing[ord(first) << 16 | ord(given)] = kind
    second = np.zeros(1 << 16, dtype=np.uint8)
    second[0x4E00:0xA000] = THIRD
    second[[ord(char) for char in usual]] = list(usual.values())
    third = [code for code in range(0x4E00, 0xA000) if counts.alone(chr(code)) >= LEAST_ALONE]
    compounds = {
        ord(name[0]) << 16 | ord(name[1])
        for name in surnames().compound
        if counts.pairs[name[:2]] < MOST_COMPOUND * counts.places
    }
    return {
        "screen_first": np.array(sorted(map(ord, family)), dtype=np.uint16),
        "screen_compounds": np.array(sorted(compounds), dtype=np.uint32),
        "screen_usual": usual_pairs(counts, MOST_UNUSUAL),
        "screen_met": usual_pairs(counts, 0),
        "screen_second": second,
        "screen_third": np.array(third, dtype=np.uint16),
        "screen_pairs": np.array(sorted(differing), dtype=np.uint32),
        "screen_pair_kinds": np.array([differing[pair] for pair in sorted(differing)], dtype=np.uint8),
    }
