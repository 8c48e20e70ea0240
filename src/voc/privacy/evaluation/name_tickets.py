"""Tickets, chats and reviews written by hand, with their people and addresses.

`lexicons/evaluation/name_tickets.txt` marks people [P:...] and addresses [A:...]. The tagger of names never
learnt from them; the rules of names and addresses were mended after reading what they missed in them. Those
of `unseen_tickets.txt`, which are odd, and of `everyday_tickets.txt` beside it are kept from that, but for
one reading of what was missed, after which a few titles were added: they tell about how unseen texts fare.
`kinds_tickets.txt`, `later_kinds_tickets.txt` and `trades_tickets.txt` mark every kind of value by its name,
like [CN_MOBILE:...]; so do `number_tickets.txt`, mostly numbers, accounts and codes, and
`people_tickets.txt`, mostly people and places. Rules were mended after them. Nobody reads what is missed in
`unread_tickets.txt`, which mark every kind as well: only its scores are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

from voc.config.resources import lexicon
from voc.privacy.evaluation.cases import Case, Label

__all__ = ["name_tickets", "read_marked", "unmarked"]

_MARK: Final = re.compile(r"\[([A-Z_]+):([^\]]+)\]")
_ENTITIES: Final = {"P": "PERSON", "A": "CN_ADDRESS"}


@cache
def name_tickets(
    which: Literal[
        "name", "unseen", "everyday", "kinds", "later_kinds", "number", "people", "trades", "unread"
    ] = "name",
) -> tuple[Case, ...]:
    """Return packed tickets: part `names`, or `tickets` or `unread` where every kind of value is marked."""
    part = "tickets" if which.endswith(("kinds", "number", "people", "trades")) else "names"
    part = which if which == "unread" else part
    return read_marked(lexicon(f"evaluation/{which}_tickets.txt"), part)


def read_marked(path: Path, part: str = "names") -> tuple[Case, ...]:
    """Read one text a line; lines that begin with # are comments, and \\n is a line break."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(
        _case(part, *unmarked(line, _ENTITIES)) for line in lines if line and not line.startswith("#")
    )


def unmarked(line: str, kinds: Mapping[str, str]) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """Take the marks, like [P:李雷], out of a line.

    `kinds` says what their letters stand for; any other mark stands for itself. Returns the text, with a
    line break for \\n, and (start, end, kind) of what was marked.
    """
    line = line.replace("\\n", "\n")
    text, spans, done = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[done : mark.start()]
        spans.append((len(text), len(text) + len(mark[2]), kinds.get(mark[1], mark[1])))
        text += mark[2]
        done = mark.end()
    return text + line[done:], tuple(spans)


def _case(part: str, text: str, spans: tuple[tuple[int, int, str], ...]) -> Case:
    held = sorted({entity for _, _, entity in spans})
    group = held[0] if len(held) == 1 else "several" if len(held) > 2 else "both" if held else "neither"
    return Case(part, group, text, tuple(Label(*span) for span in spans))
