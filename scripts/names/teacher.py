"""The teacher of the tagger of names: multilingual-e5-small, which reads a text character by character.

`scripts/names/pretrained.py` says where the model comes from. Characters are pieces of their own here, so
that every one of them gets labels; what jieba says of the word around each is put beside what the
transformer sees. One body serves all readings. Nothing of it ships with voc.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from learning_rate import warm_up_and_decline
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from names.network import Example
from names.pretrained import fast_bfloat16
from voc.privacy.ner.characters import CLASSES
from voc.privacy.ner.labels import labels_of

__all__ = ["Alphabet", "NameTeacher", "fine_tune", "soft_labels"]

FROZEN: Final = 6
"""Layers at the bottom, after the embeddings, that stay as they are."""
RATES: Final = (1.5e-4, 2e-3)
"""Learning rates of the transformer and of what stands on it."""
MOST_TOKENS: Final = 2000
CLASS_SIZE: Final = 24
_START, _PAD, _END, _UNKNOWN = 0, 1, 2, 3
Ids = npt.NDArray[np.int64]


class Alphabet:
    """Numbers of characters: rows of the embeddings that are kept."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        met = sorted({char for text in texts for char in text})
        pieces = {char: self._piece(tokenizer, char) for char in met}
        self.kept = np.array([_START, _PAD, _END, _UNKNOWN, *sorted(set(pieces.values()) - {_UNKNOWN})])
        rows = {int(piece): row for row, piece in enumerate(self.kept)}
        self._rows = {char: rows[piece] for char, piece in pieces.items()}

    @staticmethod
    def _piece(tokenizer: Tokenizer, char: str) -> int:
        for form in (char, unicodedata.normalize("NFKC", char), "▁" + char):
            if (piece := tokenizer.token_to_id(form)) is not None:
                return int(piece)
        return _UNKNOWN

    def ids(self, text: str) -> Ids:
        """Numbers of a text between the marks of both ends."""
        return np.array([_START, *(self._rows.get(char, _UNKNOWN) for char in text), _END])


@dataclass
class Batch:
    """Texts as tensors, with a place for the mark at each end."""

    ids: Tensor
    mask: Tensor
    classes: Tensor


def make_batch(alphabet: Alphabet, texts: Sequence[str], examples: Sequence[Example]) -> Batch:
    """Pad texts to one length."""
    width = max(map(len, texts)) + 2
    ids, classes = np.full((len(texts), width), _PAD), np.zeros((len(texts), width), dtype=np.int64)
    for row, (text, item) in enumerate(zip(texts, examples, strict=True)):
        ids[row, : len(text) + 2] = alphabet.ids(text)
        classes[row, 1 : len(text) + 1] = item.seen.classes
    return Batch(
        torch.from_numpy(ids), torch.from_numpy((ids != _PAD).astype(np.float32)), torch.from_numpy(classes)
    )


class NameTeacher(nn.Module):
    """The transformer and a head for each reading."""

    def __init__(self, body: nn.Module, size: int, readings: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.body = body
        self.classes = nn.Embedding(CLASSES, CLASS_SIZE)
        self.middle = nn.Linear(size + 3 * CLASS_SIZE, size)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(size, len(labels_of(kinds))) for name, kinds in readings.items()}
        )
        self.drop = nn.Dropout(0.1)
        frozen = ("embeddings.", *(f"encoder.layer.{layer}." for layer in range(FROZEN)))
        for name, value in body.named_parameters():
            value.requires_grad_(not name.startswith(frozen))

    def forward(self, batch: Batch) -> Tensor:
        """(texts, characters with both ends, hidden)."""
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
            hidden = self.body(batch.ids, attention_mask=batch.mask).last_hidden_state
        classes = self.drop(self.classes(batch.classes))
        before, behind = torch.roll(classes, 1, 1), torch.roll(classes, -1, 1)
        whole = torch.cat((self.drop(hidden.float()), before, classes, behind), -1)
        return self.drop(functional.gelu(self.middle(whole)))


def fine_tune(
    model: NameTeacher,
    alphabet: Alphabet,
    turns: Sequence[Sequence[tuple[str, Example]]],
    seed: int,
) -> None:
    """Train, one pass for each of the turns."""
    rng = Random(seed)
    body = [value for value in model.body.parameters() if value.requires_grad]
    heads = [value for name, value in model.named_parameters() if not name.startswith("body.")]
    groups = [{"params": part, "lr": rate} for part, rate in zip((body, heads), RATES, strict=True)]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = sum(len(batches(turn, rng)) for turn in turns)
    schedule = warm_up_and_decline(optimizer, steps, 1 / 15)
    done = 0
    for turn in turns:
        model.train()
        began, total = time.monotonic(), 0.0
        for batch in batches(turn, rng):
            optimizer.zero_grad()
            loss = loss_of(model, alphabet, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total, done = total + float(loss.detach()), done + 1
            if done % 50 == 0:
                print(f"step {done}/{steps}, {time.monotonic() - began:.0f} s", flush=True)
        mean = total / len(batches(turn, rng))
        print(f"a pass: loss {mean:.4f}, {time.monotonic() - began:.0f} s", flush=True)


def loss_of(model: NameTeacher, alphabet: Alphabet, batch: Sequence[tuple[str, Example]]) -> Tensor:
    """Cross-entropy of the labels of each character in the reading of its text."""
    texts, examples = [text for text, _ in batch], [item for _, item in batch]
    hidden = model(make_batch(alphabet, texts, examples))
    labels = np.full(hidden.shape[:2], -100)
    for row, item in enumerate(examples):
        labels[row, 1 : len(item.labels) + 1] = item.labels
    target, loss = torch.from_numpy(labels), torch.zeros(())
    for reading, head in model.heads.items():
        rows = [row for row, item in enumerate(examples) if item.reading == reading]
        if rows:
            loss = loss + functional.cross_entropy(
                head(hidden[rows]).flatten(0, 1), target[rows].flatten(), ignore_index=-100, reduction="sum"
            )
    return loss / sum(len(item.labels) for item in examples)


def batches(items: Sequence[tuple[str, Example]], rng: Random) -> list[list[tuple[str, Example]]]:
    """Texts of like length together, in random order."""
    order = sorted(items, key=lambda item: len(item[0]) * (0.9 + 0.2 * rng.random()))
    found: list[list[tuple[str, Example]]] = [[]]
    for item in order:
        if found[-1] and (len(item[0]) + 2) * 1.1 * (len(found[-1]) + 1) > MOST_TOKENS:
            found.append([])
        found[-1].append(item)
    rng.shuffle(found)
    return found


def soft_labels(
    model: NameTeacher, alphabet: Alphabet, items: Sequence[tuple[str, Example]], reading: str
) -> list[npt.NDArray[np.float16]]:
    """Logarithms of the probability of each label for each text: shape (characters, labels)."""
    model.eval()
    places = {id(item): place for place, item in enumerate(items)}
    found: list[npt.NDArray[np.float16]] = [np.zeros((0, 0), np.float16)] * len(items)
    for batch in batches(items, Random(0)):
        with torch.no_grad():
            hidden = model(make_batch(alphabet, [text for text, _ in batch], [item for _, item in batch]))
            told = functional.log_softmax(model.heads[reading](hidden), -1).numpy()
        for row, item in enumerate(batch):
            found[places[id(item)]] = told[row, 1 : len(item[0]) + 1].astype(np.float16)
    return found
