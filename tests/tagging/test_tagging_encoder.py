"""`best` and `auto` agree with `fast` where it is sure, do not hang on the batch, and say what is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from voc.errors import InputError, MissingExtraError
from voc.privacy.masked import masked_text
from voc.tagging.models.registry import backend
from voc.tagging.reader import read_batch
from voc.tagging.tagger import Tagger

pytest.importorskip("onnxruntime")

TEXTS = [
    "非常满意，质量很好，下次还来",
    "太差了，垃圾，再也不买了",
    "",
    "<手机号>",
    "请问信用卡怎么办理",
    "味道一般，不过送得快",
    "😀",
]


@pytest.mark.parametrize("name", ["best", "auto"])
def test_plain_texts(name: str):
    told = backend(name).score(read_batch(TEXTS))
    assert told.labels[:4].tolist() == [1, -1, 0, 0]
    assert np.all((told.scores >= 0) & (told.scores <= 1))
    assert told.scores[2] == 0.5


@pytest.mark.parametrize("name", ["best", "auto"])
def test_a_text_scores_the_same_alone_and_among_others(name: str):
    model = backend(name)
    together = model.score(read_batch(TEXTS))
    alone = [model.score(read_batch([text])) for text in TEXTS]
    assert together.scores.tolist() == [one.scores[0] for one in alone]
    assert together.labels.tolist() == [one.labels[0] for one in alone]


@pytest.mark.parametrize("name", ["best", "auto"])
def test_a_text_is_tagged_the_same_alone_and_among_others(name: str):
    tagger = Tagger(model=name)
    texts = [masked_text(text, ()) for text in [*TEXTS, "快递等了五天，客服也没人理，包装倒不错"]]
    together = tagger.tag(texts)
    assert [tagger.tag([text])[0].tags for text in texts] == [one.tags for one in together]
    assert {(tag.tag, tag.polarity) for tag in together[-1].tags} >= {("logistics.delay", -1)}


def test_the_encoder_has_its_say_on_tags():
    texts = [masked_text("快递等了五天，客服也没人理，包装倒不错", ())]
    fast, best = (Tagger(model=name).tag(texts)[0].tags for name in ("fast", "best"))
    assert [tag.score for tag in fast] != [tag.score for tag in best]


def test_auto_asks_the_encoder_where_fast_is_unsure_only():
    reading = read_batch(TEXTS * 3)
    fast, best, auto = (backend(name).score(reading) for name in ("fast", "best", "auto"))
    sure = ((fast.scores <= 0.05) | (fast.scores >= 0.95)) & (fast.labels != 0)
    assert sure.any()
    assert not sure.all()
    assert auto.scores[sure].tolist() == fast.scores[sure].tolist()
    assert auto.scores[~sure].tolist() == best.scores[~sure].tolist()


def test_the_neutral_question_is_known_by_the_encoder():
    assert backend("best").score(read_batch(["请问这张信用卡怎么办理"])).labels[0] == 0


def test_without_onnxruntime_the_extra_is_named(monkeypatch):
    from voc.tagging.models import encoder

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    encoder.load_encoder.cache_clear()
    with pytest.raises(MissingExtraError, match=r"voc\[onnx\]"):
        encoder.BestBackend()


@pytest.mark.parametrize("kept", [None, 0, 100_000])
def test_weights_that_are_missing_or_cut_short_are_told(tmp_path: Path, kept: int | None):
    from voc.tagging.models.encoder import NAME, Encoder
    from voc.tagging.models.weights import artefact_folder

    whole = artefact_folder() / NAME
    (tmp_path / "cut.npz").write_bytes(Path(f"{whole}.npz").read_bytes())
    if kept is not None:
        (tmp_path / "cut.onnx").write_bytes(Path(f"{whole}.onnx").read_bytes()[:kept])
    with pytest.raises(InputError, match=r"cut\.onnx: model weights are missing or damaged"):
        Encoder(tmp_path / "cut")
