"""Numbers of social security, medicine, driving, vehicles, devices and places on the map."""

from __future__ import annotations

import pytest

from voc.privacy.recognizers.credit_code import organisation_check
from voc.privacy.recognizers.vehicle import vin_holds


def test_published_examples_of_check_digits():
    assert vin_holds("1M8GDM9AXKP042788")  # the example of 49 CFR 565
    assert not vin_holds("1M8GDM9A1KP042788")
    assert organisation_check("D2143569") == "X"  # the example of GB 11714-1997


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("社保号1234567890", "CN_SOCIAL_SECURITY", "1234567890"),
        ("个人社保号我查了是1946134153", "CN_SOCIAL_SECURITY", "1946134153"),
        ("病历号：0012345", "CN_MEDICAL_NO", "0012345"),
        ("我妈的医保卡ZY166502刷不了", "CN_MEDICAL_NO", "ZY166502"),
        ("驾驶证档案编号是110012345678", "CN_DRIVER_FILE", "110012345678"),
        ("1M8GDM9AXKP042788这台车", "VIN", "1M8GDM9AXKP042788"),
        ("车架号LSVAM4187C2184841", "VIN", "LSVAM4187C2184841"),
        ("发动机号C123456", "VIN", "C123456"),
        ("imsi 460001234567890", "IMSI", "460001234567890"),
        ("MAC：00:1A:2B:3C:4D:5E", "MAC_ADDRESS", "00:1A:2B:3C:4D:5E"),
        ("组织机构代码D2143569-X", "CN_USCC", "D2143569-X"),
        ("定位39.908722,116.397499附近", "GEO_POINT", "39.908722,116.397499"),
        ("在-33.8688, 151.2093", "GEO_POINT", "-33.8688, 151.2093"),
        ("北纬39.9087°，东经116.3975°", "GEO_POINT", "北纬39.9087°，东经116.3975°"),
        ("39°54'26\"N 116°23'29\"E", "GEO_POINT", "39°54'26\"N 116°23'29\"E"),
        ("我是1990年7月6日出生的", "DATE_OF_BIRTH", "1990年7月6日"),
        ("订单174208675和174208676", "ORDER_NO", "174208675"),
        ("174208675是我的订单编号", "ORDER_NO", "174208675"),
    ],
)
def test_found(found, text, entity, value):
    assert (entity, value) in found(text)


def test_a_number_in_a_row_with_an_order_number_is_one_too(found):
    assert found("订单号50778795174和59671095217") == [
        ("ORDER_NO", "50778795174"),
        ("ORDER_NO", "59671095217"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "社保交了10年3个月",
        "医保报销了3000多元",
        "驾照扣了12分",
        "圆周率3.14159265,2.71828182",
        "发动机2.0T，150马力",
        "12-13-14-15-16-17都行",
        "商品编号100012043978",
        "再不解决就去12315，病历号写错了",
        "再不解决就去12315，QQ音乐会员15元",
        "2020年生产的",
    ],
)
def test_left_in_clear(found, text):
    assert found(text) == []


def test_health_is_recorded_and_stays_in_clear(engine):
    [masked], [spans] = engine.mask(["我妈有糖尿病，老婆怀孕了"])
    assert masked == "我妈有糖尿病，老婆怀孕了"
    assert [span.entity for span in spans] == ["HEALTH", "HEALTH"]


@pytest.mark.parametrize("text", ["孕妇可用", "吃了拉肚子", "自己的主流产品", "高血压计很准", "我是处女座"])
def test_advice_and_products_tell_nothing_of_health(found, text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("我女儿王小雨今年8岁，在实验小学三年级2班，被老师骂了", "王小雨今年8岁，在实验小学三年级2班"),
        ("孩子李明轩，今年9岁，就读于育才小学三年级", "李明轩，今年9岁，就读于育才小学三年级"),
        ("10岁的女儿孙悦在光明小学读四年级", "10岁的女儿孙悦在光明小学读四年级"),
        ("儿子八岁，叫吴宇航，在人民路小学", "八岁，叫吴宇航，在人民路小学"),
    ],
)
def test_a_childs_name_age_and_school_together(found, text, value):
    assert found(text) == [("MINOR", value)]


def test_grown_ups_and_children_without_a_name_are_no_minors(found):
    assert "MINOR" not in dict(found("我女儿王小雨今年18岁，在实验中学三年级2班"))
    assert "MINOR" not in dict(found("我女儿今年8岁，在实验小学"))
