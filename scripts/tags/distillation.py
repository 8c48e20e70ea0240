"""What the tag models are taught by: labels by reading, and the word of other models on texts without labels.

A text bears a tag as far as the clause does that bears it most. The margins of other models, the teachers,
become probabilities, and a model's loss is its cross-entropy against them (Hinton et al. 2015), by clause and
by text.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from voc.tagging.models.topic_model import Labels
from voc.tagging.reader import read_batch

__all__ = ["Lesson", "read_words", "write_word"]

_NEVER: Final = -30.0
Flags = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]
Margins = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Lesson:
    """What is to be said of some texts, in their order."""

    soft: Margins | None
    """Margins of teachers: shape (clauses, labels)."""
    text: Flags | None = None
    """Labels by reading: shape (texts, labels)."""
    clause: Flags | None = None
    """Quotes: shape (clauses, labels)."""

    @classmethod
    def labelled(cls, rows: list[Labelled], labels: Labels, soft: Margins | None = None) -> Lesson:
        """Place the labels of texts that were labelled by reading; `soft` is what teachers see in them."""
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
        if self.soft is None and self.text is None:
            raise ValueError("nothing is known of these texts")
        whole = _most(margins, row, len(rows), _NEVER)
        missed = torch.zeros(())
        if self.soft is not None:
            soft = torch.sigmoid(torch.from_numpy(self.soft[places].astype(np.float32)))
            missed = _cross_entropy(whole, _most(soft, row, len(rows), 0.0)) + _cross_entropy(margins, soft)
        if self.text is not None and self.clause is not None:
            labels = torch.from_numpy(self.text[rows].astype(np.float32))
            quoted = torch.from_numpy(self.clause[places].astype(np.float32))
            counted = torch.maximum(1 - labels[row], quoted)
            missed = missed + _cross_entropy(whole, labels) + _cross_entropy(margins, quoted, counted) / 2
        return missed


def write_word(path: Path, texts: Sequence[str], counts: Ids, margins: Margins, labels: Labels) -> None:
    """Keep what a model sees in texts.

    Parameters
    ----------
    counts
        Clauses of each text.
    margins
        Shape (clauses, labels).
    """
    lines = np.array([f"{tag}\t{polarity}" for tag, polarity in labels])
    np.savez_compressed(path, numbers=text_numbers(texts), counts=counts, margins=margins, labels=lines)


def read_words(paths: Sequence[Path], texts: Sequence[str], labels: Labels) -> Margins | None:
    """Mean of what several models see in the clauses of these texts; none when there are no models."""
    read = [_read_word(path, texts, labels) for path in paths]
    if not read:
        return None
    return np.asarray(np.mean(np.stack(read), axis=0, dtype=np.float32), dtype=np.float16)


def _read_word(path: Path, texts: Sequence[str], labels: Labels) -> Margins:
    saved = np.load(path)
    known = tuple((tag, int(polarity)) for tag, polarity in (line.split("\t") for line in saved["labels"]))
    order = np.argsort(saved["numbers"])
    numbers = text_numbers(texts)
    place = order[np.minimum(np.searchsorted(saved["numbers"][order], numbers), len(order) - 1)]
    if not set(labels) <= set(known) or not np.array_equal(saved["numbers"][place], numbers):
        raise SystemExit(f"{path.name} was made for other texts or labels: make it again")
    counts = saved["counts"][place]
    ends = np.cumsum(counts)
    firsts = (np.cumsum(saved["counts"]) - saved["counts"])[place]
    clauses = np.arange(ends[-1]) + np.repeat(firsts - (ends - counts), counts)
    columns = [known.index(label) for label in labels]
    margins: Margins = saved["margins"][clauses][:, columns]
    return margins


def _cross_entropy(margins: Tensor, wanted: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean over texts or clauses of the sum over labels."""
    mean = functional.binary_cross_entropy_with_logits(margins, wanted, weight=weight)
    return mean * margins.shape[1]


def _most(values: Tensor, row: Tensor, count: int, least: float) -> Tensor:
    index = row[:, None].expand(-1, values.shape[1])
    return torch.full((count, values.shape[1]), least).scatter_reduce(0, index, values, "amax")
