"""Reads the texts of a batch once, for all that looks at them: folded, in lower case, joined.

With cues by row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from voc.tagging.cues import CueMatch
from voc.tagging.features import Buffer, Words, blank_placeholders, encode_joined
from voc.tagging.spelling import corrected
from voc.tagging.topics import Finding, LexiconTagger
from voc.tagging.transcript import customer_part
from voc.tagging.units import Units, split_units
from voc.text.normalise import Folded, fold
from voc.text.segment import Segmenter

__all__ = ["Reading", "group_by_row", "read_batch"]


@dataclass(frozen=True)
class Reading:
    """The texts of a batch, prepared."""

    folded: list[Folded]
    """Shadow text and the way back, for each row."""
    joined: str
    """All shadow texts in lower case and as they are meant, placeholders blanked, parted by line feeds."""
    buffer: Buffer
    units: Units
    tokens: list[list[str]]
    """The words of each text, as it was before folding."""
    folded_tokens: list[list[str]]
    """The words of each shadow text."""

    @cached_property
    def words(self) -> Words:
        """Where the words of the shadow texts end."""
        return Words.of(self.folded_tokens)

    def span(self, row: int, start: int, end: int) -> tuple[int, int]:
        """Map a span of `joined` to a span of the row's original text."""
        offset = int(self.buffer.starts[row])
        return self.folded[row].original(start - offset, end - offset)

    def units_of(self, row: int) -> int:
        """How many clauses a row has."""
        firsts = self.units.firsts
        last = firsts[row + 1] if row + 1 < len(firsts) else len(self.units.rows)
        return int(last - firsts[row])

    def findings(self, tagger: LexiconTagger) -> list[list[Finding]]:
        """Run the lexicon tagger over every row; offsets are positions of `joined`."""
        by_row = group_by_row(self, tagger.matches(self.joined))
        marks: list[int] = self.units.marks.tolist()
        found: list[list[Finding]] = []
        begins, ends = self.buffer.starts.tolist(), self.buffer.ends.tolist()
        for row, matched in enumerate(by_row):
            if matched:
                first = bisect_left(marks, begins[row])
                last = bisect_left(marks, ends[row], first)
                found.append(tagger.find(self.joined, matched, marks[first : last + 1], begins[row]))
            else:
                found.append([])
        return found


def group_by_row(reading: Reading, matches: Sequence[CueMatch]) -> list[list[CueMatch]]:
    """Share out the matches of a whole batch among its rows."""
    by_row: list[list[CueMatch]] = [[] for _ in reading.folded]
    starts = np.fromiter((match[0] for match in matches), dtype=np.int64, count=len(matches))
    rows = np.searchsorted(reading.buffer.ends, starts, side="right").tolist()
    for row, match in zip(rows, matches, strict=True):
        by_row[row].append(match)
    return by_row


@cache
def _plain_segmenter() -> Segmenter:
    return Segmenter()


def read_batch(texts: Sequence[str], segmenter: Segmenter | None = None) -> Reading:
    """Prepare the texts of a batch. Without a segmenter, words are cut by the dictionary alone."""
    segmenter = segmenter or _plain_segmenter()
    folded = [fold(text) for text in texts]
    shadows = [shadow.text for shadow in folded]
    tokens = segmenter.cut_batch(texts)
    same = [shadow == text for shadow, text in zip(shadows, texts, strict=True)]
    folded_tokens = [
        words if kept else segmenter.cut(shadow)
        for words, kept, shadow in zip(tokens, same, shadows, strict=True)
    ]
    spoken = [customer_part(shadow) if "\n" in shadow else shadow for shadow in shadows]
    joined = "\n".join(spoken)
    if "<" in joined:
        joined = "\n".join([blank_placeholders(text) if "<" in text else text for text in spoken])
    lowered = joined.lower()
    if len(lowered) != len(joined):
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in joined)
    lowered = corrected(lowered)
    lengths = np.fromiter(map(len, shadows), dtype=np.int64, count=len(shadows))
    buffer = encode_joined(lowered, lengths)
    return Reading(folded, lowered, buffer, split_units(buffer), tokens, folded_tokens)
