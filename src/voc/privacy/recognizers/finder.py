"""What every recogniser is made of: a pure finder over folded text, and the candidates that it returns.

The fast engine and the Presidio recognisers (`voc.privacy.presidio`) share the finders. A finder knows
nothing of either, holds no state, and its regular expressions are linear: every repetition is bounded, and
the pieces that follow each other in a repetition never begin with the same character.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["NEAR_MISS", "Candidate", "Finder", "GateGroup", "overlapping"]

NEAR_MISS = "/near_miss"
"""Added to the recogniser's name when a value has its cue and its shape but fails its check digit."""


class GateGroup(StrEnum):
    """Finders that are gated together, so that a batch costs one pass of the regular expression a group.

    Patterns of one kind make a small automaton together; words, shapes and long numbers in one would make a
    huge one.
    """

    NUMBER = "number"
    """Finds nothing without four digits near each other."""
    CUED = "cued"
    """The gate is a choice of words; nothing is found without three letters or digits in a row, or an @."""
    SHAPE = "shape"
    """The gate is a short pattern."""
    ALONE = "alone"
    """The gate is a pattern of its own kind."""


class Candidate(NamedTuple):
    """A value that passed its checks. Offsets are of the folded text that was searched."""

    start: int
    end: int
    entity: str
    score: float
    recognizer: str
    reason: str
    """Why, in words that quote nothing of the text."""


class Finder(ABC):
    """Finds the entities of one family in a folded text."""

    name: ClassVar[str]
    """Versioned name, for example `mobile.v1`. Raise the version when the output changes."""
    entities: ClassVar[tuple[str, ...]]
    """Entity types of the catalogue that it can return."""
    gate: str
    """RE2 pattern: a folded text in which it does not match holds no candidate. Cheap and generous."""
    gate_passes: tuple[str, ...] = ()
    """The gate's alternatives in a few patterns, where one automaton for all of them would be huge."""
    group: ClassVar[GateGroup] = GateGroup.ALONE
    """Other finders to which the gate is joined."""

    def screen(
        self,
        data: bytes,  # noqa: ARG002 - for finders that have something better
        offsets: npt.NDArray[np.int64],  # noqa: ARG002
    ) -> npt.NDArray[np.bool_] | None:
        """Flag the rows that may hold a candidate, where something tells so better than the gate.

        None, the default, leaves it to the gate. Only finders that are gated alone are asked.

        Parameters
        ----------
        data
            UTF-8 bytes of all rows, one after the other.
        offsets
            Byte offsets of the rows in `data`: one more than there are rows.
        """
        return None

    @abstractmethod
    def find(self, text: str) -> list[Candidate]:
        """Return the candidates in a folded text, in any order; they may overlap."""

    def find_all(self, texts: Sequence[str]) -> list[list[Candidate]]:
        """Return for each of several folded texts what `find` returns for it alone."""
        return [self.find(text) for text in texts]

    def candidate(
        self,
        start: int,
        end: int,
        score: float,
        reason: str,
        *,
        entity: str | None = None,
        miss: bool = False,
    ) -> Candidate:
        """Build a candidate of this finder; `miss` marks a near miss."""
        name = self.name + NEAR_MISS if miss else self.name
        return Candidate(start, end, entity or self.entities[0], score, name, reason)


def overlapping(
    pattern: re.Pattern[str], text: str, check: Callable[[re.Match[str]], Candidate | None]
) -> Iterator[Candidate]:
    """Yield what `check` accepts among the matches of `pattern`.

    Unlike `finditer`, a match that is refused does not swallow the matches that begin inside it, so a value
    is found even where a look-alike stands directly before it.
    """
    position = 0
    while match := pattern.search(text, position):
        found = check(match)
        if found is not None:
            yield found
            position = max(found.end, match.start() + 1)
        else:
            position = match.start() + 1
