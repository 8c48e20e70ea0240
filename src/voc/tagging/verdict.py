"""Settles what a text as a whole says where the sentiment model and the reading of its clauses disagree.

The model weighs words, so that 没有 and 破损 add up to a complaint; the reading of the clauses knows what
is denied. Where a text of few clauses has praise alone, read from complaints denied (没有破损) or taken back
(担心是假货), and nothing in it complains, asks or wishes, the text is positive, and the probability of
positive turns over. In a very short one any praise that the lexicon finds will do (客服秒回).

A text that only gives details or is polite (`voc.tagging.routine`) and complains of nothing is neutral, and
has no tags.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.combine import SOURCES, Tags
from voc.tagging.findings import Findings
from voc.tagging.reader import Reading
from voc.tagging.routine import routine_rows
from voc.tagging.sentiment import Sentiments

__all__ = ["VERDICTS", "Verdict", "settle"]

VERDICTS: Final = (None, "denied", "routine")
"""Which rule settled a text; `Verdict.rules` counts from here."""
_DENIED, _ROUTINE = 1, 2
_FEW: Final = 4
"""A text of at most so many clauses is settled by its denials."""
_SHORT: Final = 2
"""A text of at most so many clauses is settled by any praise that the lexicon finds."""
_SEEN_BY_MODEL, _OF_USER = SOURCES.index("model"), SOURCES.index("user")

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Verdict(NamedTuple):
    """Sentiment and tags of a batch after the clauses had their say."""

    sentiments: Sentiments
    tags: Tags
    rules: Offsets
    """Place in `VERDICTS` for each row."""


def settle(reading: Reading, findings: Findings, tags: Tags, first: Sentiments, wants: Flags) -> Verdict:
    """Return the sentiment and the tags of a batch.

    Parameters
    ----------
    reading, findings
        The batch, and what the lexicon found in it.
    tags
        What is told of it.
    first
        What the sentiment model says.
    wants
        Rows that ask or wish.
    """
    count = len(first.labels)
    complains, praises = (_rows(tags.rows[tags.polarities == sign], count) for sign in (-1, 1))
    seen = _rows(tags.rows[tags.sources != _SEEN_BY_MODEL], count)
    blamed, denied, unreal = (
        _rows_at(reading, positions) for positions in (findings.blamed, findings.denied, findings.unreal)
    )
    clauses = _clauses(reading)
    praised = (denied | unreal) & (clauses <= _FEW) | seen & (clauses <= _SHORT)
    settled = praised & praises & ~complains & ~blamed & ~wants & (first.labels < 0)
    labels = np.where(settled, 1, first.labels).astype(np.int8)
    scores = np.where(settled, np.maximum(first.scores, 1 - first.scores), first.scores)
    own = _rows(tags.rows[tags.sources == _OF_USER], count)
    routine = routine_rows(reading) & ~blamed & ~own
    labels[routine], scores[routine] = 0, 0.5
    rules = np.where(routine, _ROUTINE, np.where(settled, _DENIED, 0))
    kept = tags.take(~routine[tags.rows]) if routine.any() else tags
    return Verdict(Sentiments(labels, scores, first.neutral), kept, rules)


def _rows(rows: Offsets, count: int) -> Flags:
    """Which of the rows are among these."""
    found = np.zeros(count, dtype=np.bool_)
    found[rows] = True
    return found


def _rows_at(reading: Reading, positions: Offsets) -> Flags:
    """Rows that hold one of the positions."""
    ends = reading.buffer.ends
    return _rows(np.searchsorted(ends, positions, side="right"), len(ends))


def _clauses(reading: Reading) -> Offsets:
    """How many clauses each row has that are not empty."""
    units = reading.units
    said = units.ends > units.starts
    return np.bincount(units.rows[said], minlength=len(reading.buffer.ends))
