"""`best` and `auto`: a small neural encoder beside the linear sentiment model and the topic model.

The encoder (`encoder.v6`: two networks of word and character embeddings and gated convolutions, 8-bit ONNX)
reads a text once for its sentiment, with a neutral class of its own, and for the tags of its clauses. `best`
averages its log-odds with those of the other two models; `auto` asks it only where they are unsure. It reads
one text at a time: 8-bit activations are scaled by all that is in a batch, and a text's score must not hang
on its neighbours. Trained by `scripts/train_encoder.py`; see `docs/models/encoder.md`.
"""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import InputError, MissingExtraError
from voc.tagging.models.encoder_input import Vocabulary, encoder_input, read_words_of, row_words
from voc.tagging.models.sentiment import NAME as LINEAR
from voc.tagging.models.sentiment import Sentiments, load_sentiment
from voc.tagging.models.topic_model import ClauseMargins, most_of_rows
from voc.tagging.models.weights import artefact_folder, artefact_path, read_artefact
from voc.tagging.reader import Reading
from voc.text.lexicons import digest

__all__ = ["NAME", "AutoBackend", "BestBackend", "Encoder", "EncoderReading", "averaged", "load_encoder"]

NAME: Final = "encoder.v6"
SURE: Final = 0.05
"""The linear model is sure of a text when its probability is this near to 0 or 1."""
NEAR: Final = 0.35
"""The topic model is sure of a text when no margin of it is this near to the threshold."""
OWN: Final = 0.75
"""Weight of the encoder's margins beside the topic model's; chosen on dev."""
_CLIP: Final = 1e-6

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


class EncoderReading(NamedTuple):
    """What the encoder says of some rows."""

    sentiment: Floats
    """Probability of negative, neutral and positive, not a number where there is no word: shape (rows, 3)."""
    units: Rows
    """Clauses that have words."""
    margins: npt.NDArray[np.float32]
    """Of these clauses for every label."""


class Encoder:
    """The ONNX session and its vocabulary.

    Parameters
    ----------
    weights
        Paths of its two files without their endings, `.onnx` and `.npz`.
    """

    def __init__(self, weights: Path) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise MissingExtraError("onnxruntime", "onnx") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        arrays = read_artefact(Path(f"{weights}.npz"))
        graph = Path(f"{weights}.onnx")
        self._session: Any = None
        with contextlib.suppress(Exception):  # of ONNX Runtime's own; the file is voc's, and told below
            self._session = onnxruntime.InferenceSession(
                str(graph), options, providers=["CPUExecutionProvider"]
            )
        if self._session is None:
            raise InputError(
                "model weights are missing or damaged", where=graph.name, hint="install voc again"
            )
        self._vocabulary = Vocabulary(arrays["words"], arrays["chars"])
        self._networks = int(arrays["networks"][0])
        threshold, slope, offset = (float(number) for number in arrays["scalars"])
        self.calibration = threshold, slope, offset
        """Of the mean of its margins and those of the topic model."""

    def read(self, reading: Reading, rows: Rows) -> EncoderReading:
        """Read the chosen rows."""
        given = row_words(self._vocabulary, read_words_of(reading.buffer, reading.words), rows)
        unit = reading.unit_at[given.starts]
        firsts = np.flatnonzero(np.diff(unit, prepend=-1))
        parts = zip(firsts.tolist(), [*firsts[1:].tolist(), len(unit)], strict=True)
        moods = np.full((len(rows), 3), np.nan, dtype=np.float32)
        most = []
        begin = 0
        for row, end in enumerate(given.ends.tolist()):
            if begin == end:
                continue
            words, chars = given.words[None, begin:end], given.chars[None, begin:end]
            (labels,), (moods[row],) = self._run(words, chars, ("labels", "sentiment"))
            stop = begin
            while stop < end:
                start, stop = next(parts)
                most.append(labels[start - begin : stop - begin].max(axis=0))
            begin = end
        weights = np.exp(moods - moods.max(axis=1, keepdims=True))
        sentiment = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float64)
        if not most:
            return EncoderReading(sentiment, np.zeros(0, np.int64), np.zeros((0, 0), np.float32))
        # of each network by itself
        margins = np.stack(most).reshape(len(most), self._networks, -1).mean(axis=1)
        return EncoderReading(sentiment, unit[firsts], margins)

    def describe(self, reading: Reading) -> npt.NDArray[np.float32]:
        """What the networks hold of each text, then its greatest margin of each label: (texts, numbers)."""
        spans = read_words_of(reading.buffer, reading.words)
        told = []
        for row in range(len(reading.unit_counts)):
            given = encoder_input(self._vocabulary, spans, np.array([row]))
            (labels,), (text,) = self._run(given.words, given.chars, ("labels", "text"))
            most = labels.max(axis=0).reshape(self._networks, -1).mean(axis=0)
            told.append(np.concatenate((text, most)))
        return np.stack(told)

    def _run(self, words: Rows, chars: Rows, names: tuple[str, str]) -> Any:  # noqa: ANN401
        return self._session.run(names, {"words": words, "chars": chars})


