"""Numbers beside the word for what they number, answers to the turn before, and what is nobody's."""

from __future__ import annotations

import pytest

NUMBERED = [
    ("小区门禁卡30918274刷不开", "30918274"),
    ("借书证号LX30021745逾期了", "LX30021745"),
    ("户口簿号320981774要迁走", "320981774"),
    ("业务号码0512AD7781204没有信号", "0512AD7781204"),
    ("机顶盒号码88120034517一直转圈", "88120034517"),
    ("网约车行程单20731188450962多收了", "20731188450962"),
    ("车险PDAA202933018840027716到期", "PDAA202933018840027716"),
    ("意外险保险单662910034418275退保", "662910034418275"),
    ("车险保单号AJHZ220CTP33B810027K", "AJHZ220CTP33B810027K"),
    ("光猫SN：FHTTA81C33D2", "FHTTA81C33D2"),
    ("机身序列号 R58N30ABCDE 保修查不到", "R58N30ABCDE"),
    ("iccid 89860318740212345678", "89860318740212345678"),
    ("device_id=3fae81c2-77b0-4d1e-9c55-0b7d21f6e990", "3fae81c2-77b0-4d1e-9c55-0b7d21f6e990"),
    ('{"policyNo":"PA20887712345"}', "PA20887712345"),
    ("房本上是苏（2019）无锡市不动产权第0088123号", "苏（2019）无锡市不动产权第0088123号"),
    ("合同4021贷字第118820号提前还", "4021贷字第118820号"),
    ("工单编号|330918274|备注", "330918274"),
]


@pytest.mark.parametrize(("text", "number"), NUMBERED)
def test_a_number_beside_the_word_for_what_it_numbers(found, text, number):
    assert number in [value for _, value in found(text)]


ANSWERED = [
    ("客服：请提供订单号\n买家：271828182845904523", ("ORDER_NO", "271828182845904523")),
    ("坐席：请报一下您的保单号。客户：GP77120934518。", ("ACCOUNT_NO", "GP77120934518")),
    ("客服：验证码收到没有\n用户：嗯，730518\n客服：好的", ("SECRET", "730518")),
    ("A：快递单号呢？\nB：882736451029，你查", ("WAYBILL_NO", "882736451029")),
    ("客服：您的就诊卡号是多少\n患者：00371284", ("CN_MEDICAL_NO", "00371284")),
    ("甲：你QQ多少\n乙：704418235", ("QQ_ID", "704418235")),
    ("卡号多少\nVK-30714825\n密码还记得吗\n640917", ("SECRET", "640917")),
    ("方便留个QQ？ 2740814537 谢谢", ("QQ_ID", "2740814537")),
    ("“请问就诊卡号？”“B20087141，刚办的”", ("CN_MEDICAL_NO", "B20087141")),
    ("短信验证码发我一下\n685 460\n快点", ("SECRET", "685 460")),
    ("客服：订单尾号？\n买家：整个给你 MK71208845", ("ORDER_NO", "MK71208845")),
]


@pytest.mark.parametrize(("text", "value"), ANSWERED)
def test_an_answer_is_what_the_turn_before_asks_for(found, text, value):
    assert value in found(text)


OTHERS = [
    ("退货走UPS单号1Z5R89390357567127", ("WAYBILL_NO", "1Z5R89390357567127")),
    ("海淘包裹RX473124829DE到关了", ("WAYBILL_NO", "RX473124829DE")),
    ("单号是SF 1408822307715没更新", ("WAYBILL_NO", "SF 1408822307715")),
    ("Shopee订单250318QK7TR2MP", ("ORDER_NO", "250318QK7TR2MP")),
    ("取件码5-2-3301和6-1-0482都没用", ("SECRET", "6-1-0482")),
    ("摄像头验证码QKHWZD绑不上", ("SECRET", "QKHWZD")),
    ("在ins看到@mia_chen88同款", ("SOCIAL_ACCOUNT", "@mia_chen88")),
    ("抖音：zhaoxiaoman，私信不回", ("SOCIAL_ACCOUNT", "zhaoxiaoman")),
    ("卖家让加微信tangyuanbao领红包", ("WECHAT_ID", "tangyuanbao")),
    ("群主加我QQ330917264退差价", ("QQ_ID", "330917264")),
    ("那加个QQ吧330917264", ("QQ_ID", "330917264")),
    ("港澳居民，证件：C40918273", ("CN_HKMO_PERMIT", "C40918273")),
    ("临牌苏E20918临过期", ("CN_PLATE", "苏E20918临")),
    ("美亚112-3340918-7720165一直没发", ("ORDER_NO", "112-3340918-7720165")),
    ("密码找回不了，电话180-4471-2093", ("CN_MOBILE", "180-4471-2093")),
    ("市民卡30918842挂失", ("ACCOUNT_NO", "30918842")),
    ("准考证号320102771208834查不到", ("ACCOUNT_NO", "320102771208834")),
]


@pytest.mark.parametrize(("text", "value"), OTHERS)
def test_values_in_further_ways_of_writing(found, text, value):
    assert value in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "商品编码69014433527扫不出",
        "生产许可证号SC11344018801234",
        "质量认证编号2020071301298834",
        "零件号06A115561B装得上",
        "客服热线号码4008201234没人接",
        "公众号gongshang95588没回复",
        "股票代码600519跌了",
        "升级到HarmonyOS 4.0.0.126很卡",
        "鸿蒙4.2.0.188发热",
        "微信pay和微信wallet都不行",
        "客服：满意吗\n用户：5星好评，用了2024天",
        "客服：订单号多少\n用户：2024年11月买的",
        "点此重置密码：https://example.com/help",
        "这种1234567890太简单1234567890",
        "集装箱箱号MSKU7729104到港",
    ],
)
def test_what_is_nobodys_stays_in_clear(found, text):
    assert found(text) == []
