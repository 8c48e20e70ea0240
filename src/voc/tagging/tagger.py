"""Tags masked texts: sentiment, complaint tags with evidence, intent, severity. A batch in.

A result a text out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.combine import Combiner
from voc.tagging.custom.custom_model import LabelScore
from voc.tagging.intent import Intents, load_intent_rules
from voc.tagging.lexicon.cues import LEXICONS, CueHits, compile_cues
from voc.tagging.lexicon.findings import Findings
from voc.tagging.lexicon.topics import LexiconTagger
from voc.tagging.models.registry import ClauseReader, backend, labeller
from voc.tagging.models.sentiment import Sentiments
from voc.tagging.models.shipped_topics import shipped_findings, shipped_lexicon, shipped_margins
from voc.tagging.models.topic_model import NAME, Predictions, load_topic_model
from voc.tagging.models.weights import artefact_path
from voc.tagging.reader import Reading, read_batch
from voc.tagging.tags import Tagged, Tags
from voc.tagging.taxonomy import Taxonomy, load_taxonomy
from voc.tagging.verdict import Wants, settle
from voc.text.lexicons import UserTerm, digest, read_user_terms
from voc.text.segment import Segmenter
from voc.types import MaskedText

__all__ = ["BatchReading", "TaggedBatch", "TaggedText", "Tagger", "fingerprint"]


class TaggedText(NamedTuple):
    """What tagging says of one text."""

    tokens: list[str]
    sentiment: int
    sentiment_score: float
    """Probability of positive; between 0.25 and 0.75 for a neutral text."""
    tags: list[Tagged]
    intent: str | None
    severity: list[str]
    custom: list[LabelScore]
    """Labels of a custom model, where one is used."""


class BatchReading(NamedTuple):
    """All that was found in a batch before it was put together: what explanations are made of."""

    reading: Reading
    sentiments: Sentiments
    findings: Findings
    predictions: Predictions
    signs: CueHits
    """Words that may tell intent and severity, in `Reading.joined`."""


class TaggedBatch(NamedTuple):
    """What tagging says of a batch, as columns."""

    reading: Reading
    sentiments: Sentiments
    tags: Tags
    verdicts: npt.NDArray[np.int64]
    """Which rule settled the sentiment of each text, as its place in `voc.tagging.verdict.VERDICTS`."""
    intents: Intents
    custom: list[list[LabelScore]] | None
    """Labels of a custom model, where one is used."""

    def texts(self) -> list[TaggedText]:
        """What it says of each text. Tokens that are white space are left out."""
        labels, scores = self.sentiments.labels.tolist(), self.sentiments.scores.tolist()
        count = len(labels)
        intents, severities = self.intents.names()
        return [
            TaggedText([word for word in words if not word.isspace()], *told)
            for words, *told in zip(
                self.reading.tokens, labels, scores, self.tags.by_row(count), intents, severities,
                self.custom or [[] for _ in range(count)], strict=True,
            )
        ]  # fmt: skip


class Tagger:
    """Tags masked texts.

    Parameters
    ----------
    model
        Short name of a sentiment back end (`voc.tagging.models.registry`).
    taxonomy
        A taxonomy file, the packed one when not given.
    user_lexicon
        A TSV of own terms: term, tag, polarity. They count without training.
    custom
        A model whose labels every text gets beside its tags: a file of `voc train`, or `transformers:PATH`.
    """

    def __init__(
        self,
        *,
        model: str = "fast",
        taxonomy: Path | None = None,
        user_lexicon: Path | None = None,
        custom: str | None = None,
    ) -> None:
        self.taxonomy: Taxonomy = load_taxonomy(taxonomy)
        self.user_terms: tuple[UserTerm, ...] = (
            read_user_terms(user_lexicon, self.taxonomy.ids) if user_lexicon else ()
        )
        self.sentiment = backend(model)
        self._shipped = taxonomy is None and not self.user_terms
        self.lexicon = (
            shipped_lexicon()
            if self._shipped
            else LexiconTagger(compile_cues(self.taxonomy, self.user_terms))
        )
        self.topics = load_topic_model()
        self._combiner = Combiner(self.lexicon.tags, self.topics.labels, self.taxonomy.targets)
        self._custom = labeller(custom) if custom else None
        self.intent_rules = load_intent_rules()
        plain = [term.term for term in self.user_terms if not set(term.term) & {"*", "#"}]
        self.segmenter = Segmenter(plain)

    def tag(self, texts: Sequence[MaskedText]) -> list[TaggedText]:
        """Tag texts. Blank texts get no tokens, no tags, and a neutral sentiment."""
        return self.tag_batch(texts).texts()

    def tag_batch(self, texts: Sequence[MaskedText]) -> TaggedBatch:
        """Tag texts, column by column."""
        reading, first, findings, predictions, signs = self.read(texts)
        tags = self._combiner.combine(reading, findings, predictions)
        masks = self.intent_rules.rows(reading, signs)
        asks = np.fromiter(map(_asks, texts), np.bool_, len(texts))
        unreal = self.intent_rules.signs.asking(reading, signs)
        wants = Wants(asks | self.intent_rules.wishes(masks), unreal)
        sentiments, tags, verdicts = settle(reading, findings, tags, first, wants)
        tagged = []
        for polarity in (-1, 1):
            has = np.zeros(len(texts), dtype=np.bool_)
            has[tags.rows[tags.polarities == polarity]] = True
            tagged.append(has)
        intents = self.intent_rules.judge(masks, sentiments.labels, (tagged[0], tagged[1]), asks)
        intents.intents[reading.buffer.starts == reading.buffer.ends] = -1
        custom = self._custom.predict(reading) if self._custom is not None and len(texts) else None
        return TaggedBatch(reading, sentiments, tags, verdicts, intents, custom)

    def read(self, texts: Sequence[MaskedText]) -> BatchReading:
        """Find everything in a batch that bears on its tags."""
        reading = read_batch(texts, self.segmenter)
        if self._shipped:
            findings, margins = shipped_findings(reading), shipped_margins(reading)
        else:
            findings = reading.findings(self.lexicon)
            margins = self.topics.margins(reading, findings)
        if isinstance(self.sentiment, ClauseReader):
            sentiments, margins = self.sentiment.judge(reading, margins)
        else:
            sentiments = self.sentiment.score(reading)
        signs = self.intent_rules.signs.hits(reading)
        return BatchReading(reading, sentiments, findings, self.topics.predict(reading, margins), signs)


def _asks(text: str) -> bool:
    """Whether a text has the form of a question."""
    return "?" in text or "？" in text or text.rstrip("。.!！~ ").endswith(("吗", "呢", "么", "啥"))


def fingerprint(model: str, taxonomy: Path | None, user_lexicon: Path | None) -> str:
    """Hex digest of models, lexicons and taxonomy."""
    from voc.config.resources import lexicon

    packed = [
        lexicon(f"tagging/{name}.yaml")
        for name in (*LEXICONS, "opinions", "clauses", "intent", "routine", "spelling")
    ]
    files = [taxonomy or lexicon("taxonomy.yaml"), *packed, artefact_path(NAME)]
    if user_lexicon is not None:
        files.append(user_lexicon)
    return digest([b"tag.v1", backend(model).fingerprint().encode(), *files])