@cache
def load_encoder() -> Encoder:
    """Return the encoder that ships with voc; its weights are read on the first call."""
    return Encoder(artefact_folder() / NAME)


class BestBackend:
    """`best`: linear model, topic model and encoder together, on every text."""

    name = "sentiment.best.v7"

    def __init__(self) -> None:
        self._encoder = load_encoder()

    def fingerprint(self) -> str:
        """Digest of all weights."""
        files = [artefact_path(LINEAR), artefact_path(NAME), artefact_folder() / f"{NAME}.onnx"]
        return digest([self.name.encode(), *files])

    def score(self, reading: Reading) -> Sentiments:
        """Score every row of a prepared batch."""
        first = load_sentiment().score_reading(reading)
        rows = np.flatnonzero(self.unsure_mood(first))
        return _scored(first, rows, self._encoder.read(reading, rows).sentiment)

    def judge(self, reading: Reading, margins: ClauseMargins) -> tuple[Sentiments, ClauseMargins]:
        """Score every row, and average margins with the encoder's where it reads a row."""
        first = load_sentiment().score_reading(reading)
        rows = np.flatnonzero(self.unsure_mood(first) | self.unsure_tags(reading, margins))
        read = self._encoder.read(reading, rows)
        told = averaged(margins, rows, read, self._encoder.calibration)
        return _scored(first, rows, read.sentiment), told

    def unsure_mood(self, first: Sentiments) -> npt.NDArray[np.bool_]:
        """Rows whose sentiment the encoder is asked for, given what the linear model says."""
        return np.ones(len(first.scores), dtype=np.bool_)

    def unsure_tags(
        self,
        reading: Reading,
        margins: ClauseMargins,  # noqa: ARG002 - `auto` looks at them
    ) -> npt.NDArray[np.bool_]:
        """Rows whose tags the encoder is asked for, given what the topic model says."""
        return np.ones(len(reading.unit_counts), dtype=np.bool_)


class AutoBackend(BestBackend):
    """`auto`: the encoder reads only what the other models are unsure of."""

    name = "sentiment.auto.v7"

    def unsure_mood(self, first: Sentiments) -> npt.NDArray[np.bool_]:
        """Rows that the linear model calls neutral, or whose score is not near 0 or 1."""
        unsure: npt.NDArray[np.bool_] = (np.abs(first.scores - 0.5) < 0.5 - SURE) | (first.labels == 0)
        return unsure

    def unsure_tags(self, reading: Reading, margins: ClauseMargins) -> npt.NDArray[np.bool_]:
        """Rows with a margin near the threshold."""
        if not len(reading.unit_counts):
            return np.zeros(0, dtype=np.bool_)
        best = most_of_rows(margins.values, reading.units.firsts, reading.unit_counts)
        near = np.abs(best - margins.threshold[:, None]).min(axis=1) < NEAR
        return np.asarray(near, dtype=np.bool_)


def averaged(
    margins: ClauseMargins, rows: Rows, read: EncoderReading, calibration: tuple[float, float, float]
) -> ClauseMargins:
    """Weighted mean of the topic model's and the encoder's margins on the rows that the encoder has read.

    `calibration` is threshold, slope and offset of the mean.
    """
    if not len(read.units):
        return margins
    values = margins.values.copy()
    values[read.units] += np.float32(OWN) * (read.margins - values[read.units])
    columns = [column.copy() for column in margins[1:]]
    for column, number in zip(columns, calibration, strict=True):
        column[rows[~np.isnan(read.sentiment[:, 0])]] = number
    return ClauseMargins(values, *columns)


def _scored(first: Sentiments, rows: Rows, told: Floats) -> Sentiments:
    """Average log-odds where the encoder has read a row."""
    labels, scores = first.labels.copy(), first.scores.copy()
    read = ~np.isnan(told[:, 0])
    rows, told = rows[read], told[read]
    if len(rows):
        linear = np.clip(first.scores[rows].astype(np.float64), _CLIP, 1 - _CLIP)
        odds = (np.log(linear / (1 - linear)) + np.log(told[:, 2] / told[:, 0])) / 2
        good = 1 / (1 + np.exp(-odds))
        neutral = told[:, 1]
        if first.neutral is not None:
            neutral = np.clip(neutral, _CLIP, 1 - _CLIP)
            neutral = 1 / (1 + np.exp(-(np.log(neutral / (1 - neutral)) + first.neutral[rows]) / 2))
        three = np.stack([(1 - neutral) * (1 - good), neutral, (1 - neutral) * good], axis=1)
        scores[rows] = good
        labels[rows] = three.argmax(1) - 1
    return Sentiments(labels, scores)
