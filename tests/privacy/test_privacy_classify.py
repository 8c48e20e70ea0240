"""Columns are told by their names and by their cells."""

from __future__ import annotations

from random import Random

import pyarrow as pa

from voc.privacy.classify import classify
from voc.privacy.evaluation.values import mobile, resident_id

RNG = Random(3)
ROWS = 60
NAMES = ["张伟", "李娜", "王芳", "刘洋", "陈杰", "杨静", "赵磊", "黄敏", "周强", "吴丽"]


def columns(engine, **cells):
    return classify(engine, pa.record_batch({name: pa.array(values) for name, values in cells.items()}))


def test_by_name_and_by_cells(engine):
    found = columns(
        engine,
        联系电话=["x"] * ROWS,
        甲=[RNG.choice(NAMES) for _ in range(ROWS)],
        乙=[int(mobile(RNG)) for _ in range(ROWS)],
        丙=[resident_id(RNG) if row % 5 else None for row in range(ROWS)],
        丁=[f"北京市朝阳区建国路{row + 1}号{row + 1}号楼" for row in range(ROWS)],
        备注=["麻烦晚上送货，家里白天没有人在，谢谢"] * ROWS,
    )
    assert {name: tuple(kind) for name, kind in found.whole.items()} == {
        "联系电话": ("CN_MOBILE", "name"),
        "甲": ("PERSON", "cells"),
        "乙": ("CN_MOBILE", "cells"),
        "丙": ("CN_RESIDENT_ID", "cells"),
        "丁": ("CN_ADDRESS", "cells"),
    }
    assert found.free == ("备注",)


def test_categories_numbers_and_keys_are_none_of_it(engine):
    found = columns(
        engine,
        商品=[RNG.choice(["小米手机", "苹果", "华为平板", "高露洁牙膏"]) for _ in range(ROWS)],
        渠道=[RNG.choice(["天猫", "京东", "门店"]) for _ in range(ROWS)],
        金额=[RNG.random() * 100 for _ in range(ROWS)],
        单号=[f"20231101{row:08}" for row in range(ROWS)],
        空=[None] * ROWS,
    )
    assert found == ({}, ())


def test_two_cells_say_nothing(engine):
    assert columns(engine, 甲=["13800138000", "13900139000"]).whole == {}
