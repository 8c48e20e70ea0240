"""Orders and parcels, links and addresses of machines."""

from __future__ import annotations

import pytest

from voc.privacy.recognizers.transaction import postal_check_holds


@pytest.mark.parametrize(
    "text",
    ["订单号20231101123456789", "订单编号：202311011234", "订单 ：DD-20231101123", "交易号2023110122001"],
)
def test_orders(found, text):
    assert [entity for entity, _ in found(text)] == ["ORDER_NO"]


@pytest.mark.parametrize(
    "text",
    [
        "快递单号7712345678901",
        "运单号：YT1234567890123",
        "SF1234567890123",
        "RA123456785CN",
        "中通75312345678901",
    ],
)
def test_parcels(found, text):
    assert [entity for entity, _ in found(text)] == ["WAYBILL_NO"]


def test_a_bare_number_is_a_parcels_where_delivery_is_spoken_of(found):
    assert found("顺丰的单号1234567890") == [("WAYBILL_NO", "1234567890")]
    assert found("我的单号1234567890") == [("ORDER_NO", "1234567890")]


@pytest.mark.parametrize(
    "text",
    ["202401127769994071", "喏，3624010102131086431~", "XC2024012776999407，这个", "查下 433120193752574"],
)
def test_a_long_number_that_is_the_whole_message(found, text):
    assert [entity for entity, _ in found(text)] == ["ORDER_NO"]


def test_letters_a_day_and_more_digits_need_no_cue(found):
    assert found("就是那个XC2024012776999407啊，一直没发货呢") == [("ORDER_NO", "XC2024012776999407")]


def test_postal_check_digit_of_the_standards_example():
    # UPU S10: RA473124829 with check digit 9
    assert postal_check_holds("RA473124829CN")
    assert not postal_check_holds("RA473124828CN")


@pytest.mark.parametrize("text", ["订单2023-11-01下的", "订单尾号12345678", "快递3天到", "买了1234567件"])
def test_no_transaction(found, text):
    assert found(text) == []


def test_addresses_of_machines(found):
    assert found("登录IP 114.88.12.34 异常") == [("IP_ADDRESS", "114.88.12.34")]
    assert found("fe80:0:0:0:1ff:fe23:4567:890a上线") == [("IP_ADDRESS", "fe80:0:0:0:1ff:fe23:4567:890a")]


@pytest.mark.parametrize(
    "text", ["版本号10.2.113.5", "固件v1.2.3.4", "网关192.168.1.1", "300.1.2.3", "时间12:30:45"]
)
def test_versions_gateways_and_times(found, text):
    assert found(text) == []


def test_only_the_parameters_of_a_link(found):
    assert found("看https://x.cn/a?uid=88&b=1。") == [("URL_TOKEN", "uid=88&b=1")]
    assert found("看https://x.cn/a?page=2 好") == []


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("SF 1234 5678 9012 3", "WAYBILL_NO", "SF 1234 5678 9012 3"),
        ("顺丰SF1234-5678-9012", "WAYBILL_NO", "SF1234-5678-9012"),
        ("RB123456789CN", "WAYBILL_NO", "RB123456789CN"),
        ("orderId=2023110112345", "ORDER_NO", "2023110112345"),
        ('"order_id":"20231101123456"', "ORDER_NO", "20231101123456"),
        ("order no: AB-2023110112", "ORDER_NO", "AB-2023110112"),
        ("order#2023110112345", "ORDER_NO", "2023110112345"),
        ("合同HT20231101001", "ACCOUNT_NO", "HT20231101001"),
        ("贷款合同JK2023110100123", "ACCOUNT_NO", "JK2023110100123"),
        ("会员88001234，积分没到账", "ACCOUNT_NO", "88001234"),
        ("设备id 490154203237518", "IMEI", "490154203237518"),
        ("mac 001A-2B3C-4D5E", "MAC_ADDRESS", "001A-2B3C-4D5E"),
        ("ip:240e:3a1:1234::8", "IP_ADDRESS", "240e:3a1:1234::8"),
        ("IPv6:240e:3a1:1234::8上线", "IP_ADDRESS", "240e:3a1:1234::8"),
        ("lat=30.274150&lng=120.155150", "GEO_POINT", "lat=30.274150&lng=120.155150"),
    ],
)
def test_other_spellings_of_numbers(found, text, entity, value):
    assert found(text) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "会员1000000人",
        "会员10000000多",
        "会员VIP8折",
        "合同2023年签的",
        "合同A4纸",
        "协议2020年",
        "order 12 dumplings",
        "order#3",
        "SF 轻小说 1234",
        "SF 1234 5678",
        "ZT 1234 5678",
        "AB123456789CN",
        "rb123456789cn",
        "1234-5678-9012",
        "激活ABCD-12EF-34AB",
        "设备id没找到",
        "mac系统2023-1101-0012a",
        "时间:12:30:45",
        "比例1:2::3",
        "ip:端口8080",
        "a=1.2345&b=2.3456",
        "lat=30.2&lng=120.1",
        "x=1.27415&y=8.15515",
    ],
)
def test_spellings_that_are_nobodys_number(found, text):
    assert found(text) == []
