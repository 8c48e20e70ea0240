"""Signs of what a text wants and of how severe it is: words that count where their context bears them out.

A sign is no sign when it is denied (没有起火, 不建议), or a number that stands inside another one (12315 in
8123156). A sign of severity besides:

- a weak word (医院, 工商局, 记者) counts beside a word of its group's `by` in the same clause (肚子疼进医院,
  找记者);
- danger and leaving do not count where the clause asks (会不会过敏, 会爆炸吗), unless it asks in anger
  (冒烟正常吗).

Guards (工商银行, 漏电保护) look like signs and hide the ones inside them. All words come from
`lexicons/tagging/intent.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.cues import Cue, CueBook, CueHits, CueMatch
from voc.tagging.reader import Reading
from voc.text.clauses import ClauseRules, load_clause_rules
from voc.text.lexicons import split_words
from voc.text.terms import Codes, code_points

__all__ = ["INTENTS", "SEVERITIES", "Signs"]

INTENTS: Final = ("咨询", "建议", "投诉", "表扬")
SEVERITIES: Final = ("安全", "监管", "曝光", "流失威胁")
_NAMES: Final = (*SEVERITIES, *INTENTS)
"""Sign i is bit i of a mask."""
_SEVERE: Final = (1 << len(SEVERITIES)) - 1
_ASKABLE: Final = 1 << _NAMES.index("安全") | 1 << _NAMES.index("流失威胁")
_DENIABLE: Final = _SEVERE | 1 << _NAMES.index("建议")
_PARTICLES: Final = code_points("吗么嘛")
_BEFORE: Final = 8
"""Characters before a sign in which what denies it is looked for."""
_BREAK: Final = ord("\n")

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Signs:
    """The signs of `intent.yaml`, ready for searching.

    Parameters
    ----------
    document
        With `intents`, `severity` (of each group `words`, `weak` and `by`), `asking`, `angry` and `guards`.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._rules: ClauseRules = load_clause_rules()
        cues: dict[str, Cue] = {}
        parts: dict[str, dict[str, int]] = {part: {} for part in ("words", "weak", "by")}
        for bit, name in enumerate(_NAMES):
            words = document["severity"][name] if name in SEVERITIES else {"words": document["intents"][name]}
            for part, masks in parts.items():
                for term in split_words(words.get(part)):
                    masks[term.lower()] = masks.get(term.lower(), 0) | 1 << bit
                    cues.setdefault(term.lower(), Cue(term.lower()))
        steering = {part: frozenset(split_words(document[part])) for part in ("asking", "angry", "guards")}
        for term in sorted(frozenset().union(*steering.values())):
            cues.setdefault(term, Cue(term))
        self._book = CueBook(cues.values(), self._rules)
        terms = [cue.term for cue in self._book.cues]
        self._words, self._weak, self._by = (
            np.array([masks.get(term, 0) for term in terms], dtype=np.int64) for masks in parts.values()
        )
        self._asking, self._angry = (
            np.array([term in steering[part] for term in terms], dtype=np.bool_)
            for part in ("asking", "angry")
        )
        self._numbers = np.array([term.isdigit() for term in terms], dtype=np.bool_)

    def hits(self, reading: Reading) -> CueHits:
        """Find the words of signs in a batch."""
        return self._book.hits(reading.codes, reading.joined)

    def named(self, hits: CueHits, masks: Offsets) -> list[CueMatch]:
        """Hits that count, with their words."""
        counted = np.flatnonzero(masks)
        return self._book.named(CueHits(*(column[counted] for column in hits)))

    def masks(self, reading: Reading, hits: CueHits) -> Offsets:
        """Mask of what each hit is a sign of; 0 where its context does not bear it out."""
        clauses = np.searchsorted(reading.units.marks, hits.starts)
        masks = self._words[hits.cues] | self._backed(hits, clauses)
        masks[self._inside_numbers(reading.codes, hits)] = 0
        masks[self._asked(reading, hits, clauses)] &= ~_ASKABLE
        deniable = np.flatnonzero(masks & _DENIABLE)
        denied = deniable[self._denied(reading, hits, deniable, clauses)]
        masks[denied] &= ~_DENIABLE
        return masks

    def asking(self, reading: Reading, hits: CueHits) -> Flags:
        """Which rows hold a word that asks for, or fears, what has not happened."""
        asking = np.zeros(len(reading.buffer.ends), dtype=np.bool_)
        at = hits.starts[self._asking[hits.cues]]
        asking[np.searchsorted(reading.buffer.ends, at, side="right")] = True
        return asking

    def _backed(self, hits: CueHits, clauses: Offsets) -> Offsets:
        """Mask of the groups whose weak word a hit is, with a word of `by` in its clause."""
        weak, by = self._weak[hits.cues], self._by[hits.cues]
        backed = np.zeros(len(weak), dtype=np.int64)
        for bit in range(len(SEVERITIES)):
            beside = np.isin(clauses, clauses[by >> bit & 1 == 1])
            backed |= np.where(beside, weak & 1 << bit, 0)
        return backed

    def _inside_numbers(self, codes: Codes, hits: CueHits) -> Flags:
        digits = np.zeros(len(codes) + 2, dtype=np.bool_)
        digits[1:-1] = (codes >= ord("0")) & (codes <= ord("9"))
        inside: Flags = self._numbers[hits.cues] & (digits[hits.starts] | digits[hits.ends + 1])
        return inside

    def _asked(self, reading: Reading, hits: CueHits, clauses: Offsets) -> Flags:
        """Which hits stand in a clause that asks, and not in anger."""
        ends = reading.units.marks[clauses]
        asked = np.isin(reading.codes[np.maximum(ends - 1, 0)], _PARTICLES)
        asked |= np.isin(clauses, clauses[self._asking[hits.cues]])
        angry: Flags = np.isin(clauses, clauses[self._angry[hits.cues]])
        return asked & ~angry

    def _denied(self, reading: Reading, hits: CueHits, chosen: Offsets, clauses: Offsets) -> Flags:
        """Which of the chosen hits have a negation right before them, read in a small buffer of its own."""
        marks = reading.units.marks
        at, clause = hits.starts[chosen], clauses[chosen]
        floors = np.where(clause > 0, marks[np.maximum(clause - 1, 0)] + 1, 0)
        room = np.minimum(at - floors, _BEFORE)
        places = at[:, None] + np.arange(-_BEFORE, 1)
        before = reading.codes[np.maximum(places, 0)]
        before[places < (at - room)[:, None]] = _BREAK
        before[:, -1] = _BREAK
        ends = np.arange(len(at)) * (_BEFORE + 1) + _BEFORE
        scopes = self._rules.read(before.ravel(), "").scopes(ends, ends - room)
        denied: Flags = scopes.flips % 2 == 1
        return denied
