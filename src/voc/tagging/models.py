"""The registry of sentiment models: a short name for the command line, a versioned name for the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from voc.errors import UsageError, nearest
from voc.tagging.sentiment import Sentiments

__all__ = ["MODELS", "ModelEntry", "SentimentScorer", "load_model", "model_entry"]


class SentimentScorer(Protocol):
    """What a sentiment model does."""

    def score(self, texts: Sequence[str]) -> Sentiments:
        """Score masked texts."""
        ...


class ModelEntry(NamedTuple):
    """One model of the registry."""

    name: str
    """Versioned name, told in `run.json`."""
    load: Callable[[], SentimentScorer]


def _fast() -> SentimentScorer:
    from voc.tagging.sentiment import load_sentiment

    return load_sentiment()


def _snownlp() -> SentimentScorer:
    from voc.tagging.snownlp_model import SnowNlpModel

    return SnowNlpModel()


MODELS = {"fast": ModelEntry("sentiment.linear.v1", _fast), "snownlp": ModelEntry("snownlp.v1", _snownlp)}


def model_entry(name: str) -> ModelEntry:
    """Return a model by its short name. Raises UsageError with the nearest name when there is none."""
    if name not in MODELS:
        near = nearest(name, MODELS)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(MODELS)}"
        raise UsageError(f"no model {name!r}", where="model", hint=hint)
    return MODELS[name]


def load_model(name: str) -> SentimentScorer:
    """Load a model by its short name."""
    return model_entry(name).load()
