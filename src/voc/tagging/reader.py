"""Reads the texts of a batch once, for all that looks at them: folded, in lower case, joined.

With cues by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.findings import Findings
from voc.tagging.lexicon.topics import LexiconTagger
from voc.tagging.models.features import (
    SIZES,
    Buffer,
    Grams,
    Words,
    blank_placeholders,
    char_grams,
    encode_codes,
)
from voc.tagging.models.units import Units, split_units
from voc.tagging.spelling import corrected
from voc.tagging.transcript import own_words
from voc.text.fold_batch import fold_batch
from voc.text.normalise import Folded
from voc.text.segment import Segmenter
from voc.text.terms import Codes, code_points

__all__ = ["Reading", "read_batch"]

Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """The texts of a batch, prepared."""

    source: Codes
    """Code points of the texts, parted by line feeds."""
    folded: list[Folded]
    """Shadow text and the way back, for each row."""
    joined: str
    """All shadow texts in lower case and as they are meant, placeholders blanked, parted by line feeds."""
    codes: Codes
    """Code points of `joined`."""
    buffer: Buffer
    units: Units
    tokens: list[list[str]]
    """The words of each text, as it was before folding."""
    folded_tokens: list[list[str]]
    """The words of each shadow text."""
    memory: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What models have found in the batch; `remembered` fills it."""

    def remembered(self, name: str, find: Callable[[], Any]) -> Any:  # noqa: ANN401 - of the model's kind
        """Return what was found under this name, and find it when nobody has asked before."""
        if name not in self.memory:
            self.memory[name] = find()
        return self.memory[name]

    @cached_property
    def words(self) -> Words:
        """Where the words of the shadow texts end."""
        return Words.of(self.folded_tokens)

    @cached_property
    def source_words(self) -> Words:
        """Where the words of the texts end."""
        return self.words if self.folded_tokens is self.tokens else Words.of(self.tokens)

    @cached_property
    def blank_words(self) -> Offsets:
        """Words of the texts, counted through the batch, that are white space."""
        words = self.source_words
        row = np.repeat(np.arange(len(words.counts)), words.counts)
        ends = np.cumsum(words.lengths) + row
        blank = np.flatnonzero(_white_space()[self.source])
        place = np.minimum(np.searchsorted(ends, blank, side="right"), max(len(ends) - 1, 0))
        # the line feed behind a row stands before its next word
        place = place[blank >= (ends - words.lengths)[place]]
        numbers, times = np.unique(place, return_counts=True)
        blank_words: Offsets = numbers[times == words.lengths[numbers]]
        return blank_words

    @cached_property
    def char_grams(self) -> list[Grams]:
        """Character n-grams of the shadow texts, size by size."""
        return list(char_grams(self.buffer, SIZES))

    def span(self, row: int, start: int, end: int) -> tuple[int, int]:
        """Map a span of `joined` to a span of the row's original text."""
        offset = int(self.buffer.starts[row])
        return self.folded[row].original(start - offset, end - offset)

    def spans(self, rows: Offsets, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
        """Map spans of `joined`, each in its row, to spans of the rows' original texts."""
        offsets = self.buffer.starts[rows]
        starts, ends = starts - offsets, ends - offsets
        for at in np.flatnonzero(self.changed[rows]).tolist():
            starts[at], ends[at] = self.folded[rows[at]].original(int(starts[at]), int(ends[at]))
        return starts, ends

    @cached_property
    def changed(self) -> npt.NDArray[np.bool_]:
        """Which rows folding changed so that offsets differ."""
        return np.fromiter((row.starts is not None for row in self.folded), np.bool_, len(self.folded))

    @cached_property
    def unit_at(self) -> Offsets:
        """Unit to which each position of the buffer counts; a mark counts to the unit behind it."""
        ends = self.units.ends
        return np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))

    @cached_property
    def unit_counts(self) -> Offsets:
        """How many clauses each row has."""
        return np.diff(self.units.firsts, append=len(self.units.rows))

    @cached_property
    def clause_counts(self) -> Offsets:
        """How many clauses each row has that are not empty, as one behind the last mark is."""
        said = self.units.ends > self.units.starts
        return np.bincount(self.units.rows[said], minlength=len(self.buffer.ends))

    def findings(self, tagger: LexiconTagger) -> Findings:
        """Run the lexicon tagger over every row; offsets are positions of `joined`."""
        return tagger.find(self.codes, self.joined, self.buffer.starts, self.buffer.ends, self.units.marks)


@cache
def _white_space() -> npt.NDArray[np.bool_]:
    """Which code points are white space."""
    flags = np.zeros(0x110000, dtype=np.bool_)
    flags[[code for code in range(0x3001) if chr(code).isspace()]] = True
    return flags


@cache
def _plain_segmenter() -> Segmenter:
    return Segmenter()


def read_batch(texts: Sequence[str], segmenter: Segmenter | None = None) -> Reading:
    """Prepare the texts of a batch. Without a segmenter, words are cut by the dictionary alone."""
    segmenter = segmenter or _plain_segmenter()
    codes = code_points("\n".join(texts))
    ends = np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))) - 1
    folded = fold_batch(texts, codes, ends)
    shadows = [shadow.text for shadow in folded]
    tokens = segmenter.cut_batch(texts)
    same = [shadow is text or shadow == text for shadow, text in zip(shadows, texts, strict=True)]
    folded_tokens = tokens
    if not all(same):
        folded_tokens = [
            words if kept else segmenter.cut(shadow)
            for words, kept, shadow in zip(tokens, same, shadows, strict=True)
        ]
    spoken = [own_words(shadow) for shadow in shadows]
    joined = "\n".join(spoken)
    if "<" in joined:
        joined = "\n".join([blank_placeholders(text) if "<" in text else text for text in spoken])
    lowered = joined.lower()
    if len(lowered) != len(joined):
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in joined)
    plain = corrected(code_points(lowered))
    lengths = np.fromiter(map(len, shadows), dtype=np.int64, count=len(shadows))
    buffer = encode_codes(plain, lengths)
    meant = plain.tobytes().decode("utf-32-le", "surrogatepass")
    return Reading(codes, folded, meant, plain, buffer, split_units(buffer), tokens, folded_tokens)
