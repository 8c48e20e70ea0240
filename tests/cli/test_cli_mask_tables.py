"""`voc mask` on tables without text, and whether tables that were masked by hand join."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from cli_shell import CANARY, Shell


def rows(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist()


def test_orders_are_masked_by_what_their_columns_hold(shell: Shell):
    reviews = shell.write("reviews.csv", "customer_id,评价内容\nC001,等了五天\nC002,很好\n")
    lines = ["C001,9001,2024-01-05,12.50,天猫,王小明", "C002,9002,2024-01-06,3,京东,李雷", "C003,9003,,7,,"]
    orders = shell.write(
        "orders.csv",
        "customer_id,order_id,ts,amount,channel,收货人,手机号\n" + "\n".join(f"{x},{CANARY}" for x in lines),
    )
    assert shell.run("mask", reviews, "-o", "masked.parquet").returncode == 0
    done = shell.run("mask", orders, "-o", "masked-orders.parquet")
    assert done.returncode == 0, done.stderr
    assert "no column of text" in done.stderr
    assert "customer_id → customer_key, 收货人 (PERSON), 手机号 (CN_MOBILE)" in done.stderr
    keys = [row["customer_key"] for row in rows(shell.folder / "masked.parquet")]
    found = rows(shell.folder / "masked-orders.parquet")
    assert [row["customer_key"] for row in found[:2]] == keys
    assert [(row["order_id"], row["amount"], row["channel"]) for row in found[:2]] == [
        ("9001", "12.50", "天猫"),
        ("9002", "3", "京东"),
    ]
    assert all(row["收货人"].startswith("<姓名:") for row in found[:2])
    assert {row["手机号"] for row in found} == {found[0]["手机号"]}
    shell.assert_canary_is_gone(done, orders)


def test_ids_under_another_name_become_the_same_key(shell: Shell):
    shell.write("reviews.csv", "客户编号,评价内容\nC001,等了五天\n")
    shell.write("churn.csv", "用户ID,注销时间\nC001,2024-05-01\nC002,\n")
    assert shell.run("mask", "reviews.csv", "-o", "masked.parquet").returncode == 0
    assert shell.run("tag", "reviews.csv", "-o", "tagged.parquet").returncode == 0
    assert shell.run("mask", "churn.csv", "-o", "masked-churn.parquet").returncode == 0
    keys = {
        name: rows(shell.folder / f"{name}.parquet")[0]["customer_key"]
        for name in ("masked", "tagged", "masked-churn")
    }
    assert len(set(keys.values())) == 1
    assert "C001" not in keys.values()


def test_of_two_ids_none_is_taken_for_the_customer(shell: Shell):
    shell.write("orders.csv", "买家id,会员号,金额\n1,2,3\n")
    done = shell.run("mask", "orders.csv", "-o", "out.parquet")
    assert done.returncode == 0, done.stderr
    (row,) = rows(shell.folder / "out.parquet")
    assert set(row) == {"买家id", "会员号", "金额"}
    assert row["买家id"].startswith("<客户编号:")


def test_short_texts_under_an_unknown_name_are_read_as_free_text(shell: Shell):
    remarks = ["请联系王小明先生", "放门口就行", "我叫李雷，谢谢", "快点发", "周末送"]
    lines = [f"C{n},{remark}" for n, remark in enumerate(remarks)]
    shell.write("orders.csv", "customer_id,备注\n" + "\n".join(lines) + "\n")
    done = shell.run("mask", "orders.csv", "-o", "out.parquet")
    assert done.returncode == 0, done.stderr
    assert "read as free text: 备注; name one with --text COL" in done.stderr
    masked = [row["备注"] for row in rows(shell.folder / "out.parquet")]
    assert "王小明" not in masked[0]
    assert "李雷" not in masked[2]
    assert masked[1] == "放门口就行"


def test_what_mask_leaves_scan_does_not_find(shell: Shell):
    head = "描述,订单号,关联单据,快递单号,抖音号,保单号,车架号,经度,纬度,会话,渠道,order_id"
    lines = [
        f"等了{n}天物流还没有到客服也不管,{20231101 * 10**10 + n},{10**15 * 5 + n * 77_777_777},"
        f"SF{10**12 + n * 97},dy_li{n},PDAA{10**11 + n * 977},L924D8498FGCC{n:04},"
        f"{120 + n / 7:.6f},{30 + n / 7:.6f},S{n:07},天猫,{6 * 10**15 + n * 99_999}"
        for n in range(60)
    ]
    shell.write("big.csv", "\n".join([head, *lines]) + "\n")
    assert shell.run("scan", "big.csv", "--max-general", "0").returncode == 1
    done = shell.run("mask", "big.csv", "-o", "masked.csv", "--text", "描述")
    assert done.returncode == 0, done.stderr
    assert "关联单据 (ORDER_NO)" in done.stderr
    assert "--map 关联单据=feedback_id" in done.stderr
    left = shell.run("scan", "masked.csv", "--max-general", "0", "--max-core", "0")
    assert left.returncode == 0, left.stdout
    assert "nothing found" in left.stdout
    kept = shell.run("mask", "big.csv", "-o", "key.csv", "--text", "描述", "--map", "关联单据=feedback_id")
    assert kept.returncode == 0, kept.stderr
    assert str(10**15 * 5) in (shell.folder / "key.csv").read_text()


def test_numbers_of_orders_still_join_after_masking(shell: Shell):
    numbers = [f"{6 * 10**15 + n * 99_999}" for n in range(8)]
    orders = "\n".join(f"C{n},{number},2024-01-05,9" for n, number in enumerate(numbers))
    parcels = "\n".join(f"{number},已签收" for number in reversed(numbers))
    shell.write("orders.csv", f"customer_id,order_id,ts,amount\n{orders}\n")
    shell.write("parcels.csv", f"订单号,状态\n{parcels}\n")
    for name in ("orders", "parcels"):
        assert shell.run("mask", f"{name}.csv", "-o", f"{name}.parquet").returncode == 0
    theirs = {row["订单号"] for row in rows(shell.folder / "parcels.parquet")}
    ours = [row["order_id"] for row in rows(shell.folder / "orders.parquet")]
    assert set(ours) == theirs
    assert len(theirs) == len(numbers)
    assert not theirs & set(numbers)
    assert shell.run("customers", "rfm", "orders.parquet", "-o", "rfm.parquet").returncode == 0


def test_spans_of_a_table_without_text_are_empty(shell: Shell):
    shell.write("orders.csv", "customer_id,amount\nC1,5\nC2,6\n")
    done = shell.run("mask", "orders.csv", "-o", "out.parquet", "--spans", "spans.jsonl")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in (shell.folder / "spans.jsonl").read_text().splitlines()]
    assert told == [{"row": 0, "spans": []}, {"row": 1, "spans": []}]


@pytest.fixture
def prepared(shell: Shell) -> Shell:
    """Reviews, orders and churn under names of their own, masked and tagged by hand."""
    rng = np.random.default_rng(5)
    start = np.datetime64("2023-01-01")
    orders, reviews, churn = [], [], []
    for who in range(240):
        day, last = int(rng.integers(0, 60)), int(rng.integers(200, 480))
        while day < last:
            orders.append(f"K{who:03},{len(orders)},{start + day},{rng.integers(5, 90)}")
            if rng.random() < 0.2:
                when = str(start + day).replace("-", "/")
                reviews.append(f"K{who:03},{when},物流太慢，等了五天")
            day += int(rng.integers(10, 45))
        churn.append(f"K{who:03},{start + last if last < 400 else ''}")
    shell.write("reviews.csv", "客户编号,评价时间,评价内容\n" + "\n".join(reviews) + "\n")
    shell.write("orders.csv", "customer_id,order_id,ts,amount\n" + "\n".join(orders) + "\n")
    shell.write("customers.csv", "客户编号,注销时间\n" + "\n".join(churn) + "\n")
    for arguments in (
        ["mask", "reviews.csv", "-o", "masked.parquet", "--text", "评价内容"],
        ["tag", "masked.parquet", "-o", "tagged.parquet", "--text", "评价内容", "--masked"],
        ["mask", "orders.csv", "-o", "masked-orders.parquet"],
        ["mask", "customers.csv", "-o", "masked-churn.parquet", "--map", "注销时间=churned_at"],
    ):
        done = shell.run(*arguments)
        assert done.returncode == 0, done.stderr
    return shell


def test_causes_and_risk_take_tables_that_were_masked_by_hand(prepared: Shell):
    tables = ["--tags", "tagged.parquet", "--churn", "masked-churn.parquet"]
    causes = prepared.run("rootcause", *tables, "--orders", "masked-orders.parquet", "-o", "causes", "--json")
    assert causes.returncode == 0, causes.stderr
    facts = json.loads(causes.stdout)
    assert facts["match_rate"] == 1.0
    assert "logistics.delay" in {effect["tag"] for effect in facts["effects"]}
    assert (prepared.folder / "causes" / "report.html").exists()
    risk = prepared.run("customers", "risk", "masked-orders.parquet", *tables, "-o", "risk.parquet")
    assert risk.returncode == 0, risk.stderr
    assert "logistics.delay" in {row["tag"] for row in rows(prepared.folder / "risk.parquet")}


def test_raw_orders_do_not_join_with_masked_tags(prepared: Shell):
    done = prepared.run("rootcause", "--tags", "tagged.parquet", "--orders", "orders.csv", "-o", "causes")
    assert done.returncode == 1
    assert "(0.0%)" in done.stderr
    assert "voc mask" in done.stderr


def test_names_inside_objects_are_masked_and_scanned(shell: Shell):
    lines = [
        {"text": "很好", "user": {"name": name, "phone": CANARY}, "items": [{"收货人": name}]}
        for name in ("张伟", "刘洋", "杨静")
    ]
    shell.write("a.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n")
    told = shell.run("scan", "a.jsonl")
    assert told.stdout.count("PERSON") == 2
    done = shell.run("mask", "a.jsonl", "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    shell.assert_canary_is_gone(done, "a.jsonl")
    assert "张伟" not in (shell.folder / "out.jsonl").read_text(encoding="utf-8")
    assert shell.run("scan", "out.jsonl", "--max-general", "0").returncode == 0


def test_phones_that_became_numbers_are_the_same_people(shell: Shell):
    shell.write("a.csv", "电话,金额\n13800138000.0,1\n13800138000,2\n+8613800138000.0,3\n")
    assert shell.run("mask", "a.csv", "-o", "out.parquet").returncode == 0
    assert len({row["电话"] for row in rows(shell.folder / "out.parquet")}) == 1


def test_ids_that_lost_digits_are_told(shell: Shell):
    shell.write("a.csv", "用户编号,金额\n1.23457E+19,2.5\n1.23457E+19,1.5E+05\n20231101123456,3\n")
    done = shell.run("mask", "a.csv", "-o", "out.csv")
    assert done.returncode == 0, done.stderr
    assert "column '用户编号': 2 numbers in scientific notation" in done.stderr
    assert "金额'" not in done.stderr
    assert "1.23457" not in done.stderr
