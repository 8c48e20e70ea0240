"""The topic model `topics.linear.v2`: one-vs-rest logistic regression over clauses.

A clause is scored for every (tag, polarity) by its own hashed n-grams, by those of the whole text (what is
it about?), and by what the lexicon tagger found in it. A text has a tag when one of its clauses has, and
that clause is the place of the evidence. Weights are small: 8-bit integers for the few thousand n-grams
that the labelled texts bear out. Trained by `scripts/train_topics.py`; see `docs/models/topics-fast.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.features import Grams, buckets
from voc.tagging.findings import Findings
from voc.tagging.reader import Reading
from voc.tagging.units import Units
from voc.tagging.weights import artefact_path, read_artefact

__all__ = [
    "BITS",
    "NAME",
    "Prediction",
    "Predictions",
    "TopicModel",
    "lexicon_block",
    "load_topic_model",
    "ngram_blocks",
]

NAME: Final = "topics.linear.v2"
BITS: Final = 18
_CONTEXT: Final = 0.7
"""Weight of the whole text beside the clause."""

_ROUNDS: Final = 32
"""Rows with more units are looked at one by one."""

Floats = npt.NDArray[np.float32]
Labels = tuple[tuple[str, int], ...]


class Prediction(NamedTuple):
    """A (tag, polarity) that the model sees in a text."""

    tag: str
    polarity: int
    unit: int
    """Unit of the batch that bears it most."""
    score: float
    """Calibrated probability."""


class Predictions(NamedTuple):
    """What the model sees in a batch, as columns in order of rows and labels."""

    labels: Labels
    """What `columns` counts."""
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    units: npt.NDArray[np.int64]
    """Unit of the batch that bears each most."""
    scores: npt.NDArray[np.float64]
    """Calibrated probabilities."""

    def by_row(self, count: int) -> list[list[Prediction]]:
        """Predictions of each of the `count` rows."""
        told: list[list[Prediction]] = [[] for _ in range(count)]
        columns = (self.rows.tolist(), self.columns.tolist(), self.units.tolist(), self.scores.tolist())
        for row, column, unit, score in zip(*columns, strict=True):
            tag, polarity = self.labels[column]
            told[row].append(Prediction(tag, polarity, unit, score))
        return told


class _Scaled(NamedTuple):
    """Weights as floats."""

    inner: Floats
    """Of n-grams of a clause, then of the lexicon's findings."""
    text: Floats
    """Of n-grams of the whole text."""


