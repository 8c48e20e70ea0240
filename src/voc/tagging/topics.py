"""The lexicon tagger: reads cues clause by clause and says which tags a text speaks of, how, and where.

A judgement goes to the aspect nearest before it in its clause ("物流很慢"), to the one behind it
("很棒的酒店"), or to the aspect that the clause before left open ("物流，太慢了"); several aspects share it
when only a conjunction parts them ("服务和环境都不错"). Negation and comparison turn it over, a hypothesis
voids it (`voc.text.clauses`). The evidence is the stretch from the aspect, or the negation, to the
judgement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from voc.tagging.cues import Cue, CueBook, CueMatch, Kind

__all__ = ["Finding", "LexiconTagger"]

_DIRECT: Final = 0.8
_USER: Final = 0.95
_SPECIFIC: Final = 0.75
_GENERAL: Final = 0.7
_CARRIED: Final = 0.5
_FALLBACK: Final = 0.5
_TURNED: Final = 0.15
"""Taken off the score of a judgement that a negation turned over."""
_FAR: Final = 14
"""Characters between an aspect and its judgement beyond which they do not belong together."""
_QUOTES: Final = frozenset("“”\"「」‘’'")
_LINKS: Final = frozenset("、和与跟及同 ,，/+&还有都也以并")


class Finding(NamedTuple):
    """A tag found in a text by the lexicon."""

    tag: str
    polarity: int
    start: int
    """Where the evidence begins in the text."""
    end: int
    score: float
    rule: str
    """How it was found: `direct`, `aspect+opinion`, `aspect+general`, `carried`, `fallback`, `user`."""
    terms: tuple[str, ...]
    """The cues behind it."""
    flips: int = 0
    """Negations and comparisons that bore on it."""


@dataclass(slots=True)
class _Clause:
    """What was read of a clause so far."""

    start: int
    end: int
    aspects: list[CueMatch] = field(default_factory=list)
    judged: bool = False
    suspended: bool = False
    open_opinion: CueMatch | None = None
    carried: CueMatch | None = None


class LexiconTagger:
    """Finds tags by cues.

    Parameters
    ----------
    book
        From `voc.tagging.cues.compile_cues`.
    """

    def __init__(self, book: CueBook) -> None:
        self._book = book
        self._rules = book.rules

    def matches(self, text: str) -> list[CueMatch]:
        """Find the cues of a text in lower case, or of a buffer of texts parted by line feeds."""
        return self._book.matches(text)

    def find(
        self, text: str, matches: Sequence[CueMatch], ends: Sequence[int], begin: int = 0
    ) -> list[Finding]:
        """Return the findings of one text, at most one for each tag and polarity, in order of place.

        Parameters
        ----------
        text
            The text in lower case, or a buffer that holds it.
        matches
            The cues in it, in order.
        ends
            Positions at which its clauses end, the last being the end of the text.
        begin
            Where the text begins in the buffer.
        """
        best: dict[tuple[str, int], Finding] = {}
        fallback: list[Finding] = []
        for finding in self._read(text, matches, ends, begin):
            if finding.rule == "fallback":
                fallback.append(finding)
                continue
            key = finding.tag, finding.polarity
            known = best.get(key)
            if known is None or finding.score > known.score:
                best[key] = finding
        if fallback and not any(polarity < 0 for _, polarity in best):
            best[fallback[0].tag, fallback[0].polarity] = fallback[0]
        return sorted(best.values(), key=lambda finding: (finding.start, finding.tag, finding.polarity))

    def _read(
        self, text: str, matches: Sequence[CueMatch], ends: Sequence[int], begin: int
    ) -> Iterator[Finding]:
        number = 0
        clause = _Clause(begin, begin)
        for match in matches:
            if match.start >= clause.end:
                while ends[number] <= match.start:
                    number += 1
                start = ends[number - 1] + 1 if number else begin
                previous, clause = clause, _Clause(start, ends[number])
                if previous.aspects and not previous.judged and number:
                    clause.carried = previous.aspects[-1]
            cue = match.cue
            if cue.kind is Kind.GUARD:
                continue
            if cue.kind is Kind.TURN and not cue.direct:
                clause.aspects, clause.judged, clause.suspended = [], False, False
                clause.start = match.end
                continue
            if cue.kind is Kind.IRREALIS:
                clause.suspended = True
                continue
            if clause.suspended and not cue.user:
                continue
            yield from self._judge(text, clause, match)

    def _judge(self, text: str, clause: _Clause, match: CueMatch) -> Iterator[Finding]:
        cue = match.cue
        if _is_mocking(text, match):
            return
        spoken_of = clause.aspects or clause.carried is not None
        if cue.direct and not (cue.general and spoken_of and not cue.user):
            yield from self._direct(text, clause, match)
        if cue.aspects:
            opened = clause.open_opinion
            clause.open_opinion = None
            if opened is not None and text[opened.end : match.start] in ("的", "", "之"):
                yield from self._attach(text, clause, match, opened, behind=True)
            clause.aspects.append(match)
        if (cue.opinions or cue.general) and (not cue.direct or (cue.general and spoken_of)):
            yield from self._opinion(text, clause, match)
        for tag in cue.fallback:
            flips, start = self._rules.scope(text, match.start, clause.start)
            if not flips % 2:
                yield Finding(tag, -1, start, match.end, _FALLBACK, "fallback", (cue.term,))

    def _direct(self, text: str, clause: _Clause, match: CueMatch) -> Iterator[Finding]:
        clause.judged = True
        flips, start = self._bearing(text, clause, match, compare=False)
        for tag, polarity in match.cue.direct:
            score = _USER if match.cue.user else _DIRECT
            if flips % 2:
                score -= _TURNED
            turned = -polarity if flips % 2 else polarity
            if turned > 0 and flips and polarity < 0 and not _praisable(match.cue):
                continue
            rule = "user" if match.cue.user else "direct"
            yield Finding(tag, turned, start, match.end, score, rule, (match.cue.term,), flips)

    def _opinion(self, text: str, clause: _Clause, match: CueMatch) -> Iterator[Finding]:
        if clause.aspects:
            for aspect in self._sharing(text, clause, match):
                yield from self._attach(text, clause, aspect, match)
        elif clause.carried is not None:
            yield from self._attach(text, clause, clause.carried, match, carried=True)
        else:
            clause.open_opinion = match
            return
        clause.judged = True
        clause.carried = None

    def _sharing(self, text: str, clause: _Clause, opinion: CueMatch) -> list[CueMatch]:
        """Aspects that a judgement speaks of: the nearest, and those linked to it by a conjunction."""
        shared = [clause.aspects[-1]]
        if opinion.start - shared[0].end > _FAR:
            return []
        for aspect in reversed(clause.aspects[:-1]):
            between = text[aspect.end : shared[-1].start]
            if not between or len(between) > 2 or not _LINKS.issuperset(between):
                break
            shared.append(aspect)
        return shared

    def _attach(
        self,
        text: str,
        clause: _Clause,
        aspect: CueMatch,
        opinion: CueMatch,
        *,
        carried: bool = False,
        behind: bool = False,
    ) -> Iterator[Finding]:
        told = _judgement(aspect.cue, opinion.cue)
        if told is None:
            return
        tag, polarity, specific = told
        clause.judged = True
        flips, start = self._bearing(text, clause, opinion, compare=True)
        score = _CARRIED if carried else (_SPECIFIC if specific else _GENERAL)
        if flips % 2:
            polarity = -polarity
            score -= _TURNED
        if behind:
            end = aspect.end
        elif carried:
            end = opinion.end
        else:
            start, end = min(start, aspect.start), max(opinion.end, aspect.end)
        rule = "carried" if carried else ("aspect+opinion" if specific else "aspect+general")
        yield Finding(tag, polarity, start, end, score, rule, (aspect.cue.term, opinion.cue.term), flips)

    def _bearing(self, text: str, clause: _Clause, match: CueMatch, *, compare: bool) -> tuple[int, int]:
        """Negations and comparisons before a judgement: how many, and where they begin."""
        flips, start = self._rules.scope(text, match.start, clause.start)
        if compare and not flips:
            flips, start = self._rules.compared(text, match.start, clause.start)
        return flips, start


def _is_mocking(text: str, match: CueMatch) -> bool:
    """Whether a praise stands in quotation marks of its own: “神速” is none."""
    before, after = text[match.start - 1 : match.start], text[match.end : match.end + 1]
    if before not in _QUOTES or after not in _QUOTES or not before or not after:
        return False
    cue = match.cue
    return cue.general > 0 or any(polarity > 0 for _, polarity in cue.direct) or 1 in cue.opinions.values()


_DEEDS: Final = frozenset("给退让发回接送管理换修赔")
"""Behind 不, what was not done: 不是不退 promises nothing good, while 不是不好吃 is praise."""


def _praisable(cue: Cue) -> bool:
    """Whether the denial of a complaint is worth a praise: 没有破损 is, 不退款 denied is not."""
    first, second = cue.term[0], cue.term[1:2]
    return first not in "没无未" and (first != "不" or second not in _DEEDS)


def _judgement(aspect: Cue, opinion: Cue) -> tuple[str, int, bool] | None:
    """What an opinion says of an aspect: tag, polarity, and whether the two were made for each other."""
    for tag in aspect.aspects:
        polarity = opinion.opinions.get(tag)
        if polarity is not None:
            return tag, polarity, True
    if opinion.general:
        return aspect.aspects[0], opinion.general, False
    return None
