"""Compiles the cue lexicons into one index: which words of a text speak of which tag, and how.

A cue plays one or more parts. An *aspect* names what is spoken of (物流). An *opinion* judges (慢), for
certain tags only or, as a general good or bad word, for any. A *direct* cue does both (龟速, 等了#天). A
*fallback* counts only in a text that has no other complaint. Guards (差不多, 快递) look like cues and hide
the ones inside them; turns and irrealis words steer the reading of a clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import ConfigError, Fault
from voc.tagging.taxonomy import Taxonomy
from voc.text.clauses import ClauseRules, load_clause_rules
from voc.text.lexicons import UserTerm, read_lexicon, split_words
from voc.text.patterns import PatternBook
from voc.text.terms import Codes, TermIndex, code_points

__all__ = ["LEXICONS", "Cue", "CueBook", "CueHits", "CueMatch", "Judgement", "Kind", "compile_cues"]

LEXICONS: Final = ("logistics", "fulfilment", "quality", "service", "venue")
"""Packed files below `lexicons/tagging/` that hold cues of tags.

`opinions` and `clauses` stand beside them.
"""

Offsets = npt.NDArray[np.int64]

_SLOTS: Final = ("aspects", "bad", "good", "complaint", "praise", "fallback")


class Kind(IntEnum):
    """What steers the reading of a clause, beside aspects and judgements."""

    PLAIN = 0
    GUARD = 1
    TURN = 2
    IRREALIS = 3


class Judgement(NamedTuple):
    """What a cue says of a tag."""

    tag: str
    polarity: int


@dataclass(slots=True)
class Cue:
    """A word or phrase with all parts that it plays."""

    term: str
    aspects: list[str] = field(default_factory=list)
    """Tags that it names; the first is where a general judgement goes."""
    opinions: dict[str, int] = field(default_factory=dict)
    """Judgement by tag, when an aspect of that tag stands by."""
    general: int = 0
    """Judgement of any aspect."""
    direct: list[Judgement] = field(default_factory=list)
    """Judgements that need no aspect."""
    fallback: list[str] = field(default_factory=list)
    """Tags complained of when nothing else is."""
    kind: Kind = Kind.PLAIN
    user: bool = False
    """Whether the user's own lexicon says so."""


class CueMatch(NamedTuple):
    """A cue found in a text."""

    start: int
    end: int
    cue: Cue


class CueHits(NamedTuple):
    """Cues found in a buffer, in order of their starts; a pattern before a word that begins with it."""

    starts: Offsets
    ends: Offsets
    cues: Offsets
    """Places in `CueBook.cues`."""


class CueBook:
    """All cues of a taxonomy, ready for searching."""

    def __init__(self, cues: Iterable[Cue], rules: ClauseRules) -> None:
        self.cues = tuple(cues)
        self.rules = rules
        patterns = [at for at, cue in enumerate(self.cues) if "*" in cue.term or "#" in cue.term]
        self._numbers = np.delete(np.arange(len(self.cues)), patterns)
        self._words = TermIndex([self.cues[at].term for at in self._numbers.tolist()])
        self._patterns = PatternBook([self.cues[at].term for at in patterns])
        self._pattern_numbers = np.array(patterns, dtype=np.int64)

    def hits(self, codes: Codes, text: str) -> CueHits:
        """Find cues; of overlapping words the leftmost, of those the longest, and every pattern.

        Parameters
        ----------
        codes
            Code points of `text`.
        text
            A text in lower case, or a buffer of texts parted by line feeds. A pattern's match never crosses
            a clause's end.
        """
        words = self._words.find_words(codes)
        found = self._patterns.find(codes, text)
        numbers = self._numbers[words.terms]
        if not len(found.starts):
            return CueHits(words.starts, words.ends, numbers)
        starts = np.concatenate([found.starts, words.starts])
        order = np.argsort(starts, kind="stable")
        ends = np.concatenate([found.ends, words.ends])[order]
        return CueHits(
            starts[order], ends, np.concatenate([self._pattern_numbers[found.terms], numbers])[order]
        )

    def matches(self, text: str) -> list[CueMatch]:
        """Find the cues of one text in lower case, in order."""
        return self.named(self.hits(code_points(text), text))

    def named(self, hits: CueHits) -> list[CueMatch]:
        """Hits with their cues."""
        places = zip(hits.starts.tolist(), hits.ends.tolist(), hits.cues.tolist(), strict=True)
        return [CueMatch(start, end, self.cues[cue]) for start, end, cue in places]


