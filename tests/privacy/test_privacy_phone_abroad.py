"""Telephone numbers and addresses of Hong Kong, Macao, Taiwan, and numbers of other countries."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+852 9123 4567", "+852 9123 4567"),
        ("打+852-2345-6789", "+852-2345-6789"),
        ("852 9123 4567 这个电话没人接", "852 9123 4567"),
        ("0912-345-678", "0912-345-678"),
        ("台湾手机 0912 345 678", "0912 345 678"),
        ("电话0912345678", "0912345678"),
        ("香港手机91234567", "91234567"),
        ("澳门电话：6234 5678", "6234 5678"),
        ("台北电话(02)2345-6789", "(02)2345-6789"),
        ("美国电话+1 415 555 2671", "+1 415 555 2671"),
        ("0044 20 7946 0958", "0044 20 7946 0958"),
    ],
)
def test_numbers_abroad(found, text, value):
    assert found(text) == [("CN_MOBILE", value)]


@pytest.mark.parametrize(
    "text",
    [
        "加了+100 积分",
        "积分+20 2024 0101",
        "1+1 415 555 2671",
        "型号+8 1234",
        "20+852 套餐",
        "编号 0912 345 678",
        "成绩09-2345-6789",
        "3+2 2345 6789",
        "香港手机壳2345 6789",
        "香港手机比内地便宜2345元",
        "香港迪士尼门票2345 6789元",
        "+1 111 111 1111",
    ],
)
def test_no_numbers_abroad(found, text):
    assert found(text) == []


def test_numbers_of_the_mainland_stay_theirs(engine):
    for text in ("+8613800138000", "+86 138 0013 8000", "0086 13800138000"):
        (span,) = engine.find([text])[0]
        assert span.recognizer.startswith("mobile.")


@pytest.mark.parametrize(
    "text",
    [
        "九龙尖沙咀弥敦道100号A座12楼",
        "台北市大安區忠孝東路四段100號5樓之2",
        "香港中環荷李活道88號荷李活商業中心12樓1203室",
        "新界沙田源禾路12号",
        "高雄市前鎮區中山二路2號",
    ],
)
def test_addresses_in_hong_kong_and_taiwan_are_whole(found, text):
    assert found(text) == [("CN_ADDRESS", text)]


@pytest.mark.parametrize("text", ["香港味道1号店", "上海知道1号", "新界面3号楼", "台北故宫2楼", "九龙公园"])
def test_no_addresses_in_hong_kong_and_taiwan(found, text):
    assert found(text) == []
