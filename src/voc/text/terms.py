"""Finds the words of a list in code points, all positions at once.

Method: a trie whose nodes of one depth stand in a hash table (open addressing, linear probing) under their
parent and their last character. All positions of a buffer walk down together, a few numpy operations a depth;
few are left after two characters. What is found is the same wherever a text stands in the buffer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["TermHits", "TermIndex", "code_points", "leftmost_longest"]

_ROOM: Final = 4
"""Slots of a hash table for each node, at least."""

Codes = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]


class TermHits(NamedTuple):
    """Terms found: `terms[i]`, the place of the term in the list, stands at [starts[i], ends[i])."""

    starts: Offsets
    ends: Offsets
    terms: Offsets

    def take(self, chosen: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> TermHits:
        """Return the hits at these places, or where true."""
        return TermHits(self.starts[chosen], self.ends[chosen], self.terms[chosen])


class _Level:
    """Nodes of one depth, found by a key made of the parent's number and the last character's."""

    def __init__(self, keys: Offsets, terms: Offsets) -> None:
        self.terms = terms
        """The term that ends at each node, or -1."""
        self._mask = (1 << (_ROOM * len(keys)).bit_length()) - 1
        self._keys = np.full(self._mask + 1, -1, dtype=np.int64)
        self._nodes = np.zeros(self._mask + 1, dtype=np.int64)
        waiting, slots = np.arange(len(keys)), keys & self._mask
        while len(waiting):
            free = np.flatnonzero(self._keys[slots] < 0)
            taken, first = np.unique(slots[free], return_index=True)
            placed = free[first]
            self._keys[taken], self._nodes[taken] = keys[waiting[placed]], waiting[placed]
            left = np.delete(np.arange(len(waiting)), placed)
            waiting, slots = waiting[left], (slots[left] + 1) & self._mask

    def look_up(self, keys: Offsets) -> tuple[Offsets, Offsets]:
        """Return which of the keys are known, ascending, and the nodes that they lead to."""
        slots = keys & self._mask
        found = self._keys[slots]
        astray = np.flatnonzero((found != keys) & (found >= 0))
        while len(astray):
            slots[astray] = (slots[astray] + 1) & self._mask
            met = found[astray] = self._keys[slots[astray]]
            astray = astray[(met != keys[astray]) & (met >= 0)]
        known = np.flatnonzero(found == keys)
        return known, self._nodes[slots[known]]


class TermIndex:
    """An index of terms.

    Parameters
    ----------
    terms
        Distinct, none of them empty.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        lengths = np.fromiter(map(len, terms), dtype=np.int64, count=len(terms))
        inside = np.arange(int(lengths.max(initial=0))) < lengths[:, None]
        letters = np.zeros(inside.shape, dtype=np.int64)
        letters[inside] = code_points("".join(terms))
        alphabet = np.unique(letters[inside])
        self._width = len(alphabet) + 1
        self._classes = np.zeros(0x110000, dtype=np.uint16)
        """Number of each character among those of the terms, 0 for all others."""
        self._classes[alphabet] = np.arange(1, self._width)
        self._begins = np.zeros(0x110000, dtype=np.bool_)
        """Whether any term begins with each character."""
        self._begins[letters[:, :1].ravel()] = True
        self._levels = self._grown(self._classes[letters].astype(np.int64), lengths)

    def _grown(self, letters: Offsets, lengths: Offsets) -> list[_Level]:
        levels = []
        parents = np.zeros(len(lengths), dtype=np.int64)
        for depth in range(letters.shape[1]):
            alive = np.flatnonzero(lengths > depth)
            keys, nodes = np.unique(parents[alive] * self._width + letters[alive, depth], return_inverse=True)
            terms = np.full(len(keys), -1, dtype=np.int64)
            last = lengths[alive] == depth + 1
            terms[nodes[last]] = alive[last]
            parents[alive] = nodes
            levels.append(_Level(keys, terms))
        return levels

    def find(self, codes: Codes) -> list[TermHits]:
        """Find every occurrence of every term: hits of one length after the other, shortest first."""
        found: list[TermHits] = []
        if not self._levels:
            return found
        at = np.flatnonzero(self._begins[codes])
        letters = np.zeros(len(codes) + len(self._levels), dtype=np.uint16)
        letters[: len(codes)] = self._classes[codes]
        parents = np.zeros(len(at), dtype=np.int64)
        for depth, level in enumerate(self._levels):
            known, parents = level.look_up(parents * self._width + letters[at + depth])
            at = at[known] if len(known) < len(at) else at
            terms = level.terms[parents]
            ending = np.flatnonzero(terms >= 0)
            starts = at[ending]
            found.append(TermHits(starts, starts + depth + 1, terms[ending]))
        return found

    def find_all(self, codes: Codes) -> TermHits:
        """Find every occurrence of every term, in order of starts; of one start the shortest first."""
        hits = _joined(self.find(codes))
        return hits.take(np.argsort(hits.starts, kind="stable"))

    def find_words(self, codes: Codes) -> TermHits:
        """Find terms that do not overlap, in order: the leftmost, and of one start the longest."""
        ends = np.zeros(len(codes), dtype=np.int64)
        terms = np.zeros(len(codes), dtype=np.int64)
        for hits in self.find(codes):
            ends[hits.starts] = hits.ends
            terms[hits.starts] = hits.terms
        starts = np.flatnonzero(ends)
        starts = starts[leftmost_longest(starts, ends[starts])]
        return TermHits(starts, ends[starts], terms[starts])


def leftmost_longest(starts: Offsets, ends: Offsets) -> npt.NDArray[np.bool_]:
    """Which spans, in order of distinct starts, are taken when each rules out those that begin inside it."""
    taken = np.ones(len(starts), dtype=np.bool_)
    taken[1:] = starts[1:] >= np.maximum.accumulate(ends)[:-1]
    # between spans that no other reaches into, each one taken leads to the next
    frontier = np.flatnonzero(taken[:-1] & ~taken[1:])
    while len(frontier):
        frontier = np.searchsorted(starts, ends[frontier])
        frontier = frontier[frontier < len(starts)]
        frontier = frontier[~taken[frontier]]
        taken[frontier] = True
    return taken


def code_points(text: str) -> Codes:
    """Code points of a text. Lone surrogates stay as they are."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _joined(parts: Sequence[TermHits]) -> TermHits:
    nothing = np.zeros(0, dtype=np.int64)
    columns = zip(*parts, strict=True) if parts else ((nothing,),) * 3
    return TermHits(*(np.concatenate(column) for column in columns))
