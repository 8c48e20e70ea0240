"""What means something beside its cue: accounts, secrets, birthdays, devices; company codes."""

from __future__ import annotations

import pytest

from voc.privacy.recognizers.credit_code import credit_code_holds


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("会员号：C000123，查下", "ACCOUNT_NO", "C000123"),
        ("工号KF4431态度差", "ACCOUNT_NO", "KF4431"),
        ("保单号是PA-2023001122", "ACCOUNT_NO", "PA-2023001122"),
        ("支付宝：li_wei88", "ALIPAY_ID", "li_wei88"),
        ("抖音号：dy88_abc，去看", "SOCIAL_ACCOUNT", "dy88_abc"),
        ("小红书号 498812377", "SOCIAL_ACCOUNT", "498812377"),
        ("验证码是889321", "SECRET", "889321"),
        ("密码：Abc@12345，登不上", "SECRET", "Abc@12345"),
        ("生日是1990年7月6日", "DATE_OF_BIRTH", "1990年7月6日"),
        ("出生日期：1990-07-06", "DATE_OF_BIRTH", "1990-07-06"),
        ("出生年月日19900706", "DATE_OF_BIRTH", "19900706"),
        ("IMEI：490154203237518", "IMEI", "490154203237518"),
        ("税号91350100M000100Y43", "CN_USCC", "91350100M000100Y43"),
    ],
)
def test_found_behind_its_cue(found, text, entity, value):
    assert found(text) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "会员卡送了3张",
        "支付宝付款的iphone",
        "抖音上看到的vlog",
        "密码6位",
        "验证码收不到",
        "生日送的2010年款",
        "生日是2月30日",
        "串号对不上",
        "微博粉丝100万",
        "税号没填",
    ],
)
def test_nothing_behind_a_cue(found, text):
    assert found(text) == []


def test_published_examples_of_check_characters():
    # GB 32100-2015, annex: 91350100M000100Y43
    assert credit_code_holds("91350100M000100Y43")
    assert not credit_code_holds("91350100M000100Y44")
    assert not credit_code_holds("91350100I000100Y43")


def test_near_misses_say_so(engine):
    texts = ["IMEI：490154203237519", "税号91350100M000100Y44"]
    assert [spans[0].recognizer for spans in engine.find(texts)] == [
        "imei.v2/near_miss",
        "credit_code.v1/near_miss",
    ]


def test_numbers_read_aloud(found):
    assert found("电话幺三八零零幺三八零零零") == [("CN_MOBILE", "幺三八零零幺三八零零零")]
    assert found("手机一三八 零零一三 八零零零") == [("CN_MOBILE", "一三八 零零一三 八零零零")]
    assert found("一二三四五上山打老虎") == []
