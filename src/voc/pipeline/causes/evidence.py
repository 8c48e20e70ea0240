"""What is known beforehand: how well the tagger finds a tag, and what experiments have shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from voc.errors import ColumnError, InputError
from voc.rootcause.misclassification import TaggerScore

__all__ = ["ExperimentFinding", "read_experiments", "read_tagger_scores"]

_SCORE_COLUMNS = ("tag", "precision", "recall", "n_found", "n_true")


class ExperimentFinding(NamedTuple):
    """That an experiment supports a cause: mending it lowered churn."""

    tag: str
    segment: str | None


def read_tagger_scores(path: str) -> dict[str, TaggerScore]:
    """Read precision and recall of tags.

    Parameters
    ----------
    path
        A table with `tag`, `precision`, `recall` and the numbers of labelled feedback that they rest on,
        `n_found` and `n_true`.

    Raises
    ------
    ColumnError
        When a column is missing.
    InputError
        When a cell is no number.
    """
    from voc.io import read_table

    table = read_table(path)
    for name in _SCORE_COLUMNS:
        if name not in table.column_names:
            raise ColumnError.missing(name, table.column_names, where=path)
    scores = {}
    for number, row in enumerate(table.select(list(_SCORE_COLUMNS)).to_pylist()):
        try:
            score = TaggerScore(
                float(row["precision"]), float(row["recall"]), int(row["n_found"]), int(row["n_true"])
            )
        except (TypeError, ValueError):
            hint = "precision and recall are shares, n_found and n_true whole numbers"
            raise InputError("holds no number", where=f"{path}, row {number}", hint=hint) from None
        scores[str(row["tag"])] = score.checked(str(row["tag"]))
    return scores


def read_experiments(paths: Sequence[str]) -> tuple[ExperimentFinding, ...]:
    """Read what `voc abtest` wrote; only experiments that support a cause are returned.

    Raises
    ------
    InputError
        When a file is no result of an experiment.
    """
    found = []
    for path in paths:
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
            tag, segment, supported = document["tag"], document["segment"], document["supports_cause"]
        except OSError:
            raise InputError("cannot be read", where=path) from None
        except (ValueError, KeyError, TypeError):
            raise InputError("is no result of `voc abtest`", where=path) from None
        if supported and tag:
            found.append(ExperimentFinding(str(tag), segment))
    return tuple(found)
