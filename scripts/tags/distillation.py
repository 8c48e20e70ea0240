"""What the tag models are taught by: labels by reading where there are any, a teacher's word on all texts.

A text bears a tag as far as the clause does that bears it most. The teacher's margins become probabilities,
and a model's loss is its cross-entropy against them (Hinton et al. 2015), by clause and by text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from tags.clause_labels import by_clause, by_text
from tags.corpora import Labelled, text_numbers
from voc.tagging.reader import read_batch
from voc.tagging.topic_model import Labels

__all__ = ["Lesson", "TeacherWord", "read_teacher"]

OWN: Final = 0.7
"""Weight of the label beside the teacher's word on a labelled text."""
_NEVER: Final = -30.0
Flags = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TeacherWord:
    """What the teacher sees in texts, in their order."""

    labels: Labels
    margins: npt.NDArray[np.float16]
    """Shape (clauses, labels)."""
    moods: npt.NDArray[np.float16]
    """Margins of negative, neutral and positive: shape (texts, 3)."""

    def sentiment(self, known: Ids) -> Tensor:
        """What is to be said of each text's sentiment: shape (texts, 3).

        `known` is 0 negative, 1 neutral, 2 positive, -1 where only the teacher says something.
        """
        told = torch.softmax(torch.from_numpy(self.moods.astype(np.float32)), dim=1)
        sure = torch.from_numpy(known) >= 0
        own = functional.one_hot(torch.from_numpy(known).clamp(min=0), 3).float()
        return torch.where(sure[:, None], OWN * own + (1 - OWN) * told, told)


@dataclass(frozen=True)
class Lesson:
    """What is to be said of some texts, in their order."""

    soft: npt.NDArray[np.float16] | None
    """Margins of the teacher, who has not seen every text: shape (clauses, labels)."""
    text: Flags | None = None
    """Labels by reading: shape (texts, labels)."""
    clause: Flags | None = None
    """Quotes: shape (clauses, labels)."""

    @classmethod
    def labelled(cls, rows: list[Labelled], labels: Labels, soft: npt.NDArray[np.float16] | None) -> Lesson:
        """Place the labels of texts that were labelled by reading."""
        reading = read_batch([row.text for row in rows])
        return cls(soft, by_text(rows, labels), by_clause(rows, reading, labels))

    def loss(self, margins: Tensor, rows: Ids, places: Ids, row: Tensor) -> Tensor:
        """Cross-entropy of a model's margins, by text and by clause.

        Parameters
        ----------
        margins
            Of the clauses of the chosen texts.
        rows
            Which texts of the lesson.
        places
            Which clauses of the lesson.
        row
            Which of the chosen texts each clause belongs to.
        """
        whole = _most(margins, row, len(rows), _NEVER)
        soft = told = None
        if self.soft is not None:
            soft = torch.sigmoid(torch.from_numpy(self.soft[places].astype(np.float32)))
            told = _most(soft, row, len(rows), 0.0)
        if self.text is None or self.clause is None:
            if soft is None or told is None:
                raise ValueError("nothing is known of these texts")
            return _cross_entropy(whole, told) + _cross_entropy(margins, soft)
        labels = torch.from_numpy(self.text[rows].astype(np.float32))
        quoted = torch.from_numpy(self.clause[places].astype(np.float32))
        counted = torch.maximum(1 - labels[row], quoted)
        wanted = labels if told is None else OWN * labels + (1 - OWN) * told
        return _cross_entropy(whole, wanted) + _cross_entropy(margins, quoted, counted) / 2


def read_teacher(path: Path, texts: list[str]) -> TeacherWord:
    """Read what `train_teacher.py` wrote of these texts, in their order."""
    saved = np.load(path)
    order = np.argsort(saved["numbers"])
    numbers = text_numbers(texts)
    place = order[np.minimum(np.searchsorted(saved["numbers"][order], numbers), len(order) - 1)]
    if not np.array_equal(saved["numbers"][place], numbers):
        raise SystemExit(f"{path.name} was made for other texts: run train_teacher.py again")
    counts = saved["counts"][place]
    ends = np.cumsum(counts)
    firsts = (np.cumsum(saved["counts"]) - saved["counts"])[place]
    clauses = np.arange(ends[-1]) + np.repeat(firsts - (ends - counts), counts)
    labels = tuple((tag, int(polarity)) for tag, polarity in (line.split("\t") for line in saved["labels"]))
    return TeacherWord(labels, saved["margins"][clauses], saved["moods"][place])


def _cross_entropy(margins: Tensor, wanted: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean over texts or clauses of the sum over labels."""
    mean = functional.binary_cross_entropy_with_logits(margins, wanted, weight=weight)
    return mean * margins.shape[1]


def _most(values: Tensor, row: Tensor, count: int, least: float) -> Tensor:
    index = row[:, None].expand(-1, values.shape[1])
    return torch.full((count, values.shape[1]), least).scatter_reduce(0, index, values, "amax")
