"""The topic model as a torch module, and its rounding to 8 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from voc.tagging.models.topic_model import LEVELS, Labels, TopicModel

__all__ = ["Bags", "TopicNetwork", "rounded"]

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass
class Bags:
    """Texts as sparse rows of weighted features."""

    clause: Any
    """Shape (clauses, kept n-grams)."""
    text: Any
    """Shape (texts, kept n-grams)."""
    lexicon: Any
    """Shape (clauses, found)."""
    firsts: Ids
    """First clause of each text, and one past the last."""

    def take(self, rows: Ids) -> tuple[Bags, Ids]:
        """Return the chosen texts, and their clauses' places."""
        counts = self.firsts[rows + 1] - self.firsts[rows]
        ends = np.cumsum(counts)
        places = np.arange(counts.sum()) + np.repeat(self.firsts[rows] - (ends - counts), counts)
        firsts = np.append(ends - counts, ends[-1])
        return Bags(self.clause[places], self.text[rows], self.lexicon[places], firsts), places

    @property
    def rows(self) -> Tensor:
        """Text of each clause."""
        return torch.from_numpy(np.repeat(np.arange(len(self.firsts) - 1), np.diff(self.firsts)))


class TopicNetwork(nn.Module):
    """Sums weights of n-grams and findings into a hidden layer; the labels are read off it."""

    def __init__(self, kept: int, found: int, width: int, labels: int) -> None:
        super().__init__()
        self.clause = nn.Parameter(torch.randn(kept, width) * 0.05)
        self.text = nn.Parameter(torch.randn(kept, width) * 0.05)
        self.lexicon = nn.Parameter(torch.randn(found, width) * 0.05)
        self.hidden_bias = nn.Parameter(torch.zeros(width))
        self.out = nn.Linear(width, labels)
        self.direct = nn.Parameter(torch.zeros(found, labels))
        nn.init.constant_(self.out.bias, -4.0)

    def hidden(self, bags: Bags) -> Tensor:
        """Hidden layer of every clause, before it is cut off at 0."""
        inner = self._sum(bags.clause, self.clause, 0.15) + self._sum(bags.lexicon, self.lexicon, 0.1)
        return inner + self._sum(bags.text, self.text, 0.15)[bags.rows] + self.hidden_bias

    def forward(self, bags: Bags) -> Tensor:
        """Margins of every clause: shape (clauses, labels)."""
        hidden = functional.dropout(functional.relu(self.hidden(bags)), 0.1, self.training)
        margins: Tensor = self.out(hidden) + self._sum(bags.lexicon, self.direct, 0.0)
        return margins

    def _sum(self, rows: Any, weights: Tensor, drop: float) -> Tensor:  # noqa: ANN401
        values = functional.dropout(torch.from_numpy(rows.data.astype(np.float32)), drop, self.training)
        return functional.embedding_bag(
            torch.from_numpy(rows.indices.astype(np.int64)), weights,
            torch.from_numpy(rows.indptr[:-1].astype(np.int64)), mode="sum", per_sample_weights=values,
        )  # fmt: skip


def rounded(
    network: TopicNetwork, highest: float, known: tuple[Labels, Labels],
    kept: tuple[npt.NDArray[np.int32], Floats], scalars: tuple[float, float, float],
) -> TopicModel:  # fmt: skip
    """Round the weights of n-grams and of the output to 8 bits.

    Parameters
    ----------
    network
        Trained.
    highest
        What the hidden units hardly ever pass.
    known
        Labels, and what the lexicon finds.
    kept
        Buckets with a weight, and their inverse document frequencies.
    scalars
        Threshold, slope and offset.
    """
    arrays = {name: value.detach().numpy() for name, value in network.named_parameters()}
    clause, clause_steps = _rounded(arrays["clause"])
    text, text_steps = _rounded(arrays["text"])
    out, out_steps = _rounded(arrays["out.weight"].T)
    return TopicModel(
        *known, *kept, clause, text, np.stack([clause_steps, text_steps]), arrays["lexicon"],
        arrays["hidden_bias"], highest / LEVELS, out, out_steps, arrays["direct"], arrays["out.bias"],
        *scalars,
    )  # fmt: skip


def _rounded(weights: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Round each column."""
    steps = np.maximum(np.abs(weights).max(0), 1e-9) / 127
    return np.rint(weights / steps).astype(np.int8), steps.astype(np.float32)
