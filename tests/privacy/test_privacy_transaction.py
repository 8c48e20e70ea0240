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
