"""Clauses of a whole batch as rows: the units that the topic model scores."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.models.features import Buffer
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
        From `voc.tagging.models.features.encode_codes`: rows are parted by line feeds, which end clauses.
    """
    length = len(buffer.codes)
    is_row_end = np.zeros(length + 1, dtype=np.bool_)
    is_row_end[buffer.ends] = True
    is_mark = is_row_end.copy()
    is_mark[clause_ends(buffer.codes)] = True
    marks = np.flatnonzero(is_mark)
    last = is_row_end[marks]
    kept = last | (np.diff(marks, prepend=-1) > _SHORT)
    ends = marks[kept]
    last = last[kept]
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1]) if len(ends) else ends
    firsts = (
        np.concatenate([np.zeros(1, dtype=np.int64), np.flatnonzero(last)[:-1] + 1]) if len(ends) else ends
    )
    rows: Offsets = np.cumsum(last) - last
    return Units(starts, ends, rows, firsts, marks)
