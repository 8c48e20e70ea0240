"""Models that a user has installed: `spacy:NAME` and `transformers:PATH` add what they find to voc's own.

Neither is imported before it is asked for. Names and places go through the same conventions as those of the
shipped tagger, so provinces, cities and public figures stay in clear. A model that fails on a text masks it
whole, like any recogniser.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voc.errors import InputError, MissingExtraError, UsageError
from voc.privacy.ner.convention import convention
from voc.privacy.ner.labels import Tagged
from voc.privacy.recognizers.finder import Candidate, Finder
from voc.text.lexicons import digest

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = [
    "InstalledModel",
    "SpacyModel",
    "TransformersModel",
    "installed_digest",
    "installed_models",
    "open_model",
]

_PEOPLE: Final = frozenset({"PERSON", "PER", "NAME", "NR", "PER.NAM", "人名", "姓名"})
_PLACES: Final = frozenset(
    {"ADDRESS", "ADDR", "CN_ADDRESS", "LOC", "LOCATION", "FAC", "GPE", "LOC.NAM", "地址", "地名", "SCENE"}
)
_PIECE: Final = 400
_OVERLAP: Final = 60
"""Transformers read at most 512 tokens at once, so longer texts go in pieces that overlap."""


class InstalledModel(Finder):
    """A model of the user's as a finder."""

    entities = ("PERSON", "CN_ADDRESS")
    gate = "[\u4e00-\u9fffA-Za-z]"

    def find(self, text: str) -> list[Candidate]:
        """Return names and detailed addresses."""
        judge = convention()
        found = []
        for tag in self.tags(text):
            kind = tag.kind.upper()
            if kind in _PEOPLE:
                place, entity = judge.person(text, tag.start, tag.end), "PERSON"
            elif kind in _PLACES:
                place, entity = judge.address(text, tag.start, tag.end), "CN_ADDRESS"
            else:
                continue
            if place is not None:
                found.append(
                    self.candidate(*place, round(tag.score, 2), "tagged by an installed model", entity=entity)
                )
        return found

    @abstractmethod
    def tags(self, text: str) -> Iterable[Tagged]:
        """Return what the model tags, with its own kinds."""


class SpacyModel(InstalledModel):
    """A spaCy pipeline with named entities: a package's name or a folder."""

    name = "ner.spacy.v1"

    def __init__(self, source: str) -> None:
        self._pipeline = _spacy_pipeline(source)

    def tags(self, text: str) -> Iterator[Tagged]:
        """Yield the entities of the pipeline; spaCy gives no probability, so each counts 0.85."""
        for entity in self._pipeline(text).ents:
            yield Tagged(entity.start_char, entity.end_char, entity.label_, 0.85)


class TransformersModel(InstalledModel):
    """A token-classification model of the transformers library: a folder or a name of the hub."""

    name = "ner.transformers.v1"

    def __init__(self, source: str) -> None:
        self._classify = _token_classifier(source)

    def tags(self, text: str) -> Iterator[Tagged]:
        """Yield groups of tokens with one label, B- and I- or BIOES prefixes removed."""
        step = _PIECE - _OVERLAP
        for start in range(0, max(1, len(text) - _OVERLAP), step):
            for group in self._classify(text[start : start + _PIECE]):
                if group.get("start") is None or group["end"] is None:
                    raise ValueError  # a slow tokenizer keeps no offsets
                first, last = start + int(group["start"]), start + int(group["end"])
                kind = group["entity_group"]
                yield Tagged(first, last, kind[2:] if kind[1:2] == "-" else kind, float(group["score"]))


_KINDS: Final = {"spacy": SpacyModel, "transformers": TransformersModel}


@cache
def open_model(spec: str) -> InstalledModel:
    """Open `spacy:NAME` or `transformers:PATH`. A model is opened once in a process.

    Raises
    ------
    UsageError
        For another kind, or a specification without a colon.
    MissingExtraError
        When the library is not installed.
    InputError
        When the library cannot open the model.
    """
    kind, separator, source = spec.partition(":")
    if not separator or not source or kind not in _KINDS:
        raise UsageError(
            "a model is written spacy:NAME or transformers:PATH",
            where="--ner",
            hint="--ner spacy:zh_core_web_sm",
        )
    return _KINDS[kind](source)


@cache
def installed_digest(spec: str) -> str:
    """Hex digest of what tells one version of a model from another, without opening it.

    Of the files of a folder; of the version of a package; of the name alone of what is neither.
    """
    source = spec.partition(":")[2]
    folder = Path(source)
    if folder.is_dir():
        return digest([spec.encode(), *sorted(path for path in folder.rglob("*") if path.is_file())])
    try:
        return digest([spec.encode(), version(source).encode()])
    except (PackageNotFoundError, ValueError):
        return digest([spec.encode()])


def installed_models(specs: Iterable[str]) -> tuple[InstalledModel, ...]:
    """Open each model once, in the given order."""
    return tuple(open_model(spec) for spec in dict.fromkeys(specs))


def _spacy_pipeline(source: str) -> Language:
    import spacy

    try:
        pipeline = spacy.load(source)
    except (OSError, ValueError):
        hint = f"python -m spacy download {source}" if source.isidentifier() else "is it a spaCy pipeline?"
        raise InputError("spaCy cannot open the model", where=source, hint=hint) from None
    if not {"ner", "entity_ruler"} & set(pipeline.pipe_names):
        raise InputError("the spaCy pipeline finds no entities", where=source, hint="it needs `ner`")
    return pipeline


def _token_classifier(source: str) -> Any:  # noqa: ANN401 - transformers types its pipelines loosely
    try:
        from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline
    except ImportError:
        raise MissingExtraError("transformers", "transformers") from None
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        model = AutoModelForTokenClassification.from_pretrained(source)
    except (OSError, ValueError):
        raise InputError(
            "transformers cannot open the model", where=source, hint="a folder with config.json and weights"
        ) from None
    if not tokenizer.is_fast:
        raise InputError(
            "the model's tokenizer keeps no offsets", where=source, hint="save it with tokenizer.json"
        )
    return pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="simple")
