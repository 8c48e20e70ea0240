"""Characters that say nothing: white space and punctuation."""

from __future__ import annotations

from functools import cache
from typing import Final
from unicodedata import category

import numpy as np
import numpy.typing as npt

from voc.text.terms import Codes

__all__ = ["silent"]

_SIZE: Final = 0x10000
"""Characters above the basic plane, emoji among them, say something."""


def silent(codes: Codes) -> npt.NDArray[np.bool_]:
    """Which of the code points are white space, punctuation, or stand for nothing."""
    return _table()[np.minimum(codes, _SIZE)]


@cache
def _table() -> npt.NDArray[np.bool_]:
    characters = map(chr, range(_SIZE))
    told = (category(char)[0] in "PZC" or char in "~～+=|｜^`" for char in characters)
    return np.append(np.fromiter(told, np.bool_, _SIZE), False)
