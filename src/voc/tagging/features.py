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
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "PLACEHOLDER",
    "Buffer",
    "Grams",
    "blank_placeholders",
    "buckets",
    "char_grams",
    "encode",
    "encode_joined",
    "word_grams",
]

PLACEHOLDER: Final = re.compile(r"<[^<>\s]{1,40}>")
"""What masking leaves behind: `<手机号>` and the like. Not a word of the writer's."""

_BLANK: Final = 0xE000
"""Stands for every code point of a placeholder; no n-gram may hold it."""
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


def encode(texts: Sequence[str]) -> Buffer:
    """Join texts into one buffer of simplified code points.

    Position i of a text stays position i of its row.
    """
    joined = "\n".join(texts)
    if "<" in joined:
        joined = "\n".join([blank_placeholders(text) if "<" in text else text for text in texts])
    return encode_joined(joined, np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))


def encode_joined(joined: str, lengths: Offsets) -> Buffer:
    """Make a buffer of texts that are joined by line feeds already, placeholders blanked."""
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).copy()
    starts = np.cumsum(lengths + 1) - lengths - 1
    return Buffer(_simplify(codes), starts, starts + lengths)


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
        From `encode`.
    sizes
        Lengths of the n-grams, ascending from 1.
    """
    codes, starts, ends = buffer
    length = len(codes)
    # first position at or after i that no n-gram may reach: the end of the row or a blank
    stop = np.repeat(ends, ends - starts + 1)[:length]
    blanks = np.flatnonzero(codes == _BLANK)
    if len(blanks):
        following = np.searchsorted(blanks, np.arange(length))
        has = following < len(blanks)
        stop[has] = np.minimum(stop[has], blanks[following[has]])
    room = stop - np.arange(length)
    rolling = np.zeros(length, dtype=np.uint64)
    wide = codes.astype(np.uint64) + np.uint64(1)
    for size in range(1, max(sizes) + 1):
        reach = max(length - size + 1, 0)
        rolling[:reach] = rolling[:reach] * _BASE + wide[size - 1 :]
        if size in sizes:
            positions = np.flatnonzero(room >= size)
            yield Grams(_mix(rolling[positions] ^ np.uint64(size << 56)), positions)


def word_grams(buffer: Buffer, tokens: Sequence[Sequence[str]], size: int) -> Grams:
    """Hash runs of `size` neighbouring words of each row, by the characters that they cover.

    Parameters
    ----------
    buffer
        From `encode`, of the same texts.
    tokens
        The words of each row; joined they give the row's text.
    size
        How many words stand in a run.
    """
    counts = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    lengths = np.fromiter(
        (len(word) for row in tokens for word in row), dtype=np.int64, count=int(counts.sum())
    )
    if len(lengths) < size:
        return Grams(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64))
    row = np.repeat(np.arange(len(tokens)), counts)
    ends = np.cumsum(lengths) + row
    starts = ends - lengths
    last = len(starts) - size + 1
    whole = row[:last] == row[size - 1 :]
    first, end = starts[:last][whole], ends[size - 1 :][whole]
    blanks = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(buffer.codes == _BLANK)])
    clean = blanks[end] == blanks[first]
    first, end = first[clean], end[clean]
    return Grams(_mix(_span_hashes(buffer.codes, first, end) ^ np.uint64((16 + size) << 56)), first)


def _span_hashes(codes: Codes, starts: Offsets, ends: Offsets) -> Hashes:
    """Polynomial hash of each span: (P[end] - P[start]) * B**-start.

    With P the prefix sums of c[k] * B**k.
    """
    length = len(codes)
    powers = np.ones(length + 1, dtype=np.uint64)
    inverse = np.ones(length + 1, dtype=np.uint64)
    powers[1:] = _BASE
    inverse[1:] = _INVERSE
    np.multiply.accumulate(powers, out=powers)
    np.multiply.accumulate(inverse, out=inverse)
    prefix = np.zeros(length + 1, dtype=np.uint64)
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * powers[:-1], out=prefix[1:])
    return (prefix[ends] - prefix[starts]) * inverse[starts]


def _mix(hashes: Hashes) -> Hashes:
    hashes = hashes ^ (hashes >> np.uint64(33))
    hashes = hashes * np.uint64(0xFF51AFD7ED558CCD)
    hashes = hashes ^ (hashes >> np.uint64(33))
    hashes = hashes * np.uint64(0xC4CEB9FE1A85EC53)
    return hashes ^ (hashes >> np.uint64(33))


def buckets(hashes: Hashes, bits: int) -> npt.NDArray[np.int64]:
    """Bucket number of each hash in a table of 2**bits."""
    return (hashes >> np.uint64(64 - bits)).astype(np.int64)
