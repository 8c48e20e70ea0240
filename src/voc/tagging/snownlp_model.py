"""SnowNLP's naive Bayes sentiment as a back end to compare with (model name `snownlp`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from voc.errors import UsageError
from voc.tagging.features import PLACEHOLDER
from voc.tagging.sentiment import Sentiments

__all__ = ["NAME", "SnowNlpModel"]

NAME: Final = "snownlp.v1"
_LOW: Final = 0.4
_HIGH: Final = 0.6
_LONGEST: Final = 2000
"""Characters looked at; SnowNLP takes time in proportion to the square of a clause."""


class SnowNlpModel:
    """Scores texts with SnowNLP, one by one; about a hundred times slower than the default model."""

    def __init__(self) -> None:
        try:
            from snownlp import sentiment
        except ImportError:
            hint = "python -m pip install snownlp"
            raise UsageError("the model 'snownlp' is not installed", hint=hint) from None
        self._classify = sentiment.classify

    def score(self, texts: Sequence[str]) -> Sentiments:
        """Score texts. An empty one scores 0.5 and is neutral."""
        scores = np.array([self._score(text) for text in texts], dtype=np.float32)
        labels = np.where(scores < _LOW, -1, np.where(scores > _HIGH, 1, 0)).astype(np.int8)
        return Sentiments(labels, scores)

    def _score(self, text: str) -> float:
        plain = PLACEHOLDER.sub("", text)[:_LONGEST]
        return float(self._classify(plain)) if plain.strip() else 0.5
