"""WeChat and QQ: a cue in any of its spellings, an id after the rules, nothing without."""

from __future__ import annotations

import pytest

from voc.privacy.recognizers.wechat import id_holds


@pytest.mark.parametrize(
    "cue", ["微信", "微信号", "薇信", "威信", "V信", "vx", "VX", "wx", "WeChat", "加v", "加我", "＋V"]
)
@pytest.mark.parametrize("link", ["：", ":", " ", "号是", "="])
def test_wechat_behind_every_spelling_of_the_cue(found, cue, link):
    if (cue, link) in {("微信号", "号是"), ("＋V", "号是"), ("加我", "号是")}:
        link = "是"
    assert found(f"亲，{cue}{link}abc_12345哦") == [("WECHAT_ID", "abc_12345")]


@pytest.mark.parametrize(
    "text", ["lovely_88这是我的微信", "lovely_88（微信）", "wxid_abcdef123456在吗", "加vx lovely_88"]
)
def test_wechat_before_the_cue_and_alone(found, text):
    assert [entity for entity, _ in found(text)] == ["WECHAT_ID"]


def test_a_phone_number_for_wechat_is_a_phone_number(found):
    assert found("微信13800138000同号") == [("CN_MOBILE", "13800138000")]


@pytest.mark.parametrize(
    "text",
    [
        "微信支付Apple",
        "微信 iphone",
        "用wechat付款 thanks",
        "轻微abcdef1",
        "微信扫一扫",
        "vx",
        "威士忌whisky100",
    ],
)
def test_no_wechat_id(found, text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("value", "holds"), [("abcdef", True), ("a_-123", True), ("1abcde", False), ("abcde", False)]
)
def test_rule_of_wechat_ids(value, holds):
    assert id_holds(value) is holds


@pytest.mark.parametrize("cue", ["QQ", "qq", "QQ号", "扣扣", "加Q", "QQ：", "企鹅号", "QQ群"])
def test_qq_behind_every_spelling_of_the_cue(found, cue):
    assert found(f"有事{cue}123456789说") == [("QQ_ID", "123456789")]


def test_qq_before_the_cue(found):
    assert found("123456789（QQ）") == [("QQ_ID", "123456789")]


@pytest.mark.parametrize("text", ["QQ音乐12345", "QQ2013版", "扣扣12元", "qq的数字123"])
def test_no_qq(found, text):
    assert found(text) == []
