"""What the lexicon found in a batch, as columns: one element a finding, in order of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.cues import Cue

__all__ = ["RULES", "Finding", "Findings"]

RULES: Final = ("direct", "aspect+opinion", "aspect+general", "carried", "fallback", "irony", "user")
"""How a finding was found; `Findings.rules` counts from here."""

Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Finding(NamedTuple):
    """A tag found in a text by the lexicon."""

    tag: str
    polarity: int
    start: int
    """Where the evidence begins in the text."""
    end: int
    score: float
    rule: str
    """One of `RULES`."""
    terms: tuple[str, ...]
    """The cues behind it."""
    flips: int = 0
    """Negations and comparisons that bore on it."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of a batch; at most one for each row, tag and polarity, in order of row and place."""

    tags_known: tuple[str, ...]
    """Tags of the lexicon, in order; `tags` counts from here."""
    cues_known: tuple[Cue, ...]
    rows: Offsets
    tags: Offsets
    polarities: Offsets
    starts: Offsets
    """Positions of the buffer."""
    ends: Offsets
    scores: Floats
    rules: Offsets
    flips: Offsets
    aspects: Offsets
    """Cue that names what is judged, -1 where the other cue says it all."""
    cues: Offsets
    """Cue that judges."""
    answered: Offsets
    """Positions in clauses of others, or of hearsay, that the next clause answers, in order."""
    of_others: tuple[Offsets, Offsets]
    """Positions of cues that complain, and that praise, in those of others, in order."""
    mocked: Offsets
    """Positions of praises that mock, in order."""
    unreal: Offsets
    """Positions of cues that a hypothesis takes back (担心慢), in order; not one for each finding."""
    denied: Offsets
    """Positions of cues that deny a complaint (没有掉色, 不吵), in order; not one for each finding."""
    blamed: Offsets
    """Positions of cues that complain, in order; not one for each finding."""

    def by_row(self, count: int) -> list[list[Finding]]:
        """Findings of each of the `count` rows."""
        told: list[list[Finding]] = [[] for _ in range(count)]
        for at, row in enumerate(self.rows.tolist()):
            told[row].append(self._one(at))
        return told

    def _one(self, at: int) -> Finding:
        cues = [cue for cue in (int(self.aspects[at]), int(self.cues[at])) if cue >= 0]
        return Finding(
            self.tags_known[self.tags[at]],
            int(self.polarities[at]),
            int(self.starts[at]),
            int(self.ends[at]),
            float(self.scores[at]),
            RULES[self.rules[at]],
            tuple(self.cues_known[cue].term for cue in cues),
            int(self.flips[at]),
        )
