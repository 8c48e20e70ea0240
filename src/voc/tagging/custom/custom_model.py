"""Models that a company trains on its own labels: one label a text, or any number of them.

Hashed character 1- to 4-grams and runs of 1 to 3 words, logarithmic counts, inverse document frequency,
unit length, one linear SVM a label (Fan et al., 2008, LIBLINEAR), margins calibrated by Platt scaling
(Platt, 1999) on cross-validated margins. Where cross-validation says that it helps, what the shipped topic
model sees in a text joins them, so that few examples go further; with `best` so does what the encoder holds
of it (`text_vectors`). Feature weights are kept as 16-bit floats. The file holds label names and numbers, no
text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import InputError
from voc.tagging.custom.text_vectors import SHARE as VECTOR_SHARE
from voc.tagging.custom.text_vectors import VectorModel, fit_vectors, vectors_of
from voc.tagging.models.encoder import NAME as ENCODER
from voc.tagging.models.features import buckets
from voc.tagging.models.sentiment import sentiment_grams
from voc.tagging.models.shipped_topics import shipped_margins
from voc.tagging.models.topic_model import NAME as TOPICS
from voc.tagging.models.topic_model import most_of_rows
from voc.tagging.models.weights import read_artefact, write_artefact
from voc.tagging.reader import Reading, read_batch
from voc.text.lexicons import digest

__all__ = ["CustomModel", "Kind", "LabelScore", "fit_custom", "load_custom"]

BITS: Final = 20
FORMAT: Final = "voc.custom.v3"
CHUNK: Final = 4096
FOLDS: Final = 3
SEED: Final = 20240601
COST: Final = 0.5
MIN_TEXTS: Final = 3
"""Texts that a feature must stand in."""
SHARE: Final = 0.1
"""Weight of each topic beside features of unit length."""

_VECTORS: Final = "vectors_"
"""Begins the names of the arrays of the encoder's part."""

Floats = npt.NDArray[np.float32]
Kind = str
"""`sentiment`, `label` (one a text) or `tags` (any number)."""


class LabelScore(NamedTuple):
    """A label of a text with its calibrated probability, and the words that bear it where the model tells."""

    label: str
    score: float
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class CustomModel:
    """A trained model."""

    kind: Kind
    labels: tuple[str, ...]
    kept: npt.NDArray[np.int32]
    """Buckets with a weight, ascending."""
    frequency: Floats
    """Inverse document frequency of each kept bucket."""
    weights: npt.NDArray[np.float16]
    """Kept buckets, then topics, times labels."""
    bias: Floats
    platt: Floats
    """Slope and offset by label: shape (2, labels)."""
    thresholds: Floats
    """Margins above which a text has a label; of `tags` models only."""
    likeliest: Floats
    """Margin above which a text without one has its likeliest label; of `tags` models only: shape (1,)."""
    topics: Floats
    """Mean and scale of the margin of each topic where training read it: shape (2, topics), or (2, 0)."""
    vectors: VectorModel | None = None
    """Reads what the encoder holds of a text, where training did."""
    digest: str = ""
    """Of the file that it was read from."""

    def fingerprint(self) -> str:
        """Digest of the file that it was read from."""
        return self.digest

    def margins(self, reading: Reading) -> Floats:
        """Margins of a prepared batch: shape (texts, labels)."""
        counts = _counts(reading)
        index = np.full(1 << BITS, -1, dtype=np.int64)
        index[self.kept] = np.arange(len(self.kept))
        weights = self.weights.astype(np.float32)
        result: Floats = _normal(counts, index, self.frequency) @ weights[: len(self.kept)] + self.bias
        if self.topics.shape[1]:
            result += _scaled(_topics(reading), self.topics) @ weights[len(self.kept) :]
        if self.vectors is not None:
            result += np.float32(VECTOR_SHARE) * self.vectors.margins(vectors_of(reading))
        return result

    def predict(self, reading: Reading) -> list[list[LabelScore]]:
        """Labels of each text, likeliest first: exactly one unless the model gives tags."""
        margins = self.margins(reading)
        scores = 1 / (1 + np.exp(-(margins * self.platt[0] + self.platt[1])))
        told: list[list[LabelScore]] = []
        chosen = _chosen(margins, self.thresholds, self.likeliest) if self.kind == "tags" else _first(margins)
        for columns, score in zip(map(np.flatnonzero, chosen), scores, strict=True):
            found = [LabelScore(self.labels[at], float(score[at])) for at in columns]
            told.append(sorted(found, key=lambda item: (-item.score, item.label)))
        return told

    def save(self, path: Path) -> None:
        """Write the model; the same model gives the same bytes."""
        told = {"format": FORMAT, "kind": self.kind, "labels": self.labels, "beside": self._beside()}
        about = json.dumps(told, ensure_ascii=False)
        arrays: dict[str, npt.NDArray[Any]] = {
            "about": np.frombuffer(about.encode(), dtype=np.uint8), "kept": self.kept,
            "frequency": self.frequency, "weights": self.weights, "bias": self.bias, "platt": self.platt,
            "thresholds": self.thresholds, "likeliest": self.likeliest, "topics": self.topics,
        }  # fmt: skip
        if self.vectors is not None:
            arrays |= {f"{_VECTORS}{name}": array for name, array in vars(self.vectors).items()}
        write_artefact(path, arrays)

    def _beside(self) -> list[str]:
        """The shipped models that it reads a text with."""
        topics = [TOPICS] if self.topics.shape[1] else []
        return [*topics, ENCODER] if self.vectors is not None else topics


