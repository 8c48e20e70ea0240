"""The network of `voc.privacy.ner.tagger` in torch, for training, and its way into an artefact."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from voc.privacy.ner.characters import CHARACTERS, CLASSES, PAIRS, WORDS, Seen, look_at
from voc.privacy.ner.labels import label_ids, labels_of

__all__ = ["RATE", "Example", "Network", "arrays_of", "example", "fit", "resume", "taught"]

SIZES: Final = {"characters": 64, "pairs": 32, "words": 32, "classes": 16}
ROWS: Final = {"characters": CHARACTERS, "pairs": PAIRS, "words": WORDS, "classes": CLASSES}
HIDDEN: Final = 96
"""Width of the first network."""
GAPS: Final = (1, 1, 2, 4, 8)
HIDE: Final = {"characters": 0.04, "pairs": 0.1, "words": 0.15, "classes": 0.05}
"""Share of characters, pairs, words and classes that stay hidden in training."""
DROP: Final = 0.25
MOST_TOKENS: Final = 3000
RATE: Final = 3e-3
OWN: Final = 0.6
"""Weight of the label beside the teacher's word on a labelled text."""


class Example(NamedTuple):
    """A text in numbers, with its labels after one reading."""

    seen: Seen
    labels: npt.NDArray[np.int64]
    reading: str
    weight: float
    soft: npt.NDArray[np.float16] | None = None
    """Probabilities of the labels (characters, labels), to be learnt in the place of `labels`."""


def example(  # noqa: PLR0917
    text: str,
    spans: Sequence[tuple[int, int, str]],
    reading: str,
    kinds: tuple[str, ...],
    weight: float = 1.0,
    told: npt.NDArray[np.float16] | None = None,
) -> Example:
    """Turn a labelled text into numbers.

    Parameters
    ----------
    told
        What a teacher says: log probabilities (characters, labels). The labels keep the share `OWN`.
    """
    labels = np.array(label_ids(len(text), spans, kinds))
    if told is None:
        return Example(look_at(text), labels, reading, weight)
    soft = (1 - OWN) * np.exp(told.astype(np.float32))
    soft[np.arange(len(labels)), labels] += OWN
    return Example(look_at(text), labels, reading, weight, soft.astype(np.float16))


def taught(text: str, told: npt.NDArray[np.float16], reading: str, weight: float) -> Example:
    """Turn a text of which only a teacher's word is known into numbers."""
    soft = np.exp(told.astype(np.float32)).astype(np.float16)
    return Example(look_at(text), told.argmax(axis=1).astype(np.int64), reading, weight, soft)


class Network(nn.Module):
    """Tables, layers and a head for each reading."""

    def __init__(self, readings: Mapping[str, tuple[str, ...]], width: int = HIDDEN) -> None:
        super().__init__()
        self.tables = nn.ModuleDict(
            {name: nn.Embedding(rows + 1, SIZES[name], sparse=True) for name, rows in ROWS.items()}
        )
        for table in self.tables.values():
            nn.init.normal_(table.weight, 0, 0.05)
        wide = SIZES["characters"] + 2 * SIZES["pairs"] + SIZES["words"] + SIZES["classes"]
        self.layers = nn.ModuleList(
            nn.Linear(3 * (width if place else wide), width) for place in range(len(GAPS))
        )
        self.heads = nn.ModuleDict(
            {name: nn.Linear(width, len(labels_of(kinds))) for name, kinds in readings.items()}
        )
        self.drop = nn.Dropout(DROP)

    def forward(self, parts: Mapping[str, torch.Tensor], filled: torch.Tensor) -> torch.Tensor:
        """(texts, characters, hidden)."""
        if self.training:
            parts = {name: self._hide(part, name) for name, part in parts.items()}
        both = self.tables["pairs"](parts["pairs"])
        values = torch.cat(
            (
                self.tables["characters"](parts["characters"]), both[:, :-1], both[:, 1:],
                self.tables["words"](parts["words"]), self.tables["classes"](parts["classes"]),
            ),
            -1,
        )  # fmt: skip
        values = self.drop(values) * filled
        for place, (layer, gap) in enumerate(zip(self.layers, GAPS, strict=True)):
            padded = functional.pad(values, (0, 0, gap, gap))
            length = values.shape[1]
            beside = torch.cat((padded[:, :length], values, padded[:, 2 * gap :]), -1)
            new = torch.relu(layer(beside)) * filled
            values = new if place == 0 else values + self.drop(new)
        return values

    def _hide(self, part: torch.Tensor, name: str) -> torch.Tensor:
        return part.masked_fill(torch.rand(part.shape) < HIDE[name], ROWS[name])


