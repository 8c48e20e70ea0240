"""Columns are told by their names and by their cells."""

from __future__ import annotations

from random import Random

import pyarrow as pa

from voc.privacy.classify import classify
from voc.privacy.evaluation.values import CUED, SHAPED, mobile, resident_id

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
        条码=[RNG.choice(["6901234567892", "6922255451427", "6954767470573"]) for _ in range(ROWS)],
        时刻=[f"202311{row % 28 + 1:02}{row % 24:02}{row % 60:02}07" for row in range(ROWS)],
        毫秒=[1_700_000_000_000 + row * 1_000_003 for row in range(ROWS)],
        会话=[f"S{row:07}" for row in range(ROWS)],
        空=[None] * ROWS,
    )
    assert found == ({}, ())


def test_numbers_of_orders_parcels_and_devices(engine):
    found = columns(
        engine,
        关联单据=[f"20231101{row:08}" for row in range(ROWS)],
        工单号=[f"202311{row % 28 + 1:02}{row % 24:02}{row % 60:02}07" for row in range(ROWS)],
        备查=[f"SF{RNG.randint(10**12, 10**13 - 1)}" for _ in range(ROWS)],
        最近登录=[CUED["IMEI"](RNG) for _ in range(ROWS)],
    )
    assert {name: tuple(kind) for name, kind in found.whole.items()} == {
        "关联单据": ("ORDER_NO", "cells"),
        "工单号": ("ORDER_NO", "cells"),
        "备查": ("WAYBILL_NO", "cells"),
        "最近登录": ("IMEI", "cells"),
    }


def test_cards_of_hong_kong_are_a_column_and_one_in_eleven_is_none(engine):
    cards = [SHAPED["HK_ID"](RNG).replace("(", "").replace(")", "") for _ in range(ROWS)]
    assert columns(engine, 证件=cards).whole["证件"].entity == "HK_ID"


def test_sentences_somewhere_make_short_cells_categories(engine):
    rows = [f"张{row}" for row in range(ROWS)]
    said = ["麻烦晚上送货，家里白天没有人在，谢谢"] * ROWS
    sample = pa.record_batch({"甲": pa.array(rows), "乙": pa.array(said)})
    assert classify(engine, sample).free == ("乙",)
    assert classify(engine, sample, text_known=False).free == ("甲", "乙")
    assert classify(engine, sample.select(["甲"])).free == ("甲",)


def test_two_cells_say_nothing(engine):
    assert columns(engine, 甲=["13800138000", "13900139000"]).whole == {}


def test_short_notes_are_free_text_by_the_name_of_their_column(engine):
    notes = ["放门口找晓云", "春燕代收", "打给俊杰", "勿敲门"]
    others = [
        "颜色偏深了一点但还能接受吧",
        "尺码刚好面料也舒服还会再来",
        "物流慢了三天客服也不回消息",
        "第二次买了一如既往的好用啊",
    ]
    table = pa.RecordBatch.from_pydict(
        {"评论": others, "备注": notes, "规格": ["大红", "墨绿", "雾蓝", "杏色"]}
    )
    assert set(classify(engine, table).free) == {"评论", "备注"}
