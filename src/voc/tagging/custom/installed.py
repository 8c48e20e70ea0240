"""Models that a user has, by the transformers library: `transformers:PATH`, or a name in its local cache.

A model that classifies texts gives labels with probabilities; one that classifies tokens gives the words
that bear each label too. A folder with `model.onnx` is run by ONNX Runtime, any other by PyTorch. Texts that
are longer than the model reads at once go in windows that overlap. Nothing is downloaded.

Without a GPU every text is read by itself, so that what it gets does not depend on the texts beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.errors import InputError, MissingExtraError
from voc.tagging.custom.custom_model import LabelScore
from voc.tagging.reader import Reading
from voc.tagging.transcript import BLANK, own_words
from voc.text.lexicons import digest

__all__ = ["ONNX_FILE", "PREFIX", "InstalledModel", "open_installed", "quiet_transformers"]

PREFIX: Final = "transformers:"
ONNX_FILE: Final = "model.onnx"
_TEXTS: Final = "ForSequenceClassification"
_TOKENS: Final = "ForTokenClassification"
_LONGEST: Final = 512
"""Tokens of a window, where the model takes as many."""
_OVERLAP: Final = 64
_AT_ONCE: Final = 32
"""Texts that a GPU reads at once."""
_LIKELY: Final = 0.5
"""Probability from which a model that gives any number of labels gives one."""

Floats = npt.NDArray[np.float32]
_Network = Callable[[Mapping[str, Any]], Floats]


class _Windows(NamedTuple):
    """Pieces of some texts, as the network takes them."""

    inputs: Mapping[str, npt.NDArray[np.int64]]
    rows: npt.NDArray[np.int64]
    """The text of each piece, ascending."""
    offsets: npt.NDArray[np.int64]
    """Begin and end of each token in its text, shape (pieces, tokens, 2); the same where it has none."""


class InstalledModel:
    """A model of the transformers library that classifies texts or tokens.

    Parameters
    ----------
    source
        A folder with `config.json`, weights and `tokenizer.json`, or a name that is in the local cache.

    Raises
    ------
    MissingExtraError
        When a library is not installed.
    InputError
        When the folder is not there, or holds another kind of model.
    """

    def __init__(self, source: str) -> None:
        config, self.tokenizer, self.folder = _opened(source)
        architecture = str((config.architectures or [""])[0])
        self.tokens = architecture.endswith(_TOKENS)
        """Whether it classifies tokens."""
        if not self.tokens and not architecture.endswith(_TEXTS):
            hint = f"it has to be one {_TEXTS} or {_TOKENS}"
            raise InputError("the model does not classify texts or tokens", where=source, hint=hint)
        self.labels: tuple[str, ...] = tuple(str(config.id2label[at]) for at in range(config.num_labels))
        self.several = config.problem_type == "multi_label_classification"
        """Whether a text may have any number of labels."""
        most = min(
            self.tokenizer.model_max_length, getattr(config, "max_position_embeddings", None) or _LONGEST
        )
        self._window = int(min(most, _LONGEST))
        self._at_once, self._run, self.module = _network(self.folder, source, tokens=self.tokens)

    def fingerprint(self) -> str:
        """Digest of all files of the model."""
        return digest([path for path in sorted(self.folder.iterdir()) if path.is_file()])

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Probability of each label for each text, shape (texts, labels).

        Over the windows of a long text it is their mean, weighted by their tokens; the largest where a text
        may have any number of labels.
        """
        found = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        weight = np.zeros(len(texts), dtype=np.float32)
        for first, windows in self._windows(texts):
            logits = self._run(windows.inputs)
            rows = windows.rows + first
            if self.several:
                np.maximum.at(found, rows, _sigmoid(logits))
            else:
                tokens = windows.inputs["attention_mask"].sum(axis=1).astype(np.float32)
                np.add.at(found, rows, _softmax(logits) * tokens[:, None])
                np.add.at(weight, rows, tokens)
        if not self.several:
            found /= np.maximum(weight, 1)[:, None]
        return found

    def spans(self, texts: Sequence[str]) -> list[list[LabelScore]]:
        """Runs of tokens with one label in each text, in order, without prefixes (B-, I-); O is no label."""
        found: list[list[LabelScore]] = [[] for _ in texts]
        for first, windows in self._windows(texts):
            scores = _softmax(self._run(windows.inputs))
            best = scores.argmax(axis=-1)
            for piece, row in enumerate((windows.rows + first).tolist()):
                self._add_spans(found[row], best[piece], scores[piece], windows.offsets[piece])
        return found

    def _add_spans(
        self,
        found: list[LabelScore],
        best: npt.NDArray[np.int64],
        scores: Floats,
        offsets: npt.NDArray[np.int64],
    ) -> None:
        done = max((span.end or 0 for span in found), default=0)
        run: list[float] = []
        label, start, end = "", 0, 0
        for at, (first, last) in enumerate(offsets.tolist()):
            if first >= last or first < done:  # no token of the text, or read in the window before
                continue
            name = self.labels[best[at]]
            begins, kind = name[:2] in ("B-", "S-"), name[2:] if name[1:2] == "-" else name
            if run and (kind != label or begins):
                found.append(LabelScore(label, float(np.mean(run)), start, end))
                run = []
            if kind == "O":
                continue
            if not run:
                label, start = kind, first
            run.append(float(scores[at, best[at]]))
            end = last
        if run:
            found.append(LabelScore(label, float(np.mean(run)), start, end))

    def texts_of(self, reading: Reading) -> list[str]:
        """Folded texts of a batch; of a transcript the customer's lines alone, all else blank."""
        texts = [folded.text for folded in reading.folded]
        return [own_words(text).replace(BLANK, " ") for text in texts]

    def predict(self, reading: Reading) -> list[list[LabelScore]]:
        """Labels of each text of a batch, likeliest first; those of tokens with their place in it."""
        texts = self.texts_of(reading)
        if self.tokens:
            return [
                sorted((_original(reading, row, span) for span in spans), key=lambda one: -one.score)
                for row, spans in enumerate(self.spans(texts))
            ]
        return [self._told(row) for row in self.probabilities(texts)]

    def _told(self, probability: Floats) -> list[LabelScore]:
        columns = np.flatnonzero(probability > _LIKELY) if self.several else [int(probability.argmax())]
        told = [LabelScore(self.labels[at], float(probability[at])) for at in columns]
        return sorted(told, key=lambda one: (-one.score, one.label))

    def _windows(self, texts: Sequence[str]) -> Iterator[tuple[int, _Windows]]:
        """Windows of a few texts at a time, and the number of the first of these texts."""
        for first in range(0, len(texts), self._at_once):
            coded = self.tokenizer(
                list(texts[first : first + self._at_once]), truncation=True, max_length=self._window,
                stride=min(_OVERLAP, self._window // 4), return_overflowing_tokens=True, padding=True,
                return_offsets_mapping=True, return_tensors="np",
            )  # fmt: skip
            rows, offsets = coded.pop("overflow_to_sample_mapping"), coded.pop("offset_mapping")
            yield first, _Windows(dict(coded), rows, offsets)


@cache
def open_installed(spec: str) -> InstalledModel:
    """Open `transformers:PATH`. A model is opened once in a process."""
    return InstalledModel(spec.removeprefix(PREFIX))


def _original(reading: Reading, row: int, span: LabelScore) -> LabelScore:
    start, end = reading.folded[row].original(span.start or 0, span.end or 0)
    return span._replace(start=start, end=end)


def quiet_transformers() -> ModuleType:
    """Return the library, with its progress bars and warnings off.

    Raises MissingExtraError when it is not installed.
    """
    try:
        import transformers
    except ImportError:
        raise MissingExtraError("transformers", "transformers") from None
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    library: ModuleType = transformers
    return library


def _opened(source: str) -> tuple[Any, Any, Path]:
    """Configuration, tokenizer and folder of a model."""
    transformers = quiet_transformers()
    from transformers.utils import cached_file

    try:
        config = transformers.AutoConfig.from_pretrained(source, local_files_only=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, use_fast=True, local_files_only=True)
        path = cached_file(source, "config.json", local_files_only=True)
    except (OSError, ValueError):
        hint = "a folder with config.json, weights and tokenizer.json; nothing is downloaded"
        raise InputError("transformers cannot open the model", where=source, hint=hint) from None
    if not tokenizer.is_fast:
        raise InputError(
            "the model's tokenizer keeps no offsets", where=source, hint="save it with tokenizer.json"
        )
    return config, tokenizer, Path(str(path)).parent


def _network(folder: Path, source: str, *, tokens: bool) -> tuple[int, _Network, Any]:
    """Return how many texts to read at once, the function from inputs to logits, and PyTorch's module."""
    if (folder / ONNX_FILE).is_file():
        return 1, _by_onnx(folder / ONNX_FILE, source), None
    try:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification
    except ImportError:
        raise MissingExtraError("torch", "transformers") from None
    kind = AutoModelForTokenClassification if tokens else AutoModelForSequenceClassification
    try:
        model, about = kind.from_pretrained(source, local_files_only=True, output_loading_info=True)
    except (OSError, ValueError, RuntimeError):
        raise InputError("transformers cannot read the weights", where=source) from None
    if about["missing_keys"]:
        raise InputError("the model lacks weights", where=source, hint="fine-tune it first: voc train --base")
    model.eval()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        torch.set_num_threads(1)  # the processes that voc starts share the cores
    model.to(device)

    def run(inputs: Mapping[str, Any]) -> Floats:
        with torch.inference_mode():
            given = {name: torch.as_tensor(values, device=device) for name, values in inputs.items()}
            logits: Floats = model(**given).logits.float().cpu().numpy()
            return logits

    return (_AT_ONCE if device == "cuda" else 1), run, model


def _by_onnx(path: Path, source: str) -> _Network:
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("onnxruntime", "transformers") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        kind = type(error).__name__
        raise InputError(f"ONNX Runtime cannot open the model ({kind})", where=source) from None
    names = [given.name for given in session.get_inputs()]

    def run(inputs: Mapping[str, Any]) -> Floats:
        logits: Floats = session.run(["logits"], {name: inputs[name].astype(np.int64) for name in names})[0]
        return logits

    return run


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return result


def _sigmoid(logits: Floats) -> Floats:
    result: Floats = np.reciprocal(1 + np.exp(-logits))
    return result
