"""The topic model `topics.bag.v6`: a small neural network over bags of n-grams, a clause at a time.

A clause is scored for every (tag, polarity) by its own hashed n-grams, by those of the whole text (what is
it about?), and by what the lexicon tagger found in it: their weights are summed into one hidden layer, and
the labels are read off that. A text has a tag when one of its clauses has, and that clause is the place of
the evidence. The network learnt from texts labelled by reading and from what the encoder says of these and
of more (knowledge distillation, Hinton et al. 2015). Trained by `scripts/train_topics.py`; see
`docs/models/topics-fast.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.tagging.lexicon.findings import Findings
from voc.tagging.models.features import Grams, buckets
from voc.tagging.models.units import Units
from voc.tagging.models.weights import artefact_path, read_artefact
from voc.tagging.reader import Reading

__all__ = [
    "BITS",
    "LEVELS",
    "NAME",
    "ClauseMargins",
    "Labels",
    "Prediction",
    "Predictions",
    "TopicModel",
    "lexicon_block",
    "load_topic_model",
    "most_of_rows",
    "ngram_blocks",
    "pack_labels",
    "unpack_labels",
]

NAME: Final = "topics.bag.v6"
BITS: Final = 20
_CONTEXT: Final = 0.7
"""Weight of the whole text beside the clause."""

_TOGETHER: Final = float(np.log(1 - 0.45))
"""Log-probability that nothing of a group holds, below which its likeliest label is told.

Chosen on texts of complaints_v1 that models learnt for it had not seen (`docs/models/topics-fast.md`).
"""
_MOST: Final = 1 - 1e-9
"""No probability counts as more."""
_FAINT: Final = 3.0
"""So far below the threshold a margin counts for nothing."""
_ROUNDS: Final = 32
"""Rows with more units are looked at one by one."""
LEVELS: Final = 255
"""A hidden unit takes whole values from 0 to this.

Products with 8-bit weights then add up to whole numbers below 2**24, which 32-bit floats hold exactly: a
clause gets the same score alone and among thousands, in whatever order a library of linear algebra adds.
"""

Floats = npt.NDArray[np.float32]
Labels = tuple[tuple[str, int], ...]


class ClauseMargins(NamedTuple):
    """How much each clause of a batch bears each label, and how that is read."""

    values: Floats
    """Shape (units, labels)."""
    threshold: npt.NDArray[np.float64]
    """Margin above which a row has a tag, by row."""
    slope: npt.NDArray[np.float64]
    """With `offset`, what turns a margin into a log-odds, by row."""
    offset: npt.NDArray[np.float64]

    @classmethod
    def of(cls, values: Floats, rows: int, calibration: tuple[float, float, float]) -> ClauseMargins:
        """Read all rows the same way: threshold, slope, offset."""
        return cls(values, *(np.full(rows, number) for number in calibration))


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
    """Into the hidden layer, of n-grams of a clause, then of the lexicon's findings."""
    text: Floats
    """Into the hidden layer, of n-grams of the whole text."""
    out: Floats
    """Out of the hidden layer, whole numbers."""
    scale: Floats
    """What one unit of `out` times a hidden level is worth, by label."""


