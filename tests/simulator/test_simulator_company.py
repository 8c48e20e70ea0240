"""The files of the sample company, their defects, and what truth.json says of them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc.errors import OutputError, UsageError
from voc.simulator import write_company


def hashes(files):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files.folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_later(tmp_path, write_small):
    here = write_small(tmp_path / "a", customers=120, seed=5)
    code = (
        "import sys; from pathlib import Path; from voc.simulator import write_company; "
        "write_company(Path(sys.argv[1]), customers=120, seed=5)"
    )
    time.sleep(2.1)  # ZIP files hold times in steps of two seconds
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "America/New_York"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b")], check=True, env=environment)
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "b").iterdir()}
    assert hashes(here.files) == there


def test_another_seed_gives_another_company(tmp_path, write_small):
    one, two = (
        write_small(tmp_path / "a", customers=60, seed=1),
        write_small(tmp_path / "b", customers=60, seed=2),
    )
    first, second = hashes(one.files), hashes(two.files)
    assert not {name for name in first if first[name] == second[name]}


def test_files_and_columns_are_as_promised(company):
    files = company.files
    head = files.reviews.read_bytes().split(b"\r\n")[0].decode("gb18030")
    assert head == "评价编号,客户编号,评价时间,渠道,商品,评分,昵称,评价内容"
    with zipfile.ZipFile(files.tickets) as book:
        assert book.testzip() is None
    chat = json.loads(files.chats.read_text(encoding="utf-8").split("\n")[0])
    assert list(chat) == [
        "session_id",
        "message_id",
        "customer_id",
        "ts",
        "channel",
        "product",
        "speaker",
        "text",
    ]
    assert files.customers.read_bytes().startswith(b"\xef\xbb\xbf")
    wanted = [
        "客户编号",
        "姓名",
        "手机号",
        "身份证号",
        "邮箱",
        "注册时间",
        "地区",
        "性别",
        "年龄段",
        "注销时间",
    ]
    assert list(company.customers()[0]) == wanted
    schema = pq.read_schema(files.orders)
    assert schema.names == ["order_id", "customer_id", "ts", "amount", "channel", "product"]
    assert schema.field("ts").type == pa.timestamp("us")


def test_tables_have_the_size_of_a_year_and_a_half_of_a_company(company):
    marginals = company.truth["marginals"]
    assert marginals["customers"] == 3000
    assert 60_000 <= marginals["orders"] <= 110_000
    assert 4_000 <= marginals["reviews"] <= 7_000
    assert 1_200 <= marginals["tickets"] <= 2_200
    assert 600 <= marginals["chat_sessions"] <= 1_100
    assert marginals["chat_turns"] >= 6 * marginals["chat_sessions"]
    assert 0.25 <= marginals["churn_share"] <= 0.35


def test_a_smaller_company_is_smaller_in_proportion(tmp_path, company, write_small):
    small = write_small(tmp_path, customers=300).truth["marginals"]
    for name in ("orders", "reviews", "tickets", "chat_turns"):
        assert small[name] == pytest.approx(company.truth["marginals"][name] / 10, rel=0.35)


def test_one_customer_is_a_company_too(tmp_path, write_small):
    written = write_small(tmp_path, customers=1)
    assert len(written.customers()) == 1
    assert written.truth["bad_rows"] == []


@pytest.mark.parametrize("options", [{"customers": 0}, {"customers": 10**7}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(tmp_path, options):
    with pytest.raises(UsageError):
        write_company(tmp_path, **options)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_company(tmp_path / "file" / "company", customers=1)


def test_nothing_but_the_six_files_is_left(company):
    names = sorted(path.name for path in company.files.folder.iterdir())
    assert names == [
        "chats.jsonl",
        "customers.csv",
        "orders.parquet",
        "reviews.csv",
        "tickets.xlsx",
        "truth.json",
    ]


def test_progress_is_told_every_feedback(tmp_path):
    told = []

    class Bar:
        def start(self, _, total_rows):
            told.append(total_rows)

        def advance(self, rows):
            told.append(-rows)

        def stop(self):
            told.append(0)

    write_company(tmp_path, customers=150, progress=Bar())
    assert told[0] > 0
    assert sum(told) == 0
    assert told[-1] == 0


def test_undecodable_rows_are_the_listed_ones_and_no_others(company):
    broken = []
    for number, line in enumerate(company.review_lines()):
        try:
            line.decode("gb18030")
        except UnicodeDecodeError:
            broken.append(number)
    assert broken == [row["row"] for row in company.bad_rows("undecodable")]
    assert broken


def test_a_reader_that_replaces_broken_bytes_still_sees_every_row(company):
    text = company.files.reviews.read_bytes().decode("gb18030", errors="replace")
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert len(rows) == len(company.review_lines())
    longer = [number for number, row in enumerate(rows) if len(row) != 8]
    assert longer == [row["row"] for row in company.bad_rows("extra_cell")]
    assert longer


def test_copies_of_reviews_are_exact_and_listed(company):
    lines = company.review_lines()
    for copy in company.truth["duplicates"]:
        assert lines[copy["row"]] == lines[copy["of_row"]]
        assert copy["row"] > copy["of_row"]
    assert len(lines) - len(set(lines)) == len(company.truth["duplicates"]) > 0


def test_impossible_dates_are_listed_and_all_others_are_dates(company):
    wrong = [row["row"] for row in company.bad_rows("impossible_date")]
    for number, row in enumerate(company.ticket_rows()):
        assert isinstance(row[2], datetime) == (number not in wrong)
    assert wrong
    with pytest.raises(ValueError, match=r"day|month|time data"):
        datetime.strptime(company.ticket_rows()[wrong[0]][2], "%Y-%m-%d %H:%M:%S")


def test_broken_json_lines_are_listed(company):
    broken = []
    for number, line in enumerate(company.files.chats.read_text(encoding="utf-8").split("\n")[:-1]):
        try:
            json.loads(line)
        except json.JSONDecodeError:
            broken.append(number)
    assert broken == [row["row"] for row in company.bad_rows("broken_json")]
    assert 2 <= len(broken) <= 4


def test_orders_without_customer_are_listed_and_cancellations_are_negative(company):
    orders = pq.read_table(company.files.orders).to_pandas()
    missing = orders.index[orders["customer_id"].isna()].tolist()
    assert missing == [row["row"] for row in company.bad_rows("missing_customer")]
    cancelled = orders[orders["amount"] < 0]
    assert len(cancelled) == company.truth["marginals"]["cancellations"] > 0
    originals = orders.set_index("order_id")["amount"]
    assert originals.index.is_unique
    for row in cancelled.itertuples():
        assert originals[row.order_id.removesuffix("-T")] == -row.amount
    assert orders["ts"].is_monotonic_increasing


def test_bad_rows_are_few(company):
    rows = {
        "reviews.csv": len(company.review_lines()),
        "tickets.xlsx": len(company.ticket_rows()),
        "chats.jsonl": company.truth["marginals"]["chat_turns"],
        "orders.parquet": pq.read_metadata(company.files.orders).num_rows,
    }
    for file, count in rows.items():
        bad = sum(row["file"] == file for row in [*company.truth["bad_rows"], *company.truth["duplicates"]])
        assert 0 < bad <= 0.003 * count, file


def test_one_person_stands_under_two_accounts_with_two_phones(company):
    customers = {row["客户编号"]: row for row in company.customers()}
    pairs = company.truth["same_person"]
    assert len(pairs) >= 8
    for pair in pairs:
        one, other = customers[pair["first"]], customers[pair["second"]]
        for column in pair["shared"]:
            assert one[column] == other[column] != ""
        assert one["手机号"] != other["手机号"]
    paired = {pair[side] for pair in pairs for side in ("first", "second")}
    for column in ("身份证号", "邮箱"):
        others = [row[column] for name, row in customers.items() if name not in paired and row[column]]
        if column == "身份证号":
            assert len(others) == len(set(others))


def test_accounts_are_closed_exactly_for_those_who_left(company):
    for row in company.customers():
        left = company.truth["customers"][row["客户编号"]]["churned_at"]
        assert row["注销时间"] == ("" if left is None else left.replace("T", " "))


def test_nothing_happens_after_a_customer_left(company):
    left = {name: facts["churned_at"] for name, facts in company.truth["customers"].items()}
    first: dict[str, str] = {}
    for entry in company.truth["feedback"]:
        if entry["file"] != "chats.jsonl" or entry["session_id"] not in first:
            first[entry.get("session_id", entry["id"])] = entry["ts"]
            assert left[entry["customer_id"]] is None or entry["ts"] <= left[entry["customer_id"]]
    orders = pq.read_table(company.files.orders).to_pandas()
    made = orders[(orders["amount"] > 0) & orders["customer_id"].notna()]
    gone = made["customer_id"].map(left)
    late = gone.notna() & (made["ts"].dt.strftime("%Y-%m-%dT%H:%M:%S") > gone.fillna("9"))
    assert not late.any()


def test_feedback_follows_its_order(company):
    orders = pq.read_table(company.files.orders).to_pandas().set_index("order_id")["ts"]
    for entry in company.truth["feedback"]:
        assert orders[entry["order_id"]] < datetime.fromisoformat(entry["ts"])
