"""What became of a chat: the customer's first and last mood, and whether the matter was solved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from voc.tagging.lexicon.cues import Cue, CueBook
from voc.text.clauses import load_clause_rules
from voc.text.lexicons import read_lexicon, split_words

__all__ = ["Conversation", "Turn", "summarise"]

_LAST: Final = 3
"""Turns of the customer at the end that say whether the matter was solved."""


class Turn(NamedTuple):
    """One turn of a chat, tagged."""

    text: str
    own: bool
    """Whether the customer speaks."""
    sentiment: int | None
    tags: Sequence[dict[str, Any]]
    """As `voc tag` gives them."""


class Conversation(NamedTuple):
    """A chat as a whole. Moods are -1, 0, 1; None when the customer said nothing."""

    turns: int
    customer_turns: int
    first_mood: int | None
    last_mood: int | None
    solved: bool | None
    """None when the customer's last words do not tell."""
    complaints: list[str]
    """Tags complained of, in order of their first mention."""


@cache
def _closing() -> CueBook:
    words = read_lexicon("tagging/intent.yaml")["closing"]
    cues: dict[str, Cue] = {}
    for name in ("solved", "unsolved"):
        for term in split_words(words[name]):
            cues.setdefault(term.lower(), Cue(term.lower())).aspects.append(name)
    return CueBook(cues.values(), load_clause_rules())


def summarise(turns: Sequence[Turn]) -> Conversation:
    """Summarise a chat; turns in order."""
    own = [turn for turn in turns if turn.own and turn.text.strip()]
    moods = [turn.sentiment for turn in own if turn.sentiment is not None]
    told = [mood for mood in moods if mood] or moods
    complaints = dict.fromkeys(tag["tag"] for turn in own for tag in turn.tags if tag["polarity"] < 0)
    return Conversation(
        len(turns),
        len(own),
        told[0] if told else None,
        moods[-1] if moods else None,
        _solved(own),
        list(complaints),
    )


def _solved(own: Sequence[Turn]) -> bool | None:
    """The last of the customer's words that says so decides; of two in one turn, the later."""
    for turn in reversed(own[-_LAST:]):
        tags = {(tag["tag"], tag["polarity"]) for tag in turn.tags}
        if ("service.unresolved", -1) in tags:
            return False
        matches = _closing().matches(turn.text.lower())
        if matches:
            return "solved" in matches[-1].cue.aspects
        if ("service.unresolved", 1) in tags:
            return True
        if turn.sentiment == -1:
            return False
    return None
