"""Tags masked texts: sentiment, complaint tags with evidence, intent, severity. A batch in.

A result a text out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from voc.tagging.combine import Tagged, combine_row
from voc.tagging.cues import LEXICONS, CueMatch, compile_cues
from voc.tagging.custom_model import LabelScore, load_custom
from voc.tagging.intent import load_intent_rules
from voc.tagging.models import backend
from voc.tagging.reader import Reading, group_by_row, read_batch
from voc.tagging.sentiment import Sentiments
from voc.tagging.taxonomy import Taxonomy, load_taxonomy
from voc.tagging.topic_model import NAME, Prediction, load_topic_model
from voc.tagging.topics import Finding, LexiconTagger
from voc.tagging.weights import artefact_path
from voc.text.lexicons import UserTerm, digest, read_user_terms
from voc.text.segment import Segmenter
from voc.types import MaskedText

__all__ = ["BatchReading", "TaggedText", "Tagger", "fingerprint"]

_BLANKS: Final = re.compile(r"\s")


class TaggedText(NamedTuple):
    """What tagging says of one text."""

    tokens: list[str]
    sentiment: int
    sentiment_score: float
    tags: list[Tagged]
    intent: str | None
    severity: list[str]
    custom: list[LabelScore]
    """Labels of a custom model, where one is used."""


class BatchReading(NamedTuple):
    """All that was found in a batch before it was put together: what explanations are made of."""

    reading: Reading
    sentiments: Sentiments
    findings: list[list[Finding]]
    predictions: list[list[Prediction]]
    signs: list[list[CueMatch]]


class Tagger:
    """Tags masked texts.

    Parameters
    ----------
    model
        Short name of a sentiment back end (`voc.tagging.models`).
    taxonomy
        A taxonomy file, the packed one when not given.
    user_lexicon
        A TSV of own terms: term, tag, polarity. They count without training.
    custom
        A model of `voc train` whose labels every text gets beside its tags.
    """

    def __init__(
        self,
        *,
        model: str = "fast",
        taxonomy: Path | None = None,
        user_lexicon: Path | None = None,
        custom: Path | None = None,
    ) -> None:
        self.taxonomy: Taxonomy = load_taxonomy(taxonomy)
        self.user_terms: tuple[UserTerm, ...] = (
            read_user_terms(user_lexicon, self.taxonomy.ids) if user_lexicon else ()
        )
        self.sentiment = backend(model)
        self.lexicon = LexiconTagger(compile_cues(self.taxonomy, self.user_terms))
        self.topics = load_topic_model()
        self._learnt = frozenset(self.topics.labels)
        self._custom = load_custom(custom) if custom else None
        self._intent = load_intent_rules()
        plain = [term.term for term in self.user_terms if not set(term.term) & {"*", "#"}]
        self.segmenter = Segmenter(plain)

    def tag(self, texts: Sequence[MaskedText]) -> list[TaggedText]:
        """Tag texts. Blank texts get no tokens, no tags, and a neutral sentiment."""
        found = self.read(texts)
        tokens = found.reading.tokens
        labels, scores = found.sentiments.labels.tolist(), found.sentiments.scores.tolist()
        rows = [
            self._row(found, row, text, words, (label, score))
            for row, (text, words, label, score) in enumerate(zip(texts, tokens, labels, scores, strict=True))
        ]
        if self._custom is not None and rows:
            own = self._custom.predict(found.reading)
            rows = [row._replace(custom=labels) for row, labels in zip(rows, own, strict=True)]
        return rows

    def read(self, texts: Sequence[MaskedText]) -> BatchReading:
        """Find everything in a batch that bears on its tags."""
        reading = read_batch(texts, self.segmenter)
        findings = reading.findings(self.lexicon)
        predictions = self.topics.predict(reading.buffer, reading.units, findings)
        signs = group_by_row(reading, self._intent.matches(reading.joined))
        return BatchReading(reading, self.sentiment.score(reading), findings, predictions, signs)

    def _own_tags(self, tags: list[Tagged]) -> list[Tagged]:
        """Tell tags under the ids of the taxonomy in use; of two that become one, the surer."""
        targets = self.taxonomy.targets
        if all(targets.get(tag.tag) == tag.tag for tag in tags):
            return tags
        best: dict[tuple[str, int], Tagged] = {}
        for tag in tags:
            if (own := targets.get(tag.tag)) is not None:
                known = best.get((own, tag.polarity))
                if known is None or tag.score > known.score:
                    best[own, tag.polarity] = tag._replace(tag=own)
        return sorted(best.values(), key=lambda tag: (tag.start, tag.end, tag.tag, tag.polarity))

    def _row(
        self, found: BatchReading, row: int, text: str, words: list[str], mood: tuple[int, float]
    ) -> TaggedText:
        label, score = mood
        combined = combine_row(found.reading, row, found.findings[row], found.predictions[row], self._learnt)
        tags = self._own_tags(combined)
        signs = self._intent.signs(found.reading.joined, found.signs[row])
        asks = "?" in text or "？" in text or text.rstrip("。.!！~ ").endswith(("吗", "呢", "么"))
        polarities = [tag.polarity for tag in tags]
        intent = self._intent.intent(signs, label, polarities, asks=asks) if words else None
        if _BLANKS.search(text):
            words = [word for word in words if not word.isspace()]
        return TaggedText(words, label, score, tags, intent, self._intent.severity(signs, label), [])


def fingerprint(model: str, taxonomy: Path | None, user_lexicon: Path | None) -> str:
    """Hex digest of models, lexicons and taxonomy."""
    from voc.config.resources import lexicon

    packed = [
        lexicon(f"tagging/{name}.yaml") for name in (*LEXICONS, "opinions", "clauses", "intent", "spelling")
    ]
    files = [taxonomy or lexicon("taxonomy.yaml"), *packed, artefact_path(NAME)]
    if user_lexicon is not None:
        files.append(user_lexicon)
    return digest([b"tag.v1", backend(model).fingerprint().encode(), *files])