@dataclass(frozen=True)
class TopicModel:
    """Weights of all (tag, polarity) classes."""

    labels: Labels
    """What each column stands for."""
    found: Labels
    """What each lexicon feature stands for."""
    kept: npt.NDArray[np.int32]
    """Buckets with a weight, ascending."""
    frequency: Floats
    """Inverse document frequency of each kept bucket."""
    clause: npt.NDArray[np.int8]
    """Kept buckets times labels."""
    text: npt.NDArray[np.int8]
    lexicon: Floats
    """Lexicon features times labels."""
    bias: Floats
    steps: Floats
    """What one unit of a weight is worth, by block and label: shape (2, labels)."""
    threshold: float
    """Margin above which a text has a tag."""
    slope: float
    offset: float

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> TopicModel:
        """Build from what `arrays` gave."""
        threshold, slope, offset = (float(value) for value in arrays["scalars"])
        return cls(
            _unpack(arrays["labels"]), _unpack(arrays["found"]), arrays["kept"], arrays["frequency"],
            arrays["clause"], arrays["text"], arrays["lexicon"], arrays["bias"], arrays["steps"],
            threshold, slope, offset,
        )  # fmt: skip

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that `from_arrays` needs."""
        return {
            "labels": _pack(self.labels), "found": _pack(self.found), "kept": self.kept,
            "frequency": self.frequency, "clause": self.clause, "text": self.text, "lexicon": self.lexicon,
            "bias": self.bias, "steps": self.steps,
            "scalars": np.array([self.threshold, self.slope, self.offset]),
        }  # fmt: skip

    def margins(self, reading: Reading, findings: Findings) -> Floats:
        """Margin of every unit for every label: shape (units, labels)."""
        inner, outer = self._shares(reading, findings)
        result: Floats = inner + outer[reading.units.rows]
        return result

    def _shares(self, reading: Reading, findings: Findings) -> tuple[Floats, Floats]:
        """Parts of the margins: of units, for what is in them; of rows, for what the whole text says."""
        import scipy.sparse as sp

        clause, text = ngram_blocks(reading, self.index, self.frequency)
        lexicon = lexicon_block(findings, reading.units, self.found)
        weights = self.scaled
        inner: Floats = sp.hstack([clause, lexicon], format="csr") @ weights.inner
        return inner, text @ weights.text + self.bias

    def predict(self, reading: Reading, findings: Findings) -> Predictions:
        """Return the tags of each row, in order of rows and labels."""
        nothing = np.zeros(0, dtype=np.int64)
        units = reading.units
        if not len(units.firsts):
            return Predictions(self.labels, nothing, nothing, nothing, nothing.astype(np.float64))
        inner, outer = self._shares(reading, findings)
        best = most_of_rows(inner, units.firsts, reading.unit_counts)
        margins = best + outer
        rows, columns = np.nonzero(margins > self.threshold)
        scores = 1 / (1 + np.exp(-(self.slope * margins[rows, columns].astype(np.float64) + self.offset)))
        counts = reading.unit_counts[rows]
        ends = np.cumsum(counts)
        place = np.repeat(np.arange(len(rows)), counts)
        unit = np.arange(len(place)) - (ends - counts)[place] + units.firsts[rows[place]]
        # of the units of a text the first that bears a tag most
        bears = np.flatnonzero(inner[unit, columns[place]] == best[rows, columns][place])
        first = bears[np.searchsorted(place[bears], np.arange(len(rows)))]
        return Predictions(self.labels, rows, columns, unit[first], scores)

    @property
    def index(self) -> npt.NDArray[np.int32]:
        """Row of the weights for each bucket, -1 for those without."""
        return _index(self)

    @property
    def scaled(self) -> _Scaled:
        """Weights as floats, inverse document frequencies included."""
        return _scaled(self)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@cache
def _index(model: TopicModel) -> npt.NDArray[np.int32]:
    table = np.full(1 << BITS, -1, dtype=np.int32)
    table[model.kept] = np.arange(len(model.kept), dtype=np.int32)
    return table


@cache
def _scaled(model: TopicModel) -> _Scaled:
    frequency = model.frequency[:, None]
    clause = model.clause.astype(np.float32) * model.steps[0] * frequency
    text = model.text.astype(np.float32) * model.steps[1] * frequency
    return _Scaled(np.concatenate([clause, model.lexicon.astype(np.float32)]), text)


def ngram_blocks(reading: Reading, index: npt.NDArray[np.int32], frequency: Floats) -> tuple[Any, Any]:
    """Sparse counts of kept n-grams by unit and by row, each row divided by its length in weighted space."""
    pieces = [_kept_grams(grams, index) for grams in reading.char_grams]
    units = np.concatenate([reading.unit_at[positions] for positions, _ in pieces])
    columns = np.concatenate([columns for _, columns in pieces]).astype(np.int64)
    clause = _block(units, columns, len(reading.units.ends), frequency, 1.0)
    text = _block(reading.units.rows[units], columns, len(reading.buffer.ends), frequency, _CONTEXT)
    return clause, text


def _kept_grams(
    grams: Grams, index: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    columns = index[buckets(grams.hashes, BITS)]
    kept = np.flatnonzero(columns >= 0)
    return grams.positions[kept], columns[kept]


def _block(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], count: int, frequency: Floats, factor: float
) -> Any:  # noqa: ANN401
    """Sparse counts by row and column, each row divided by its length in weighted space."""
    import scipy.sparse as sp

    width = len(frequency)
    shift = width.bit_length()
    keys = (rows << shift) | columns
    if count << shift < 1 << 31:
        keys = keys.astype(np.int32)
    keys.sort()
    new = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    firsts = np.flatnonzero(new)
    counts = np.diff(firsts, append=len(keys)).astype(np.float32)
    keys = keys[firsts]
    rows, columns = keys >> shift, (keys & ((1 << shift) - 1)).astype(np.int32)
    pointer = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=count), out=pointer[1:])
    shape = count, width
    squares = sp.csr_matrix((np.square(counts), columns, pointer), shape=shape) @ np.square(frequency)
    scale = (factor / np.sqrt(np.maximum(squares, 1e-9))).astype(np.float32)
    return sp.csr_matrix((counts * scale[rows], columns, pointer), shape=shape)


def most_of_rows(values: Floats, firsts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Floats:
    """Largest value in each column over the units of each row: shape (rows, columns).

    The same as `np.maximum.reduceat`, which takes several times as long on short rows.
    """
    order = np.argsort(-counts, kind="stable")
    firsts, counts = firsts[order], counts[order]
    best = values[firsts]
    for number in range(1, min(int(counts[0]), _ROUNDS)):
        more = np.searchsorted(-counts, -number, side="left")
        np.maximum(best[:more], values[firsts[:more] + number], out=best[:more])
    for row in range(int(np.searchsorted(-counts, -_ROUNDS, side="left"))):
        best[row] = values[firsts[row] : firsts[row] + counts[row]].max(axis=0)
    result = np.empty_like(best)
    result[order] = best
    return result


def lexicon_block(findings: Findings, units: Units, found: Labels) -> Any:  # noqa: ANN401
    """Sparse scores of lexicon findings by unit: a finding counts in every unit that it touches."""
    import scipy.sparse as sp

    places = {label: number for number, label in enumerate(found)}
    table = np.array(
        [[places.get((tag, polarity), -1) for polarity in (-1, 0, 1)] for tag in findings.tags_known],
        dtype=np.int64,
    ).reshape(-1, 3)
    columns = table[findings.tags, findings.polarities + 1]
    known = np.flatnonzero(columns >= 0)
    first = np.searchsorted(units.ends, findings.starts[known], side="right")
    last = np.maximum(np.searchsorted(units.starts, findings.ends[known], side="left"), first + 1)
    counts = last - first
    place = np.repeat(np.arange(len(known)), counts)
    unit = first[place] + np.arange(len(place)) - (np.cumsum(counts) - counts)[place]
    shape: Any = (len(units.ends), len(found))
    scores = findings.scores[known][place].astype(np.float32)
    return sp.csr_matrix((scores, (unit, columns[known][place])), shape=shape)


def _pack(labels: Labels) -> npt.NDArray[np.uint8]:
    text = "\n".join(f"{tag}\t{polarity}" for tag, polarity in labels)
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def _unpack(packed: npt.NDArray[np.uint8]) -> Labels:
    lines = packed.tobytes().decode("ascii").split("\n")
    pairs = (line.split("\t") for line in lines if line)
    return tuple((tag, int(polarity)) for tag, polarity in pairs)


@cache
def load_topic_model(name: str = NAME) -> TopicModel:
    """Load the shipped weights; kept for the life of the process."""
    return TopicModel.from_arrays(read_artefact(artefact_path(name)))
