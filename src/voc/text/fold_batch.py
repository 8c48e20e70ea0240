"""Folds the texts of a batch: which of them need it is asked for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.text.normalise import FOLDABLE, Folded, fold
from voc.text.numerals import DISGUISES
from voc.text.terms import Codes

__all__ = ["fold_batch"]

_FOLDS, _DIGIT, _DISGUISE = 1, 2, 4
_RUN: Final = 7
"""Digits that a number in disguise has, at least."""

Offsets = npt.NDArray[np.int64]


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """What each code point may be."""
    kinds = np.zeros(0x110000, dtype=np.uint8)
    for characters, kind in (
        (FOLDABLE, _FOLDS),
        ("0123456789", _DIGIT),
        (DISGUISES, _DIGIT | _DISGUISE),
    ):
        kinds[[ord(character) for character in characters]] |= kind
    return kinds


def fold_batch(texts: Sequence[str], codes: Codes, ends: Offsets) -> list[Folded]:
    """Fold each text as `voc.text.normalise.fold` does.

    Parameters
    ----------
    texts
        The texts of a batch.
    codes
        Code points of the texts, parted by line feeds.
    ends
        Where each text ends among them.
    """
    folded = [Folded(text) for text in texts]
    kinds = _kinds()[codes]
    changing = np.concatenate([np.flatnonzero(kinds & _FOLDS), _disguised(kinds)])
    for row in np.unique(np.searchsorted(ends, changing, side="left")).tolist():
        folded[row] = fold(texts[row])
    return folded


def _disguised(kinds: npt.NDArray[np.uint8]) -> Offsets:
    """Where runs begin that may be a number in disguise.

    They hold enough digits, no two further apart than a separator, and one that is none of 0 to 9.
    """
    digits = np.flatnonzero(kinds & _DIGIT)
    if not len(digits):
        return digits
    firsts = np.flatnonzero(np.diff(digits, prepend=digits[0] - 3) > 2)
    disguised = np.add.reduceat((kinds[digits] & _DISGUISE) != 0, firsts, dtype=np.int64)
    return digits[firsts[(np.diff(firsts, append=len(digits)) >= _RUN) & (disguised > 0)]]
