"""Puts pieces together into one text and keeps the places of its tags and its personal values.

Human traces (typos, dropped particles, full-width digits) are laid on single pieces before they are joined,
so every offset is exact by construction; personal values are left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from voc.simulator.grammar import Piece
from voc.simulator.world import Words

__all__ = ["Draft", "EntityMark", "TagMark", "Written"]

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_ENDS = tuple("，。！？~.!?：:、…")


class TagMark(NamedTuple):
    """A tag with its evidence, in code points of the text."""

    tag: str
    polarity: int
    start: int
    end: int


class EntityMark(NamedTuple):
    """A personal value, in code points of the text."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True)
class Written:
    """A text with what is true of it."""

    text: str
    tags: tuple[TagMark, ...]
    pii: tuple[EntityMark, ...]


class Draft:
    """A text in the making: clauses of pieces.

    Parameters
    ----------
    words
        Typos and particles.
    join
        What stands between clauses.
    end
        What stands after the last.
    """

    def __init__(self, words: Words, join: str, end: str) -> None:
        self._words = words
        self._join = join
        self._end = end
        self._pieces: list[Piece] = []
        self._tags: list[tuple[str, int, int, int]] = []
        self._glued = 0

    @property
    def empty(self) -> bool:
        """Whether nothing has been added."""
        return not self._pieces

    @property
    def _open_ended(self) -> bool:
        """Whether the text does not end in punctuation, emoji or a line break yet."""
        last = self._pieces[-1]
        ended = last.entity is None and last.text.endswith(_ENDS)
        return not ended and self._glued != len(self._pieces)

    def clause(
        self, pieces: Sequence[Piece], *, lead: str = "", tag: str | None = None, polarity: int = 0
    ) -> None:
        """Add a clause; `lead` (a turn word) stands before its evidence."""
        if not self.empty and self._open_ended:
            self._pieces.append(Piece(self._join))
        if lead:
            self._pieces.append(Piece(lead))
        first = len(self._pieces)
        self._pieces.extend(piece for piece in pieces if piece.text)
        if tag is not None:
            self._tags.append((tag, polarity, first, len(self._pieces)))

    def glue(self, text: str) -> None:
        """Add text without anything between or after: emoji, a line break."""
        self._pieces.append(Piece(text))
        self._glued = len(self._pieces)

    def finish(self, rng: Random, *, typo: float = 0.0, full_width: float = 0.0) -> Written:
        """Return the text; `typo` and `full_width` are the chances of these traces."""
        if self._end and self._open_ended:
            self._pieces.append(Piece(self._end))
        if rng.random() < typo:
            self._mistype(rng)
        if rng.random() < full_width:
            self._pieces = [
                piece if piece.entity else Piece(piece.text.translate(_FULL_WIDTH)) for piece in self._pieces
            ]
        starts = [0]
        for piece in self._pieces:
            starts.append(starts[-1] + len(piece.text))
        return Written(
            "".join(piece.text for piece in self._pieces),
            tuple(TagMark(tag, polarity, starts[a], starts[b]) for tag, polarity, a, b in self._tags),
            tuple(
                EntityMark(piece.entity, starts[place], starts[place + 1])
                for place, piece in enumerate(self._pieces)
                if piece.entity
            ),
        )

    def _mistype(self, rng: Random) -> None:
        """Put in one homophone, or drop one particle."""
        if rng.random() < 0.7:
            slips = [
                (i, w)
                for i, p in enumerate(self._pieces)
                if not p.entity
                for w in self._words.typos
                if w in p.text
            ]
            if slips:
                place, word = rng.choice(slips)
                text = self._pieces[place].text.replace(word, self._words.typos[word], 1)
                self._pieces[place] = Piece(text)
                return
        drops = [
            (i, particle)
            for i, piece in enumerate(self._pieces)
            if not piece.entity and len(piece.text) > 4
            for particle in self._words.particles
            if particle in piece.text[1:]
        ]
        if drops:
            place, particle = rng.choice(drops)
            text = self._pieces[place].text
            at = text.rindex(particle)
            self._pieces[place] = Piece(text[:at] + text[at + 1 :])
