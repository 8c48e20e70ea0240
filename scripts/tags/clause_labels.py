"""Which (tag, polarity) the labelled texts bear, by text and by clause.

One quote a tag was asked for, so other clauses of a text may bear its tags too: for a tag of the text,
only the clauses of the quote are examples, and only clauses of texts without the tag are counterexamples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from tags.corpora import Labelled
from voc.tagging.models.topic_model import Labels
from voc.tagging.reader import Reading

__all__ = ["MIN_EXAMPLES", "by_clause", "by_text", "labels_of", "unknown_labels"]

MIN_EXAMPLES: Final = 8
Flags = npt.NDArray[np.bool_]


def labels_of(rows: Sequence[Labelled]) -> Labels:
    """Complaints and praises with examples enough to be learnt, in order."""
    counted = Counter(key for row in rows for key in {tag[:2] for tag in row.tags} if key[1])
    return tuple(sorted(key for key, count in counted.items() if count >= MIN_EXAMPLES))


def unknown_labels(rows: Sequence[Labelled], labels: Labels) -> int:
    """How many complaints and praises of the texts are not among the labels."""
    return sum(len({tag[:2] for tag in row.tags if tag[1]} - set(labels)) for row in rows)


def by_text(rows: Sequence[Labelled], labels: Labels) -> Flags:
    """Which text has which label: shape (texts, labels)."""
    return np.array([[any(tag[:2] == label for tag in row.tags) for label in labels] for row in rows], bool)


def by_clause(rows: Sequence[Labelled], reading: Reading, labels: Labels) -> Flags:
    """Which clause bears a quote of which label: shape (clauses, labels).

    Offsets of folded texts are close enough here.
    """
    column = {label: number for number, label in enumerate(labels)}
    units = reading.units
    result = np.zeros((len(units.ends), len(labels)), dtype=bool)
    for row, labelled in enumerate(rows):
        begin = int(reading.buffer.starts[row])
        for tag, polarity, start, end in labelled.tags:
            if (tag, polarity) in column:
                first = np.searchsorted(units.ends, begin + start, side="right")
                last = max(np.searchsorted(units.starts, begin + end, side="left"), first + 1)
                result[first:last, column[tag, polarity]] = True
    return result