class _Builder:
    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.cues: dict[str, Cue] = {}

    def at(self, term: str) -> Cue:
        term = term.lower()
        if term not in self.cues:
            self.cues[term] = Cue(term)
        return self.cues[term]

    def tag(self, tag: str, words: Mapping[str, Any]) -> None:
        for term in split_words(words.get("aspects")):
            self.at(term).aspects.append(tag)
        for slot, polarity in (("bad", -1), ("good", 1)):
            for term in split_words(words.get(slot)):
                self.at(term).opinions.setdefault(tag, polarity)
        for slot, polarity in (("complaint", -1), ("praise", 1)):
            for term in split_words(words.get(slot)):
                self.at(term).direct.append(Judgement(tag, polarity))
        for term in split_words(words.get("fallback")):
            self.at(term).fallback.append(tag)

    def general(self, words: Mapping[str, Any]) -> None:
        for slot, polarity in (("bad", -1), ("good", 1)):
            for term in split_words(words.get(slot)):
                self.at(term).general = polarity
        for tag, terms in words.get("primary", {}).items():
            for term in split_words(terms):
                aspects = self.at(term).aspects
                if tag in aspects:
                    aspects.remove(tag)
                    aspects.insert(0, tag)

    def steer(self, rules: ClauseRules) -> None:
        for words, kind in ((rules.turns, Kind.TURN), (rules.irrealis, Kind.IRREALIS)):
            for term in words:
                self.at(term).kind = kind
        for term in sorted(rules.guards):
            if term not in self.cues:
                self.at(term).kind = Kind.GUARD

    def own(self, terms: Sequence[UserTerm]) -> None:
        for term in terms:
            cue = self.at(term.term)
            if not cue.user:
                cue.direct, cue.fallback, cue.user = [], [], True
            cue.direct.append(Judgement(term.tag, term.polarity))


def _check(name: str, document: Mapping[str, Any], taxonomy: Taxonomy) -> None:
    faults = []
    for tag, words in document["tags"].items():
        if tag not in taxonomy.by_id:
            faults.append(Fault(f"tags.{tag}", "no such tag in the taxonomy"))
        faults += [Fault(f"tags.{tag}.{slot}", "unknown key") for slot in words if slot not in _SLOTS]
    if faults:
        raise ConfigError(f"lexicons/tagging/{name}.yaml", faults)


@cache
def _packed() -> tuple[dict[str, Mapping[str, Any]], ClauseRules]:
    documents = {name: read_lexicon(f"tagging/{name}.yaml") for name in (*LEXICONS, "opinions")}
    return documents, load_clause_rules()


def compile_cues(taxonomy: Taxonomy, user_terms: Sequence[UserTerm] = ()) -> CueBook:
    """Compile the packed lexicons and a user's own terms; where both know a term, the user wins.

    Tags that a company's taxonomy left out are skipped with their cues.

    Raises
    ------
    ConfigError
        When a lexicon names an unknown key.
    """
    documents, rules = _packed()
    builder = _Builder(taxonomy)
    for name in LEXICONS:
        for tag, words in documents[name]["tags"].items():
            builder.tag(tag, words)
    builder.general(documents["opinions"])
    builder.steer(rules)
    builder.own(user_terms)
    return CueBook(builder.cues.values(), rules)
