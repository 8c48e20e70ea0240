"""Looks closer at texts in which something private has been found.

A review seldom holds anything, so what only may be a name is none there. A text with a phone number, or with
a customer's name, is a ticket or a chat and holds more: the tagger reads what is around, with lower bars,
and shapes count that elsewhere mean something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voc.privacy.context.likely_codes import codes
from voc.privacy.context.likely_names import LikelyNames
from voc.privacy.context.likely_values import birthdays, homes
from voc.privacy.recognizers.figures import figures
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.tagged import TaggedFinder

__all__ = ["CloserLook"]

_SURE: Final = 0.9
"""Score of the tagger from which its word alone makes a text private."""


class CloserLook:
    """Finds what counts only because something else in the same text is private.

    Parameters
    ----------
    tagged
        Reads names and addresses by context.
    """

    def __init__(self, tagged: TaggedFinder) -> None:
        self._tagged, self._names, self._figures = tagged, LikelyNames(), figures()

    def find_all(self, texts: Sequence[str], found: Sequence[Sequence[Candidate]]) -> list[list[Candidate]]:
        """Return further candidates of each folded text, apart from what was found; they may overlap."""
        more: list[list[Candidate]] = [[] for _ in texts]
        rows = [row for row, text in enumerate(texts) if self._is_private(text, found[row])]
        read = self._tagged.read_around([texts[row] for row in rows], [found[row] for row in rows])
        for row, tagged in zip(rows, read, strict=True):
            text, own = texts[row], found[row]
            likely = (
                *tagged,
                *self._names.find(text, own),
                *homes(text),
                *codes(text, own),
                *birthdays(text, own),
            )
            more[row] = [one for one in likely if _is_apart(one, own)]
        return more

    def _is_private(self, text: str, found: Sequence[Candidate]) -> bool:
        """Whether the findings say so: names that the tagger alone sees stand in reviews of books as well."""
        if any(one.recognizer != self._tagged.name for one in found):
            return True
        return any(one.score >= _SURE for one in found) and not self._figures.speaks_of_works(text)


def _is_apart(candidate: Candidate, others: Sequence[Candidate]) -> bool:
    return all(
        one.end <= candidate.start or candidate.end <= one.start or _holds(candidate, one) for one in others
    )


def _holds(candidate: Candidate, other: Candidate) -> bool:
    """Whether a candidate is more of the same: Marta Kowalska, of which Kowalska was found."""
    longer = candidate.end - candidate.start > other.end - other.start
    inside = candidate.start <= other.start and other.end <= candidate.end
    return longer and inside and candidate.entity == other.entity
