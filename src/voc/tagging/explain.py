"""Says of one text which words and rules led to its sentiment and to each of its tags."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from voc.tagging.lexicon.findings import Finding
from voc.tagging.models.sentiment import NAME, load_sentiment
from voc.tagging.models.topic_model import Prediction
from voc.tagging.reader import Reading
from voc.tagging.tagger import BatchReading, Tagger
from voc.tagging.verdict import VERDICTS
from voc.types import MaskedText

__all__ = ["TagReason", "TextExplanation", "WordWeight", "explain_text"]

_WORDS: Final = 8
_RULES: Final = {
    "direct": "a phrase that says it by itself",
    "aspect+opinion": "a judgement made for this aspect",
    "aspect+general": "a general judgement of this aspect",
    "carried": "a judgement of what the clause before spoke of",
    "fallback": "dissatisfaction with nothing named",
    "irony": "praise that mocks",
    "user": "a term of your own lexicon",
}
_VERDICTS: Final = {
    "denied": "praise alone, whatever the words say that it denies",
    "scorned": "a complaint and nothing else",
    "turned": "a complaint, and praise of others, of hearsay or in mockery",
    "asked": "only asks or fears what has not happened",
    "routine": "details and courtesies alone",
}


class WordWeight(NamedTuple):
    """How much a word speaks for positive (above 0) or negative (below 0)."""

    word: str
    weight: float


class TagReason(NamedTuple):
    """Why a text has, or lacks, a tag."""

    tag: str
    polarity: int
    display: str
    evidence: str
    score: float
    source: str
    rule: str | None
    """Which rule of the lexicon found it; None when only the model did."""
    terms: tuple[str, ...]
    """The cues."""
    flips: int
    """Negations and comparisons that bore on it."""
    model_score: float | None
    """Probability under the model; None when it stayed below its threshold."""
    accepted: bool
    """False for a finding of the lexicon that the model did not bear out."""


class TextExplanation(NamedTuple):
    """Everything that led to the tags of one text. Holds masked text only."""

    sentiment: int
    sentiment_score: float
    settled: str | None
    """Why the sentiment is not the model's, where it is not."""
    words: tuple[WordWeight, ...]
    """The words that weigh most, strongest first; empty when the back end cannot say."""
    reasons: tuple[TagReason, ...]
    intent: str | None
    severity: tuple[str, ...]
    signs: tuple[str, ...]
    """Words that led to intent and severity."""

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **self._asdict(),
            "words": [word._asdict() for word in self.words],
            "reasons": [reason._asdict() for reason in self.reasons],
        }

    def lines(self) -> tuple[str, ...]:
        """Lines for people."""
        mood = {-1: "negative", 0: "neutral", 1: "positive"}[self.sentiment]
        lines = [f"sentiment {mood}, probability of positive {self.sentiment_score:.2f}"]
        if self.settled is not None:
            lines.append(f"  settled by the reading of clauses: {self.settled}")
        lines += [f"  {word.weight:+.2f}  {word.word}" for word in self.words]
        lines += [line for reason in self.reasons for line in _reason_lines(reason)]
        lines.append(f"intent {self.intent or '–'}; severity {'、'.join(self.severity) or '–'}")
        if self.signs:
            lines.append(f"  signs: {'、'.join(self.signs)}")
        return tuple(lines)


def explain_text(tagger: Tagger, text: MaskedText) -> TextExplanation:
    """Explain one masked text."""
    found = tagger.read([text])
    batch = tagger.tag_batch([text])
    (told,) = batch.texts()
    verdict = VERDICTS[batch.verdicts[0]]
    reasons = []
    (findings,), (predictions,) = found.findings.by_row(1), found.predictions.by_row(1)
    matched = {(finding.tag, finding.polarity): finding for finding in findings}
    predicted = {(prediction.tag, prediction.polarity): prediction for prediction in predictions}
    for tag in told.tags:
        key = tag.tag, tag.polarity
        finding = matched.pop(key, None)
        reasons.append(
            TagReason(
                tag.tag,
                tag.polarity,
                tagger.taxonomy.display(tag.tag),
                text[tag.start : tag.end],
                tag.score,
                tag.source,
                *_why(finding, predicted.get(key)),
                accepted=True,
            )
        )
    for finding in matched.values():
        start, end = found.reading.span(0, finding.start, finding.end)
        display = (
            tagger.taxonomy.display(finding.tag) if finding.tag in tagger.taxonomy.by_id else finding.tag
        )
        reasons.append(
            TagReason(
                finding.tag,
                finding.polarity,
                display,
                text[start:end],
                finding.score,
                "lexicon",
                *_why(finding, None),
                accepted=False,
            )
        )
    return TextExplanation(
        told.sentiment,
        told.sentiment_score,
        _VERDICTS[verdict] if verdict else None,
        _word_weights(tagger, found.reading),
        tuple(reasons),
        told.intent,
        tuple(told.severity),
        _signs(tagger, found),
    )


def _signs(tagger: Tagger, found: BatchReading) -> tuple[str, ...]:
    signs = tagger.intent_rules.signs
    counted = signs.named(found.signs, signs.masks(found.reading, found.signs))
    return tuple(dict.fromkeys(match.cue.term for match in counted))


def _why(
    finding: Finding | None, prediction: Prediction | None
) -> tuple[str | None, tuple[str, ...], int, float | None]:
    rule, terms, flips = (finding.rule, finding.terms, finding.flips) if finding else (None, (), 0)
    return rule, terms, flips, prediction.score if prediction else None


def _word_weights(tagger: Tagger, reading: Reading) -> tuple[WordWeight, ...]:
    if tagger.sentiment.name != NAME:
        return ()
    shares = load_sentiment().contributions(reading)
    words: dict[str, float] = {}
    at = 0
    for token in reading.folded_tokens[0]:
        words[token] = words.get(token, 0.0) + float(shares[at : at + len(token)].sum())
        at += len(token)
    ranked = sorted(words.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(WordWeight(word, round(weight, 3)) for word, weight in ranked[:_WORDS])


def _reason_lines(reason: TagReason) -> list[str]:
    sign = {-1: "complaint", 0: "mention", 1: "praise"}[reason.polarity]
    head = f"{reason.display} ({reason.tag}) {sign} {reason.score:.2f}: {reason.evidence!r}"
    if not reason.accepted:
        head = "not taken: " + head
    lines = [head]
    if reason.rule is not None:
        turned = f", {reason.flips} negation or comparison" if reason.flips else ""
        lines.append(f"  lexicon: {_RULES.get(reason.rule, reason.rule)}: {' + '.join(reason.terms)}{turned}")
    if reason.model_score is not None:
        lines.append(f"  model: {reason.model_score:.2f}")
    return lines