def load_custom(path: Path) -> CustomModel:
    """Read a model that `voc train` wrote.

    Raises InputError when it is missing, damaged or something else.
    """
    if not path.is_file():
        raise InputError("no such model", where=str(path), hint="train one with voc train")
    strange = InputError(
        "not a model of voc train, or damaged",
        where=str(path),
        hint="give a file that voc train wrote, or train one",
    )
    try:
        arrays = read_artefact(path)
    except InputError:
        raise strange from None
    try:
        about: dict[str, Any] = json.loads(arrays.pop("about").tobytes())
        written = str(about["format"])
        if written == FORMAT:
            names = [name for name in arrays if name.startswith(_VECTORS)]
            parts = {name.removeprefix(_VECTORS): arrays.pop(name) for name in names}
            vectors = VectorModel(**parts) if parts else None
            model = CustomModel(
                about["kind"], tuple(about["labels"]), **arrays, vectors=vectors, digest=digest([path])
            )
            beside = set(about["beside"])
    except (KeyError, TypeError, ValueError):
        raise strange from None
    if written != FORMAT:
        raise InputError(
            f"a model of another version of voc, {written}; this one reads {FORMAT}",
            where=str(path),
            hint="train it again",
        )
    if other := beside - {TOPICS, ENCODER}:
        raise InputError(
            f"trained beside {' and '.join(sorted(other))}, now there are {TOPICS} and {ENCODER}",
            where=str(path),
            hint="train it again",
        )
    return model


def _counts(reading: Reading) -> Any:  # noqa: ANN401
    """Sparse counts of all features: shape (texts, buckets)."""
    import scipy.sparse as sp

    rows, columns = [], []
    for grams in sentiment_grams(reading):
        rows.append(np.searchsorted(reading.buffer.ends, grams.positions, side="right"))
        columns.append(buckets(grams.hashes, BITS))
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = len(reading.folded), 1 << BITS
    counts = sp.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
    counts.sum_duplicates()
    return counts


def _topics(reading: Reading) -> Floats:
    """What the shipped topic model sees in each text: shape (texts, topics)."""
    told = shipped_margins(reading)
    return most_of_rows(told.values, reading.units.firsts, reading.unit_counts)


def _scaled(margins: Floats, scale: Floats) -> Floats:
    scaled: Floats = np.float32(SHARE) * np.tanh((margins - scale[0]) / scale[1] / 2)
    return scaled


