"""Scores sentiment models on labelled tables, beside the baselines that everybody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import InputError
from voc.pipeline.labelled import LabelledTable, read_labelled_table, sentiment_labels
from voc.types import MaskedText

__all__ = ["LabelledInput", "SentimentEvaluation", "SentimentRow", "evaluate_sentiment"]

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

    def tables(self) -> list[LabelledTable]:
        """Read all tables."""
        return [
            read_labelled_table(
                source,
                text=self.text,
                label=self.label,
                source_column=self.source_column,
                policy=self.policy,
                masked=self.masked,
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

    notes: list[str] = []
    test, train = _Texts(), _Texts()
    tables = _read(tested, notes)
    for table, labels in tables:
        keys = [text_key(text) for text in table.texts]
        firsts = without_repeats(table.texts)
        chosen = [at for at in firsts if not only_held_out or held_out(keys[at])]
        if repeats := len(table.texts) - len(firsts):
            notes.append(f"{table.name}: {repeats:,} repeated texts left out")
        test.add(table, labels, chosen)
    if not test.texts:
        raise InputError("no text is left to score", hint="leave --held-out away to score all")
    tested_keys = {text_key(text) for text in test.texts}
    for table, labels in [*(tables if only_held_out else ()), *(_read(training, notes) if training else ())]:
        kept = without_repeats(table.texts, tested_keys)
        train.add(table, labels, kept)
    told = [_predicted(model, test) for model in models]
    if train.texts:
        told.append(_floor(train, test))
    rows = [_row(test, one, source, at) for one in told for source, at in _by_source(test).items()]
    return SentimentEvaluation(tuple(rows), tuple(notes))


def _read(given: LabelledInput, notes: list[str]) -> list[tuple[LabelledTable, list[int]]]:
    found = []
    for table in given.tables():
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


def _predicted(model: str, test: _Texts) -> _Told:
    from voc.tagging.models import backend
    from voc.tagging.reader import read_batch

    chosen = backend(model)
    labels: list[int] = []
    scores: list[float] = []
    for start in range(0, len(test.texts), _BATCH):
        told = chosen.score(read_batch(test.texts[start : start + _BATCH]))
        labels += told.labels.tolist()
        scores += told.scores.tolist()
    return _Told(model, labels, np.array(scores))


def _floor(train: _Texts, test: _Texts) -> _Told:
    from voc.tagging.tfidf_floor import NAME, fit_predict

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
