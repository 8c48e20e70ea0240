"""The topic model `topics.linear.v2`: one-vs-rest logistic regression over clauses.

A clause is scored for every (tag, polarity) by its own hashed n-grams, by those of the whole text (what is
it about?), and by what the lexicon tagger found in it. A text has a tag when one of its clauses has, and
that clause is the place of the evidence. Weights are small: 8-bit integers for the few thousand n-grams
that the labelled texts bear out. Trained by `scripts/train_topics.py`; see `docs/models/topics-fast.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.features import Buffer, Grams, buckets, char_grams
from voc.tagging.topics import Finding
from voc.tagging.units import Units
from voc.tagging.weights import artefact_path, read_artefact

__all__ = [
    "BITS",
    "NAME",
    "SIZES",
    "Blocks",
    "Prediction",
    "TopicModel",
    "finding_entries",
    "load_topic_model",
]

NAME: Final = "topics.linear.v2"
BITS: Final = 18
SIZES: Final = (1, 2, 3, 4)
_CONTEXT: Final = 0.7
"""Weight of the whole text beside the clause."""

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


class Blocks(NamedTuple):
    """Sparse features of a batch: n-grams by clause, by text, and lexicon findings by clause."""

    clause: Any
    text: Any
    lexicon: Any


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

    def margins(self, buffer: Buffer, units: Units, findings: Sequence[Sequence[Finding]]) -> Floats:
        """Margin of every unit for every label: shape (units, labels)."""
        blocks = ngram_blocks(buffer, units, self.index, self.frequency)
        lexicon = lexicon_block(findings, units, self.found)
        result: Floats = blocks[0] @ self.scaled[0]
        result += (blocks[1] @ self.scaled[1])[units.rows]
        result += lexicon @ self.lexicon
        result += self.bias
        return result

    def predict(
        self, buffer: Buffer, units: Units, findings: Sequence[Sequence[Finding]]
    ) -> list[list[Prediction]]:
        """Return the tags of each row."""
        told: list[list[Prediction]] = [[] for _ in findings]
        if not told:
            return told
        margins = self.margins(buffer, units, findings)
        best = np.maximum.reduceat(margins, units.firsts, axis=0)
        rows, columns = np.nonzero(best > self.threshold)
        values = best[rows, columns]
        scores = 1 / (1 + np.exp(-(self.slope * values.astype(np.float64) + self.offset)))
        last = np.append(units.firsts[1:], len(units.rows))
        for row, column, score in zip(rows.tolist(), columns.tolist(), scores.tolist(), strict=True):
            first = int(units.firsts[row])
            unit = first + int(np.argmax(margins[first : last[row], column]))
            told[row].append(Prediction(*self.labels[column], unit, score))
        return told

    @property
    def index(self) -> npt.NDArray[np.int32]:
        """Row of the weights for each bucket, -1 for those without."""
        return _index(self)

    @property
    def scaled(self) -> tuple[Floats, Floats]:
        """Weights of n-grams as floats, inverse document frequencies included."""
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
def _scaled(model: TopicModel) -> tuple[Floats, Floats]:
    frequency = model.frequency[:, None]
    clause = model.clause.astype(np.float32) * model.steps[0] * frequency
    text = model.text.astype(np.float32) * model.steps[1] * frequency
    return clause, text


def ngram_blocks(
    buffer: Buffer, units: Units, index: npt.NDArray[np.int32], frequency: Floats
) -> tuple[Any, Any]:
    """Sparse counts of kept n-grams by unit and by row, each row divided by its length in weighted space."""
    import scipy.sparse as sp

    pieces = [_kept_grams(grams, index) for grams in char_grams(buffer, SIZES)]
    result = []
    for ends, factor in ((units.ends, 1.0), (buffer.ends, _CONTEXT)):
        size: Any = (len(ends), len(frequency))
        counts: Any = sp.csr_matrix(size, dtype=np.float32)
        for positions, columns in pieces:
            pointer = np.concatenate([np.zeros(1, dtype=np.int64), np.searchsorted(positions, ends)])
            ones = np.ones(len(columns), dtype=np.float32)
            counts = counts + sp.csr_matrix((ones, columns, pointer), shape=counts.shape)
        squares = np.asarray(counts.power(2) @ np.square(frequency))
        scale = (factor / np.sqrt(np.maximum(squares, 1e-9))).astype(np.float32)
        counts.data *= np.repeat(scale, np.diff(counts.indptr))
        result.append(counts)
    return result[0], result[1]


def _kept_grams(
    grams: Grams, index: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    columns = index[buckets(grams.hashes, BITS)]
    kept = columns >= 0
    return grams.positions[kept], columns[kept]


def finding_entries(
    findings: Sequence[Sequence[Finding]], units: Units, columns: dict[tuple[str, int], int]
) -> Iterable[tuple[int, int, float]]:
    """Yield (unit, column, score) for every finding; offsets of findings are positions of the buffer."""
    starts = [finding.start for row in findings for finding in row]
    ends = [finding.end for row in findings for finding in row]
    first = np.searchsorted(units.ends, np.array(starts, dtype=np.int64), side="right").tolist()
    last = np.searchsorted(units.starts, np.array(ends, dtype=np.int64), side="left").tolist()
    number = 0
    for row in findings:
        for finding in row:
            column = columns.get((finding.tag, finding.polarity))
            if column is not None:
                for unit in range(first[number], max(last[number], first[number] + 1)):
                    yield unit, column, finding.score
            number += 1


def lexicon_block(findings: Sequence[Sequence[Finding]], units: Units, found: Labels) -> Any:  # noqa: ANN401
    """Sparse scores of lexicon findings by unit."""
    import scipy.sparse as sp

    columns = {label: number for number, label in enumerate(found)}
    entries = list(finding_entries(findings, units, columns))
    shape: Any = (len(units.ends), len(found))
    if not entries:
        return sp.csr_matrix(shape, dtype=np.float32)
    rows, cols, values = zip(*entries, strict=True)
    return sp.csr_matrix((np.array(values, dtype=np.float32), (rows, cols)), shape=shape)


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
