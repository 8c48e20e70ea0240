"""What the network sees of a text: for each character itself, its two pairs, and the word that it is part of.

Characters and pairs come from the text alone; words and their classes from the dictionary of jieba (MIT),
which holds some 80,000 names of people and 18,000 of places.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from voc.text.segment import dictionary_words, word_class

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CHARACTERS", "CLASSES", "EDGE", "PAIRS", "WORDS", "Seen", "look_at"]

PAIRS: Final = 1 << 16
"""Buckets of pairs of characters."""
WORDS: Final = 1 << 15
"""Buckets of words."""
_HAN: Final = 0x4E00
_HAN_COUNT: Final = 0x9FFF - _HAN + 1
_OTHERS: Final = 512
CHARACTERS: Final = 128 + _HAN_COUNT + _OTHERS
"""ASCII, unified Han characters, and buckets of all others."""

_TAGS: Final = [
    "nr",
    "nrfg",
    "nrt",
    "ns",
    "nt",
    "nz",
    "n",
    "v",
    "vn",
    "a",
    "m",
    "q",
    "d",
    "r",
    "p",
    "c",
    "t",
    "f",
    "j",
    "b",
    "i",
    "l",
    "s",
    "x",
    "zg",
    "z",
    "g",
    "eng",
]
_TAG_IDS: Final = {tag: index + 1 for index, tag in enumerate(_TAGS)}
CLASSES: Final = 4 * (len(_TAGS) + 1)
"""Class of a word times place in it: single, first, inner, last."""
_KINDS: Final = (1 << 8) - 1


EDGE: Final = "\x01"
"""Stands before and behind every text, and for nothing else."""


class Seen(NamedTuple):
    """Numbers of what stands at each character of a text: arrays as long as it, `pairs` one longer."""

    characters: npt.NDArray[np.int64]
    pairs: npt.NDArray[np.int64]
    """Pair that ends at the character; the pair that begins at it stands one further on."""
    words: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]


def look_at(text: str) -> Seen:
    """Return the numbers of a text. Digits are all alike, letters regardless of case."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    ascii_codes = codes < 128
    codes = np.where(ascii_codes, _PLAIN[np.minimum(codes, 127)], codes)
    han = (codes >= _HAN) & (codes < _HAN + _HAN_COUNT)
    others = 128 + _HAN_COUNT + codes % _OTHERS
    characters = np.where(ascii_codes, codes, np.where(han, codes - _HAN + 128, others))
    edged = np.concatenate(([ord(EDGE)], codes, [ord(EDGE)]))
    pairs = ((edged[:-1] * 0x9E3779B1) ^ (edged[1:] * 0x85EBCA6B)) >> 7 & (PAIRS - 1)
    words, classes = _words(text, len(codes))
    return Seen(characters, pairs, words, classes)


def _words(text: str, length: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    words = dictionary_words(text)
    numbers = np.fromiter(map(_numbers, words), dtype=np.int64, count=len(words))
    sizes, kinds, buckets = numbers >> 32, numbers & _KINDS, numbers >> 8 & (WORDS - 1)
    if sizes.sum() != length:
        raise ValueError  # the segmenter changed the text
    classes = kinds.repeat(sizes)
    ends = np.cumsum(sizes)
    long = sizes > 1
    classes[long.repeat(sizes)] += 2
    classes[(ends - sizes)[long]] -= 1
    classes[ends[long] - 1] += 1
    return buckets.repeat(sizes), classes


@lru_cache(maxsize=1 << 16)
def _numbers(word: str) -> int:
    """Length, bucket and kind of a word in one number. The kind is the class of a single character.

    Those of a first, an inner and a last character are the next ones.
    """
    return len(word) << 32 | _bucket(word) << 8 | 4 * _TAG_IDS.get(word_class(word), 0)


def _bucket(word: str) -> int:
    """FNV-1a over code points; the same in every process, unlike `hash`."""
    value = 0x811C9DC5
    for char in word[:8]:
        value = (value ^ ord(char)) * 0x01000193 & 0xFFFFFFFF
    return value >> 8 & (WORDS - 1)


def _plain_ascii() -> npt.NDArray[np.int64]:
    table = np.arange(128, dtype=np.int64)
    table[ord("0") : ord("9") + 1] = ord("0")
    table[ord("A") : ord("Z") + 1] += ord("a") - ord("A")
    return table


_PLAIN: Final = _plain_ascii()
