"""Addresses down to the house; province, city, district and bare numbers stay."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "value",
    [
        "北京市朝阳区建国路88号院3号楼2单元1501室",
        "江苏省南京市鼓楼区中山北路30号",
        "湖北省黄冈市红安县七里坪镇柏林寺村3组12号",
        "天河区体育西路103号维多利广场A座28楼",
        "龙湖天街5号楼1203",
        "浙江杭州余杭区文一西路969号",
        "幸福里小区8号楼3单元",
        "经十路12345号",
        "河西区友谊路友谊里5门301",
    ],
)
@pytest.mark.parametrize("before", ["家住", "寄到", "地址：", "送到了", "我住在"])
@pytest.mark.parametrize("after", ["", "，电话没人接", "。"])
def test_found_whole(found, value, before, after):
    assert found(before + value + after) == [("CN_ADDRESS", value)]


@pytest.mark.parametrize(
    "text",
    [
        "我在杭州市西湖区",
        "上海徐汇",
        "人民路上的店",
        "住3号楼二楼",
        "三坊七巷好玩",
        "这里一号难求",
        "味道5分",
        "二期3号开盘",
        "空调得弄一弄",
        "1号下单2号到",
    ],
)
def test_coarse_places_and_bare_numbers_stay(found, text):
    assert found(text) == []


def test_a_phone_before_the_place_is_a_phone(found):
    assert found("13800138000建国路88号3号楼") == [
        ("CN_MOBILE", "13800138000"),
        ("CN_ADDRESS", "建国路88号3号楼"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("我在解放路18号等你", "解放路18号"),
        ("货送到经济技术开发区新华路5号", "经济技术开发区新华路5号"),
        ("于洪区黄河北大街58号的店", "于洪区黄河北大街58号"),
        ("和田市迎宾路9号没人送", "和田市迎宾路9号"),
        ("住在和平里东街18号院4号楼的老人", "和平里东街18号院4号楼"),
        ("寄回南村镇圆岗村员岗中路6号，谢谢", "南村镇圆岗村员岗中路6号"),
        ("核实锦州市古塔区士英街26号", "锦州市古塔区士英街26号"),
        ("地址\\n双龙南街195号", "双龙南街195号"),
        ("送到工业大道12号之一", "工业大道12号之一"),
        ("我在解放北路与新华街交叉口东行50米路南188号等了", "解放北路与新华街交叉口东行50米路南188号"),
    ],
)
def test_begins_and_ends_where_words_do(found, text, value):
    assert found(text) == [("CN_ADDRESS", value)]


@pytest.mark.parametrize("between", ["，而不是", "不是", "，结果送到", "和"])
def test_two_addresses_are_two(found, between):
    one, other = "阳光郡10幢1302", "东南工业区B座2705"
    assert found(f"送到{one}{between}{other}") == [("CN_ADDRESS", one), ("CN_ADDRESS", other)]


def test_blanks_around_numbers(found):
    assert found("苏州十全街 44 号 2 幢 302 室没人") == [("CN_ADDRESS", "苏州十全街 44 号 2 幢 302 室")]
