"""The registry of sentiment back ends: a short name for the user, a versioned name for the record.

A back end is a class with `name` (versioned), `fingerprint()` and `score(reading)`. `register` adds one;
`TagStage` chooses by the short name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np

from voc.errors import UsageError, nearest
from voc.tagging.custom.custom_model import LabelScore, load_custom
from voc.tagging.custom.installed import PREFIX, open_installed
from voc.tagging.models.sentiment import NAME, Sentiments, load_sentiment
from voc.tagging.models.topic_model import ClauseMargins
from voc.tagging.models.weights import artefact_path
from voc.tagging.reader import Reading
from voc.text.lexicons import digest

__all__ = [
    "ClauseReader",
    "CustomBackend",
    "Labeller",
    "SentimentBackend",
    "backend",
    "backend_names",
    "labeller",
    "register",
]


class SentimentBackend(Protocol):
    """What scores the sentiment of a batch."""

    name: str

    def fingerprint(self) -> str:
        """Hex digest of all that decides the scores."""
        ...

    def score(self, reading: Reading) -> Sentiments:
        """Score every row of a prepared batch."""
        ...


@runtime_checkable
class ClauseReader(SentimentBackend, Protocol):
    """A back end that has its say on tags as well."""

    def judge(self, reading: Reading, margins: ClauseMargins) -> tuple[Sentiments, ClauseMargins]:
        """Score every row, and add its own to the topic model's margins where it reads a row."""
        ...


class Labeller(Protocol):
    """What gives labels of its own to the texts of a batch."""

    def fingerprint(self) -> str:
        """Hex digest of all that decides the labels."""
        ...

    def predict(self, reading: Reading) -> list[list[LabelScore]]:
        """Labels of each row of a prepared batch, likeliest first."""
        ...


class LinearBackend:
    """`fast`: the shipped linear model."""

    name = NAME

    def fingerprint(self) -> str:
        """Digest of the weights."""
        return digest([artefact_path(NAME)])

    def score(self, reading: Reading) -> Sentiments:
        """Score the features of the batch."""
        return load_sentiment().score_reading(reading)


class CustomBackend:
    """A sentiment model that `voc train` wrote."""

    name = "sentiment.custom.v1"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._model = load_custom(path)
        if self._model.kind != "sentiment":
            raise UsageError(
                f"a model of kind {self._model.kind!r} gives no sentiment",
                where=str(path),
                hint="use it with --custom",
            )

    def fingerprint(self) -> str:
        """Digest of the file."""
        return digest([self._path])

    def score(self, reading: Reading) -> Sentiments:
        """Score the features of the batch; a blank text is neutral."""
        model = self._model
        margins = model.margins(reading)
        odds = 1 / (1 + np.exp(-(margins * model.platt[0] + model.platt[1])))
        place = {label: at for at, label in enumerate(model.labels)}
        good, bad = (odds[:, place[mark]] if mark in place else np.zeros(len(odds)) for mark in ("1", "-1"))
        scores = (good / np.maximum(good + bad, 1e-9)).astype(np.float32)
        labels = np.array([int(label) for label in model.labels], dtype=np.int8)[margins.argmax(1)]
        blank = np.array([not text.text.strip() for text in reading.folded], dtype=bool)
        labels[blank], scores[blank] = 0, 0.5
        return Sentiments(labels, scores)


def _snownlp() -> SentimentBackend:
    from voc.tagging.models.snownlp_model import SnowNlpBackend

    return SnowNlpBackend()


def _best() -> SentimentBackend:
    from voc.tagging.models.encoder import BestBackend

    return BestBackend()


def _auto() -> SentimentBackend:
    from voc.tagging.models.encoder import AutoBackend

    return AutoBackend()


_FACTORIES: Final[dict[str, Callable[[], SentimentBackend]]] = {
    "fast": LinearBackend,
    "best": _best,
    "auto": _auto,
    "snownlp": _snownlp,
}


def register(name: str, factory: Callable[[], SentimentBackend]) -> None:
    """Make a back end known under a short name. A name that is taken cannot be taken again."""
    if name in _FACTORIES:
        raise UsageError(f"a model named {name!r} is registered already")
    _FACTORIES[name] = factory


def backend_names() -> tuple[str, ...]:
    """Short names of all back ends."""
    return tuple(_FACTORIES)


@cache
def backend(name: str) -> SentimentBackend:
    """Load a back end by its short name, a model by its path (`ours.npz`), or `transformers:PATH`.

    Raises UsageError with the nearest name when there is none.
    """
    if name.startswith(PREFIX):
        from voc.tagging.custom.installed_sentiment import InstalledSentiment

        return InstalledSentiment(name)
    if name.endswith(".npz"):
        return CustomBackend(Path(name))
    factory = _FACTORIES.get(name)
    if factory is None:
        near = nearest(name, _FACTORIES)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(_FACTORIES)}"
        raise UsageError(f"no sentiment model {name!r}", where="model", hint=hint)
    return factory()


@cache
def labeller(spec: str) -> Labeller:
    """Load a model of `voc train` by its path, or `transformers:PATH`."""
    if spec.startswith(PREFIX):
        return open_installed(spec)
    return load_custom(Path(spec))
