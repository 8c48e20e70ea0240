"""Hashed n-grams of a whole batch at once: no work per row in Python.

The texts of a batch are joined into one buffer of code points. Every character n-gram and every run of
words is a span of that buffer; a polynomial hash of all spans of one length is a handful of numpy
operations. Nothing here is fitted and nothing hangs on the batch: a text gets the same features alone and
among thousands.

Method: rolling polynomial hash modulo 2**64 (Karp and Rabin, 1987), finished with the mixer of MurmurHash3
(Appleby, public domain) so that the high bits may serve as bucket number; feature hashing after Weinberger
et al. (2009), without the sign, which changes nothing for a linear model at this load.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "PLACEHOLDER",
    "SIZES",
    "Buffer",
    "Grams",
    "Words",
    "blank_placeholders",
    "buckets",
    "char_grams",
    "encode_codes",
    "word_grams",
]

PLACEHOLDER: Final = re.compile(r"<[^<>\s]{1,40}>")
"""What masking leaves behind: `<手机号>` and the like. Not a word of the writer's."""

SIZES: Final = (1, 2, 3, 4)
"""Lengths of the character n-grams."""
_BLANK: Final = 0xE000
"""Stands for every code point of a placeholder; no n-gram may hold it."""
_FACTORS: Final = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_INVERSE: Final = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]


class Buffer(NamedTuple):
    """The texts of a batch as one array of code points, a line feed between rows.

    Simplified for counting n-grams.
    """

    codes: Codes
    """Code points: ASCII letters in lower case, full-width ASCII narrowed, digits as 0.

    Placeholders blanked.
    """
    starts: Offsets
    """First position of each row."""
    ends: Offsets
    """One past the last position of each row."""


class Grams(NamedTuple):
    """Hashed n-grams of a batch, in no row's order.

    Feature `hashes[i]` stands at `positions[i]` of the buffer.
    """

    hashes: Hashes
    positions: Offsets


def encode_codes(codes: Codes, lengths: Offsets) -> Buffer:
    """Make a buffer of the code points of texts, parted by line feeds, placeholders blanked."""
    starts = np.cumsum(lengths + 1) - lengths - 1
    return Buffer(_simplify(codes.copy()), starts, starts + lengths)


def blank_placeholders(text: str) -> str:
    """Replace every placeholder by as many blanks, so that offsets stay."""
    return PLACEHOLDER.sub(lambda match: chr(_BLANK) * len(match[0]), text)


def _simplify(codes: Codes) -> Codes:
    wide = (codes >= 0xFF01) & (codes <= 0xFF5E)
    codes[wide] -= np.uint32(0xFEE0)
    upper = (codes >= 65) & (codes <= 90)
    codes[upper] += np.uint32(32)
    digit = (codes >= 48) & (codes <= 57)
    codes[digit] = np.uint32(48)
    return codes


def char_grams(buffer: Buffer, sizes: Sequence[int]) -> Iterator[Grams]:
    """Yield the character n-grams of each size in turn. N-grams never cross rows or touch placeholders.

    Parameters
    ----------
    buffer
        From `encode_codes`.
    sizes
        Lengths of the n-grams, ascending from 1.
    """
    codes, starts, ends = buffer
    length = len(codes)
    # first position at or after i that no n-gram may reach: the end of the row or a blank
    stop = np.repeat(ends, ends - starts + 1)[:length]
    blank = codes == _BLANK
    if blank.any():
        following = np.minimum.accumulate(np.where(blank, np.arange(length), length)[::-1])[::-1]
        stop = np.minimum(stop, following)
    room = stop - np.arange(length)
    rolling = np.zeros(length, dtype=np.uint64)
    wide = codes.astype(np.uint64) + np.uint64(1)
    for size in range(1, max(sizes) + 1):
        reach = max(length - size + 1, 0)
        rolling[:reach] = rolling[:reach] * _BASE + wide[size - 1 :]
        if size in sizes:
            positions = np.flatnonzero(room >= size)
            yield Grams(_mix(rolling[positions] ^ np.uint64(size << 56)), positions)


class Words(NamedTuple):
    """Where the words of a batch end: their lengths row by row, and how many each row has."""

    lengths: Offsets
    counts: Offsets

    @classmethod
    def of(cls, tokens: Sequence[Sequence[str]]) -> Words:
        """Measure the words of each row; joined they give the row's text."""
        counts = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
        lengths = np.fromiter(map(len, chain.from_iterable(tokens)), dtype=np.int64, count=int(counts.sum()))
        return cls(lengths, counts)


def word_grams(buffer: Buffer, words: Words, sizes: Sequence[int]) -> Iterator[Grams]:
    """Yield runs of neighbouring words of each row, hashed by the characters that they cover.

    Runs that touch a placeholder are left out.

    Parameters
    ----------
    buffer
        From `encode_codes`, of the same texts.
    words
        The words of each row.
    sizes
        How many words stand in a run.
    """
    row = np.repeat(np.arange(len(words.counts)), words.counts)
    ends = np.cumsum(words.lengths) + row
    starts = ends - words.lengths
    prefix, inverse = _prefix_hashes(buffer.codes)
    blank = buffer.codes == _BLANK
    blanks = np.cumsum(np.append(False, blank)) if blank.any() else None
    for size in sizes:
        last = max(len(starts) - size + 1, 0)
        whole = row[:last] == row[size - 1 :]
        first, end = starts[:last][whole], ends[size - 1 :][whole]
        if blanks is not None:
            clean = blanks[first] == blanks[end]
            first, end = first[clean], end[clean]
        hashes = (prefix[end] - prefix[first]) * inverse[first]
        yield Grams(_mix(hashes ^ np.uint64((16 + size) << 56)), first)


def _prefix_hashes(codes: Codes) -> tuple[Hashes, Hashes]:
    """Prefix sums P of c[k] * B**k, and B**-k: a span's hash is (P[end] - P[start]) * B**-start."""
    length = len(codes)
    powers, inverse = _powers(1 << max(length, 1).bit_length())
    prefix = np.zeros(length + 1, dtype=np.uint64)
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * powers[:length], out=prefix[1:])
    return prefix, inverse


@lru_cache(maxsize=2)
def _powers(length: int) -> tuple[Hashes, Hashes]:
    """Powers of the base and of its inverse, up to a length that is a power of two."""
    both = []
    for base in (_BASE, _INVERSE):
        powers = np.ones(length + 1, dtype=np.uint64)
        powers[1:] = base
        both.append(np.multiply.accumulate(powers, out=powers))
    return both[0], both[1]


def _mix(hashes: Hashes) -> Hashes:
    """Mix hashes in place, and return them."""
    for factor in _FACTORS:
        hashes ^= hashes >> np.uint64(33)
        hashes *= factor
    hashes ^= hashes >> np.uint64(33)
    return hashes


def buckets(hashes: Hashes, bits: int) -> npt.NDArray[np.int64]:
    """Bucket number of each hash in a table of 2**bits."""
    return (hashes >> np.uint64(64 - bits)).view(np.int64)
