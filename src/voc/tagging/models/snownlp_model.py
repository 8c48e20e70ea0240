"""SnowNLP as a back end: the baseline that many know. Slow, and trained on shop reviews only."""

from __future__ import annotations

import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import numpy as np

from voc.errors import UsageError
from voc.tagging.models.sentiment import Sentiments
from voc.tagging.reader import Reading
from voc.text.lexicons import digest

__all__ = ["SnowNlpBackend"]

_LOW: Final = 0.4
_HIGH: Final = 0.6


class SnowNlpBackend:
    """`snownlp`: naive Bayes over SnowNLP's own words."""

    name = "sentiment.snownlp.v1"

    def __init__(self) -> None:
        try:
            self._version = version("snownlp")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from snownlp import sentiment
        except (ImportError, PackageNotFoundError):
            # a dependency of voc itself, so no extra brings it
            raise UsageError(
                "snownlp is not installed", where="--model", hint="python -m pip install snownlp"
            ) from None
        self._classify = sentiment.classify

    def fingerprint(self) -> str:
        """Digest of the installed version."""
        return digest([f"snownlp {self._version} {_LOW} {_HIGH}".encode()])

    def score(self, reading: Reading) -> Sentiments:
        """Score row by row; an empty row scores 0.5."""
        scores = np.array([self._one(text.text) for text in reading.folded], dtype=np.float32)
        labels = np.where(scores < _LOW, -1, np.where(scores > _HIGH, 1, 0)).astype(np.int8)
        return Sentiments(labels, scores)

    def _one(self, text: str) -> float:
        if not text.strip():
            return 0.5
        try:
            return float(self._classify(text))
        except (ArithmeticError, ValueError):
            # SnowNLP overflows on long texts and divides by zero when it knows no word of a text
            return 0.5
