"""Sentiment by a model of the transformers library: its labels, whatever they are called, as moods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voc.errors import UsageError
from voc.tagging.custom.installed import open_installed
from voc.tagging.custom.mood_names import mood_of
from voc.tagging.models.sentiment import Sentiments
from voc.tagging.reader import Reading

__all__ = ["InstalledSentiment"]


class InstalledSentiment:
    """A model that classifies texts, as a sentiment back end.

    Raises
    ------
    UsageError
        When it classifies tokens, or the name of a label says no mood.
    """

    name = "sentiment.transformers.v1"

    def __init__(self, spec: str) -> None:
        self._model = open_installed(spec)
        if self._model.tokens or self._model.several:
            raise UsageError("the model gives no sentiment", where=spec, hint="use it with --custom")
        moods = _moods(self._model.labels)
        unknown = [label for label, mood in zip(self._model.labels, moods, strict=True) if mood is None]
        if unknown or not {-1, 1} <= set(moods):
            raise UsageError(
                f"labels that name no mood: {', '.join(unknown or self._model.labels)}",
                where=spec,
                hint="name them negative, neutral and positive (id2label in config.json), or use --custom",
            )
        self._moods = np.array(moods, dtype=np.int8)

    def fingerprint(self) -> str:
        """Digest of the model's files."""
        return self._model.fingerprint()

    def score(self, reading: Reading) -> Sentiments:
        """Score the texts; a blank one is neutral."""
        texts = self._model.texts_of(reading)
        probability = self._model.probabilities(texts)
        by_mood = np.stack([probability[:, self._moods == mood].sum(axis=1) for mood in (-1, 0, 1)], axis=1)
        scores = (by_mood[:, 2] / np.maximum(by_mood[:, 0] + by_mood[:, 2], 1e-9)).astype(np.float32)
        labels = (by_mood.argmax(axis=1) - 1).astype(np.int8)
        blank = np.array([not text.strip() for text in texts], dtype=bool)
        labels[blank], scores[blank] = 0, 0.5
        return Sentiments(labels, scores)


def _moods(labels: Sequence[str]) -> list[int | None]:
    """Mood of each label, None where its name says none; 0 and 1 alone are negative and positive."""
    if set(labels) == {"0", "1"}:
        return [-1 if label == "0" else 1 for label in labels]
    return [0 if label.strip() == "0" else mood_of(label) for label in labels]
