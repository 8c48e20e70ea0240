"""Finds turns that only give details or are polite: `订单号 … 收件人 …`, `好的，谢谢，书的事麻烦你`.

Every character of such a text belongs to a placeholder, a number, a mark or a word of
`lexicons/tagging/routine.yaml`, or is a name that the words beside it announce.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.reader import Reading
from voc.tagging.transcript import BLANK
from voc.text.clauses import clause_ends
from voc.text.lexicons import read_lexicon, split_words
from voc.text.marks import silent
from voc.text.terms import Codes, TermHits, TermIndex

__all__ = ["routine_rows"]

_LONGEST: Final = 60
"""Characters beyond which a text is not looked at."""
_NAME: Final = 4
"""Characters that a name or a thing may have."""
_BREAK: Final = ord("\n")

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class _Words(NamedTuple):
    terms: TermIndex
    beside: Flags
    """Words that say nothing of the kind by themselves."""
    before: Flags
    """Words before which a thing is named."""
    behind: Flags
    """Words behind which a person is named."""


@cache
def _words() -> _Words:
    document = read_lexicon("tagging/routine.yaml")
    parts = [frozenset(split_words(document[part])) for part in ("beside", "named_before", "named_behind")]
    terms = sorted({*split_words(document["words"])}.union(*parts))
    flags = (np.array([term in part for term in terms], dtype=np.bool_) for part in parts)
    return _Words(TermIndex(terms), *flags)


def routine_rows(reading: Reading) -> Flags:
    """Which rows of a batch say nothing but details and courtesies. Blank ones do not count."""
    starts, ends = reading.buffer.starts, reading.buffer.ends
    lengths = ends - starts
    routine = np.zeros(len(ends), dtype=np.bool_)
    rows = np.flatnonzero((lengths > 0) & (lengths <= _LONGEST))
    if not len(rows):
        return routine
    sizes = lengths[rows] + 1
    last = np.cumsum(sizes) - 1
    places = np.arange(last[-1] + 1) + np.repeat(starts[rows] - (last + 1 - sizes), sizes)
    codes = np.append(reading.codes, np.uint32(_BREAK))[places]
    codes[last] = _BREAK
    covered, said = _covered(codes)
    whole = np.logical_and.reduceat(covered, last + 1 - sizes)
    routine[rows] = whole & np.logical_or.reduceat(said, last + 1 - sizes)
    return routine


def _covered(codes: Codes) -> tuple[Flags, Flags]:
    """Which characters are accounted for, and which of them say something."""
    words = _words()
    hits = words.terms.find_words(codes)
    beside = words.beside[hits.terms]
    said = (codes == ord(BLANK)) | _numbered(codes) | _spanned(codes, hits.take(~beside))
    known = said | silent(codes) | _spanned(codes, hits.take(beside))
    ends = clause_ends(codes)
    for chosen, step in ((words.before, -1), (words.behind, 1)):
        hit = np.flatnonzero(chosen[hits.terms])
        at = hits.starts[hit] - 1 if step < 0 else hits.ends[hit]
        known = known | _named(codes, ends, at, step)
    return known, said


def _spanned(codes: Codes, hits: TermHits) -> Flags:
    edges = np.zeros(len(codes) + 1, dtype=np.int64)
    edges[hits.starts] += 1
    edges[hits.ends] -= 1
    return np.cumsum(edges)[:-1] > 0


def _named(codes: Codes, ends: Offsets, at: Offsets, step: int) -> Flags:
    """Up to so many characters from each place on, inside its clause."""
    named = np.zeros(len(codes), dtype=np.bool_)
    stops = np.zeros(len(codes) + 1, dtype=np.bool_)
    stops[ends] = True
    stops[-1] = True
    for _ in range(_NAME):
        at = at[(at >= 0) & ~stops[np.minimum(at, len(codes))]]
        named[at] = True
        at = at + step
    return named


def _numbered(codes: Codes) -> Flags:
    """Characters of ASCII words that hold a digit."""
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    inside = digit | ((codes >= ord("a")) & (codes <= ord("z"))) | (codes == ord("-"))
    run = np.cumsum(np.diff(inside, prepend=False))
    numbered = np.zeros(int(run[-1]) + 1, dtype=np.bool_)
    numbered[run[digit]] = True
    result: Flags = inside & numbered[run]
    return result
