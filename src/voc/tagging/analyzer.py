"""Everything that is said of a text: words, sentiment, tags with evidence, intent, severity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from voc.config.resources import lexicon
from voc.tagging.cues import LEXICONS, CueBook, compile_cues
from voc.tagging.features import blank_placeholders
from voc.tagging.intent import IntentRules, load_intent_rules
from voc.tagging.models import SentimentScorer, load_model, model_entry
from voc.tagging.taxonomy import load_taxonomy
from voc.tagging.topics import Finding, LexiconTagger
from voc.tagging.weights import artefact_path
from voc.text.clauses import clause_ends
from voc.text.lexicons import digest, read_user_terms
from voc.text.segment import Segmenter

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CUSTOMER_SPEAKERS", "Analysis", "Analyzer", "load_analyzer", "resources_digest"]

CUSTOMER_SPEAKERS: Final = frozenset({"customer", "user", "buyer", "客户", "用户", "顾客", "买家"})
"""Values of `speaker` that mean the customer; rows without a speaker are the customer's too."""

_RESOURCES: Final = ("taxonomy.yaml", *(f"tagging/{name}.yaml" for name in (*LEXICONS, "opinions", "clauses", "intent")))
_LONGEST: Final = 20_000
"""Characters of a text that tags are looked for in; what stands behind still counts for sentiment and words."""


class Analysis(NamedTuple):
    """What is said of one text."""

    tokens: list[str]
    sentiment: int
    """-1, 0 or 1."""
    score: float
    """Probability that the text is positive."""
    findings: list[Finding]
    intent: str | None
    severity: list[str]


class Analyzer:
    """Analyses batches of masked texts. Made by `load_analyzer`."""

    def __init__(self, model: SentimentScorer, book: CueBook, rules: IntentRules, words: Sequence[str]) -> None:
        self._model = model
        self._book = book
        self._tagger = LexiconTagger(book)
        self._rules = rules
        self._segmenter = Segmenter(words)

    def analyse(self, texts: Sequence[str]) -> list[Analysis]:
        """Analyse masked texts; each alone gets the same result as among others."""
        scored = self._model.score(texts)
        tokens = self._segmenter.cut_batch(texts)
        results = []
        rows = zip(texts, tokens, scored.labels.tolist(), scored.scores.tolist(), strict=True)
        for text, words, label, score in rows:
            plain = _lower(blank_placeholders(text) if "<" in text else text)
            findings = self.findings(plain)
            polarities = [finding.polarity for finding in findings]
            complaints = [finding.tag for finding in findings if finding.polarity < 0]
            intent = self._rules.intent(plain, label, polarities) if plain.strip() else None
            severity = self._rules.severity(plain, complaints)
            results.append(Analysis(words, label, score, findings, intent, severity))
        return results

    def findings(self, plain: str) -> list[Finding]:
        """Return the tags of a text in lower case with placeholders blanked."""
        short = plain[:_LONGEST]
        matches = self._book.matches(short)
        if not matches:
            return []
        codes = np.frombuffer(short.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return self._tagger.find(short, matches, [*clause_ends(codes).tolist(), len(short)])

    def columns(self, batch: pa.RecordBatch, text_column: str) -> dict[str, pa.Array]:
        """Return the columns that tagging adds to a batch, by name."""
        from voc.tagging.columns import build_columns

        texts = [text or "" for text in batch.column(text_column).to_pylist()]
        return build_columns(texts, self.analyse(texts), _by_customer(batch))


def _by_customer(batch: pa.RecordBatch) -> list[bool]:
    """Whether each row is the customer's own words."""
    if "speaker" not in batch.schema.names:
        return [True] * batch.num_rows
    speakers = batch.column("speaker").to_pylist()
    return [speaker is None or str(speaker).strip().lower() in CUSTOMER_SPEAKERS for speaker in speakers]


def _lower(text: str) -> str:
    """Lower case in which every character keeps its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


@lru_cache(maxsize=4)
def load_analyzer(model: str = "fast", user_lexicon: Path | None = None, taxonomy: Path | None = None) -> Analyzer:
    """Load taxonomy, lexicons and weights.

    Raises
    ------
    UsageError
        For an unknown model.
    ConfigError
        For a faulty taxonomy or lexicon, with every fault.
    """
    tags = load_taxonomy(taxonomy)
    terms = read_user_terms(user_lexicon, tags.by_id) if user_lexicon else ()
    words = [term.term for term in terms if "*" not in term.term and "#" not in term.term]
    return Analyzer(load_model(model), compile_cues(tags, terms), load_intent_rules(), words)


def resources_digest(model: str, user_lexicon: Path | None, taxonomy: Path | None) -> str:
    """Digest of everything besides the text that decides the result."""
    entry = model_entry(model)
    parts: list[Path | bytes] = [entry.name.encode(), *(lexicon(name) for name in _RESOURCES)]
    parts += [path for path in (user_lexicon, taxonomy, artefact_path(entry.name)) if path and path.is_file()]
    return digest(parts)
