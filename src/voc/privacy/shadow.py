"""The text in which finders search, with the way back to the original."""

from __future__ import annotations

from voc.text.normalise import Folded, fold
from voc.text.traditional import simplified

__all__ = ["shadow"]


def shadow(text: str) -> Folded:
    """Fold a text and write its traditional characters as simplified ones."""
    folded = fold(text)
    return folded._replace(text=simplified(folded.text))
