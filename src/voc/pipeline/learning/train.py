"""Trains a custom model on a company's own labels, and says how good it is on texts that it did not see."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from voc.errors import ConfigError, Fault, InputError, OutputError, OutputExistsError, UsageError
from voc.how_many import how_many
from voc.pipeline.learning.labelled import (
    LABEL_NAMES,
    MOST_FAULTS,
    TAG_NAMES,
    LabelledTable,
    read_labelled_table,
    sentiment_labels,
)
from voc.types import MaskedText

if TYPE_CHECKING:
    from voc.io import Quarantine
    from voc.tagging.custom.fine_tuning import FineTuning
    from voc.tagging.models.registry import Labeller

__all__ = ["KINDS", "CustomRow", "TrainResult", "export_model", "read_tags", "train_custom"]

KINDS: Final = ("sentiment", "label", "tags")
_PARTS: Final = re.compile(r"[;；|,，、]")
_SIGN: Final = re.compile(r"\s*[:：]\s*([+-]?[01])\s*$")
_LEAST: Final = 20
"""Fewest texts that are worth training on."""
_MANY: Final = 100
"""Labels that even few texts may have."""


class CustomRow(NamedTuple):
    """Figures of one model on the tenth of the texts that was kept out of training."""

    model: str
    texts: int
    accuracy: float | None
    """None for tags, of which a text has any number."""
    micro_f1: float
    micro_f1_ci_lower: float
    micro_f1_ci_upper: float
    macro_f1: float
    macro_f1_ci_lower: float
    macro_f1_ci_upper: float


@dataclass(frozen=True)
class TrainResult:
    """A trained model and its figures."""

    output: Path
    kind: str
    texts: int
    labels: dict[str, int]
    """Texts of each label."""
    left_out: dict[str, int]
    """Labels with too few texts to be learnt, and their texts."""
    rows: tuple[CustomRow, ...]
    notes: tuple[str, ...]


def read_tags(table: LabelledTable) -> list[frozenset[str]]:
    """Read a column of tags: names parted by `;`, `|`, `,` or `、`, or a list, or voc's own list of structs.

    A list may stand as JSON text, as it does in CSV, JSON Lines and Excel. Of entries with a polarity
    (`logistics.delay:-1`, or a struct that has one), complaints count; a praise or a mere mention is no tag.
    An entry without polarity is a complaint.
    """
    return [frozenset(_names(cell)) for cell in table.labels]


def _names(cell: Any) -> list[str]:  # noqa: ANN401
    if isinstance(cell, str) and cell.startswith("["):
        with suppress(ValueError, RecursionError):
            cell = json.loads(cell)
    if isinstance(cell, str):
        parts = [part.strip() for part in _PARTS.split(cell.removeprefix("[").removesuffix("]"))]
    else:
        parts = [_entry(item) for item in cell] if isinstance(cell, (list, tuple)) else [str(cell)]
    found = []
    for part in parts:
        sign = _SIGN.search(part)
        name = part[: sign.start()] if sign else part
        name = name.removeprefix("投诉类型:").removeprefix("投诉类型：").strip().strip("'\"")
        if name and (sign is None or sign[1].lstrip("+") == "-1"):
            found.append(name)
    return found


def _entry(item: Any) -> str:  # noqa: ANN401
    if isinstance(item, dict):
        return f"{item.get('tag', '')}:{item.get('polarity', -1)}"
    return str(item)


def train_custom(
    sources: Sequence[str],
    output: Path,
    *,
    kind: str | None = None,
    text: str | None = None,
    label: str | None = None,
    policy: str = "default",
    masked: bool = False,
    quarantine: Quarantine,
    force: bool = False,
    best: bool = False,
    tuning: FineTuning | None = None,
    told: Callable[[int, float], None] | None = None,
) -> TrainResult:
    """Train on tables with a text and a label column and write the model.

    A tenth of the texts, chosen by a hash, is kept out of a first model, on which it is scored beside the
    TF-IDF floor; the model that is written has then learnt from all texts. Repeated texts count once. With
    `best` the encoder reads the texts too.

    With `tuning` a model of the transformers library is fine-tuned instead and `output` is a folder. It is
    trained once: the model that is written is the one that was scored. `told` hears of each epoch.

    Raises
    ------
    OutputExistsError
        When the output is there and `force` is not set.
    OutputError
        When it cannot be written.
    InputError
        When there are too few texts or labels.
    UsageError
        When what stands in the label column are no labels.
    """
    from voc.tagging.custom.custom_model import fit_custom
    from voc.tagging.splits import held_out, text_key, without_repeats

    if output.exists() and not force:
        raise OutputExistsError(str(output))
    if tuning is None and not output.parent.is_dir():
        raise OutputError("there is no such folder", where=str(output.parent), hint="make the folder first")
    if kind is not None and kind not in KINDS:
        raise UsageError(f"no kind {kind!r}", where="--kind", hint=f"known: {', '.join(KINDS)}")
    names = TAG_NAMES if kind == "tags" else (*LABEL_NAMES, *TAG_NAMES)
    tables = [
        read_labelled_table(
            source,
            text=text,
            label=label,
            names=names,
            policy=policy,
            masked=masked,
            quarantine=quarantine,
        )
        for source in sources
    ]
    notes = [note for table in tables for note in table.notes]
    kind = kind or _kind_of(tables)
    texts: list[MaskedText] = [text for table in tables for text in table.texts]
    labels = _labels(tables, kind, notes)
    firsts = without_repeats(texts)
    if len(firsts) < len(texts):
        notes.append(f"{how_many(len(texts) - len(firsts), 'repeated text')} left out")
    texts, labels = [texts[at] for at in firsts], [labels[at] for at in firsts]
    if len(texts) < _LEAST:
        raise InputError(
            how_many(len(texts), "labelled text is too few", "labelled texts are too few"),
            hint=f"label at least {_LEAST}",
        )
    counted = Counter(name for row in labels for name in row)
    _refuse_values(counted, len(texts))
    test = [at for at, one in enumerate(texts) if held_out(text_key(one))]
    taught = sorted(set(range(len(texts))) - set(test))
    split = _Split(texts, labels, taught, test, kind, best)
    if tuning is not None:
        known, rows = _fine_tuned(split, counted, output, tuning, told)
    else:
        rows = _score(split)
        model = fit_custom(texts, [sorted(row) for row in labels], kind, best=best)
        model.save(output)
        known = model.labels
    rare = {name: count for name, count in counted.items() if name not in known}
    kept = {name: counted[name] for name in known}
    return TrainResult(output, kind, len(texts), kept, rare, tuple(rows), tuple(notes))


def _refuse_values(counted: Counter[str], texts: int) -> None:
    """Refuse labels that are texts or numbers of rows: the model's file and messages would quote them."""
    if len(counted) > max(_MANY, texts // 3):
        raise UsageError(
            f"{len(counted):,} different labels on {how_many(texts, 'text')}: this is no column of labels",
            where="--label",
            hint="name the column that holds the labels",
        )


def _kind_of(tables: Sequence[LabelledTable]) -> str:
    """`tags` when a cell holds several, `sentiment` when all labels are moods, else `label`."""
    cells = [cell for table in tables for cell in table.labels]
    if any(not isinstance(cell, (str, int, float)) or len(_names(str(cell))) > 1 for cell in cells):
        return "tags"
    try:
        for table in tables:
            sentiment_labels(table)
    except ConfigError:
        return "label"
    return "sentiment"


def _labels(tables: Sequence[LabelledTable], kind: str, notes: list[str]) -> list[frozenset[str]]:
    if kind == "tags":
        return [row for table in tables for row in read_tags(table)]
    found: list[frozenset[str]] = []
    for table in tables:
        if kind == "sentiment":
            moods, note = sentiment_labels(table)
            notes += [note] if note else []
            found += [frozenset({str(mood)}) for mood in moods]
        else:
            blank = [row for row, cell in zip(table.rows, table.labels, strict=True) if not str(cell).strip()]
            if blank:
                faults = [Fault(f"row {row}", "the label is blank") for row in blank]
                raise ConfigError(table.name, faults, most=MOST_FAULTS)
            found += [frozenset({str(cell).strip()}) for cell in table.labels]
    return found


class _Split(NamedTuple):
    texts: Sequence[MaskedText]
    labels: Sequence[frozenset[str]]
    taught: list[int]
    test: list[int]
    kind: str
    best: bool


def _score(split: _Split) -> list[CustomRow]:
    """Score a model that learnt from `taught`, and the floor, on `test`."""
    from voc.tagging.custom.custom_model import fit_custom

    if len(split.test) < 2:
        return []
    texts, labels = split.texts, split.labels
    model = fit_custom(
        [texts[at] for at in split.taught],
        [sorted(labels[at]) for at in split.taught],
        split.kind,
        best=split.best,
    )
    return _rows("custom", model, split)


def _fine_tuned(
    split: _Split,
    counted: Counter[str],
    output: Path,
    tuning: FineTuning,
    told: Callable[[int, float], None] | None,
) -> tuple[tuple[str, ...], list[CustomRow]]:
    """Fine-tune on `taught`, score on `test`, and put the folder in its place; labels and figures."""
    from voc.io.folders import folder_in_place
    from voc.tagging.custom.custom_model import FOLDS
    from voc.tagging.custom.fine_tuning import fine_tune
    from voc.tagging.custom.installed import InstalledModel

    names = tuple(sorted(name for name, count in counted.items() if count >= FOLDS))
    if len(names) < 2:
        raise InputError(f"fewer than two labels have {FOLDS} texts", hint="label more texts")
    rows = [at for at in split.taught if split.kind == "tags" or split.labels[at] <= set(names)]
    with folder_in_place(output, force=True) as folder:  # whether it may be replaced was asked before
        fine_tune(
            [split.texts[at] for at in rows],
            [sorted(split.labels[at]) for at in rows],
            names,
            folder,
            tuning,
            several=split.kind == "tags",
            told=told,
        )
        scored = _rows("transformers", InstalledModel(str(folder)), split)
    return names, scored


def _rows(name: str, model: Labeller, split: _Split) -> list[CustomRow]:
    """Figures of a model and of the floor on `test`."""
    from voc.tagging.reader import read_batch

    if len(split.test) < 2:
        return []
    found = model.predict(read_batch([split.texts[at] for at in split.test]))
    told = [frozenset(item.label for item in row) for row in found]
    truth = [split.labels[at] for at in split.test]
    return [_row(name, truth, told, split.kind), _row("tfidf+svm", truth, _floor(split), split.kind)]


def _floor(split: _Split) -> list[frozenset[str]]:
    from voc.tagging.custom.tfidf_floor import fit_predict, fit_predict_tags

    known, unknown = [split.texts[at] for at in split.taught], [split.texts[at] for at in split.test]
    labels = [split.labels[at] for at in split.taught]
    if split.kind == "tags":
        return fit_predict_tags(known, labels, unknown)
    return [frozenset({name}) for name in fit_predict(known, [next(iter(row)) for row in labels], unknown)]


def _row(model: str, truth: Sequence[frozenset[str]], told: Sequence[frozenset[str]], kind: str) -> CustomRow:
    from voc.tagging.scoring import score_tags

    found = score_tags(truth, told)
    accuracy = None
    if kind != "tags":
        accuracy = sum(a == b for a, b in zip(truth, told, strict=True)) / len(truth)
    micro, macro = found.micro_f1.facts("micro_f1"), found.macro_f1.facts("macro_f1")
    return CustomRow(model, found.texts, accuracy, **micro, **macro)


def export_model(model: str, output: Path, *, force: bool = False) -> float:
    """Write a model of the transformers library as ONNX into a folder of its own.

    Returns the largest difference between a probability before and after.

    Raises
    ------
    OutputExistsError
        When the folder is there and `force` is not set.
    """
    from voc.io.folders import folder_in_place
    from voc.tagging.custom.fine_tuning import export_onnx

    with folder_in_place(output, force=force) as folder:
        return export_onnx(model, folder)