def resume(network: Network, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Give a network the weights of an artefact with the same readings."""
    with torch.no_grad():
        for name, table in network.tables.items():
            values = arrays[name].astype(np.float32) * np.float32(arrays[f"{name}_scale"])
            table.weight.copy_(torch.from_numpy(values))
        for place, layer in enumerate(network.layers):
            layer.weight.copy_(torch.from_numpy(arrays[f"weight{place}"].T.astype(np.float32)))
            layer.bias.copy_(torch.from_numpy(arrays[f"bias{place}"].astype(np.float32)))
        at = 0
        for head in network.heads.values():
            end = at + len(head.bias)
            head.weight.copy_(torch.from_numpy(arrays["out_weight"][:, at:end].T.astype(np.float32)))
            head.bias.copy_(torch.from_numpy(arrays["out_bias"][at:end].astype(np.float32)))
            at = end


def fit(
    examples: Sequence[Example],
    readings: Mapping[str, tuple[str, ...]],
    *,
    epochs: int,
    seed: int,
    rate: float = RATE,
    start: Mapping[str, npt.NDArray[Any]] | None = None,
    width: int = HIDDEN,
) -> Iterator[tuple[int, Network]]:
    """Yield (epoch, the network so far); the same examples, seed and torch give the same weights.

    `start` is an artefact to go on from.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = Random(seed)
    network = Network(readings, width)
    if start is not None:
        resume(network, start)
    tables = list(network.tables.parameters())
    dense = [value for name, value in network.named_parameters() if not name.startswith("tables")]
    optimizers = (
        torch.optim.SparseAdam(tables, lr=rate),
        torch.optim.AdamW(dense, lr=rate, weight_decay=1e-2),
    )
    steps = epochs * len(list(_batches(examples, Random(seed))))
    step = 0
    for epoch in range(epochs):
        began, total = time.process_time(), 0.0
        network.train()
        for batch in _batches(examples, rng):
            now = rate * min(1.0, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = now + 2e-5
                optimizer.zero_grad()
            loss = _loss(network, batch, readings)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(dense, 1.0)
            for optimizer in optimizers:
                optimizer.step()
            total += float(loss.detach())
            step += 1
        print(
            f"epoch {epoch + 1}/{epochs}: loss {total * (epoch + 1) / step:.4f}, "
            f"{time.process_time() - began:.0f} s",
            flush=True,
        )
        network.eval()
        yield epoch, network


def _batches(examples: Sequence[Example], rng: Random) -> Iterator[list[Example]]:
    """Texts of like length together, in random order."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].labels) * (0.9 + 0.2 * rng.random()))
    batches: list[list[Example]] = [[]]
    for place in order:
        longest = len(examples[place].labels)
        if batches[-1] and (longest * 1.2 * (len(batches[-1]) + 1) > MOST_TOKENS or len(batches[-1]) >= 64):
            batches.append([])
        batches[-1].append(examples[place])
    rng.shuffle(batches)
    return iter(batches)


def _loss(
    network: Network, batch: Sequence[Example], readings: Mapping[str, tuple[str, ...]]
) -> torch.Tensor:
    longest = max(len(item.labels) for item in batch)
    parts = {name: np.full((len(batch), longest + (name == "pairs")), ROWS[name]) for name in ROWS}
    filled = np.zeros((len(batch), longest, 1), dtype=bool)
    for row, item in enumerate(batch):
        for name, part in parts.items():
            values = getattr(item.seen, name)
            part[row, : len(values)] = values
        filled[row, : len(item.labels)] = True
    hidden = network({name: torch.from_numpy(part) for name, part in parts.items()}, torch.from_numpy(filled))
    loss = torch.zeros(())
    for reading in readings:
        rows = [row for row, item in enumerate(batch) if item.reading == reading]
        if rows:
            scores = functional.log_softmax(network.heads[reading](hidden[rows]), -1)
            wanted = np.zeros(scores.shape, dtype=np.float32)
            for place, row in enumerate(rows):
                wanted[place, : len(batch[row].labels)] = _wanted(batch[row], scores.shape[2])
            each = -(scores * torch.from_numpy(wanted)).sum(-1)
            weights = torch.tensor([batch[row].weight for row in rows])[:, None]
            loss = loss + (each * weights).sum()
    return loss / int(filled.sum())


def _wanted(item: Example, labels: int) -> npt.NDArray[Any]:
    return item.soft if item.soft is not None else np.eye(labels, dtype=np.float32)[item.labels]


def arrays_of(
    network: Network, readings: Mapping[str, tuple[str, ...]], examples: Sequence[Example]
) -> dict[str, npt.NDArray[Any]]:
    """Return what `voc.privacy.ner.tagger.NameTagger` reads: tables as int8, the rest as float16.

    What no example holds gets the numbers of what was hidden.
    """
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, table in network.tables.items():
        values = table.weight.detach().numpy().copy()
        met = np.unique(np.concatenate([getattr(item.seen, name) for item in examples]))
        values[np.setdiff1d(np.arange(len(values)), met)] = values[ROWS[name]]
        arrays[name], arrays[f"{name}_scale"] = whole_numbers(values)
    for place, layer in enumerate(network.layers):
        arrays[f"weight{place}"] = layer.weight.detach().numpy().T.astype(np.float16)
        arrays[f"bias{place}"] = layer.bias.detach().numpy().astype(np.float16)
    heads = [network.heads[name] for name in readings]
    arrays["out_weight"] = np.concatenate([head.weight.detach().numpy().T for head in heads], axis=1).astype(
        np.float16
    )
    arrays["out_bias"] = np.concatenate([head.bias.detach().numpy() for head in heads]).astype(np.float16)
    meta = {"gaps": GAPS, "readings": readings}
    arrays["meta"] = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), dtype=np.uint8)
    return arrays


def whole_numbers(values: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Round a table to 8 bits; what one unit is worth stands beside it."""
    scale = np.float32(np.quantile(np.abs(values), 0.9995) / 127)
    return np.clip(np.round(values / scale), -127, 127).astype(np.int8), np.array(scale)
