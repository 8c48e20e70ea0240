"""Clauses of a whole batch as rows: the units that the topic model scores."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.features import Buffer
from voc.text.clauses import clause_ends

__all__ = ["Units", "split_units"]

_SHORT: Final = 3
"""A clause shorter than this is read together with the one behind it."""

Offsets = npt.NDArray[np.int64]


class Units(NamedTuple):
    """Units of a batch, in order; every row has at least one. Offsets are positions of the buffer."""

    starts: Offsets
    ends: Offsets
    rows: Offsets
    """Row of each unit."""
    firsts: Offsets
    """First unit of each row."""
    marks: Offsets
    """Every position of the buffer at which a clause ends, the ends of the rows among them."""


def split_units(buffer: Buffer) -> Units:
    """Split the rows of a buffer into clauses.

    Parameters
    ----------
    buffer
        From `voc.tagging.features.encode`: rows are parted by line feeds, which end clauses.
    """
    count = len(buffer.starts)
    marks = clause_ends(buffer.codes)
    marks = np.union1d(marks, buffer.ends)
    before = np.concatenate([np.full(1, -1, dtype=np.int64), marks[:-1]])
    is_row_end = np.isin(marks, buffer.ends)
    kept = is_row_end | (marks - before > _SHORT)
    ends = marks[kept]
    rows = np.searchsorted(buffer.ends, ends, side="left")
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1]) if count else ends
    firsts = np.searchsorted(rows, np.arange(count), side="left")
    return Units(starts, ends, rows, firsts, marks)
