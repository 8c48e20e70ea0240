"""The teacher of tags: multilingual-e5-small with a reading of clauses on top.

`scripts/names/pretrained.py` says where the model comes from. Nothing of it ships with voc: it says what it
sees in texts, and the models that ship learn from that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from names.pretrained import fast_bfloat16
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from voc.tagging.reader import read_batch

__all__ = ["PieceBatch", "Pieces", "TagTeacher", "kept_pieces", "make_batch", "read_pieces"]

LONGEST: Final = 224
"""Pieces of a text that are read."""
CHUNK: Final = 4096
_START, _PAD, _END, _UNKNOWN = 0, 1, 2, 3
_NEVER: Final = -30.0
Ids = npt.NDArray[np.int64]


@dataclass
class Pieces:
    """Texts as pieces of the tokenizer."""

    ids: list[Ids] = field(default_factory=list)
    units: list[Ids] = field(default_factory=list)
    """Clause of each piece, counted within its text; -1 for the marks at both ends."""
    counts: list[int] = field(default_factory=list)
    """Clauses of each text."""

    @property
    def lengths(self) -> Ids:
        """Pieces of each text."""
        return np.array([len(ids) for ids in self.ids])

    @property
    def firsts(self) -> Ids:
        """First clause of each text, and one past the last."""
        return np.cumsum([0, *self.counts])


def read_pieces(texts: list[str], tokenizer: Tokenizer) -> Pieces:
    """Cut texts into pieces and clauses. Offsets of folded texts are close enough here."""
    pieces = Pieces()
    for begin in range(0, len(texts), CHUNK):
        part = texts[begin : begin + CHUNK]
        reading = read_batch(part)
        for row, encoding in enumerate(tokenizer.encode_batch(part)):
            first, count = int(reading.units.firsts[row]), int(reading.unit_counts[row])
            ends = reading.units.ends[first : first + count] - reading.buffer.starts[row]
            ids = np.array(encoding.ids[:LONGEST])
            ids[-1] = _END
            starts = np.array([offset[0] for offset in encoding.offsets[:LONGEST]])
            units = np.minimum(np.searchsorted(ends, starts, side="right"), count - 1)
            units[[0, -1]] = -1
            pieces.ids.append(ids)
            pieces.units.append(units)
            pieces.counts.append(count)
    return pieces


def kept_pieces(sets: list[Pieces], least: int = 2) -> Ids:
    """Pieces that stand often enough to be kept; numbers all pieces by their place among these."""
    numbers, times = np.unique(
        np.concatenate([ids for pieces in sets for ids in pieces.ids]), return_counts=True
    )
    met = set(numbers[times >= least].tolist()) - {_START, _PAD, _END, _UNKNOWN}
    kept = np.array([_START, _PAD, _END, _UNKNOWN, *sorted(met)])
    table = np.full(int(numbers.max()) + 1, _UNKNOWN)
    table[kept] = np.arange(len(kept))
    for pieces in sets:
        pieces.ids = [table[ids] for ids in pieces.ids]
    return kept


@dataclass
class PieceBatch:
    """One step's texts as tensors."""

    ids: Tensor
    mask: Tensor
    unit: Tensor
    """Clause of each piece, counted within the batch; the last is none."""
    row: Tensor
    """Text of each clause."""


def make_batch(pieces: Pieces, rows: Ids) -> PieceBatch:
    """Pad the chosen texts to one length."""
    width = max(len(pieces.ids[row]) for row in rows)
    ids, unit = np.full((len(rows), width), _PAD), np.full((len(rows), width), -1)
    counts = np.array([pieces.counts[row] for row in rows])
    firsts = np.cumsum(counts) - counts
    for at, row in enumerate(rows):
        length = len(pieces.ids[row])
        ids[at, :length] = pieces.ids[row]
        unit[at, :length] = np.where(pieces.units[row] >= 0, pieces.units[row] + firsts[at], -1)
    unit[unit < 0] = counts.sum()
    return PieceBatch(
        torch.from_numpy(ids), torch.from_numpy((ids != _PAD).astype(np.float32)), torch.from_numpy(unit),
        torch.from_numpy(np.repeat(np.arange(len(rows)), counts)),
    )  # fmt: skip


class TagTeacher(nn.Module):
    """Reads pieces; gives a margin for every clause and label, and three for the sentiment of the text."""

    def __init__(self, body: nn.Module, size: int, labels: int) -> None:
        super().__init__()
        self.body = body
        self.middle = nn.Linear(3 * size, size)
        self.labels = nn.Linear(size, labels)
        self.sentiment = nn.Linear(size, 3)
        self.drop = nn.Dropout(0.1)
        nn.init.constant_(self.labels.bias, -4.0)
        for part in body.modules():  # few passes over many texts: dropping costs a third of the time
            if isinstance(part, nn.Dropout):
                part.p = 0.0

    def forward(self, batch: PieceBatch) -> tuple[Tensor, Tensor]:
        """Margins by clause: shape (clauses, labels); and of negative, neutral, positive: (texts, 3)."""
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
            hidden = self.body(batch.ids, attention_mask=batch.mask).last_hidden_state
        hidden = hidden.float()
        flat, unit, count = hidden.reshape(-1, hidden.shape[2]), batch.unit.reshape(-1), len(batch.row)
        sums = torch.zeros(count + 1, flat.shape[1]).index_add(0, unit, flat)
        sizes = torch.zeros(count + 1).index_add(0, unit, torch.ones(len(unit))).clamp(min=1)
        most = torch.full((count + 1, flat.shape[1]), _NEVER).scatter_reduce(
            0, unit[:, None].expand(-1, flat.shape[1]), flat, "amax"
        )
        text = (hidden * batch.mask[:, :, None]).sum(1) / batch.mask.sum(1, keepdim=True)
        clause = torch.cat([(sums / sizes[:, None])[:-1], most[:-1], text[batch.row]], dim=1)
        middle = functional.gelu(self.middle(self.drop(clause)))
        return self.labels(self.drop(middle)), self.sentiment(self.drop(text))
