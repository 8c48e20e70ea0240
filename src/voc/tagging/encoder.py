"""`best` and `auto`: a small neural encoder beside the linear sentiment model.

The encoder (`encoder.v1`: word and character embeddings, three gated convolutions, 8-bit ONNX) knows a
neutral class of its own. `best` averages its log-odds of positive with those of the linear model; `auto` asks
it only where the linear model is unsure. It reads one text at a time: 8-bit activations are scaled by all
that is in a batch, and a text's score must not hang on its neighbours. Trained by
`scripts/train_encoder.py`; see `docs/models/encoder.md`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voc.errors import MissingExtraError
from voc.tagging.encoder_input import Vocabulary, encoder_input, read_words_of
from voc.tagging.reader import Reading
from voc.tagging.sentiment import NAME as LINEAR
from voc.tagging.sentiment import Sentiments, load_sentiment
from voc.tagging.weights import artefact_folder, artefact_path, read_artefact
from voc.text.lexicons import digest

__all__ = ["NAME", "AutoBackend", "BestBackend"]

NAME: Final = "encoder.v1"
SURE: Final = 0.05
"""The linear model is sure of a text when its probability is this near to 0 or 1."""
_CLIP: Final = 1e-6

Floats = npt.NDArray[np.float64]


class _Encoder:
    """The ONNX session and its vocabulary."""

    def __init__(self) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise MissingExtraError("onnxruntime", "onnx") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = artefact_folder() / f"{NAME}.onnx"
        self._session: Any = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        arrays = read_artefact(artefact_path(NAME))
        self._vocabulary = Vocabulary(arrays["words"], arrays["chars"])

    def probabilities(self, reading: Reading, rows: npt.NDArray[np.int64]) -> Floats:
        """Probability of negative, neutral and positive of each chosen row: shape (rows, 3).

        Not a number for rows without a word.
        """
        spans = read_words_of(reading.buffer, reading.words)
        result = np.full((len(rows), 3), np.nan)
        for at, row in enumerate(rows.tolist()):
            given = encoder_input(self._vocabulary, spans, np.array([row]))
            if given.starts[0, 0] >= 0:
                (margins,) = self._session.run(None, {"words": given.words, "chars": given.chars})
                weights = np.exp(margins[0] - margins[0].max())
                result[at] = weights / weights.sum()
        return result


@cache
def _load() -> _Encoder:
    return _Encoder()


class BestBackend:
    """`best`: linear model and encoder together, on every text."""

    name = "sentiment.best.v1"

    def __init__(self) -> None:
        self._encoder = _load()

    def fingerprint(self) -> str:
        """Digest of all weights."""
        files = [artefact_path(LINEAR), artefact_path(NAME), artefact_folder() / f"{NAME}.onnx"]
        return digest([self.name.encode(), *files])

    def score(self, reading: Reading) -> Sentiments:
        """Score every row of a prepared batch."""
        first = load_sentiment().score_reading(reading)
        return self._scored(reading, first, self.asked(first))

    def asked(self, first: Sentiments) -> npt.NDArray[np.int64]:
        """Rows that the encoder reads, given what the linear model says."""
        return np.arange(len(first.scores))

    def _scored(self, reading: Reading, first: Sentiments, rows: npt.NDArray[np.int64]) -> Sentiments:
        labels, scores = first.labels.copy(), first.scores.copy()
        if len(rows):
            told = self._encoder.probabilities(reading, rows)
            read = ~np.isnan(told[:, 0])
            rows, told = rows[read], told[read]
            linear = np.clip(first.scores[rows].astype(np.float64), _CLIP, 1 - _CLIP)
            odds = (np.log(linear / (1 - linear)) + np.log(told[:, 2] / told[:, 0])) / 2
            good = 1 / (1 + np.exp(-odds))
            decided = 1 - told[:, 1]
            three = np.stack([decided * (1 - good), told[:, 1], decided * good], axis=1)
            scores[rows] = good
            labels[rows] = three.argmax(1) - 1
        return Sentiments(labels, scores)


class AutoBackend(BestBackend):
    """`auto`: the encoder reads only what the linear model is unsure of."""

    name = "sentiment.auto.v1"

    def asked(self, first: Sentiments) -> npt.NDArray[np.int64]:
        """Rows whose linear score is not near 0 or 1."""
        return np.flatnonzero((first.scores > SURE) & (first.scores < 1 - SURE))