def _normal(counts: Any, index: npt.NDArray[np.int64], frequency: Floats) -> Any:  # noqa: ANN401
    """Weighted features of unit length over the kept buckets."""
    import scipy.sparse as sp

    counts = counts.tocoo()
    columns = index[counts.col]
    known = columns >= 0
    values = (1 + np.log(counts.data[known])) * frequency[columns[known]]
    shape = counts.shape[0], len(frequency)
    features = sp.csr_matrix((values.astype(np.float32), (counts.row[known], columns[known])), shape=shape)
    length = np.sqrt(np.asarray(features.power(2).sum(1)).ravel())
    return sp.diags((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ features


def fit_custom(
    texts: Sequence[str], labels: Sequence[Sequence[str]], kind: Kind, *, best: bool = False
) -> CustomModel:
    """Train on labelled texts.

    Parameters
    ----------
    texts
        Masked texts.
    labels
        The labels of each text; exactly one each unless `kind` is `tags`.
    kind
        `sentiment`, `label` or `tags`.
    best
        Let the encoder read the texts too.

    Raises
    ------
    InputError
        When there are fewer than two labels with at least `FOLDS` examples each.
    """
    names, truth = _enough(labels)
    read = [read_batch(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)]
    kept, frequency, words = _words(read, len(texts))
    margins = np.concatenate([_topics(reading) for reading in read])
    topics = np.stack([margins.mean(0), margins.std(0) + np.float32(1e-6)])
    balance = 0.5 if kind == "tags" else 1.0
    ways = [(words, topics[:, :0]), (_beside(words, _scaled(margins, topics)), topics)]
    seen = [_cross_margins(features, truth, balance) for features, _ in ways]
    better = int(_score(seen[1], truth, kind) >= _score(seen[0], truth, kind))
    (features, topics), told = ways[better], seen[better]
    weights, bias = _fit(features, truth, balance)
    vectors = None
    if best:
        vectors, told = _with_vectors(
            np.concatenate([vectors_of(reading) for reading in read]), told, truth, kind
        )
    platt = np.array([_platt(told[:, at], truth[:, at]) for at in range(len(names))], dtype=np.float32).T
    thresholds = np.array([_threshold(told[:, at], truth[:, at]) for at in range(len(names))], np.float32)
    likeliest = _likeliest(told, truth, thresholds)
    return CustomModel(
        kind,
        tuple(names),
        kept,
        frequency,
        weights.astype(np.float16),
        bias,
        platt,
        thresholds,
        likeliest,
        topics,
        vectors,
    )


def _with_vectors(
    vectors: Floats, told: Floats, truth: npt.NDArray[np.bool_], kind: Kind
) -> tuple[VectorModel | None, Floats]:
    """The encoder's part where it helps, and the margins of texts from models that did not see them."""
    several = kind == "tags"
    lift = np.array(
        [_lift(truth[:, at], 0.5 if several else 1.0) for at in range(truth.shape[1])], np.float32
    )
    margins = told.copy()
    for taught, unseen in _folds(len(truth)):
        model = fit_vectors(vectors[taught], truth[taught], lift, several=several)
        margins[unseen] += np.float32(VECTOR_SHARE) * model.margins(vectors[unseen])
    if _score(margins, truth, kind) < _score(told, truth, kind):
        return None, told
    return fit_vectors(vectors, truth, lift, several=several), margins


def _enough(labels: Sequence[Sequence[str]]) -> tuple[list[str], npt.NDArray[np.bool_]]:
    """Labels with texts enough, and which text has which: shape (texts, labels)."""
    names = sorted({label for row in labels for label in row})
    place = {name: at for at, name in enumerate(names)}
    truth = np.zeros((len(labels), len(names)), dtype=bool)
    for at, row in enumerate(labels):
        truth[at, [place[label] for label in row]] = True
    enough = truth.sum(0) >= FOLDS
    names = [name for name, kept in zip(names, enough, strict=True) if kept]
    if len(names) < 2:
        raise InputError(f"fewer than two labels have {FOLDS} texts", hint="label more texts")
    return names, truth[:, enough]


def _words(read: Sequence[Reading], texts: int) -> tuple[npt.NDArray[np.int32], Floats, Any]:
    """Buckets that stand often enough, their inverse document frequency, and the features of the texts."""
    import scipy.sparse as sp

    counts = sp.vstack([_counts(reading) for reading in read]).tocsr()
    documents = np.bincount(counts.indices, minlength=1 << BITS)
    kept = np.flatnonzero(documents >= MIN_TEXTS).astype(np.int32)
    frequency = (np.log((1 + texts) / (1 + documents[kept])) + 1).astype(np.float32)
    index = np.full(1 << BITS, -1, dtype=np.int64)
    index[kept] = np.arange(len(kept))
    return kept, frequency, _normal(counts, index, frequency).tocsr()


def _beside(words: Any, topics: Floats) -> Any:  # noqa: ANN401
    import scipy.sparse as sp

    return sp.hstack([words, sp.csr_matrix(topics)]).tocsr()


def _score(margins: Floats, truth: npt.NDArray[np.bool_], kind: Kind) -> float:
    """Micro F1 of tags at a margin of 0, or macro F1 of the likeliest label."""
    from sklearn.metrics import f1_score

    if kind == "tags":
        return float(f1_score(truth, margins > 0, average="micro"))
    return float(f1_score(truth.argmax(1), margins.argmax(1), average="macro"))


def _fit(features: Any, truth: npt.NDArray[np.bool_], balance: float) -> tuple[Floats, Floats]:  # noqa: ANN401
    from sklearn.svm import LinearSVC

    weights = np.zeros((features.shape[1], truth.shape[1]), dtype=np.float32)
    bias = np.full(truth.shape[1], -1.0, dtype=np.float32)
    for at in range(truth.shape[1]):
        if 0 < truth[:, at].sum() < len(truth):
            model = LinearSVC(
                C=COST, tol=0.01, class_weight={True: _lift(truth[:, at], balance)}, random_state=SEED
            )
            model.fit(features, truth[:, at])
            weights[:, at], bias[at] = model.coef_[0], model.intercept_[0]
    return weights, bias


def _lift(truth: npt.NDArray[np.bool_], balance: float) -> float:
    """Weight of the examples of a rare label: what would balance it, to the power of `balance`."""
    return float(max((~truth).sum() / max(truth.sum(), 1), 1) ** balance)


def _cross_margins(features: Any, truth: npt.NDArray[np.bool_], balance: float) -> Floats:  # noqa: ANN401
    """Margins of texts from models that did not see them."""
    margins = np.zeros(truth.shape, dtype=np.float32)
    for taught, unseen in _folds(len(truth)):
        weights, bias = _fit(features[taught], truth[taught], balance)
        margins[unseen] = features[unseen] @ weights + bias
    return margins


def _folds(texts: int) -> list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Which texts a model learns from, and which it does not see, fold by fold."""
    fold = np.random.default_rng(SEED).permutation(texts) % FOLDS
    return [(fold != number, fold == number) for number in range(FOLDS)]


def _platt(margins: Floats, truth: npt.NDArray[np.bool_]) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3).fit(margins.reshape(-1, 1), truth)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _threshold(margins: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """Margin of best F1, not far from 0: few examples say little."""
    grid = np.arange(-0.6, 0.61, 0.05)
    told = margins[:, None] > grid
    hits = (told & truth[:, None]).sum(0)
    scores = 2 * hits / np.maximum(told.sum(0) + truth.sum(), 1)
    return float(grid[np.argmax(scores - 0.02 * np.abs(grid))])


def _first(margins: Floats) -> npt.NDArray[np.bool_]:
    """The likeliest label of each text."""
    chosen: npt.NDArray[np.bool_] = np.arange(margins.shape[1]) == margins.argmax(1)[:, None]
    return chosen


def _chosen(margins: Floats, thresholds: Floats, likeliest: Floats) -> npt.NDArray[np.bool_]:
    """Labels above their thresholds; of a text that has none, the likeliest where it is likely enough."""
    told: npt.NDArray[np.bool_] = margins > thresholds
    return told | (_first(margins) & ~told.any(1, keepdims=True) & (margins > likeliest))


def _likeliest(margins: Floats, truth: npt.NDArray[np.bool_], thresholds: Floats) -> Floats:
    """Bar of the likeliest label where nearly every text has one; nothing passes it where that is no help."""
    from sklearn.metrics import f1_score

    tried = np.array([np.inf, -0.2, -0.3, -0.4, -0.5], dtype=np.float32)
    scores = [
        f1_score(truth, _chosen(margins, thresholds, bar), average="micro", zero_division=0.0)
        for bar in tried[:, None]
    ]
    best: Floats = tried[[int(np.argmax(scores))]]
    return best
