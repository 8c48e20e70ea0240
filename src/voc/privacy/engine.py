"""Finds and masks personal information: gate, candidates, checks, overlaps.

The gate tells which texts can hold anything (`voc.privacy.gate`). Those are folded (`voc.privacy.shadow`),
searched by the finders whose own gate lets them, and the candidates are resolved into spans that never
overlap. Then the text is searched once more with the spans blanked, until nothing new turns up; so masking
masked text changes nothing.

It fails closed: a text that is too long, or on which a recogniser fails, is masked whole as UNCHECKED. All
work is bounded by the length of the text, so there is no clock, and the same input gives the same output.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from voc.errors import VocError
from voc.privacy.context.address_bounds import bounded
from voc.privacy.context.closer_look import CloserLook
from voc.privacy.context.listed import listed
from voc.privacy.context.repeated import repeats
from voc.privacy.gate import ALL_OPEN, FOLDS, Gate, encode
from voc.privacy.masked import masked_text
from voc.privacy.operators import Operators, Place, Value, placeholder_pattern
from voc.privacy.policy import UNCHECKED, Policy
from voc.privacy.pseudonym import Pseudonyms
from voc.privacy.recognizers.finder import Candidate, Finder
from voc.privacy.recognizers.registry import finders_of
from voc.privacy.recognizers.tagged import TaggedFinder
from voc.privacy.resolve import resolve
from voc.privacy.shadow import shadow
from voc.text.normalise import Folded
from voc.types import MaskedText, Span

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BLANK", "ENGINE_NAME", "Engine"]

ENGINE_NAME: Final = "engine.v1"
BLANK: Final = "\ufffc"
"""Stands in the searched text for each span that is masked already. No finder matches it."""

_ROUNDS: Final = 4


class Engine:
    """Finds and masks personal information in texts after one policy.

    Parameters
    ----------
    policy
        Tiers, operators, limits.
    pseudonyms
        Makes the spans' tokens; without it spans have none, and pseudonyms become labels.
    finders
        The recognisers; all that voc has when not given.
    operators
        The operators; the built-in ones when not given.

    Raises
    ------
    UsageError
        When operators are given and the policy names one that is not among them.
    """

    def __init__(
        self,
        policy: Policy,
        pseudonyms: Pseudonyms | None = None,
        *,
        finders: Iterable[Finder] | None = None,
        operators: Operators | None = None,
    ) -> None:
        self.policy = policy
        self._pseudonyms = pseudonyms
        self._operators = operators or Operators(as_of=policy.as_of)
        if operators is not None:  # one that only finds needs none
            operators.require(policy)
        self._finders = tuple(finders) if finders is not None else finders_of(policy)
        self._gate = Gate(self._finders)
        tagged = [finder for finder in self._finders if isinstance(finder, TaggedFinder)]
        self._closer = CloserLook(tagged[0]) if tagged else None
        self._placeholder = placeholder_pattern(rule.label for rule in policy.rules.values())
        self._ranks = {entity: rule.tier.rank for entity, rule in policy.rules.items()}
        self._kept = policy.kept_in_texts

    def find(self, texts: Sequence[str | None]) -> list[list[Span]]:
        """Find the spans of each text, in order of their start; no spans for None.

        Offsets are code points of the original text.
        """
        encoded = [b"" if text is None else encode(text) for text in texts]
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum([len(data) for data in encoded], out=offsets[1:])
        opened = self.rows_to_check(b"".join(encoded), offsets).tolist()
        spans: list[list[Span]] = [[] for _ in texts]
        rows = [row for row, text in enumerate(texts) if text is not None and opened[row]]
        searched = self.find_rows([texts[row] or "" for row in rows], [opened[row] for row in rows])
        for row, found in zip(rows, searched, strict=True):
            spans[row] = found
        return spans

    def mask(self, texts: Sequence[str | None]) -> tuple[list[MaskedText | None], list[list[Span]]]:
        """Mask each text; return the masked texts and the spans in the originals."""
        masked: list[MaskedText | None] = []
        spans: list[list[Span]] = []
        for text, located in zip(texts, self.find(texts), strict=True):
            replacement, found = (None, []) if text is None else self.replace_safely(text, located)
            masked.append(replacement)
            spans.append(found)
        return masked, spans

    def rows_to_check(self, data: bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Tell which rows of an Arrow string buffer `find_rows` must look at, with what to tell it.

        Rows with 0 hold nothing.
        """
        opened = self._gate.rows(data, offsets)
        opened[np.diff(offsets) > self.policy.max_characters] = ALL_OPEN
        return opened

    def find_in(self, text: str) -> list[Span]:
        """Find the spans of one text."""
        return self.find_rows([text], [ALL_OPEN])[0]

    def find_rows(self, texts: Sequence[str], opened: Sequence[int]) -> list[list[Span]]:
        """Find the spans of each of several texts; `opened` is what `rows_to_check` told of them."""
        most = self.policy.max_characters
        rows = [row for row, text in enumerate(texts) if len(text) <= most]
        searched = self._safely([texts[row] for row in rows], [opened[row] for row in rows])
        spans = dict(zip(rows, searched, strict=True))
        return [spans[row] if row in spans else [self._unchecked(text)] for row, text in enumerate(texts)]

    def _safely(self, texts: Sequence[str], opened: Sequence[int]) -> list[list[Span]]:
        """Search; where that fails, search each half, until the texts at fault are alone."""
        try:
            return self._search(texts, opened)
        except Exception:
            if len(texts) == 1:
                return [[self._unchecked(texts[0])]]
        half = len(texts) // 2
        return [*self._safely(texts[:half], opened[:half]), *self._safely(texts[half:], opened[half:])]

    def replace(
        self, text: str, spans: Sequence[Span], place: Place | None = None, *, whole_cells: bool = False
    ) -> MaskedText:
        """Apply the policy's operators to the spans of a text.

        Parameters
        ----------
        place
            Where the text stands in its table.
        whole_cells
            Treat a text that is one value like a cell of a whole column.
        """
        replacements = []
        whole = whole_cells and len(spans) == 1 and spans[0].end - spans[0].start == len(text.strip())
        for span in spans:
            rule = self.policy.rule(span.entity)
            value = Value(span.entity, text[span.start : span.end], rule, span.token, place)
            operator = rule.column if whole else rule.text
            replacements.append((span.start, span.end, self._operators.apply(operator, value)))
        return masked_text(text, replacements)

    def replace_safely(
        self, text: str, spans: list[Span], place: Place | None = None, *, whole_cells: bool = False
    ) -> tuple[MaskedText, list[Span]]:
        """Replace; where an operator fails, mask the text whole. Errors of voc itself are raised."""
        try:
            return self.replace(text, spans, place, whole_cells=whole_cells), spans
        except VocError:
            raise
        except Exception:
            whole = self._unchecked(text)
            label = f"<{self.policy.rule(UNCHECKED).label}>"
            return masked_text(text, [(whole.start, whole.end, label)]), [whole]

    def _search(self, texts: Sequence[str], opened: Sequence[int]) -> list[list[Span]]:
        views = [
            self._blank_placeholders(shadow(text) if bits & FOLDS else Folded(text))
            for text, bits in zip(texts, opened, strict=True)
        ]
        bits = self._folded(texts, views, opened)
        found: list[list[Span]] = [[] for _ in texts]
        recorded: list[list[Span]] = [[] for _ in texts]
        rows = list(range(len(texts)))
        for attempt in range(_ROUNDS):
            left = []
            seen = [views[row].text for row in rows]
            located = self._candidates(seen, bits)
            if not attempt:
                located = self._look_closer(seen, located)
            for row, own in zip(rows, located, strict=True):
                text, view = texts[row], views[row]
                candidates = bounded(view.text, own)
                resolved = resolve([one for one in candidates if one.entity not in self._kept], self._ranks)
                if not attempt:
                    kept = resolve([one for one in candidates if one.entity in self._kept], self._ranks)
                    recorded[row] = [self._span(text, view, candidate) for candidate in kept]
                if resolved:
                    resolved += listed(view.text, resolved)
                    resolved += repeats(view.text, resolved)
                    found[row] += [self._span(text, view, candidate) for candidate in resolved]
                    views[row] = _blank(view, sorted((one.start, one.end) for one in resolved))
                    left.append(row)
            if not left:
                return [sorted([*own, *_apart(kept, own)]) for own, kept in zip(found, recorded, strict=True)]
            # a number that is found may have hidden the shape of another, so later rounds ask all
            rows, bits = left, self._gate.folded_rows([views[row].text for row in left])
        raise RuntimeError  # each round found more: leave nothing to chance

    def _folded(self, texts: Sequence[str], views: Sequence[Folded], opened: Sequence[int]) -> list[int]:
        """Bits of the views: those of the texts, where folding changed nothing."""
        bits = list(opened)
        rows = [
            row
            for row, told in enumerate(opened)
            if told == ALL_OPEN or (told & FOLDS and views[row].text != texts[row])
        ]
        for row, told in zip(rows, self._gate.folded_rows([views[row].text for row in rows]), strict=True):
            bits[row] = told
        return bits

    def _candidates(self, texts: Sequence[str], opened: Sequence[int]) -> list[list[Candidate]]:
        """Candidates in each of several folded texts."""
        least = self.policy.min_score
        candidates: list[list[Candidate]] = [[] for _ in texts]
        for finder, places in self._gate.texts_of(texts, opened).items():
            for place, found in zip(places, finder.find_all([texts[place] for place in places]), strict=True):
                candidates[place] += [candidate for candidate in found if candidate.score >= least]
        return candidates

    def _look_closer(self, texts: Sequence[str], located: list[list[Candidate]]) -> list[list[Candidate]]:
        """Add what counts only because something else in the same text is private."""
        private = [[one for one in own if one.entity not in self._kept] for own in located]
        rows = [row for row, own in enumerate(private) if own]
        if self._closer is None or not rows:
            return located
        found = self._closer.find_all([texts[row] for row in rows], [private[row] for row in rows])
        more = dict(zip(rows, found, strict=True))
        least = self.policy.min_score
        return [
            own + [one for one in more.get(row, ()) if one.score >= least] for row, own in enumerate(located)
        ]

    def _blank_placeholders(self, folded: Folded) -> Folded:
        if "<" not in folded.text and "***" not in folded.text:
            return folded
        return _blank(folded, [match.span() for match in self._placeholder.finditer(folded.text)])

    def _span(self, text: str, view: Folded, candidate: Candidate) -> Span:
        start, end = view.original(candidate.start, candidate.end)
        token = None
        if self._pseudonyms is not None:
            token = self._pseudonyms.token(candidate.entity, text[start:end])
        tier = self.policy.rule(candidate.entity).tier
        return Span(start, end, candidate.entity, tier, candidate.score, candidate.recognizer, token)

    def _unchecked(self, text: str) -> Span:
        return Span(0, len(text), UNCHECKED, self.policy.rule(UNCHECKED).tier, 1.0, ENGINE_NAME)


def _apart(recorded: Sequence[Span], found: Sequence[Span]) -> list[Span]:
    """Spans that stay in clear and touch none that is masked: what is kept never shields what is not."""
    ordered = sorted(found)
    ends = [span.end for span in ordered]
    return [
        one
        for one in recorded
        if (at := bisect_right(ends, one.start)) == len(ordered) or one.end <= ordered[at].start
    ]


def _blank(view: Folded, spans: Sequence[tuple[int, int]]) -> Folded:
    """Replace each span of a view by one blank that leads back to the whole of it."""
    if not spans:
        return view
    starts = view.starts if view.starts is not None else array("q", range(len(view.text)))
    ends = view.ends if view.ends is not None else array("q", range(1, len(view.text) + 1))
    parts: list[str] = []
    new_starts: array[int] = array("q")
    new_ends: array[int] = array("q")
    done = 0
    for start, end in spans:
        parts += (view.text[done:start], BLANK)
        new_starts += starts[done:start]
        new_ends += ends[done:start]
        new_starts.append(starts[start])
        new_ends.append(ends[end - 1])
        done = end
    parts.append(view.text[done:])
    new_starts += starts[done:]
    new_ends += ends[done:]
    return Folded("".join(parts), new_starts, new_ends)
