"""Severity is of what happened or is threatened, not of a word alone."""

from __future__ import annotations

import pytest

from voc.privacy.masked import masked_text
from voc.tagging.explain import explain_text
from voc.tagging.tagger import Tagger

SEVERE = [
    ("再不处理我就打12315", "监管"),
    ("商家不处理我就去找工商局投诉", "监管"),
    ("315等着你们，垃圾", "监管"),
    ("已经找律师了，太坑", "监管"),
    ("太过分，法院见", "监管"),
    ("吃完全家上吐下泻，进了医院", "安全"),
    ("孕妇吃了肚子痛，太差", "安全"),
    ("楼道太滑老人滑倒了，没人管", "安全"),
    ("孩子玩的时候把手夹伤了", "安全"),
    ("3个牙齿摔没了", "安全"),
    ("充电的时候冒烟了，正常吗", "安全"),
    ("再不退款就找记者", "曝光"),
    ("太差了，我要曝光你们", "曝光"),
    ("垃圾，再也不会买了", "流失威胁"),
    ("以后不会再来了，太差", "流失威胁"),
    ("再也不用了，太难用", "流失威胁"),
]
HARMLESS = [
    "工商没有流水，也能办吗？",
    "工商银行app登不上",
    "央行征信系统更新慢",
    "花了315块，太贵",
    "法院旁边那家店太难找",
    "派出所对面那家太差",
    "手机号81231567打不通",
    "卖家扬言起诉我，太过分",
    "烟雾报警器坏了",
    "孕妇可以用吗",
    "住院报销比例太低",
    "请问去人民医院面试几点开始",
    "这个会漏电吗",
    "怕过敏不敢用",
    "没有过敏，就是味道难闻",
    "漏电保护坏了",
    "新闻发布会太吵",
    "投影仪曝光过度，画面差",
    "记者证打印用的纸太薄",
    "建议大家别买，质量差",
    "不会再来第二家了，就认准你家",
    "再也不用担心漏水了",
    "下次不会再犹豫了直接买",
    "客服把我拉黑了，垃圾",
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.parametrize(("text", "sign"), SEVERE)
def test_what_happened_or_is_threatened_is_severe(tagger: Tagger, text: str, sign: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.severity == [sign]


@pytest.mark.parametrize("text", HARMLESS)
def test_a_word_alone_is_not(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.severity == []


def test_a_sign_hangs_on_its_own_text_alone(tagger: Tagger):
    texts = [masked_text(text, ()) for text in (*HARMLESS, *(text for text, _ in SEVERE))]
    together = [told.severity for told in tagger.tag(texts)]
    assert together == [tagger.tag([text])[0].severity for text in texts]


def test_explanations_name_the_signs_that_count(tagger: Tagger):
    assert "找工商" in explain_text(tagger, masked_text("我要找工商，太坑", ())).signs
    assert "工商" not in explain_text(tagger, masked_text("工商银行太坑", ())).signs


@pytest.mark.parametrize("text", ["不建议住这里", "不建议购买，太差", "并不建议老人用，难用"])
def test_advice_against_is_no_proposal(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.intent != "建议"