@dataclass(frozen=True)
class TopicModel:
    """Weights of all (tag, polarity) classes."""

    labels: Labels
    """What each column of the output stands for."""
    found: Labels
    """What each lexicon feature stands for."""
    kept: npt.NDArray[np.int32]
    """Buckets with a weight, ascending."""
    frequency: Floats
    """Inverse document frequency of each kept bucket."""
    clause: npt.NDArray[np.int8]
    """Kept buckets times hidden units."""
    text: npt.NDArray[np.int8]
    """Kept buckets times hidden units."""
    steps: Floats
    """What one unit of a weight is worth, by block and hidden unit: shape (2, hidden units)."""
    lexicon: Floats
    """Lexicon features times hidden units."""
    hidden_bias: Floats
    level: float
    """What one level of a hidden unit is worth."""
    out: npt.NDArray[np.int8]
    """Hidden units times labels."""
    out_steps: Floats
    """What one unit of `out` is worth, by label."""
    direct: Floats
    """Lexicon features times labels, past the hidden layer."""
    bias: Floats
    threshold: float
    """Margin above which a text has a tag."""
    slope: float
    offset: float

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> TopicModel:
        """Build from what `arrays` gave."""
        level, threshold, slope, offset = (float(value) for value in arrays["scalars"])
        return cls(
            unpack_labels(arrays["labels"]), unpack_labels(arrays["found"]), arrays["kept"],
            arrays["frequency"], arrays["clause"], arrays["text"], arrays["steps"], arrays["lexicon"],
            arrays["hidden_bias"], level, arrays["out"], arrays["out_steps"], arrays["direct"],
            arrays["bias"], threshold, slope, offset,
        )  # fmt: skip

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that `from_arrays` needs."""
        return {
            "labels": pack_labels(self.labels), "found": pack_labels(self.found), "kept": self.kept,
            "frequency": self.frequency, "clause": self.clause, "text": self.text, "steps": self.steps,
            "lexicon": self.lexicon, "hidden_bias": self.hidden_bias, "out": self.out,
            "out_steps": self.out_steps, "direct": self.direct, "bias": self.bias,
            "scalars": np.array([self.level, self.threshold, self.slope, self.offset]),
        }  # fmt: skip

    def margins(self, reading: Reading, findings: Findings) -> ClauseMargins:
        """Margin of every unit for every label."""
        import scipy.sparse as sp

        clause, text = ngram_blocks(reading, self.index, self.frequency)
        lexicon = lexicon_block(findings, reading.units, self.found)
        weights = self.scaled
        hidden: Floats = sp.hstack([clause, lexicon], format="csr") @ weights.inner
        hidden += (text @ weights.text + self.hidden_bias)[reading.units.rows]
        hidden *= 1 / self.level
        np.rint(np.clip(hidden, 0, LEVELS, out=hidden), out=hidden)
        margins: Floats = hidden @ weights.out
        margins *= weights.scale
        margins += lexicon @ self.direct
        margins += self.bias
        calibration = self.threshold, self.slope, self.offset
        return ClauseMargins.of(margins, len(reading.buffer.ends), calibration)

    def predict(self, reading: Reading, margins: ClauseMargins) -> Predictions:
        """Return the tags of each row, in order of rows and labels."""
        nothing = np.zeros(0, dtype=np.int64)
        units = reading.units
        if not len(units.firsts):
            return Predictions(self.labels, nothing, nothing, nothing, nothing.astype(np.float64))
        best = most_of_rows(margins.values, units.firsts, reading.unit_counts)
        rows, columns = self._above(best, margins)
        told = best[rows, columns]
        scores = _probabilities(told, margins, rows)
        counts = reading.unit_counts[rows]
        ends = np.cumsum(counts)
        place = np.repeat(np.arange(len(rows)), counts)
        unit = np.arange(len(place)) - (ends - counts)[place] + units.firsts[rows[place]]
        # of the units of a text the first that bears a tag most
        bears = np.flatnonzero(margins.values[unit, columns[place]] == told[place])
        first = bears[np.searchsorted(place[bears], np.arange(len(rows)))]
        return Predictions(self.labels, rows, columns, unit[first], scores)

    def _above(
        self, best: Floats, margins: ClauseMargins
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Rows and columns of the labels above the threshold, and of the likeliest one of a likely group.

        Of labels between which the model cannot choose, none may reach the threshold though one of them
        surely holds: of a group of the taxonomy that none is told of, the likeliest is, where all of it
        together is likely.
        """
        rows, columns = np.nonzero(best > margins.threshold[:, None] - _FAINT)
        chosen = best[rows, columns] > margins.threshold[rows]
        groups, width = _groups(self.labels)
        keys = rows * width + groups[columns]
        chances = _probabilities(best[rows, columns], margins, rows)
        none = np.bincount(keys, np.log1p(-np.minimum(chances, _MOST)), minlength=len(best) * width)
        none[keys[chosen]] = 0.0
        likely = np.flatnonzero(none[keys] < _TOGETHER)
        order = likely[np.lexsort((columns[likely], -chances[likely], keys[likely]))]
        chosen[order[np.flatnonzero(np.diff(keys[order], prepend=-1))]] = True
        return rows[chosen], columns[chosen]

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


