"""Compiles the cue lexicons into one automaton: which words of a text speak of which tag, and how.

A cue plays one or more parts. An *aspect* names what is spoken of (物流). An *opinion* judges (慢), for
certain tags only or, as a general good or bad word, for any. A *direct* cue does both (龟速, 等了#天). A
*fallback* counts only in a text that has no other complaint. Guards (差不多, 快递) look like cues and hide
the ones inside them; turns and irrealis words steer the reading of a clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from voc.errors import ConfigError, Fault
from voc.tagging.taxonomy import Taxonomy
from voc.text.clauses import ClauseRules, load_clause_rules
from voc.text.lexicons import UserTerm, read_lexicon, split_words

__all__ = ["LEXICONS", "Cue", "CueBook", "CueMatch", "Judgement", "Kind", "compile_cues"]

LEXICONS: Final = ("logistics", "fulfilment", "quality", "service", "venue")
"""Packed files below `lexicons/tagging/` that hold cues of tags.

`opinions` and `clauses` stand beside them.
"""

_GAP: Final = r"[^\s，。！？；：,!?;:…]{0,8}?"
_NUMBER: Final = r"[0-9一二三四五六七八九十两几半多好百千.:：~到-]{1,8}?"
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


class _Pattern(NamedTuple):
    cue: Cue
    expression: re.Pattern[str]
    reach: int
    """How far before its anchor a match may begin."""


class CueBook:
    """All cues of a taxonomy, ready for searching."""

    def __init__(self, cues: Iterable[Cue], rules: ClauseRules) -> None:
        import ahocorasick

        self.rules = rules
        self._words: Any = ahocorasick.Automaton()
        self._anchors: Any = ahocorasick.Automaton()
        anchors: dict[str, list[_Pattern]] = {}
        for cue in cues:
            if "*" in cue.term or "#" in cue.term:
                anchor, pattern = _compile_pattern(cue)
                anchors.setdefault(anchor, []).append(pattern)
            else:
                self._words.add_word(cue.term, (len(cue.term), cue))
        for anchor, patterns in anchors.items():
            self._anchors.add_word(anchor, (len(anchor), tuple(patterns)))
        self._words.make_automaton()
        self._has_patterns = bool(anchors)
        if anchors:
            self._anchors.make_automaton()

    def matches(self, text: str) -> list[CueMatch]:
        """Find cues in a text, in order; of overlapping words the leftmost longest, and every pattern.

        `text` is in lower case. A pattern's match never crosses a clause's end.
        """
        make = CueMatch._make
        found = [make((end + 1 - size, end + 1, cue)) for end, (size, cue) in self._words.iter_long(text)]
        patterned = list(self._patterns(text)) if self._has_patterns else []
        if patterned:
            # a pattern stands before a word that begins with it
            found = [*patterned, *found]
            found.sort(key=itemgetter(0))
        return found

    def _patterns(self, text: str) -> Iterator[CueMatch]:
        for last, (size, patterns) in self._anchors.iter(text):
            anchor = last + 1 - size
            for cue, expression, reach in patterns:
                match = expression.search(text, max(anchor - reach, 0), last + 40)
                if match and match.start() <= anchor < match.end():
                    yield CueMatch(match.start(), match.end(), cue)


def _compile_pattern(cue: Cue) -> tuple[str, _Pattern]:
    """Return the longest literal piece of a pattern, and the pattern as a regular expression."""
    pieces = re.split(r"([*#])", cue.term)
    literals = [piece for piece in pieces if piece not in ("", "*", "#")]
    anchor = max(reversed(literals), key=len)
    before = pieces[: pieces.index(anchor)]
    reach = sum(len(piece) if piece not in ("*", "#") else 8 for piece in before)
    written = {"*": _GAP, "#": _NUMBER}
    expression = "".join(written.get(piece, re.escape(piece)) for piece in pieces)
    return anchor, _Pattern(cue, re.compile(expression), reach)


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
            cue.direct = [Judgement(term.tag, term.polarity)]
            cue.fallback = []
            cue.user = True


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
