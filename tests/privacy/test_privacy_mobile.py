"""Mobile numbers in every dress, and numbers that only look like them."""

from __future__ import annotations

import pytest
from made_values import mobile

WAYS = {
    "plain": lambda n: n,
    "344": lambda n: f"{n[:3]} {n[3:7]} {n[7:]}",
    "hyphens": lambda n: f"{n[:3]}-{n[3:7]}-{n[7:]}",
    "dots": lambda n: f"{n[:3]}.{n[3:7]}.{n[7:]}",
    "+86": lambda n: f"+86{n}",
    "+86 spaced": lambda n: f"+86 {n[:3]} {n[3:7]} {n[7:]}",
    "(+86)": lambda n: f"(+86){n}",
    "0086": lambda n: f"0086-{n}",
    "86": lambda n: f"86{n}",
    "full-width": lambda n: n.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "circled": lambda n: n.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")),
    "keycap": lambda n: "".join(f"{d}\ufe0f\u20e3" for d in n),
    "zero-width": "\u200b".join,
    "emoji": lambda n: f"{n[:3]}😀{n[3:7]}😀{n[7:]}",
    "one by one": " ".join,
    "bold": lambda n: n.translate(str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")),
}
NEIGHBOURS = [
    ("", ""),
    ("打", "找我"),
    ("电话", "谢谢"),
    ("，", "。"),
    ("😀", "😀"),
    ("a", "b"),
    ("5 ", " 6"),
]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("neighbours", NEIGHBOURS, ids=lambda n: f"{n[0]}…{n[1]}")
def test_found_in_every_dress_between_any_neighbours(found, way, neighbours):
    before, after = neighbours
    for seed in range(10):
        value = way(mobile(seed))
        if value.startswith("+") and before in ("5 ", "a"):
            continue
        entities = dict(found(before + value + after))
        assert entities.get("CN_MOBILE") == value


@pytest.mark.parametrize(
    "text",
    [
        "尾号8000的手机",
        "已打码138****5678",
        "客服电话400-800-8888",
        "拨打95588或10086",
        "圆周率3.1415926535897",
        "得分0.13800138000",
        "条码6901380013800011",
        "12345678901",
        "时间戳1700000000000",
        "2013-10-10 12:30:45",
        "13 14 15 16 17 18 19",
    ],
)
def test_other_numbers_stay_in_clear(found, text):
    assert found(text) == []


def test_two_numbers_beside_each_other_are_two(found):
    assert found("13800138000/13900139000 13700137000") == [
        ("CN_MOBILE", "13800138000"),
        ("CN_MOBILE", "13900139000"),
        ("CN_MOBILE", "13700137000"),
    ]


def test_an_unassigned_segment_is_masked_with_a_lower_score(engine):
    [known], [unknown] = engine.find(["电话13800138000", "电话15400138000"])
    assert unknown.entity == "CN_MOBILE"
    assert unknown.score < known.score


def test_odd_groups_need_a_cue(found):
    assert found("尺码13 80 013 8000有货") == []
    assert found("电话13 80 013 8000有货") == [("CN_MOBILE", "13 80 013 8000")]


def test_number_of_a_machine(found):
    assert found("物联卡1064812345678停机") == [("CN_MOBILE", "1064812345678")]


def test_numbered_items_do_not_hide_a_number(found):
    assert found("①13800138000②13900139000") == [("CN_MOBILE", "13800138000"), ("CN_MOBILE", "13900139000")]
