"""What the encoder reads of a text: the words of a batch as numbers, padded to one length.

A word is known by the hash of its characters, so the artefact holds no word list: a sorted table of
hashes gives each known word a row of the embedding, and every other word reads as unknown and is seen
through its characters.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.models.features import Buffer, Words, word_grams

__all__ = [
    "CHARS",
    "LONGEST",
    "EncoderInput",
    "RowWords",
    "Vocabulary",
    "WordSpans",
    "encoder_input",
    "read_words_of",
    "row_words",
]

LONGEST: Final = 320
"""Words of a text that are read; what stands behind them is left to the linear model."""
CHARS: Final = 4
"""Characters of a word that are read."""
_FIRST: Final = 2
"""0 is padding, 1 is unknown."""

Ids = npt.NDArray[np.int64]


class Vocabulary(NamedTuple):
    """Known words and characters."""

    words: npt.NDArray[np.uint64]
    """Hashes of known words, ascending."""
    chars: npt.NDArray[np.uint32]
    """Known code points, ascending."""

    def word_ids(self, hashes: npt.NDArray[np.uint64]) -> Ids:
        """Embedding row of each word hash."""
        return _look_up(self.words, hashes)

    def char_ids(self, codes: npt.NDArray[np.uint32]) -> Ids:
        """Embedding row of each code point."""
        return _look_up(self.chars, codes)


class EncoderInput(NamedTuple):
    """A batch of texts as numbers. Shapes: (texts, words) and (texts, words, `CHARS`)."""

    words: Ids
    chars: Ids
    starts: Ids
    """Position of each word in the buffer, -1 for padding."""


def _look_up(known: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> Ids:
    if not len(known):
        return np.ones(len(wanted), dtype=np.int64)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place + _FIRST, 1).astype(np.int64)


class WordSpans(NamedTuple):
    """Words of a batch, in order; those that touch placeholders are left out."""

    hashes: npt.NDArray[np.uint64]
    starts: Ids
    rows: Ids
    chars: Ids
    """Code points of each word, 0 behind its end: shape (words, `CHARS`)."""


def read_words_of(buffer: Buffer, words: Words) -> WordSpans:
    """Hash the words of a batch and take their characters apart. White space is no word."""
    (grams,) = word_grams(buffer, words, (1,))
    rows = np.searchsorted(buffer.ends, grams.positions, side="right")
    first = buffer.codes[grams.positions]
    kept = (first != 32) & (first != 9)
    starts, rows, hashes = grams.positions[kept], rows[kept], grams.hashes[kept]
    ends = np.cumsum(words.lengths) + np.repeat(np.arange(len(words.counts)), words.counts)
    length = words.lengths[np.searchsorted(ends, starts, side="right")]
    offsets = np.arange(CHARS)
    codes = np.append(buffer.codes, 0)[np.minimum(starts[:, None] + offsets, len(buffer.codes))].astype(
        np.int64
    )
    codes[offsets >= length[:, None]] = 0
    return WordSpans(hashes, starts, rows, codes)


class RowWords(NamedTuple):
    """Words of some texts as numbers, text after text."""

    words: Ids
    chars: Ids
    """Shape (words, `CHARS`)."""
    starts: Ids
    """Position of each word in the buffer."""
    ends: Ids
    """Where the words of each text end."""


def row_words(vocabulary: Vocabulary, spans: WordSpans, rows: Ids) -> RowWords:
    """Number the words of the chosen rows, ascending."""
    first, last = _read_part(spans, rows)
    counts = last - first
    ends = np.cumsum(counts)
    chosen = np.arange(int(counts.sum())) + np.repeat(first - (ends - counts), counts)
    return RowWords(*_numbered(vocabulary, spans, chosen), spans.starts[chosen], ends)


def encoder_input(vocabulary: Vocabulary, spans: WordSpans, rows: Ids) -> EncoderInput:
    """Pad the words of the chosen rows, ascending, to one length."""
    first, last = _read_part(spans, rows)
    width = max(int((last - first).max(initial=0)), 1)
    index = first[:, None] + np.arange(width)
    inside = index < last[:, None]
    words, chars = np.zeros(index.shape, np.int64), np.zeros((*index.shape, CHARS), np.int64)
    starts = np.full(index.shape, -1, np.int64)
    chosen = index[inside]
    words[inside], chars[inside] = _numbered(vocabulary, spans, chosen)
    starts[inside] = spans.starts[chosen]
    return EncoderInput(words, chars, starts)


def _read_part(spans: WordSpans, rows: Ids) -> tuple[Ids, Ids]:
    """First word of each row, and one past the last that is read."""
    first = np.searchsorted(spans.rows, rows, side="left")
    return first, np.minimum(np.searchsorted(spans.rows, rows, side="right"), first + LONGEST)


def _numbered(vocabulary: Vocabulary, spans: WordSpans, chosen: Ids) -> tuple[Ids, Ids]:
    """Embedding rows of the chosen words and of their characters."""
    codes = spans.chars[chosen]
    known = vocabulary.char_ids(codes.ravel().astype(np.uint32)).reshape(codes.shape)
    return vocabulary.word_ids(spans.hashes[chosen]), np.where(codes > 0, known, 0)
