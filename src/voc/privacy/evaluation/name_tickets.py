"""Tickets, chats and reviews written by hand, with their people and addresses.

`lexicons/evaluation/name_tickets.txt` marks people [P:...] and addresses [A:...]. The tagger of names never
learnt from them; the rules of names and addresses were mended after reading what they missed in them. Those
of `lexicons/evaluation/unseen_tickets.txt` are kept from that, too: they tell how unseen texts fare.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from voc.config.resources import lexicon
from voc.privacy.evaluation.cases import Case, Label

__all__ = ["name_tickets", "read_marked"]

_PART: Final = re.compile(r"\[([PA]):([^\]]+)\]")
_ENTITIES: Final = {"P": "PERSON", "A": "CN_ADDRESS"}


@cache
def name_tickets(*, unseen: bool = False) -> tuple[Case, ...]:
    """Return the packed tickets, of the part `names`; `unseen` are those after which nothing was mended."""
    return read_marked(lexicon(f"evaluation/{'unseen' if unseen else 'name'}_tickets.txt"))


def read_marked(path: Path) -> tuple[Case, ...]:
    """Read one text a line; lines that begin with # are comments, and \\n is a line break."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_case(line.replace("\\n", "\n")) for line in lines if line and not line.startswith("#"))


def _case(line: str) -> Case:
    text, labels, done = "", [], 0
    for mark in _PART.finditer(line):
        text += line[done : mark.start()]
        labels.append(Label(len(text), len(text) + len(mark[2]), _ENTITIES[mark[1]]))
        text += mark[2]
        done = mark.end()
    held = sorted({label.entity for label in labels})
    return Case(
        "names",
        held[0] if len(held) == 1 else "both" if held else "neither",
        text + line[done:],
        tuple(labels),
    )
