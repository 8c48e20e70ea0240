"""The masking stage: tables in, masked tables out, the same for every batch size and process."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import pyarrow as pa
import pytest
from made_values import mobile, resident_id

from voc.errors import ColumnError
from voc.privacy.policy import Operator
from voc.privacy.pseudonym import key_path, load_pseudonyms
from voc.privacy.stage import PII_TYPE, MaskStage, TrustStage, trust_masked
from voc.types import MASKED_KEY, ROW_COLUMN, Stage, Tier


def batch(**columns: object) -> pa.RecordBatch:
    arrays = {
        name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()
    }
    return pa.record_batch(arrays)


@pytest.fixture
def stage(policy) -> MaskStage:
    return MaskStage(text_columns=("text",), policy=policy)


def test_it_is_a_stage(stage):
    assert isinstance(stage, Stage)


def test_text_customer_and_named_columns(stage):
    rows = batch(
        customer_id=["7", None, ""],
        text=["电话13800138000", None, "很好"],
        昵称=["小王", None, " "],
        channel=["天猫", "京东", None],
        __row__=pa.array([4, 5, 6]),
    )
    masked = stage.build()(rows)
    assert masked.schema.equals(stage.output_schema(rows.schema), check_metadata=True)
    assert masked.schema.names == [
        "customer_key",
        "text",
        "pii",
        "record_tier",
        "昵称",
        "channel",
        ROW_COLUMN,
    ]
    assert masked.column("text").to_pylist() == ["电话<手机号>", None, "很好"]
    [[span], second, third] = masked.column("pii").to_pylist()
    token = load_pseudonyms().token("CN_MOBILE", "13800138000")
    assert span == {
        "entity": "CN_MOBILE",
        "tier": "general",
        "start": 2,
        "end": 13,
        "score": pytest.approx(0.97),
        "recognizer": "mobile.v2",
        "token": token,
    }
    assert second == third == []
    assert masked.column("pii").type == PII_TYPE
    assert masked.column("customer_key").to_pylist() == [load_pseudonyms().token("customer", "7"), None, None]
    nick = load_pseudonyms().token("PERSON", "小王")
    assert masked.column("昵称").to_pylist() == [f"<姓名:{nick}>", None, " "]
    assert masked.column("channel").to_pylist() == ["天猫", "京东", None]


def test_the_field_says_that_it_is_masked(stage, policy):
    schema = stage.output_schema(pa.schema([("text", pa.string())]))
    assert schema.field("text").metadata[MASKED_KEY] == policy.fingerprint().encode()


@pytest.mark.parametrize(
    "ids",
    [
        ["123", "45"],
        pa.array([123, 45]),
        pa.array([123.0, 45.0]),
        ["123.0", "45.0"],
        pa.array(["123", "45"]).dictionary_encode(),
    ],
    ids=["text", "whole", "float", "float as text", "dictionary"],
)
def test_a_customer_has_one_key_whatever_the_type(stage, ids):
    expected = [load_pseudonyms().token("customer", value) for value in ("123", "45")]
    assert (
        stage.build()(batch(text=["a", "b"], customer_id=ids)).column("customer_key").to_pylist() == expected
    )


def test_a_phone_has_one_token_in_text_and_in_columns(stage, policy):
    rows = batch(text=["打+86 138-0013-8000"], 联系电话=pa.array([13800138000]))
    masked = stage.build()(rows)
    [[span]] = masked.column("pii").to_pylist()
    assert masked.column("联系电话").to_pylist() == [f"<手机号:{span['token']}>"]


@pytest.mark.parametrize(
    "kind",
    [pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view()],
    ids=["large", "dict", "view"],
)
def test_every_kind_of_text_column(stage, kind):
    rows = pa.record_batch({"text": pa.array(["打13800138000", None], pa.string()).cast(kind)})
    assert stage.build()(rows).column("text").to_pylist() == ["打<手机号>", None]


def test_a_text_column_of_numbers_is_text(stage):
    masked = stage.build()(batch(text=pa.array([13800138000, 5, None])))
    assert masked.column("text").to_pylist() == ["<手机号>", "5", None]
    floats = stage.build()(batch(text=pa.array([13800138000.0, 5.5, None])))
    assert floats.column("text").to_pylist() == ["<手机号>", "5.5", None]


def test_several_text_columns_each_tell_what_was_found(policy):
    stage = MaskStage(text_columns=("text", "reply"), policy=policy)
    masked = stage.build()(batch(text=["好"], reply=["找王先生"]))
    assert masked.schema.names == ["text", "pii", "record_tier", "reply", "pii_reply"]
    assert masked.column("pii_reply").to_pylist()[0][0]["entity"] == "PERSON"


def test_tables_without_text(policy):
    stage = MaskStage(text_columns=(), policy=policy)
    rows = batch(
        customer_id=[1], 姓名=["张伟"], 身份证号=[resident_id(1)], 地区=["华东"], 收货地址=["建国路88号"]
    )
    masked = stage.build()(rows)
    [row] = masked.to_pylist()
    assert set(row) == {"customer_key", "姓名", "身份证号", "地区", "收货地址"}
    assert row["地区"] == "华东"
    assert row["收货地址"] == "<地址>"
    assert row["姓名"].startswith("<姓名:")
    assert resident_id(1) not in str(row)


def test_columns_named_by_the_caller(policy):
    stage = MaskStage(text_columns=(), policy=policy, whole_columns={"甲": "EMAIL"})
    [row] = stage.build()(batch(甲=["a@b.cn"], 姓名=["张伟"])).to_pylist()
    assert row["甲"].startswith("<邮箱:")
    assert row["姓名"] == "张伟"


def test_masking_a_masked_table_changes_nothing(stage):
    rows = batch(text=["打13800138000"], 昵称=["小王"])
    once = stage.build()(rows).drop_columns(["pii"])
    twice = stage.build()(once)
    assert twice.column("text") == once.column("text")
    assert twice.column("昵称") == once.column("昵称")


def test_made_ids_follow_the_content_only(policy):
    stage = MaskStage(text_columns=("text",), policy=policy, make_ids=True)
    rows = batch(text=["好", "坏", "好", None], ts=["1", "1", "1", None])
    ids = stage.build()(rows).column("feedback_id").to_pylist()
    assert ids[0] == ids[2] != ids[1]
    assert all(len(made) == 16 for made in ids)
    assert stage.build()(rows.slice(1, 2)).column("feedback_id").to_pylist() == ids[1:3]
    assert stage.output_schema(rows.schema).field("feedback_id").metadata == {b"voc:made": b"content"}
    given = batch(text=["好"], feedback_id=["f1"])
    assert stage.build()(given).column("feedback_id").to_pylist() == ["f1"]


def test_output_does_not_depend_on_the_batches(stage):
    texts = [
        "很好",
        "打" + mobile(1),
        None,
        "",
        "①13800138000",
        "QQ:12345678",
        "138",
        "00138000",
        "好" * 50,
    ] * 7
    rows = batch(text=texts, customer_id=list(range(len(texts))))
    function = stage.build()
    whole = function(rows)
    for size in (1, 4, 10):
        parts = [function(rows.slice(at, size)) for at in range(0, len(texts), size)]
        assert (
            pa.Table.from_batches(parts).combine_chunks() == pa.Table.from_batches([whole]).combine_chunks()
        )


def test_rows_beside_each_other_do_not_make_a_number(stage):
    masked = stage.build()(batch(text=["打138", "00138000", "好"]))
    assert masked.column("text").to_pylist() == ["打138", "00138000", "好"]


def test_an_empty_batch(stage):
    rows = batch(text=pa.array([], pa.string()), customer_id=pa.array([], pa.int64()))
    assert stage.build()(rows).num_rows == 0


def test_a_missing_column_is_told_with_the_nearest(policy):
    stage = MaskStage(text_columns=("comment",), policy=policy)
    with pytest.raises(ColumnError, match="did you mean 'coment'"):
        stage.output_schema(pa.schema([("coment", pa.string())]))


def test_a_nested_text_column_is_refused(policy):
    stage = MaskStage(text_columns=("text",), policy=policy)
    with pytest.raises(ColumnError, match="no text"):
        stage.output_schema(pa.schema([("text", pa.list_(pa.string()))]))


def test_pickled_stage_holds_no_key_and_does_the_same(stage):
    rows = batch(text=["打13800138000"])
    expected = stage.build()(rows)
    data = pickle.dumps(stage)
    assert key_path().read_text().strip().encode() not in data
    copy = pickle.loads(data)
    assert copy.build()(rows) == expected
    assert copy.fingerprint() == stage.fingerprint()


def test_fingerprint_follows_settings_policy_and_key(stage, policy, tmp_path):
    changed = policy.model_copy(update={"min_score": 0.7})
    others = [
        MaskStage(("text", "b"), policy),
        MaskStage(("text",), changed),
        MaskStage(("text",), policy, key_file=tmp_path / "k"),
        MaskStage(("text",), policy, make_ids=True),
        MaskStage(("text",), policy, whole_columns={}),
    ]
    assert len({stage.fingerprint(), *(other.fingerprint() for other in others)}) == 6


def test_trust_stamps_on_the_users_word():
    schema = pa.schema([("text", pa.string()), ("n", pa.int64())])
    assert trust_masked(schema, ["text"]).field("text").metadata == {MASKED_KEY: b"trusted"}
    rows = batch(text=["<手机号>"], n=[1])
    stage = TrustStage(("text",))
    assert isinstance(stage, Stage)
    assert stage.build()(rows).schema.equals(stage.output_schema(rows.schema), check_metadata=True)
    with pytest.raises(ColumnError):
        trust_masked(schema, ["texts"])


def test_values_that_come_together_raise_the_tier_of_their_record(policy):
    lower = {
        name: rule.model_copy(update={"tier": Tier.GENERAL})
        for name, rule in policy.rules.items()
        if name == "CN_RESIDENT_ID"
    }
    mild = policy.model_copy(update={"rules": {**policy.rules, **lower}})
    rows = batch(
        text=[f"身份证{resident_id(1)}", f"身份证{resident_id(1)}", "打13800138000", None],
        姓名=["张伟", None, "张伟", None],
        手机=["13900139000", "13900139000", None, None],
    )
    masked = MaskStage(text_columns=("text",), policy=mild).build()(rows)
    assert masked.column("record_tier").to_pylist() == ["core", "general", "general", "none"]


def test_other_columns_are_searched_and_whole_cells_join_with_whole_columns(stage):
    rows = batch(text=["好", "好"], 甲=["13800138000", "张三电话13800138000"], 手机=["13800138000", None])
    masked = stage.build()(rows)
    [cell, sentence] = masked.column("甲").to_pylist()
    assert cell == masked.column("手机").to_pylist()[0]
    assert sentence == "张三电话<手机号>"


def test_a_serial_number_is_no_identity_card_by_its_check_digit(stage):
    serial = [f"S{row:07}" for row in range(1, 45)]
    rows = batch(text=["好"] * len(serial), session_id=serial)
    masked = stage.build()(rows)
    assert masked.column("session_id").to_pylist() == serial
    assert set(masked.column("record_tier").to_pylist()) == {"none"}


def test_parcels_and_numbers_beside_a_word_are_masked_in_any_column(stage):
    cells = ["SF1234567890123", "订单号20231101123456", "20231101123456789", "A123456(3)"]
    masked = stage.build()(batch(text=["好"] * 4, 甲=cells)).column("甲").to_pylist()
    assert masked[0].startswith("<快递单号:")
    assert masked[1] == "订单号<订单号>"
    assert masked[2] == "20231101123456789"
    assert masked[3].startswith("<香港身份证号:")


def test_the_keys_and_categories_of_a_table_stay(stage):
    rows = batch(text=["好"], order_id=["20231101123456789"], product=["小米14"], 单据=["20231101123456789"])
    masked = stage.build()(rows)
    assert masked.column("order_id").to_pylist() == ["20231101123456789"]
    assert masked.column("product").to_pylist() == ["小米14"]


@pytest.mark.parametrize("operator", [Operator.PSEUDONYM, Operator.LABEL, Operator.REDACT, Operator.PARTIAL])
def test_a_column_by_which_rows_are_told_apart_is_pseudonymous_under_every_policy(stage, operator):
    rule = stage.policy.rule("ORDER_NO").model_copy(update={"column": operator})
    policy = stage.policy.model_copy(update={"rules": {**stage.policy.rules, "ORDER_NO": rule}})
    keyed = replace(stage, policy=policy, key_columns={"order_id": "ORDER_NO"})
    rows = batch(text=["好"] * 3, order_id=["20231101123456789", "20231101123456780", "20231101123456789"])
    first, second, again = keyed.build()(rows).column("order_id").to_pylist()
    assert first == again != second
    assert first.startswith("<订单号:")
    assert "2023" not in first


def test_columns_that_cannot_be_read_are_masked_whole(stage):
    rows = batch(
        text=["好", "好"], 列表=pa.array([["13800138000"], None]), 字节=pa.array([b"\xff13800138000", None])
    )
    masked = stage.build()(rows)
    assert masked.column("列表").to_pylist() == ["<未能检查>", None]
    assert masked.column("字节").to_pylist() == ["<未能检查>", None]
    assert masked.column("record_tier").to_pylist() == ["core", "none"]


def test_fields_inside_objects_are_read_by_their_names(stage):
    cells = [
        '{"name":"张伟","phone":13800138000,"address":{"city":"杭州","收货地址":"文三路"}}',
        '[{"收货人":"王芳","sku":"A1"},{"收货人":["李娜",null]}]',
        "{no JSON",
        None,
    ]
    masked = stage.build()(batch(text=["好"] * 4, user=cells, 姓名=["张伟", None, None, None]))
    first, second, third, fourth = masked.column("user").to_pylist()
    assert json.loads(first)["name"] == masked.column("姓名").to_pylist()[0]
    assert json.loads(first)["phone"].startswith("<手机号:")
    assert json.loads(first)["address"] == {"city": "杭州", "收货地址": "<地址>"}
    assert not any(name in second for name in ("王芳", "李娜"))
    assert json.loads(second)[0]["sku"] == "A1"
    assert (third, fourth) == ("{no JSON", None)
    assert masked.column("record_tier").to_pylist() == ["general", "general", "none", "none"]
