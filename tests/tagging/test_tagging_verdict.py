"""Texts that praise by denying complaints are positive, whatever their words add up to."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from voc.privacy.masked import masked_text
from voc.tagging.explain import explain_text
from voc.tagging.tagger import Tagger

PRAISES = [
    "包装没有破损",
    "不像假货",
    "戴了半年不褪色，也没变形",
    "酒店一点都不吵，床也不硬",
    "客服没有推卸责任",
    "软件从不闪退",
    "没有乱收费",
    "菜不咸也不油腻",
    "没想象中那么难装",
    "房间没有异味，隔音也没有问题，早餐不难吃",
    "担心是假货，扫码验证是正品",
]
COMPLAINTS = [
    "包装有破损",
    "没有发票",
    "早餐没有",
    "没有色差，就是味道太冲",
    "没有破损，不过发货慢",
    "这不是高利贷是啥",
    "质量不是一般的差",
    "没有想象中好看",
]
MODELS = ["fast", *(["best", "auto"] if find_spec("onnxruntime") else [])]


@pytest.fixture(scope="module", params=MODELS)
def tagger(request: pytest.FixtureRequest) -> Tagger:
    return Tagger(model=request.param)


@pytest.mark.parametrize("text", PRAISES)
def test_what_denies_complaints_is_praise(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.sentiment == 1
    assert told.sentiment_score > 0.5
    assert told.intent == "表扬"
    assert {tag.polarity for tag in told.tags} == {1}


@pytest.mark.parametrize("text", COMPLAINTS)
def test_what_complains_beside_a_denial_stays_negative(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.sentiment == -1
    assert told.sentiment_score < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "会不会掉色啊",
        "怕买到假货",
        "有没有优惠券？",
        "如果坏了怎么办",
        "担心物流慢",
        "会不会很吵",
        "万一过敏怎么办",
    ],
)
def test_what_is_asked_or_feared_is_no_complaint(text: str):
    (told,) = Tagger().tag([masked_text(text, ())])
    assert told.sentiment == 0
    assert 0.25 <= told.sentiment_score <= 0.75
    assert told.tags == []
    assert told.intent != "投诉"


@pytest.mark.parametrize(
    "text", ["问题解决了吗", "质量好吗？", "物流快吗", "房间干净吗", "早餐丰富吗？", "是正品吗"]
)
def test_praise_that_is_asked_for_is_none(text: str):
    (told,) = Tagger().tag([masked_text(text, ())])
    assert not [tag for tag in told.tags if tag.polarity > 0]


@pytest.mark.parametrize("text", ["是不是正品？", "你们家是不是正品？", "这款是不是正品啊", "会起球吗"])
def test_a_thing_that_is_asked_about_is_not_complained_of(text: str):
    (told,) = Tagger().tag([masked_text(text, ())])
    assert told.sentiment == 0
    assert told.tags == []


@pytest.mark.parametrize("text", ["不知道是不是正品", "是不是正品都不敢保证"])
def test_doubt_is_a_complaint(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.sentiment == -1
    assert ("description.counterfeit", -1) in {(tag.tag, tag.polarity) for tag in told.tags}


@pytest.mark.parametrize(
    ("text", "tag", "evidence", "polarity"),
    [
        ("隔壁桌的菜上得很慢，我们的很快", "venue.wait", "很快", 1),
        ("别家客服很热情，这家爱理不理", "service.attitude", "爱理不理", -1),
        ("听说这家服务差，去了才知道其实不错", "service.attitude", "不错", 1),
        ("听说服务很好，去了才知道很差", "service.attitude", "很差", -1),
        ("真快，从下单到收货只用了半个月", "logistics.delay", "从下单到收货只用了半个月", -1),
        ("物流真是快，才走了一天", "logistics.delay", "物流真是快", 1),
        ("物流快得像蜗牛", "logistics.delay", "像蜗牛", -1),
        ("物流快得像火箭", "logistics.delay", "物流快得像火箭", 1),
        ("果然是大品牌，坏得都比别人快", "quality.defect", "坏得都比别人快", -1),
    ],
)
def test_the_clause_that_answers_is_the_evidence(
    tagger: Tagger, text: str, tag: str, evidence: str, polarity: int
):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.sentiment == polarity
    (found,) = [item for item in told.tags if item.tag == tag]
    assert found.polarity == polarity
    quoted = text[found.start : found.end]
    assert evidence in quoted or quoted in evidence


def test_a_queue_on_the_line_is_slow_service(tagger: Tagger):
    line, table = tagger.tag([masked_text(text, ()) for text in ("在线客服一直排队", "餐厅门口排队两小时")])
    assert {(tag.tag, tag.polarity) for tag in line.tags} == {("service.slow", -1)}
    assert "venue.wait" in {tag.tag for tag in table.tags}


@pytest.mark.parametrize("text", ["踩雷了", "避雷", "智商税", "拉垮", "👎", "😡😡", "不推荐"])
def test_a_word_of_scorn_alone_is_a_complaint(text: str):
    (told,) = Tagger().tag([masked_text(text, ())])
    assert told.sentiment == -1
    assert told.sentiment_score < 0.5
    assert [tag.tag for tag in told.tags] == ["other.other"]
    assert told.intent == "投诉"


def test_a_long_text_is_the_models():
    text = "没有破损。" + "今天又去了一趟，" * 6 + "气得我一晚上没睡"
    (told,) = Tagger().tag([masked_text(text, ())])
    assert told.sentiment == -1


def test_explanations_say_that_the_clauses_decided():
    settled = explain_text(Tagger(), masked_text("包装没有破损", ()))
    plain = explain_text(Tagger(), masked_text("包装有破损", ()))
    assert settled.settled is not None
    assert any(settled.settled in line for line in settled.lines())
    assert plain.settled is None
