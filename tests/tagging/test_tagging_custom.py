"""Custom models learn from few examples, as they know what the topic model knows."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from voc.errors import InputError
from voc.tagging.custom.custom_model import CustomModel, fit_custom, load_custom
from voc.tagging.lexicon.findings import Findings
from voc.tagging.models.topic_model import ClauseMargins, TopicModel
from voc.tagging.models.weights import read_artefact, write_artefact
from voc.tagging.reader import Reading, read_batch
from voc.tagging.tagger import Tagger
from voc.types import MaskedText

TAUGHT = {
    "仓配": [
        "快递太慢了",
        "物流龟速",
        "一周了还没送到",
        "发货拖拖拉拉",
        "说好次日达却等了五天",
        "配送迟迟不来",
    ],
    "定价": ["价格太贵", "买完就降价", "比别家贵一倍", "收费不合理", "卖得死贵", "不值这个价"],
    "客服": ["客服态度恶劣", "客服不理人", "售后说话很冲", "问什么都不回", "客服骂人", "接线员很不耐烦"],
    "质量": ["用两天就坏了", "做工粗糙", "质量太差", "收到就是坏的", "一洗就掉色", "开机就死机"],
}
UNSEEN = {
    "仓配": ["等了半个月包裹才来", "到现在都没收到货", "运输时间太长"],
    "定价": ["第二天便宜了五十块", "性价比太低", "要价过高"],
    "客服": ["服务态度真差", "店家爱理不理", "客服敷衍了事"],
    "质量": ["裂了一道口子", "没用几次就断了", "线头很多，劣质"],
}


def taught(*, best: bool) -> CustomModel:
    texts = [text for group in TAUGHT.values() for text in group]
    labels = [[name] for name, group in TAUGHT.items() for _ in group]
    return fit_custom(texts, labels, "label", best=best)


@pytest.fixture(scope="module", params=[False, True], ids=["linear", "best"])
def model(request: pytest.FixtureRequest) -> CustomModel:
    return taught(best=request.param)


def test_words_that_no_example_holds_are_understood(model: CustomModel) -> None:
    texts = [text for group in UNSEEN.values() for text in group]
    wanted = [name for name, group in UNSEEN.items() for _ in group]
    told = [scores[0].label for scores in model.predict(read_batch(texts))]
    assert sum(one == other for one, other in zip(told, wanted, strict=True)) >= 8
    assert model.topics.shape[1]


def test_a_file_reads_texts_as_the_model_did(model: CustomModel, tmp_path: Path) -> None:
    model.save(tmp_path / "ours.npz")
    texts = ["等了半个月包裹才来", "", "!!!", "客服敷衍了事"]
    again = load_custom(tmp_path / "ours.npz")
    assert np.array_equal(again.margins(read_batch(texts)), model.margins(read_batch(texts)))
    taught(best=model.vectors is not None).save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "ours.npz").read_bytes()


def test_the_topic_model_reads_a_batch_once_also_beside_a_custom_model(
    model: CustomModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "ours.npz")
    texts = [MaskedText(text) for text in ("等了半个月包裹才来", "客服敷衍了事")]
    terms = tmp_path / "terms.tsv"
    terms.write_text("半个月\tlogistics.delay\t-1\n", encoding="utf-8")
    own = Tagger(custom=str(tmp_path / "ours.npz"), user_lexicon=terms)  # whose lexicon is another
    tagger = Tagger(custom=str(tmp_path / "ours.npz"))
    read: list[int] = []
    margins = TopicModel.margins

    def counted(self: TopicModel, reading: Reading, findings: Findings) -> ClauseMargins:
        read.append(len(reading.folded))
        return margins(self, reading, findings)

    monkeypatch.setattr(TopicModel, "margins", counted)
    told = tagger.tag(texts)
    assert read == [2]
    assert [row.custom[0].label for row in told] == ["仓配", "客服"]
    again = [row.custom[0] for row in own.tag(texts)]
    assert [one.label for one in again] == [row.custom[0].label for row in told]
    assert [one.score for one in again] == pytest.approx([row.custom[0].score for row in told], abs=1e-6)


def test_a_text_is_read_by_itself(model: CustomModel) -> None:
    texts = ["裂了一道口子", "", "店家爱理不理", "要价过高"]
    together = model.margins(read_batch(texts))
    alone = np.concatenate([model.margins(read_batch([text])) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)


def test_the_encoder_knows_what_a_few_examples_do_not_tell() -> None:
    model, plain = taught(best=True), taught(best=False)
    assert model.vectors is not None
    assert plain.vectors is None
    reading = read_batch([text for group in UNSEEN.values() for text in group])
    wanted = [name for name, group in UNSEEN.items() for _ in group]
    right = [
        sum(scores[0].label == name for scores, name in zip(one.predict(reading), wanted, strict=True))
        for one in (plain, model)
    ]
    assert right[1] >= right[0]


def test_the_encoder_joins_models_of_two_labels_and_of_many_a_text() -> None:
    names = list(TAUGHT)
    texts = [text for name in names[:2] for text in TAUGHT[name]]
    two = fit_custom(texts, [[name] for name in names[:2] for _ in TAUGHT[name]], "label", best=True)
    told = [scores[0].label for scores in two.predict(read_batch(UNSEEN[names[0]] + UNSEEN[names[1]]))]
    assert sum(label == names[0] for label in told[:3]) >= 2
    assert sum(label == names[1] for label in told[3:]) >= 2
    pairs = [(one, other) for one in range(4) for other in range(one)]
    many = [f"{TAUGHT[names[a]][at]}，{TAUGHT[names[b]][at]}" for a, b in pairs for at in range(6)]
    tags = fit_custom(many, [[names[a], names[b]] for a, b in pairs for _ in range(6)], "tags", best=True)
    found = [{item.label for item in row} for row in tags.predict(read_batch(["快递太慢了，客服态度恶劣"]))]
    assert found == [{"仓配", "客服"}]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"beside": ["topics.bag.v0"]}, "topics.bag.v0"),
        ({"format": "voc.custom.v1"}, "another version of voc"),
    ],
)
def test_a_model_of_another_version_is_to_be_trained_again(
    model: CustomModel, tmp_path: Path, change: dict[str, str], told: str
) -> None:
    path = tmp_path / "old.npz"
    model.save(path)
    arrays = read_artefact(path)
    about = json.loads(arrays["about"].tobytes()) | change
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    write_artefact(path, arrays)
    with pytest.raises(InputError, match=told) as caught:
        load_custom(path)
    assert caught.value.hint == "train it again"


def test_the_likeliest_tag_is_told_where_nearly_every_text_has_one() -> None:
    texts = [text for group in TAUGHT.values() for text in group] * 2
    labels = [[name] for name, group in TAUGHT.items() for _ in group] * 2
    model = fit_custom(texts, labels, "tags")
    unsure = dataclasses.replace(model, thresholds=np.full(len(TAUGHT), 9, np.float32))
    reading = read_batch(["客服敷衍了事", "等了半个月包裹才来"])
    never = dataclasses.replace(unsure, likeliest=np.array([np.inf], np.float32))
    assert never.predict(reading) == [[], []]
    low = dataclasses.replace(unsure, likeliest=np.array([-9], np.float32))
    assert [[item.label for item in row] for row in low.predict(reading)] == [["客服"], ["仓配"]]
