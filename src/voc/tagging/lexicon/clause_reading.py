"""Reads the cues of a batch clause by clause: which of them judge, and what each judgement is of.

A turn (但是) makes a fresh start inside its clause: what stood before it no longer counts. A clause that
names something and says nothing of it leaves it open to the next clause with a cue. Whether it does may hang
on what the clause before left open, and so on back: each clause maps "something was left to me" to "I leave
something", which is constant, the same or the opposite, and a chain of such maps is resolved by counting the
opposites since the last constant.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.cue_table import CueTable
from voc.tagging.lexicon.cues import CueHits
from voc.text.terms import Codes

__all__ = ["AttachedPairs", "ClauseReading", "Void", "last_before", "read_clauses"]

_QUOTES: Final = "“”\"「」‘’'"
_LINKS: Final = "、和与跟及同 ,，/+&还有都也以并"
_GLUE: Final = "的之"
_NEXT: Final = 3
"""Characters that may stand between a negation and what it denies: 没有想象中的那么难用."""
_FAR: Final = 14
"""Characters between an aspect and its judgement beyond which they do not belong together."""

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class AttachedPairs(NamedTuple):
    """Aspects and the judgements that go to them, as places among the cues found."""

    aspects: Offsets
    opinions: Offsets
    order: Offsets
    """Of the aspects that share a judgement, the nearest is 0."""

    def take(self, chosen: Flags) -> AttachedPairs:
        """Return the pairs where the flag is set."""
        return AttachedPairs(*(column[chosen] for column in self))


class Void(NamedTuple):
    """What judges nothing."""

    clauses: Offsets
    """Clauses that but name what the next one judges (`hearsay`), as places of their marks."""
    cues: Offsets
    """Praises that mock, and times that are short (`irony`), as places among the cues found."""


class ClauseReading(NamedTuple):
    """What was read. Places count the cues found, in order."""

    rows: Offsets
    """Row of each cue."""
    floors: Offsets
    """Where what bears on each cue may begin: the start of its clause, or the end of the turn before it."""
    direct: Offsets
    """Cues that judge by themselves."""
    fallback: Offsets
    """Cues that complain of nothing named."""
    near: AttachedPairs
    """Judgements of aspects before them in their clause."""
    behind: AttachedPairs
    """Judgements of the aspect right behind them."""
    carried: AttachedPairs
    """Judgements of what the clause before left open."""
    unreal: Offsets
    """Cues that a hypothesis before them takes back."""


class _Parts(NamedTuple):
    """What each cue found is taken for, after turns, hypotheses and mockery."""

    aspect: Flags
    direct: Flags
    opinion: Flags
    """Judges an aspect, if there is one."""
    fallback: Flags
    general: Flags
    """Judges by itself as well, and leaves that when there is an aspect."""
    unreal: Flags
    """Would judge, but for a hypothesis before it."""


class _Places(NamedTuple):
    """Where each cue found stands."""

    rows: Offsets
    clauses: Offsets
    """Number of its clause among those with a cue."""
    firsts: Offsets
    """First cue of each clause."""
    lasts: Offsets
    """Last cue of each clause."""
    fresh: Offsets
    """First cue since the start of the clause or the turn before it."""
    floors: Offsets


def read_clauses(
    table: CueTable,
    codes: Codes,
    hits: CueHits,
    rows: tuple[Offsets, Offsets],
    marks: Offsets,
    *,
    void: Void,
) -> ClauseReading:
    """Read the cues of a batch.

    Parameters
    ----------
    table
        The parts that cues play.
    codes
        The buffer, in lower case.
    hits
        Cues found in it.
    rows
        Where the rows begin and end.
    marks
        Positions at which clauses end, the ends of the rows among them.
    void
        What judges nothing.
    """
    places = _places(table, hits, rows, marks)
    number = np.arange(len(hits.starts))
    answered = _within(hits, marks, void.clauses)
    taken_back = answered.copy()
    taken_back[void.cues] = True
    parts = _parts(table, codes, hits, places, answered=answered, taken_back=taken_back)
    near = last_before(parts.aspect, number + 1)
    before = last_before(parts.aspect, number)
    aspect_now = np.where(near >= places.fresh, near, -1)
    aspect_before = np.where(before >= places.fresh, before, -1)
    open_now = parts.opinion & (aspect_now < 0) & ~parts.direct
    pairs = _behind(codes, hits, parts, places, open_now)
    pairs = pairs.take(table.judged(hits.cues[pairs.aspects], hits.cues[pairs.opinions]).tags >= 0)
    judging = parts.opinion & (~parts.direct | parts.general)
    first = _first_in_clause(judging, places)
    judged = parts.direct | (judging & (aspect_now >= 0))
    left = _left_open(places, aspect_now, pairs, judged=judged, open_now=open_now, first=first)
    to_me = np.where(number <= first[places.clauses], left[places.clauses], -1)
    spoken_of = (aspect_before >= 0) | (to_me >= 0)
    direct = parts.direct & ~(parts.general & spoken_of & ~table.user[hits.cues])
    opinion = parts.opinion & (~parts.direct | (parts.general & spoken_of))
    carried = np.flatnonzero(opinion & (aspect_now < 0) & (to_me >= 0))
    return ClauseReading(
        places.rows,
        places.floors,
        np.flatnonzero(direct),
        np.flatnonzero(parts.fallback),
        _sharing(codes, hits, np.flatnonzero(opinion & (aspect_now >= 0)), aspect_now, aspect_before),
        pairs.take(to_me[pairs.opinions] < 0),
        AttachedPairs(to_me[carried], carried, np.zeros(len(carried), dtype=np.int64)),
        np.flatnonzero(parts.unreal),
    )


def last_before(flags: Flags, ends: Offsets) -> Offsets:
    """Return for each of `ends` the last place before it where the flag is set, -1 where there is none."""
    last = np.full(len(flags) + 1, -1, dtype=np.int64)
    last[1:] = np.maximum.accumulate(np.where(flags, np.arange(len(flags)), -1))
    return last[ends]


def _places(table: CueTable, hits: CueHits, rows: tuple[Offsets, Offsets], marks: Offsets) -> _Places:
    begins, ends = rows
    row = np.searchsorted(ends, hits.starts, side="right")
    clause = np.searchsorted(marks, hits.starts, side="right")
    initial = clause == np.searchsorted(marks, begins, side="left")[row]
    starts = np.where(initial, begins[row], marks[np.maximum(clause - 1, 0)] + 1)
    new = np.ones(len(row), dtype=np.bool_)
    new[1:] = clause[1:] != clause[:-1]
    turn = table.turn[hits.cues]
    fresh = last_before(new | turn, np.arange(1, len(row) + 1))
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts[1:], len(row))[: len(firsts)] - 1
    floors = np.where(turn[fresh], hits.ends[fresh], starts)
    return _Places(row, np.cumsum(new) - 1, firsts, lasts, fresh, floors)


def _parts(
    table: CueTable, codes: Codes, hits: CueHits, places: _Places, *, answered: Flags, taken_back: Flags
) -> _Parts:
    cues = hits.cues
    irrealis = table.irrealis[cues]
    suspended = taken_back | (last_before(irrealis, np.arange(len(cues))) >= places.fresh)
    named = answered & (table.aspect[cues] | table.direct[cues])
    active = ~(table.guard[cues] | table.turn[cues] | irrealis) & (~suspended | table.user[cues])
    quotes = _holds(codes, _QUOTES)
    # a praise in quotation marks of its own mocks
    active &= ~(table.praises[cues] & quotes[hits.starts] & quotes[hits.ends + 1])
    active &= ~_denying(table, hits, places.clauses)
    return _Parts(
        (active & table.aspect[cues]) | named,
        active & table.direct[cues],
        active & table.opinion[cues],
        active & table.fallback[cues],
        table.general[cues] != 0,
        suspended & ~table.user[cues] & (table.direct[cues] | table.opinion[cues]),
    )


def _within(hits: CueHits, marks: Offsets, clauses: Offsets) -> Flags:
    """Which cues stand in these clauses."""
    within = np.zeros(len(hits.starts), dtype=np.bool_)
    begins = np.where(clauses > 0, marks[np.maximum(clauses - 1, 0)] + 1, 0)
    first, last = np.searchsorted(hits.starts, begins), np.searchsorted(hits.starts, marks[clauses])
    for begin, end in zip(first.tolist(), last.tolist(), strict=True):
        within[begin:end] = True
    return within


def _denying(table: CueTable, hits: CueHits, clauses: Offsets) -> Flags:
    """Which cues are no lack of anything but deny the complaint right behind them: 房间没有异味."""
    denying = table.negators[hits.cues]
    behind = np.zeros(len(denying), dtype=np.bool_)
    gap = hits.starts[1:] - hits.ends[:-1]
    near = (gap >= 0) & (gap <= _NEXT) & (clauses[1:] == clauses[:-1])
    behind[:-1] = near & table.blames[hits.cues[1:]]
    return denying & behind


def _holds(codes: Codes, characters: str) -> Flags:
    """Whether each position of a buffer, shifted by one, holds one of the characters; False around it."""
    known = np.zeros(0x10000, dtype=np.bool_)
    known[[ord(character) for character in characters]] = True
    held = np.zeros(len(codes) + 2, dtype=np.bool_)
    held[1:-1] = known[np.minimum(codes, 0xFFFF)]
    return held


def _first_in_clause(flags: Flags, places: _Places) -> Offsets:
    """First place in each clause where the flag is set; behind all places where there is none."""
    following = np.full(len(flags) + 1, len(flags), dtype=np.int64)
    following[:-1] = np.minimum.accumulate(np.where(flags, np.arange(len(flags)), len(flags))[::-1])[::-1]
    first = following[places.firsts]
    return np.where(first <= places.lasts, first, len(flags))


def _behind(codes: Codes, hits: CueHits, parts: _Parts, places: _Places, open_now: Flags) -> AttachedPairs:
    """Aspects with the judgement right before them that found no aspect."""
    aspects = np.flatnonzero(parts.aspect)
    opinions = last_before(open_now, aspects)
    floor = np.maximum(places.firsts[places.clauses[aspects]], last_before(parts.aspect, aspects) + 1)
    usable = opinions >= floor
    aspects, opinions = aspects[usable], opinions[usable]
    gap = hits.starts[aspects] - hits.ends[opinions]
    glued = _holds(codes, _GLUE)[np.minimum(hits.ends[opinions], len(codes)) + 1]
    close = np.flatnonzero((gap <= 0) | ((gap == 1) & glued))
    return AttachedPairs(aspects[close], opinions[close], np.zeros(len(close), dtype=np.int64))


def _left_open(
    places: _Places,
    aspect_now: Offsets,
    pairs: AttachedPairs,
    *,
    judged: Flags,
    open_now: Flags,
    first: Offsets,
) -> Offsets:
    """Return the aspect that each clause gets from the one before it in its row, -1 where it gets none.

    Parameters
    ----------
    places
        Where the cues stand.
    aspect_now
        The aspect that a judgement at each cue would go to.
    pairs
        Judgements right before their aspect.
    judged
        Cues that judge whatever the clause before left open.
    open_now
        Cues that judge something only if the clause before left it open.
    first
        First judging cue of each clause, the one to which what was left open goes.
    """
    lasts, fresh = places.lasts, places.fresh[places.lasts]
    count = len(lasts)
    names = aspect_now[lasts] >= 0
    surely = last_before(judged, lasts + 1) >= fresh
    # the first judgement stands after the last turn and takes what was left open
    taking = (
        (first <= lasts) & (first >= fresh) & np.append(open_now, False)[np.minimum(first, len(open_now))]
    )
    clause = places.clauses[pairs.aspects]
    counted = pairs.aspects >= fresh[clause]
    with_none, with_one = surely.copy(), surely | taking
    with_none[clause[counted]] = True
    with_one[clause[counted & (pairs.opinions != first[clause])]] = True
    given_none, given_one = names & ~with_none, names & ~with_one
    row = places.rows[places.firsts]
    initial = np.ones(count, dtype=np.bool_)
    initial[1:] = row[1:] != row[:-1]
    fixed = last_before(initial | (given_none == given_one), np.arange(1, count + 1))
    turned = np.cumsum(given_none & ~given_one)
    leaves = given_none[fixed] ^ ((turned - turned[fixed]) % 2 == 1)
    gets = np.full(count, -1, dtype=np.int64)
    gets[1:] = np.where(leaves[:-1] & ~initial[1:], aspect_now[lasts[:-1]], -1)
    return gets


def _sharing(
    codes: Codes, hits: CueHits, opinions: Offsets, aspect_now: Offsets, aspect_before: Offsets
) -> AttachedPairs:
    """Aspects that each judgement speaks of: the nearest, and those linked to it by a conjunction."""
    links = _holds(codes, _LINKS)[1:]
    begins, ends = hits.starts, hits.ends[aspect_before]
    gap = begins - ends
    linked = (
        (aspect_before >= 0) & ((gap == 1) | (gap == 2)) & links[np.minimum(ends, begins)] & links[begins - 1]
    )
    aspects = aspect_now[opinions]
    near = hits.starts[opinions] - hits.ends[aspects] <= _FAR
    opinions, aspects = opinions[near], aspects[near]
    parts: list[tuple[Offsets, Offsets, Offsets]] = []
    while len(opinions):
        parts.append((aspects, opinions, np.full(len(opinions), len(parts))))
        going = linked[aspects]
        opinions, aspects = opinions[going], aspect_before[aspects[going]]
    if not parts:
        return AttachedPairs(*(np.zeros(0, dtype=np.int64) for _ in AttachedPairs._fields))
    return AttachedPairs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
