"""The encoder as a torch module: word and character embeddings, gated convolutions, a head for each task.

Convolutions of width 3 are written as one matrix product over each word and its two neighbours, which
8-bit ONNX Runtime runs much faster than a convolution.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Encoder", "mean_odds"]

UNKNOWN: Final = 1
"""Stands for all words that the vocabulary lacks."""
STARS: Final = 0.5
"""Weight of the stars in sentiment."""
HIDDEN: Final = 0.1
"""Share of words that are unknown in training, so that their characters have to do."""


class Block(nn.Module):
    """Residual gated convolution over words `distance` apart."""

    def __init__(self, size: int, distance: int) -> None:
        super().__init__()
        self.distance = distance
        self.mix = nn.Linear(3 * size, 2 * size)
        self.norm = nn.LayerNorm(size)
        self.drop = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Mix every word with its neighbours: shape stays (texts, words, size)."""
        gap = self.distance
        padded = functional.pad(hidden, (0, 0, gap, gap))
        near = torch.cat([padded[:, : -2 * gap], hidden, padded[:, 2 * gap :]], dim=2)
        value, gate = self.mix(near).chunk(2, dim=2)
        return self.norm(hidden + self.drop(value * torch.sigmoid(gate))) * mask


class Encoder(nn.Module):
    """Reads words; gives a margin for every word and label, and the sentiment of the text.

    Sentiment is told twice: as readers label it, and as customers give stars, who now and then praise a
    thing and give one.
    """

    def __init__(self, words: int, chars: int, labels: int, size: int) -> None:
        super().__init__()
        self.word = nn.Embedding(words + 2, size, padding_idx=0)
        self.char = nn.Embedding(chars + 2, size, padding_idx=0)
        self.blocks = nn.ModuleList(Block(size, distance) for distance in (1, 1, 2, 4))
        self.context = nn.Linear(2 * size, size)
        self.labels = nn.Linear(2 * size, labels)
        self.sentiment = nn.Linear(2 * size, 3)
        self.stars = nn.Linear(2 * size, 1)
        self.drop = nn.Dropout(0.25)
        nn.init.constant_(self.labels.bias, -4.0)
        nn.init.normal_(self.word.weight, std=0.1)
        nn.init.normal_(self.char.weight, std=0.1)

    def read(self, words: Tensor, chars: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden state of each word beside that of the text, and the text alone: (n, w, 2s) and (n, 2s)."""
        mask = (words > 0).unsqueeze(2).float()
        if self.training:
            words = words.masked_fill((torch.rand(words.shape) < HIDDEN) & (words > 0), UNKNOWN)
        seen = (chars > 0).float().sum(2, keepdim=True).clamp(min=1)
        hidden = self.drop((self.word(words) + self.char(chars).sum(2) / seen) * mask)
        for block in self.blocks:
            hidden = block(hidden, mask)
        mean = hidden.sum(1) / mask.sum(1).clamp(min=1)
        most = (hidden - (1 - mask) * 1e4).amax(1).clamp(min=-50)
        text = torch.cat([mean, most], dim=1)
        beside = torch.tanh(self.context(text)).unsqueeze(1).expand(-1, hidden.shape[1], -1)
        return self.drop(torch.cat([hidden, beside], dim=2)), self.drop(text)

    def forward(self, words: Tensor, chars: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Margins of labels by word (n, w, labels) and of negative, neutral, positive (n, 3); text (n, 2s).

        Readers say whether a text takes a stance, stars which one.
        """
        hidden, text = self.read(words, chars)
        read = torch.log_softmax(self.sentiment(text), dim=1)
        good = mean_odds(read, self.stars(text).squeeze(1))
        stance = torch.logsumexp(read[:, ::2], dim=1)
        told = [stance + functional.logsigmoid(-good), read[:, 1], stance + functional.logsigmoid(good)]
        return self.labels(hidden), torch.stack(told, dim=1), text


def mean_odds(read: Tensor, stars: Tensor, weight: float = STARS) -> Tensor:
    """Log-odds of positive against negative: mean of what readers and stars would say (n)."""
    return weight * stars + (1 - weight) * (read[:, 2] - read[:, 0])
