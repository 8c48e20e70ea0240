"""The sentiment model `sentiment.linear.v3`: hashed character 1- to 4-grams and runs of 1 to 3 words, linear.

score(text) = sigmoid(slope * (sum of weights / sqrt(number of n-grams) + bias) + offset)

A second table of weights tells a text that takes no stance (a question, news) from one that does: such a
text is neutral, whatever its score.

Weights are 8-bit integers, so their sums are exact and a text gets the same score in any batch, on any
machine. Trained by `scripts/train_sentiment.py`; see `docs/models/sentiment-fast.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.models.features import SIZES, Grams, buckets, word_grams
from voc.tagging.models.weights import artefact_path, read_artefact
from voc.tagging.reader import Reading, read_batch

__all__ = [
    "BITS",
    "NAME",
    "RUNS",
    "SentimentModel",
    "Sentiments",
    "Weights",
    "load_sentiment",
    "sentiment_grams",
]

NAME: Final = "sentiment.linear.v3"
BITS: Final = 21
"""The table holds 2**21 weights."""
RUNS: Final = (1, 2, 3)
"""Numbers of words in a run."""


def sentiment_grams(reading: Reading) -> Iterator[Grams]:
    """Features of a batch: character n-grams, then runs of words."""
    yield from reading.char_grams
    yield from word_grams(reading.buffer, reading.words, RUNS)


class Sentiments(NamedTuple):
    """What a sentiment model says of a batch of texts."""

    labels: npt.NDArray[np.int8]
    """-1, 0 or 1 for each text."""
    scores: npt.NDArray[np.float32]
    """Probability that the text is positive rather than negative."""
    neutral: npt.NDArray[np.float64] | None = None
    """Log-odds that the text takes no stance, where the model tells."""


@dataclass(frozen=True)
class Weights:
    """A linear model over the features of a text, in whole numbers."""

    table: npt.NDArray[np.int8]
    step: float
    """What one unit of a weight is worth."""
    bias: float

    @classmethod
    def quantised(cls, weights: npt.NDArray[np.float64], bias: float) -> Weights:
        """Round weights to 8 bits; the largest few in a hundred thousand are clipped."""
        used = np.abs(weights[weights != 0])
        step = float(np.quantile(used, 0.9999)) / 127 if len(used) else 1.0
        return cls(np.clip(np.rint(weights / step), -127, 127).astype(np.int8), step, bias)

    def margins(self, total: npt.NDArray[np.int64], number: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Margins of texts, given the sum of the units and the number of their features."""
        result: npt.NDArray[np.float64] = total * self.step / np.sqrt(np.maximum(number, 1)) + self.bias
        return result


@dataclass(frozen=True)
class SentimentModel:
    """Two linear models over hashed character n-grams and words: positive or negative, neutral or not."""

    polarity: Weights
    neutral: Weights
    slope: float
    offset: float
    low: float = 0.5
    """A score below is negative."""
    high: float = 0.5
    """A score above is positive; between the two lies neutral or mixed."""
    stanceless: float = 0.0
    """A text whose margin of `neutral` is above is neutral."""
    neutral_slope: float = 1.0
    neutral_offset: float = 0.0

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> SentimentModel:
        """Build from what `arrays` gave."""
        step, bias, neutral_step, neutral_bias, *rest = (float(value) for value in arrays["scalars"])
        polarity = Weights(arrays["weights"], step, bias)
        return cls(polarity, Weights(arrays["neutral"], neutral_step, neutral_bias), *rest)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that `from_arrays` needs."""
        steps = [self.polarity.step, self.polarity.bias, self.neutral.step, self.neutral.bias]
        calibration = [self.slope, self.offset, self.low, self.high]
        neutral = [self.stanceless, self.neutral_slope, self.neutral_offset]
        scalars = np.array([*steps, *calibration, *neutral])
        return {"weights": self.polarity.table, "neutral": self.neutral.table, "scalars": scalars}

    def score(self, texts: Sequence[str]) -> Sentiments:
        """Score texts. An empty one scores 0.5 and is neutral."""
        return self.score_reading(read_batch(texts))

    def score_reading(self, reading: Reading) -> Sentiments:
        """Score the rows of a prepared batch."""
        buffer = reading.buffer
        number, totals = np.zeros(len(buffer.ends), dtype=np.int64), np.zeros((2, len(buffer.ends)), np.int64)
        for grams in sentiment_grams(reading):
            at = buckets(grams.hashes, BITS)
            last = np.searchsorted(grams.positions, buffer.ends)
            number += np.diff(last, prepend=0)
            for model, weights in enumerate((self.polarity, self.neutral)):
                sums = np.zeros(len(at) + 1, dtype=np.int64)
                np.cumsum(weights.table[at], out=sums[1:])
                totals[model] += np.diff(sums[last], prepend=0)
        margin = self.polarity.margins(totals[0], number)
        with np.errstate(over="ignore"):  # a million words of one mood: infinite odds, a probability of 0
            scores = 1 / (1 + np.exp(-(self.slope * margin + self.offset)))
        scores[number == 0] = 0.5
        labels = np.where(scores < self.low, -1, np.where(scores > self.high, 1, 0)).astype(np.int8)
        neutral = self.neutral.margins(totals[1], number)
        labels[(number == 0) | (neutral > self.stanceless)] = 0
        odds = self.neutral_slope * neutral + self.neutral_offset
        return Sentiments(labels, scores.astype(np.float32), odds)

    def contributions(self, reading: Reading) -> npt.NDArray[np.float64]:
        """Share of each character of the buffer in the margin: the weights of the features over it, evenly
        spread.
        """
        shares = np.zeros(len(reading.buffer.codes) + 4)
        for size, grams in zip(SIZES, reading.char_grams, strict=True):
            weight = self.polarity.table[buckets(grams.hashes, BITS)] * (self.polarity.step / size)
            for offset in range(size):
                np.add.at(shares, grams.positions + offset, weight)
        for run, grams in zip(RUNS, word_grams(reading.buffer, reading.words, RUNS), strict=True):
            self._spread(shares, reading, run, grams)
        return shares[:-4]

    def _spread(self, shares: npt.NDArray[np.float64], reading: Reading, run: int, grams: Grams) -> None:
        """Add the weights of runs of words to the characters that they cover."""
        counts, lengths = reading.words.counts, reading.words.lengths
        ends = np.cumsum(lengths) + np.repeat(np.arange(len(counts)), counts)
        first = np.searchsorted(ends - lengths, grams.positions)
        weights = self.polarity.table[buckets(grams.hashes, BITS)] * self.polarity.step
        for start, end, weight in zip(grams.positions, ends[first + run - 1], weights, strict=True):
            shares[start:end] += weight / (end - start)


@cache
def load_sentiment(name: str = NAME) -> SentimentModel:
    """Load the shipped weights; kept for the life of the process."""
    return SentimentModel.from_arrays(read_artefact(artefact_path(name)))
