"""Settles what a text as a whole says where the sentiment model and the reading of its clauses disagree.

The model weighs words, so that 没有 and 破损 add up to a complaint; the reading of the clauses knows what
is denied. Where a text of few clauses has praise alone, read from complaints denied (没有破损) or taken back
(担心是假货), and nothing in it complains, asks or wishes, the text is positive even where the model calls
it neutral, and the probability of positive turns over. In a very short one that the model calls negative any
praise that the lexicon finds will do (客服秒回).

A single short clause that complains by a phrase of the lexicon, and does nothing else (踩雷了), is no neutral
text but negative.

Where others are spoken of, or what was heard, before the writer's own side (`voc.tagging.lexicon.hearsay`),
or praise mocks (`voc.tagging.lexicon.irony`), a text of few clauses that complains and does not praise is
negative.

A very short text without tags that only asks or fears what has not happened (会不会掉色啊) is neutral.

The model's probability is of positive rather than negative, whatever it thinks of neutral. Of a neutral text
what is told lies halfway between that and 0.5, so that no neutral text is all but surely negative.

A text that only gives details or is polite (`voc.tagging.routine`) and complains of nothing is neutral, and
has no tags.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.findings import Findings
from voc.tagging.models.sentiment import Sentiments
from voc.tagging.reader import Reading
from voc.tagging.routine import routine_rows
from voc.tagging.tags import SOURCES, Tags

__all__ = ["VERDICTS", "Verdict", "Wants", "settle"]

VERDICTS: Final = (None, "denied", "routine", "asked", "scorned", "turned")
"""Which rule settled a text; `Verdict.rules` counts from here."""
_DENIED, _ROUTINE, _ASKED, _SCORNED, _TURNED = 1, 2, 3, 4, 5
_MIDDLE: Final = np.float32(0.5)
_FEW: Final = 4
"""A text of at most so many clauses is settled by its denials."""
_SHORT: Final = 2
"""A text of at most so many clauses is settled by any praise that the lexicon finds."""
_PHRASE: Final = 12
"""Characters of a text that says one thing."""
_SEEN_BY_MODEL, _OF_USER = SOURCES.index("model"), SOURCES.index("user")

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Wants(NamedTuple):
    """What rows of a batch ask and wish."""

    any: Flags
    """Rows that have the form of a question, or wish or advise."""
    unreal: Flags
    """Rows with a word that asks for, or fears, what has not happened."""


class Verdict(NamedTuple):
    """Sentiment and tags of a batch after the clauses had their say."""

    sentiments: Sentiments
    tags: Tags
    rules: Offsets
    """Place in `VERDICTS` for each row."""


def settle(reading: Reading, findings: Findings, tags: Tags, first: Sentiments, wants: Wants) -> Verdict:
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
        What the rows ask and wish.
    """
    count = len(first.labels)
    complains, praises = (_rows(tags.rows[tags.polarities == sign], count) for sign in (-1, 1))
    seen = _rows(tags.rows[tags.sources != _SEEN_BY_MODEL], count)
    blamed, denied, unreal = (
        _rows_at(reading, positions) for positions in (findings.blamed, findings.denied, findings.unreal)
    )
    clauses = reading.clause_counts
    by_denials = (denied | unreal) & (clauses <= _FEW) & (first.labels <= 0)
    by_praise = seen & (clauses <= _SHORT) & (first.labels < 0)
    settled = (by_denials | by_praise) & praises & ~complains & ~blamed & ~wants.any
    labels = np.where(settled, 1, first.labels).astype(np.int8)
    scores = np.where(settled, np.maximum(first.scores, 1 - first.scores), first.scores)
    answered = _rows_at(reading, findings.answered)
    asked = (
        ((unreal & wants.unreal) | answered)
        & ~blamed
        & ~complains
        & ~praises
        & (clauses <= _SHORT)
        & (labels < 0)
    )
    phrase = reading.buffer.ends - reading.buffer.starts <= _PHRASE
    scorned = complains & ~praises & blamed & ~unreal & ~wants.any & seen & phrase & (clauses == 1)
    scorned &= labels == 0
    turned = answered | _rows_at(reading, findings.mocked)
    turned &= complains & ~praises & ~wants.any & seen & (clauses <= _FEW) & (labels >= 0)
    labels[asked], labels[scorned | turned] = 0, -1
    scores = np.where(scorned | turned, np.minimum(scores, 1 - scores), scores)
    scores = np.where(labels == 0, (scores + _MIDDLE) / 2, scores)
    own = _rows(tags.rows[tags.sources == _OF_USER], count)
    routine = routine_rows(reading) & ~blamed & ~own
    labels[routine], scores[routine] = 0, _MIDDLE
    rules = np.select(
        [routine, settled, asked, scorned, turned], [_ROUTINE, _DENIED, _ASKED, _SCORNED, _TURNED], 0
    )
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
