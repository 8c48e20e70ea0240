"""The registry of sentiment back ends: a short name for the user, a versioned name for the record.

A back end is a class with `name` (versioned), `fingerprint()` and `score(reading)`. `register` adds one;
`TagStage` chooses by the short name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, Protocol

from voc.errors import UsageError, nearest
from voc.tagging.reader import Reading
from voc.tagging.sentiment import NAME, Sentiments, load_sentiment
from voc.tagging.weights import artefact_path
from voc.text.lexicons import digest

__all__ = ["SentimentBackend", "backend", "backend_names", "register"]


class SentimentBackend(Protocol):
    """What scores the sentiment of a batch."""

    name: str

    def fingerprint(self) -> str:
        """Hex digest of all that decides the scores."""
        ...

    def score(self, reading: Reading) -> Sentiments:
        """Score every row of a prepared batch."""
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


def _snownlp() -> SentimentBackend:
    from voc.tagging.snownlp_model import SnowNlpBackend

    return SnowNlpBackend()


_FACTORIES: Final[dict[str, Callable[[], SentimentBackend]]] = {"fast": LinearBackend, "snownlp": _snownlp}


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
    """Load a back end. Raises UsageError with the nearest name when there is none."""
    factory = _FACTORIES.get(name)
    if factory is None:
        near = nearest(name, _FACTORIES)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(_FACTORIES)}"
        raise UsageError(f"no sentiment model {name!r}", where="model", hint=hint)
    return factory()
