"""What is in which column, and the file of spans."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from voc.errors import ColumnError, OutputError, OutputExistsError
from voc.privacy.scan import scan
from voc.privacy.spans_file import SpansFile
from voc.privacy.stage import MaskStage
from voc.types import Tier

ROWS = pa.record_batch(
    {
        "评价": pa.array(["打13800138000或13900139000", "卡号6217001234567890123", None, "很好"]),
        "姓名": pa.array(["张伟", "", None, "李娜"]),
        "备注": pa.array([13800138000, 2, None, 4]),
        "评分": pa.array([1.0, 2.0, None, 4.0]),
        "__row__": pa.array([0, 1, 3, 4]),
    }
)


def test_by_column_entity_and_tier(policy):
    result = scan([ROWS], policy)
    assert result.rows == 4
    told = [(row.column, row.entity, row.tier, row.by, row.cells, row.share) for row in result.columns]
    assert told == [
        ("评价", "CN_BANK_CARD", Tier.CORE, "cells", 1, 0.25),
        ("评价", "CN_MOBILE", Tier.GENERAL, "cells", 1, 0.25),
        ("姓名", "PERSON", Tier.GENERAL, "name", 2, 0.5),
        ("备注", "CN_MOBILE", Tier.GENERAL, "cells", 1, 0.25),
    ]


def test_batches_limits_and_chosen_columns(policy):
    parts = [ROWS.slice(0, 2), ROWS.slice(2, 2)]
    assert scan(parts, policy) == scan([ROWS], policy)
    assert scan(parts, policy, max_rows=1).rows == 1
    assert {row.column for row in scan(parts, policy, text_columns=["备注"]).columns} == {"备注"}
    with pytest.raises(ColumnError):
        scan(parts, policy, text_columns=["备住"])


def test_masked_tables_hold_nothing(policy):
    masked = MaskStage(("评价",), policy, whole_columns={"姓名": "PERSON", "备注": "CN_MOBILE"}).build()(ROWS)
    assert scan([masked], policy).columns == ()


def test_keys_of_customers_are_no_accounts_but_values_in_their_column_are_told(policy):
    keys = pa.array(["vx6cmwq7ukwpukd6", "wxf3cqwqn6jju6vb", None, "qzua5fbi4inxmgp7"])
    assert {row.entity for row in scan([pa.record_batch({"编码": keys})], policy).columns} == {"WECHAT_ID"}
    assert scan([pa.record_batch({"customer_key": keys})], policy).columns == ()
    raw = pa.array(["vx6cmwq7ukwpukd6", "13800138000", "13900139000", "13700137000"])
    [found] = scan([pa.record_batch({"customer_key": raw})], policy).columns
    assert (found.entity, found.cells) == ("CN_MOBILE", 3)


def test_empty_table(policy):
    assert scan([], policy).rows == 0


def masked(policy) -> pa.RecordBatch:
    return MaskStage(("评价",), policy).build()(ROWS)


def test_one_line_for_every_row(policy, tmp_path):
    path = tmp_path / "spans.jsonl"
    with SpansFile(path) as spans:
        spans(masked(policy).slice(0, 2))
        spans(masked(policy).slice(2, 2))
        assert not path.exists()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["row"] for line in lines] == [0, 1, 3, 4]
    assert lines[0]["spans"] == [
        {"start": 1, "end": 12, "entity": "CN_MOBILE", "tier": "general", "score": 0.95},
        {"start": 13, "end": 24, "entity": "CN_MOBILE", "tier": "general", "score": 0.95},
    ]
    assert lines[2]["spans"] == lines[3]["spans"] == []


def test_nothing_is_left_when_the_run_fails(policy, tmp_path):
    path = tmp_path / "spans.jsonl"

    def fail():
        with SpansFile(path) as spans:
            spans(masked(policy))
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept_without_force(policy, tmp_path):
    path = tmp_path / "spans.jsonl"
    path.write_text("mine")
    with pytest.raises(OutputExistsError):
        SpansFile(path)
    with SpansFile(path, force=True) as spans:
        spans(masked(policy))
    assert path.read_text(encoding="utf-8").startswith('{"row": 0')


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError), SpansFile(tmp_path / "no" / "spans.jsonl"):
        pass
