"""The tags of a batch: what is told of each text, from where to where, and who says so."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["SOURCES", "Tagged", "Tags"]

SOURCES: Final = ("lexicon+model", "model", "lexicon", "user")

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Tagged(NamedTuple):
    """One tag of a text. Offsets are code points of the masked text."""

    tag: str
    polarity: int
    start: int
    end: int
    score: float
    source: str
    """One of `SOURCES`."""


class Tags(NamedTuple):
    """Tags of a batch as columns, in order of row and place; at most one for each row, tag and polarity."""

    known: tuple[str, ...]
    """Ids of tags, in order; `tags` counts from here."""
    rows: Offsets
    tags: Offsets
    polarities: Offsets
    starts: Offsets
    """Code points of the row's masked text."""
    ends: Offsets
    scores: npt.NDArray[np.float64]
    sources: Offsets
    """Place in `SOURCES`."""

    def take(self, chosen: Offsets | Flags) -> Tags:
        """Return the tags at these places, or where the flag is set."""
        return Tags._make((self.known, *(column[chosen] for column in self[1:])))

    def by_row(self, count: int) -> list[list[Tagged]]:
        """Tags of each of the `count` rows."""
        told: list[list[Tagged]] = [[] for _ in range(count)]
        columns = (column.tolist() for column in self[1:])
        for row, tag, polarity, start, end, score, source in zip(*columns, strict=True):
            told[row].append(Tagged(self.known[tag], polarity, start, end, score, SOURCES[source]))
        return told
