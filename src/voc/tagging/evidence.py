"""Makes evidence end where words do: a quote neither cuts a word or number nor begins or ends with a mark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voc.tagging.reader import Reading
from voc.text.marks import silent

__all__ = ["whole_words"]

Offsets = npt.NDArray[np.int64]


def whole_words(reading: Reading, rows: Offsets, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """Widen spans of the rows' texts to the words that they cut, and take marks off their ends.

    A span that holds nothing but marks stays as it is.
    """
    words = reading.source_words
    if not len(rows) or not len(words.lengths):
        return starts, ends
    row = np.repeat(np.arange(len(words.counts)), words.counts)
    stops = np.cumsum(words.lengths) + row
    begins = stops - words.lengths
    sizes = np.bincount(row, words.lengths, minlength=len(words.counts)).astype(np.int64) + 1
    offsets = (np.cumsum(sizes) - sizes)[rows]
    said = np.concatenate([[0], np.cumsum(~silent(reading.source))])
    speaking = np.flatnonzero(said[stops] > said[begins])
    # of the words that say something: the first to end behind the start, the last to begin before the end
    first = np.searchsorted(stops[speaking], starts + offsets, side="right")
    last = np.searchsorted(begins[speaking], ends + offsets, side="left") - 1
    held = np.flatnonzero(first <= last)
    starts, ends = starts.copy(), ends.copy()
    starts[held] = begins[speaking[first[held]]] - offsets[held]
    ends[held] = stops[speaking[last[held]]] - offsets[held]
    return starts, ends
