"""The lexicon tagger: reads cues clause by clause and says which tags a text speaks of, how, and where.

A judgement goes to the aspect nearest before it in its clause ("物流很慢"), to the one behind it
("很棒的酒店"), or to the aspect that the clause before left open ("物流，太慢了"); several aspects share it
when only a conjunction parts them ("服务和环境都不错"). Negation and comparison turn it over, a hypothesis
voids it (`voc.text.clauses`). The evidence is the stretch from the aspect, or the negation, to the
judgement.

All texts of a batch are read together: cues are array elements, and "the last before it in its clause" is a
running maximum.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.clause_reading import ClauseReading, Void, read_clauses
from voc.tagging.lexicon.cue_table import CueTable
from voc.tagging.lexicon.cues import CueBook, CueHits
from voc.tagging.lexicon.findings import RULES, Findings
from voc.tagging.lexicon.hearsay import Answered, Hearsay
from voc.tagging.lexicon.irony import Speed, SpeedRead
from voc.text.clauses import Bearings, Scopes, asking
from voc.text.terms import Codes, code_points

__all__ = ["LexiconTagger"]

_DIRECT: Final = 0.8
_USER: Final = 0.95
_SPECIFIC: Final = 0.75
_GENERAL: Final = 0.7
_CARRIED: Final = 0.5
_FALLBACK: Final = 0.5
_QUESTION: Final = 16
"""A text of at most so many characters may do no more than ask."""
_MODAL: Final = code_points("啊呀呢")
_NOT, _DONE, _HAVE, _WOULD = (ord(character) for character in "没了有会")
_TURNED: Final = 0.15
"""Taken off the score of a judgement that a negation turned over."""
_NEAR, _BEHIND, _CARRIED_ON = range(3)
_SELF, _BEFORE, _OTHERS, _LAST = range(4)
"""Order in which one cue says what it says: by itself, of the judgement before it, of aspects, of nothing."""
_PHASES: Final = 4
_ORDERS: Final = 1 << 20
_RULE: Final = {rule: number for number, rule in enumerate(RULES)}

Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class _Batch(NamedTuple):
    """The cues of a batch, read."""

    hits: CueHits
    reading: ClauseReading
    bearings: Bearings


class _Told(NamedTuple):
    """Judgements as columns, before the best are chosen."""

    matches: Offsets
    """Match that is judging, as its place among the matches."""
    order: Offsets
    """Order in which they are said."""
    tags: Offsets
    polarities: Offsets
    starts: Offsets
    ends: Offsets
    scores: Floats
    rules: Offsets
    flips: Offsets
    aspects: Offsets
    cues: Offsets

    def take(self, chosen: Offsets | Flags) -> _Told:
        return _Told._make(column[chosen] for column in self)


class LexiconTagger:
    """Finds tags by cues.

    Parameters
    ----------
    book
        From `voc.tagging.lexicon.cues.compile_cues`.
    """

    def __init__(self, book: CueBook) -> None:
        self._book = book
        self._rules = book.rules
        self._table = CueTable(book.cues)
        self._hearsay = Hearsay(book.rules)
        self._speed = Speed(self._table, [cue.term for cue in book.cues])

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the lexicon, in order."""
        return self._table.tags

    def find(self, codes: Codes, text: str, begins: Offsets, ends: Offsets, marks: Offsets) -> Findings:
        """Return the findings of a batch, at most one for each row, tag and polarity.

        Parameters
        ----------
        codes, text
            A buffer of texts in lower case, parted by line feeds; its code points and itself.
        begins, ends
            Where the rows begin and end.
        marks
            Positions at which clauses end, the ends of the rows among them.
        """
        hits = self._book.hits(codes, text)
        bearings = self._rules.read(codes, text)
        answered = self._hearsay.clauses(text, bearings.openings, (begins, ends), marks)
        speed = self._speed.read(text, hits, ends)
        void = Void(answered.clauses, np.union1d(speed.mocking, speed.brief))
        reading = read_clauses(self._table, codes, hits, (begins, ends), marks, void=void)
        batch = _Batch(hits, reading, bearings)
        parts = (
            self._directs(batch), self._attached(batch), self._fallbacks(batch), self._mocking(batch, speed)
        )  # fmt: skip
        told = _Told._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
        rows = reading.rows[told.matches]
        asked = self._asked(codes, marks, told, ends[rows] - begins[rows] <= _QUESTION)
        unreal = np.union1d(self._unreal(batch, codes, marks), told.starts[asked & (told.polarities < 0)])
        told, rows = told.take(~asked), rows[~asked]
        denied = np.unique(told.starts[self._denied(told)])
        blamed = np.unique(np.concatenate([told.starts[told.polarities < 0], self._disliked(batch)]))
        chosen = self._best(told, rows)
        told, rows = told.take(chosen), rows[chosen]
        return Findings(
            self._table.tags, self._book.cues, rows, told.tags, told.polarities, told.starts, told.ends,
            told.scores, told.rules, told.flips, told.aspects, told.cues, marks[answered.clauses] - 1,
            self._said_of_others(batch, marks, answered), hits.starts[speed.mocking], unreal, denied, blamed,
        )  # fmt: skip

    def _asked(self, codes: Codes, marks: Offsets, told: _Told, short: Flags) -> Flags:
        """Which judgements are but questions: praise in a clause that asks (解决了没有呢), and complaints of
        which a short text does no more than ask (是不是正品啊, 会起球吗).
        """
        stops = marks[np.searchsorted(marks, told.ends)]
        asks, last = asking(codes, stops), stops - 1
        modal = np.isin(codes[last], _MODAL)
        done = np.stack([codes[np.maximum(last - modal - back, 0)] for back in range(3)])
        either = (done[0] == _NOT) & (done[1] == _DONE)
        either |= (done[0] == _HAVE) & (done[1] == _NOT) & (done[2] == _DONE)
        would = codes[np.maximum(told.starts - 1, 0)] == _WOULD
        doubt = (self._table.asks[told.cues] & (asks | modal)) | (would & asks)
        asked: Flags = np.where(told.polarities > 0, asks | either, doubt & short)
        return asked

    def _disliked(self, batch: _Batch) -> Offsets:
        """Positions of words that find anything bad, whether or not there is an aspect."""
        reading, hits = batch.reading, batch.hits
        at = np.setdiff1d(np.flatnonzero(self._table.general[hits.cues] < 0), reading.unreal)
        flips = batch.bearings.scopes(hits.starts[at], reading.floors[at]).flips
        positions: Offsets = hits.starts[at[flips % 2 == 0]]
        return positions

    def _said_of_others(self, batch: _Batch, marks: Offsets, answered: Answered) -> tuple[Offsets, Offsets]:
        """Positions of words that find something bad of somebody else, and of those that find it good."""
        reading, hits, table = batch.reading, batch.hits, self._table
        clauses = answered.clauses[answered.of_others]
        at = reading.unreal[np.isin(np.searchsorted(marks, hits.starts[reading.unreal]), clauses)]
        at = at[~table.undeniable[hits.cues[at]]]
        odd = batch.bearings.scopes(hits.starts[at], reading.floors[at]).flips % 2 == 1
        bad = table.blames[hits.cues[at]] ^ odd
        return hits.starts[at[bad]], hits.starts[at[~bad]]

    def _unreal(self, batch: _Batch, codes: Codes, marks: Offsets) -> Offsets:
        """Positions of judgements that a hypothesis takes back, and of words that ask (有没有优惠券？)."""
        hits = batch.hits
        wishes = np.flatnonzero(self._table.irrealis[hits.cues])
        asked = wishes[_asking(codes, marks, hits.ends[wishes])]
        positions: Offsets = hits.starts[np.union1d(batch.reading.unreal, asked)]
        return positions

    def _denied(self, told: _Told) -> Flags:
        """Which judgements deny a complaint."""
        table = self._table
        flipped = (told.flips % 2 == 1) & ~table.undeniable[told.cues]
        denied: Flags = (told.polarities > 0) & (flipped | table.denials[told.cues])
        return denied

    @staticmethod
    def _best(told: _Told, rows: Offsets) -> Offsets:
        """Of each row, tag and polarity the surest, of equals the first; a fallback only where nothing is
        complained of.
        """
        last = told.rules == _RULE["fallback"]
        sure = np.flatnonzero(~last)
        keys = np.lexsort(
            (told.order[sure], -told.scores[sure], told.polarities[sure], told.tags[sure], rows[sure])
        )
        sure = sure[keys]
        sure = sure[_first_of(rows[sure], told.tags[sure], told.polarities[sure])]
        spare = np.flatnonzero(last)
        spare = spare[np.lexsort((told.order[spare], rows[spare]))]
        spare = spare[_first_of(rows[spare])]
        spare = spare[~np.isin(rows[spare], rows[sure[told.polarities[sure] < 0]])]
        chosen = np.concatenate([sure, spare])
        return chosen[
            np.lexsort((told.polarities[chosen], told.tags[chosen], told.starts[chosen], rows[chosen]))
        ]

    def _directs(self, batch: _Batch) -> _Told:
        """Cues that judge by themselves."""
        reading, hits, table = batch.reading, batch.hits, self._table
        at = reading.direct
        scopes = batch.bearings.scopes(hits.starts[at], reading.floors[at])
        places, order, tags, polarities = table.directs.unfold(hits.cues[at])
        at, flips, starts = at[places], scopes.flips[places], scopes.starts[places]
        cues = hits.cues[at]
        odd = flips % 2 == 1
        turned = np.where(odd, -polarities, polarities)
        scores = np.where(table.user[cues], _USER, _DIRECT) - np.where(odd, _TURNED, 0.0)
        rules = np.where(table.user[cues], _RULE["user"], _RULE["direct"])
        told = _Told(
            at, _order(at, _SELF, order), tags, turned, starts, hits.ends[at], scores, rules, flips,
            np.full(len(at), -1), cues,
        )  # fmt: skip
        kept = (turned <= 0) | (flips == 0) | (polarities >= 0) | table.praisable[cues]
        return told.take(kept & ~self._denied_inside(batch, at))

    def _denied_inside(self, batch: _Batch, at: Offsets) -> Flags:
        """Which phrases hold a negation of their own end in a gap: 师傅没收费 is no 师傅*收."""
        hits, tails = batch.hits, self._table.tails[batch.hits.cues[at]]
        denied = np.zeros(len(at), dtype=np.bool_)
        gapped = np.flatnonzero(tails)
        chosen = at[gapped]
        inner = batch.bearings.scopes(hits.ends[chosen] - tails[gapped], hits.starts[chosen])
        denied[gapped] = inner.flips % 2 == 1
        return denied

    def _attached(self, batch: _Batch) -> _Told:
        """Judgements of aspects."""
        reading, hits, table = batch.reading, batch.hits, self._table
        kinds = (reading.near, reading.behind, reading.carried)
        aspects, opinions, order = (np.concatenate(columns) for columns in zip(*kinds, strict=True))
        kind = np.repeat(np.arange(len(kinds)), [len(pairs.aspects) for pairs in kinds])
        tags, polarities, specific = table.judged(hits.cues[aspects], hits.cues[opinions])
        said = np.flatnonzero(tags >= 0)
        aspects, opinions, order, kind = aspects[said], opinions[said], order[said], kind[said]
        tags, polarities, specific = tags[said], polarities[said], specific[said]
        behind, carried = kind == _BEHIND, kind == _CARRIED_ON
        at = np.where(behind, aspects, opinions)
        flips, starts = self._bearing(batch, hits.starts[opinions], reading.floors[at])
        odd = flips % 2 == 1
        scores = np.where(carried, _CARRIED, np.where(specific, _SPECIFIC, _GENERAL)) - np.where(
            odd, _TURNED, 0.0
        )
        rules = np.where(specific, _RULE["aspect+opinion"], _RULE["aspect+general"])
        ends = np.where(behind, hits.ends[aspects], hits.ends[opinions])
        near = kind == _NEAR
        return _Told(
            at,
            _order(at, np.where(behind, _BEFORE, _OTHERS), order),
            tags,
            np.where(odd, -polarities, polarities),
            np.where(near, np.minimum(starts, hits.starts[aspects]), starts),
            np.where(near, np.maximum(ends, hits.ends[aspects]), ends),
            scores,
            np.where(carried, _RULE["carried"], rules),
            flips,
            hits.cues[aspects],
            hits.cues[opinions],
        )

    @staticmethod
    def _bearing(batch: _Batch, starts: Offsets, floors: Offsets) -> Scopes:
        """Negations before each judgement, or a comparison where there is none."""
        flips, begins = batch.bearings.scopes(starts, floors)
        plain = np.flatnonzero(flips == 0)
        flips[plain], begins[plain] = batch.bearings.comparisons(starts[plain], floors[plain])
        return Scopes(flips, begins)

    def _mocking(self, batch: _Batch, speed: SpeedRead) -> _Told:
        """Complaints of what was praised in mockery."""
        at, count = speed.mocking, len(speed.mocking)
        return _Told(
            at, _order(at, _SELF, np.zeros(count, dtype=np.int64)), speed.tags, np.full(count, -1),
            speed.starts, speed.ends, np.full(count, _DIRECT), np.full(count, _RULE["irony"]),
            np.zeros(count, dtype=np.int64), np.full(count, -1), batch.hits.cues[at],
        )  # fmt: skip

    def _fallbacks(self, batch: _Batch) -> _Told:
        """Complaints of nothing named."""
        reading, hits = batch.reading, batch.hits
        at = reading.fallback
        scopes = batch.bearings.scopes(hits.starts[at], reading.floors[at])
        even = scopes.flips % 2 == 0
        at, starts = at[even], scopes.starts[even]
        places, order, tags, polarities = self._table.fallbacks.unfold(hits.cues[at])
        at, count = at[places], len(places)
        return _Told(
            at, _order(at, _LAST, order), tags, polarities, starts[places], hits.ends[at],
            np.full(count, _FALLBACK), np.full(count, _RULE["fallback"]), np.zeros(count, dtype=np.int64),
            np.full(count, -1), hits.cues[at],
        )  # fmt: skip


def _asking(codes: Codes, marks: Offsets, ends: Offsets) -> Flags:
    """Which judgements that end there stand in a clause that asks."""
    return asking(codes, marks[np.searchsorted(marks, ends)])


def _order(matches: Offsets, phase: Offsets | int, order: Offsets) -> Offsets:
    """Number judgements in the order in which the cues say them."""
    return (matches * _PHASES + phase) * _ORDERS + order


def _first_of(*columns: Offsets) -> Offsets:
    """Places of the first of each run of equal elements."""
    new = np.zeros(len(columns[0]), dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)
