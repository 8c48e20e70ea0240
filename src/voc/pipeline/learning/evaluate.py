"""Scores sentiment models on labelled tables, beside the baselines that everybody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import ConfigError, Fault, InputError
from voc.how_many import how_many
from voc.pipeline.learning.labelled import (
    LABEL_NAMES,
    MOST_FAULTS,
    TAG_NAMES,
    LabelledTable,
    read_labelled_table,
    sentiment_labels,
)
from voc.tagging.scoring import score_tags
from voc.types import MaskedText

if TYPE_CHECKING:
    from voc.io import Quarantine
    from voc.tagging.lexicon.findings import Finding
    from voc.tagging.tagger import Tagger
    from voc.tagging.taxonomy import Taxonomy

__all__ = [
    "LabelledInput",
    "SentimentEvaluation",
    "SentimentRow",
    "TopicsEvaluation",
    "TopicsRow",
    "evaluate_sentiment",
    "evaluate_topics",
]

_MAY_BE_LEARNT: Final = (
    "the shipped models have learnt from public sets: of a table that is one of these, --held-out scores "
    "the texts that they never saw"
)

_BATCH = 4096


@dataclass(frozen=True)
class LabelledInput:
    """Where labelled texts come from and how to read them."""

    sources: Sequence[str]
    text: str | None = None
    label: str | None = None
    source_column: str | None = None
    policy: str = "default"
    masked: bool = False

    def tables(self, names: Sequence[str] = LABEL_NAMES, *, quarantine: Quarantine) -> list[LabelledTable]:
        """Read all tables; `names` are those that the label column is looked for under."""
        return [
            read_labelled_table(
                source,
                text=self.text,
                label=self.label,
                names=names,
                source_column=self.source_column,
                policy=self.policy,
                masked=self.masked,
                keep_blank=names is TAG_NAMES,
                quarantine=quarantine,
            )
            for source in self.sources
        ]


class SentimentRow(NamedTuple):
    """Figures of one model on the texts of one source."""

    model: str
    source: str
    texts: int
    accuracy: float
    accuracy_ci_lower: float
    accuracy_ci_upper: float
    macro_f1: float
    macro_f1_ci_lower: float
    macro_f1_ci_upper: float
    brier: float | None
    """Of the probability of positive, over texts that are not neutral; None where a model has none."""
    calibration_error: float | None


@dataclass(frozen=True)
class SentimentEvaluation:
    """Figures of all models on all sources."""

    rows: tuple[SentimentRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Texts:
    texts: list[MaskedText] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def add(self, table: LabelledTable, labels: Sequence[int], positions: Sequence[int]) -> None:
        self.texts.extend(table.texts[at] for at in positions)
        self.labels.extend(labels[at] for at in positions)
        self.sources.extend(table.sources[at] for at in positions)


def evaluate_sentiment(
    tested: LabelledInput,
    *,
    models: Sequence[str] = ("fast", "snownlp"),
    training: LabelledInput | None = None,
    only_held_out: bool = False,
    quarantine: Quarantine,
) -> SentimentEvaluation:
    """Score models on labelled texts, by source, and the TF-IDF floor when training tables are given.

    A text that stands several times is scored once, and one that is tested is taken out of the floor's
    training, whatever table it stands in.

    Parameters
    ----------
    models
        Short names of sentiment back ends.
    only_held_out
        Score only texts of the tenth that the shipped models are never trained on (`voc.tagging.splits`).
        The floor then trains on the other nine tenths of the tested tables too.
    """
    from voc.tagging.splits import held_out, text_key, without_repeats

    notes: list[str] = [] if only_held_out else [_MAY_BE_LEARNT]
    test, train = _Texts(), _Texts()
    tables = _read(tested, notes, quarantine)
    for table, labels in tables:
        keys = [text_key(text) for text in table.texts]
        firsts = without_repeats(table.texts)
        chosen = [at for at in firsts if not only_held_out or held_out(keys[at])]
        if repeats := len(table.texts) - len(firsts):
            notes.append(f"{table.name}: {how_many(repeats, 'repeated text')} left out")
        test.add(table, labels, chosen)
    if not test.texts:
        raise InputError("no text is left to score", hint="leave --held-out away to score all")
    tested_keys = {text_key(text) for text in test.texts}
    learnt = _read(training, notes, quarantine) if training else []
    for table, labels in [*(tables if only_held_out else ()), *learnt]:
        kept = without_repeats(table.texts, tested_keys)
        train.add(table, labels, kept)
    told = [_predicted(model, test) for model in models]
    notes += [_share_asked(one) for one in told if one.model == "auto"]
    if train.texts:
        told.append(_floor(train, test))
    rows = [_row(test, one, source, at) for one in told for source, at in _by_source(test).items()]
    return SentimentEvaluation(tuple(rows), tuple(notes))


def _read(
    given: LabelledInput, notes: list[str], quarantine: Quarantine
) -> list[tuple[LabelledTable, list[int]]]:
    found = []
    for table in given.tables(quarantine=quarantine):
        labels, note = sentiment_labels(table)
        notes += [*table.notes, *([note] if note else [])]
        found.append((table, labels))
    return found


class _Told(NamedTuple):
    """What one model says of the tested texts."""

    model: str
    labels: list[int]
    scores: npt.NDArray[np.float64] | None
    """Probability of positive, where the model gives one."""
    asked: int = 0
    """Texts that `auto` gave to the encoder."""


def _predicted(model: str, test: _Texts) -> _Told:
    from voc.tagging.models.registry import backend
    from voc.tagging.models.sentiment import load_sentiment
    from voc.tagging.reader import read_batch

    chosen = backend(model)
    labels: list[int] = []
    scores: list[float] = []
    asked = 0
    for start in range(0, len(test.texts), _BATCH):
        reading = read_batch(test.texts[start : start + _BATCH])
        told = chosen.score(reading)
        if model == "auto":
            from voc.tagging.models.encoder import AutoBackend

            assert isinstance(chosen, AutoBackend)
            asked += int(chosen.unsure_mood(load_sentiment().score_reading(reading)).sum())
        labels += told.labels.tolist()
        scores += told.scores.tolist()
    return _Told(model, labels, np.array(scores), asked)


def _share_asked(told: _Told) -> str:
    """How many texts `auto` gave to the encoder."""
    return f"auto: the encoder read {told.asked:,} of {len(told.labels):,} texts"


def _floor(train: _Texts, test: _Texts) -> _Told:
    from voc.tagging.custom.tfidf_floor import NAME, fit_predict

    told = fit_predict(train.texts, [str(label) for label in train.labels], test.texts)
    return _Told(NAME, [int(label) for label in told], None)


def _by_source(test: _Texts) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for at, source in enumerate(test.sources):
        groups.setdefault(source, []).append(at)
    if len(groups) > 1:
        groups["all"] = list(range(len(test.texts)))
    return groups


def _row(test: _Texts, told: _Told, source: str, at: list[int]) -> SentimentRow:
    from voc.tagging.scoring import calibration_error, score_classes

    truth = [test.labels[number] for number in at]
    labels = [told.labels[number] for number in at]
    brier = error = None
    if told.scores is not None:
        scores = told.scores[at]
        decided = [number for number, label in enumerate(truth) if label]
        if decided:
            happened = np.array([truth[number] > 0 for number in decided])
            brier, error = (round(value, 4) for value in calibration_error(scores[decided], happened))
        if 0 not in truth:  # two classes: the likelier one, however sure
            labels = [1 if score > 0.5 else -1 for score in scores]
    found = score_classes([str(label) for label in truth], [str(label) for label in labels])
    figures = {**found.accuracy.facts("accuracy"), **found.macro_f1.facts("macro_f1")}
    return SentimentRow(told.model, source, found.texts, brier=brier, calibration_error=error, **figures)


class TopicsRow(NamedTuple):
    """Figures of one way to tag on the texts of one source, at one level of the taxonomy."""

    model: str
    source: str
    level: int
    texts: int
    precision: float
    recall: float
    micro_f1: float
    micro_f1_ci_lower: float
    micro_f1_ci_upper: float
    macro_f1: float
    macro_f1_ci_lower: float
    macro_f1_ci_upper: float


@dataclass(frozen=True)
class TopicsEvaluation:
    """Figures of tags."""

    rows: tuple[TopicsRow, ...]
    by_tag: dict[str, tuple[int, int, int]]
    """Right, told, and true numbers of each tag, of the first model."""
    notes: tuple[str, ...]


def evaluate_topics(
    tested: LabelledInput, *, taxonomy: Path | None = None, lexicon: Path | None = None,
    training: LabelledInput | None = None, quarantine: Quarantine,
) -> TopicsEvaluation:  # fmt: skip
    """Score complaint tags on labelled texts, beside the lexicon alone, and the TF-IDF floor when trained.

    Only complaints are scored; the label column holds tags as `read_tags` of `train` reads them.

    Raises
    ------
    ConfigError
        With the rows whose tags are not in the taxonomy.
    """
    from voc.pipeline.learning.train import read_tags
    from voc.tagging.splits import text_key, without_repeats
    from voc.tagging.tagger import Tagger

    tagger = Tagger(taxonomy=taxonomy, user_lexicon=lexicon)
    notes: list[str] = []
    texts: list[MaskedText] = []
    truth: list[frozenset[str]] = []
    sources: list[str] = []
    for table in tested.tables(TAG_NAMES, quarantine=quarantine):
        tags = _own_ids(table, read_tags(table), tagger.taxonomy)
        kept = without_repeats(table.texts, {text_key(text) for text in texts})
        texts += [table.texts[at] for at in kept]
        truth += [tags[at] for at in kept]
        sources += [table.sources[at] for at in kept]
        notes += table.notes
    told = {"fast": _complaints(tagger, texts), "lexicon": _lexicon_alone(tagger, texts)}
    if training is not None:
        told["tfidf+svm"] = _topics_floor(training, texts, tagger.taxonomy, quarantine)
    groups = _by_source(_Texts(texts, [], sources))
    rows = [
        _topics_row(model, source, level, [truth[n] for n in at], [found[n] for n in at])
        for model, found in told.items()
        for source, at in groups.items()
        for level in (2, 1)
    ]
    return TopicsEvaluation(tuple(rows), score_tags(truth, told["fast"]).by_tag, tuple(notes))


def _own_ids(table: LabelledTable, tags: list[frozenset[str]], taxonomy: Taxonomy) -> list[frozenset[str]]:
    """Tags by id; Chinese names are known too."""
    ids = {name: tag.id for tag in taxonomy.tags for name in (tag.id, tag.zh)}
    faults = [
        Fault(
            f"row {row}",
            f"{how_many(len(unknown), 'tag')} that the taxonomy lacks",
            "see `voc taxonomy show`",
        )
        for row, names in zip(table.rows, tags, strict=True)
        if (unknown := names - ids.keys())
    ]
    if faults:
        raise ConfigError(table.name, faults, most=MOST_FAULTS)
    return [frozenset(ids[name] for name in names) for names in tags]


def _complaints(tagger: Tagger, texts: Sequence[MaskedText]) -> list[frozenset[str]]:
    return [
        frozenset(tag.tag for tag in row.tags if tag.polarity < 0)
        for at in range(0, len(texts), _BATCH)
        for row in tagger.tag(texts[at : at + _BATCH])
    ]


def _lexicon_alone(tagger: Tagger, texts: Sequence[MaskedText]) -> list[frozenset[str]]:
    targets = tagger.taxonomy.targets
    return [
        frozenset(targets[one.tag] for one in row if one.polarity < 0 and one.tag in targets)
        for at in range(0, len(texts), _BATCH)
        for row in _found(tagger, texts[at : at + _BATCH])
    ]


def _found(tagger: Tagger, texts: Sequence[MaskedText]) -> list[list[Finding]]:
    return tagger.read(texts).findings.by_row(len(texts))


def _topics_floor(
    training: LabelledInput, test: Sequence[MaskedText], taxonomy: Taxonomy, quarantine: Quarantine
) -> list[frozenset[str]]:
    from voc.pipeline.learning.train import read_tags
    from voc.tagging.custom.tfidf_floor import fit_predict_tags
    from voc.tagging.splits import text_key, without_repeats

    seen = {text_key(text) for text in test}
    known: list[str] = []
    tags: list[frozenset[str]] = []
    for table in training.tables(TAG_NAMES, quarantine=quarantine):
        found = _own_ids(table, read_tags(table), taxonomy)
        for at in without_repeats(table.texts, seen):
            known.append(table.texts[at])
            tags.append(found[at])
    if not known:
        raise InputError("every training text is tested too", hint="give other texts with --train")
    return fit_predict_tags(known, tags, test)


def _topics_row(
    model: str, source: str, level: int, truth: list[frozenset[str]], told: list[frozenset[str]]
) -> TopicsRow:
    if level == 1:
        truth, told = (
            [frozenset(tag.split(".", 1)[0] for tag in row) for row in rows] for rows in (truth, told)
        )
    found = score_tags(truth, told)
    figures = {**found.micro_f1.facts("micro_f1"), **found.macro_f1.facts("macro_f1")}
    precision, recall = round(found.precision, 4), round(found.recall, 4)
    return TopicsRow(model, source, level, found.texts, precision, recall, **figures)
