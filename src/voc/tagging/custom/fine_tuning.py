"""Fine-tunes a model of the transformers library on labelled texts, and exports one as ONNX.

AdamW (Loshchilov and Hutter, 2019), with a learning rate that rises over the first tenth of the steps and
then falls to nothing, as for BERT (Devlin et al., 2019).

A GPU is used where PyTorch finds one. Nothing is downloaded. The folder that is written holds the weights,
the tokenizer and the names of the labels, no text.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import InputError, MissingExtraError
from voc.tagging.custom.installed import ONNX_FILE, PREFIX, InstalledModel, quiet_transformers

__all__ = ["FineTuning", "export_onnx", "fine_tune"]

_WARM: Final = 0.1
_DECAY: Final = 0.01
_LARGEST_GRADIENT: Final = 1.0
_LONGEST: Final = 256
"""Tokens of a text that training looks at."""
_OPSET: Final = 17
_MOST_DIFFERENCE: Final = 1e-4
_SAMPLE: Final = ("好", "快递等了五天，客服也不理人", "质量很好，下次还来。" * 40, "物流慢" * 300)
"""Texts on which a model and its export must agree."""


class FineTuning(NamedTuple):
    """How a model is fine-tuned."""

    base: str
    """Folder of a model, or a name in the local cache; a path may have `transformers:` before it."""
    epochs: int = 3
    learning_rate: float = 5e-5
    batch: int = 16
    seed: int = 20240601


def fine_tune(
    texts: Sequence[str],
    labels: Sequence[Sequence[str]],
    names: Sequence[str],
    folder: Path,
    how: FineTuning,
    *,
    several: bool,
    told: Callable[[int, float], None] | None = None,
) -> None:
    """Train a classifier of texts and save it.

    Parameters
    ----------
    texts
        Masked texts.
    labels
        Those of each text; exactly one each unless `several`.
    names
        All labels, in the order of the outputs.
    folder
        Where the model goes.
    how
        Base and settings.
    several
        Whether a text may have any number of labels.
    told
        Called after each epoch with its number and mean loss.

    Raises
    ------
    MissingExtraError
        When transformers or PyTorch is not installed.
    InputError
        When the base cannot be opened.
    """
    tokenizer, model = _based_on(how, names, several=several)
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    truth = _truth(labels, names, several=several)
    steps = how.epochs * -(-len(texts) // how.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=how.learning_rate, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
    rng = np.random.default_rng(how.seed)
    most = getattr(model.config, "max_position_embeddings", None) or _LONGEST
    longest = min(_LONGEST, tokenizer.model_max_length, most)
    for epoch in range(how.epochs):
        order, losses = rng.permutation(len(texts)), []
        for start in range(0, len(order), how.batch):
            chosen = order[start : start + how.batch].tolist()
            given = tokenizer(
                [texts[at] for at in chosen],
                truncation=True,
                max_length=longest,
                padding=True,
                return_tensors="pt",
            ).to(device)
            loss = model(**given, labels=torch.as_tensor(truth[chosen], device=device)).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), _LARGEST_GRADIENT)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(float(loss.detach()))
        if told is not None:
            told(epoch + 1, float(np.mean(losses)))
    model.cpu().eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def export_onnx(source: str, folder: Path) -> float:
    """Write a model as ONNX, with its tokenizer and configuration, into a folder.

    Returns
    -------
    float
        Largest difference between a probability of the two, seen on texts of several lengths.

    Raises
    ------
    MissingExtraError
        When PyTorch, transformers or onnx is not installed.
    InputError
        When the model cannot be opened or exported, or gives other probabilities than before.
    """
    before = InstalledModel(source.removeprefix(PREFIX))
    if before.module is None:
        raise InputError("the model is ONNX already", where=source)
    reference = _probabilities(before)
    shutil.copytree(before.folder, folder, ignore=_weights, dirs_exist_ok=True)
    _export(before.module, before.tokenizer, folder / ONNX_FILE)
    written = _probabilities(InstalledModel(str(folder)))
    difference = float(np.abs(reference - written).max()) if reference.shape == written.shape else np.inf
    if not difference <= _MOST_DIFFERENCE:
        raise InputError(f"as ONNX it differs by {difference:.1g}", where=source)
    return difference


_weights = shutil.ignore_patterns("*.bin", "*.safetensors", "*.pt", "*.h5", "*.msgpack", ONNX_FILE)


def _export(module: Any, tokenizer: Any, path: Path) -> None:  # noqa: ANN401 - torch has no type information here
    import torch

    try:
        import onnx  # noqa: F401 - the exporter needs it
    except ImportError:
        raise MissingExtraError("onnx", "transformers") from None

    given = dict(tokenizer(["是", "快递很慢"], padding=True, return_tensors="pt"))
    names = list(given)
    model = module.cpu().eval()
    logits = torch.nn.Module()
    logits.add_module("model", model)
    logits.forward = lambda *values: model(**dict(zip(names, values, strict=True))).logits
    model.config._attn_implementation = "eager"
    axes = {name: {0: "texts", 1: "tokens"} for name in names}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of every shape that it takes for constant
        torch.onnx.export(
            logits.eval(), tuple(given.values()), str(path), input_names=names, output_names=["logits"],
            dynamic_axes={**axes, "logits": {0: "texts"}}, opset_version=_OPSET, dynamo=False,
        )  # fmt: skip


def _probabilities(model: InstalledModel) -> npt.NDArray[np.float32]:
    if not model.tokens:
        return model.probabilities(_SAMPLE)
    return np.array([span.score for spans in model.spans(_SAMPLE) for span in spans], dtype=np.float32)


def _based_on(how: FineTuning, names: Sequence[str], *, several: bool) -> tuple[Any, Any]:
    transformers = quiet_transformers()
    try:
        import torch
    except ImportError:
        raise MissingExtraError("torch", "transformers") from None
    torch.manual_seed(how.seed)  # what is new of the model is drawn at random
    base = how.base.removeprefix(PREFIX)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(base, use_fast=True, local_files_only=True)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(
            base, local_files_only=True, ignore_mismatched_sizes=True, num_labels=len(names),
            id2label=dict(enumerate(names)), label2id={name: at for at, name in enumerate(names)},
            problem_type="multi_label_classification" if several else "single_label_classification",
        )  # fmt: skip
    except (OSError, ValueError):
        hint = "a folder with config.json, weights and tokenizer.json; nothing is downloaded"
        raise InputError("transformers cannot open the base", where=base, hint=hint) from None
    return tokenizer, model


def _truth(labels: Sequence[Sequence[str]], names: Sequence[str], *, several: bool) -> Any:  # noqa: ANN401
    place = {name: at for at, name in enumerate(names)}
    if not several:
        return np.array([place[row[0]] for row in labels], dtype=np.int64)
    truth = np.zeros((len(labels), len(names)), dtype=np.float32)
    for at, row in enumerate(labels):
        truth[at, [place[name] for name in row if name in place]] = 1
    return truth


def _rate(step: int, steps: int) -> float:
    warm = max(1, round(_WARM * steps))
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))
