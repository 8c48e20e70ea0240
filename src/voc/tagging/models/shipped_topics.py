"""What the shipped lexicon and topic model see in a batch: read once, whoever asks."""

from __future__ import annotations

from functools import cache
from typing import Final

from voc.tagging.lexicon.cues import compile_cues
from voc.tagging.lexicon.findings import Findings
from voc.tagging.lexicon.topics import LexiconTagger
from voc.tagging.models.topic_model import NAME, ClauseMargins, load_topic_model
from voc.tagging.reader import Reading
from voc.tagging.taxonomy import load_taxonomy

__all__ = ["shipped_findings", "shipped_lexicon", "shipped_margins"]

_LEXICON: Final = "lexicon"


@cache
def shipped_lexicon() -> LexiconTagger:
    """Return the lexicon of the packed taxonomy, without terms of the user's."""
    return LexiconTagger(compile_cues(load_taxonomy()))


def shipped_findings(reading: Reading) -> Findings:
    """What that lexicon finds."""
    found: Findings = reading.remembered(_LEXICON, lambda: reading.findings(shipped_lexicon()))
    return found


def shipped_margins(reading: Reading) -> ClauseMargins:
    """Margins of the shipped topic model beside that lexicon."""
    margins: ClauseMargins = reading.remembered(
        NAME, lambda: load_topic_model().margins(reading, shipped_findings(reading))
    )
    return margins