def _probabilities(
    best: Floats, margins: ClauseMargins, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    chances: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(margins.slope[rows] * best + margins.offset[rows])))
    return chances


@cache
def _groups(labels: Labels) -> tuple[npt.NDArray[np.int64], int]:
    """Group of the taxonomy and polarity of each label, as a number, and how many there are."""
    names = [(tag.partition(".")[0], polarity) for tag, polarity in labels]
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], dtype=np.int64), len(known)


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
    inner = np.concatenate([clause, model.lexicon.astype(np.float32)])
    scale = (model.out_steps * model.level).astype(np.float32)
    return _Scaled(inner, text, model.out.astype(np.float32), scale)


def ngram_blocks(reading: Reading, index: npt.NDArray[np.int32], frequency: Floats) -> tuple[Any, Any]:
    """Sparse rows of kept n-grams, by unit and by row of the batch.

    An n-gram has an entry each time that it stands there. Entries of a row are all of one value, such that
    the row's length is one (by row of the batch: `_CONTEXT`) once each is multiplied by its `frequency`.
    """
    import scipy.sparse as sp

    pieces = [_kept_grams(grams, index) for grams in reading.char_grams]
    units = np.concatenate([reading.unit_at[positions] for positions, _ in pieces])
    order = np.argsort(units, kind="stable")  # of four sorted runs
    units, columns = units[order], np.concatenate([columns for _, columns in pieces])[order]
    count, firsts = len(reading.units.ends), reading.units.firsts
    entries = np.bincount(units, minlength=count)
    squares = np.bincount(units, np.square(frequency, dtype=np.float64)[columns], minlength=count)
    texts = len(reading.buffer.ends)
    outer = np.bincount(reading.units.rows, squares, minlength=texts)
    ends = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(entries, out=ends[1:])
    text_ends = np.append(ends[firsts], ends[-1:])
    blocks = []
    for sums, pointer, factor in ((squares, ends, 1.0), (outer, text_ends, _CONTEXT)):
        scale = (factor / np.sqrt(np.maximum(sums, 1e-9))).astype(np.float32)
        values = np.repeat(scale, np.diff(pointer))
        blocks.append(sp.csr_matrix((values, columns, pointer), shape=(len(sums), len(frequency))))
    return blocks[0], blocks[1]


def _kept_grams(
    grams: Grams, index: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    columns = index[buckets(grams.hashes, BITS)]
    kept = np.flatnonzero(columns >= 0)
    return grams.positions[kept], columns[kept]


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


def pack_labels(labels: Labels) -> npt.NDArray[np.uint8]:
    """Labels as bytes."""
    text = "\n".join(f"{tag}\t{polarity}" for tag, polarity in labels)
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def unpack_labels(packed: npt.NDArray[np.uint8]) -> Labels:
    """Labels of what `pack_labels` gave."""
    lines = packed.tobytes().decode("ascii").split("\n")
    pairs = (line.split("\t") for line in lines if line)
    return tuple((tag, int(polarity)) for tag, polarity in pairs)


@cache
def load_topic_model(name: str = NAME) -> TopicModel:
    """Load the shipped weights; kept for the life of the process."""
    return TopicModel.from_arrays(read_artefact(artefact_path(name)))
