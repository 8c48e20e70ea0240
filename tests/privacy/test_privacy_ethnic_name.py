"""Names of Uyghurs, Kazakhs and Tibetans without a cue; what only looks like them stays."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "艾力·买买提",
        "古丽·艾合买提",
        "阿不都·热合曼",
        "阿迪力•吾买尔",
        "木合塔尔·库尔班江",
        "努尔兰·巴合提别克",
        "扎西多吉",
        "次仁央金",
        "格桑卓玛",
    ],
)
@pytest.mark.parametrize("around", ["客户{}反映", "{}投诉营业厅", "昨天{}来电", "给{}补发一件"])
def test_names(found, name: str, around: str):
    assert found(around.format(name)) == [("PERSON", name)]


@pytest.mark.parametrize(
    "text", ["扎西德勒", "格桑花开了", "尼玛什么服务", "罗布泊的钾盐", "新疆·喀什的大枣", "达瓦孜表演"]
)
def test_no_names(found, text: str):
    assert found(text) == []
