from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from io_tables import entries, read_rows, write_table

from voc.errors import ColumnError, InputError
from voc.io import CHURN, CUSTOMERS, FEEDBACK, ORDERS, open_table, read_table
from voc.io.numeric_text import numeric_text_note
from voc.types import ROW_COLUMN


def csv(tmp_path, text: str):
    path = tmp_path / "a.csv"
    path.write_text(text)
    return path


def test_feedback_is_renamed_and_parsed(tmp_path):
    path = csv(
        tmp_path,
        "评价编号,客户编号,评价时间,评分,评价内容,昵称\n01, c1 ,2024/1/31 8:05,5星, 好 ,小明\n02,,,,,\n",
    )
    columns = {
        "text": "评价内容",
        "feedback_id": "评价编号",
        "customer_id": "客户编号",
        "ts": "评价时间",
        "rating": "评分",
    }
    found = read_table(path, columns=columns, contract=FEEDBACK)
    assert found.to_pylist() == [
        {
            "feedback_id": "01",
            "customer_id": "c1",
            "ts": dt.datetime(2024, 1, 31, 8, 5),
            "rating": 5.0,
            "text": " 好 ",
            "昵称": "小明",
        },
        {"feedback_id": "02", "customer_id": None, "ts": None, "rating": None, "text": "", "昵称": ""},
    ]


def test_missing_required_column_gets_a_hint(tmp_path):
    with pytest.raises(ColumnError, match="did you mean 'texts'"):
        open_table(csv(tmp_path, "texts,x\na,b\n"), contract=FEEDBACK)
    with pytest.raises(ColumnError, match="no column 'amount'"):
        open_table(csv(tmp_path, "customer_id,order_id,ts\n1,2,2024-01-01\n"), contract=ORDERS)
    with pytest.raises(ColumnError):
        open_table(csv(tmp_path, "内容\n好\n"), columns={"text": ["评论", "评价"]}, contract=FEEDBACK)


def test_optional_columns_may_be_missing_when_candidates_are_given(tmp_path):
    path = csv(tmp_path, "内容,x\n好,1\n")
    with open_table(
        path, columns={"text": ["内容"], "rating": ["评分", "星级"]}, contract=FEEDBACK
    ) as reader:
        assert reader.schema.names == ["text", "x"]
        assert "no column for 'rating'" in reader.notes


def test_an_input_column_that_has_the_name_of_ours_is_kept_aside(tmp_path):
    path = csv(tmp_path, "text,内容\nid1,好\n")
    with open_table(path, columns={"text": "内容"}, contract=FEEDBACK) as reader:
        assert reader.schema.names == ["text_2", "text"]
        assert any("text_2" in note for note in reader.notes)


def test_rows_that_break_the_contract_are_set_aside_without_their_text(tmp_path, aside):
    lines = [
        "c1,1,2024-02-30,5",
        "c2,2,2024-02-03,十三元",
        "c3,3,2024-02-03,￥5",
        "c4,4,,5",
        ",5,2024-02-03,1",
    ]
    text = "\n".join(["客户,单号,时间,金额", *lines, ""])
    path = csv(tmp_path, text)
    columns = {"customer_id": "客户", "order_id": "单号", "ts": "时间", "amount": "金额"}
    rows = read_rows(path, columns=columns, contract=ORDERS, quarantine=aside)
    aside.close()
    assert [(row["order_id"], row["amount"], row[ROW_COLUMN]) for row in rows] == [
        ("3", 5.0, 2),
        ("5", 1.0, 4),
    ]
    assert rows[1]["customer_id"] is None
    bad = entries(aside.path)
    assert [(e["row"], e["column"], e["reason"]) for e in bad] == [
        (0, "时间", "impossible date or time"),
        (1, "金额", "not a number"),
        (3, "时间", "empty, but required"),
    ]
    data = text.encode()
    assert data[bad[1]["byte_start"] :][: bad[1]["byte_length"]].decode() == "c2,2,2024-02-03,十三元\n"
    assert "十三元" not in aside.path.read_text()


def test_a_fault_in_a_quoted_row_over_several_lines_is_located(tmp_path, aside):
    rows = "".join(f'2024-01-01,"第{n}条\n第二行"\n' for n in range(30))
    text = f'ts,text\n{rows}昨天,"坏\n行"\n{rows}'
    read_rows(csv(tmp_path, text), contract=FEEDBACK, quarantine=aside, batch_rows=8)
    aside.close()
    (bad,) = entries(aside.path)
    assert text.encode()[bad["byte_start"] :][: bad["byte_length"]].decode() == '昨天,"坏\n行"\n'


def test_without_a_quarantine_the_first_fault_is_an_error(tmp_path):
    with pytest.raises(InputError, match="row 0, column 'ts'") as caught:
        read_table(csv(tmp_path, "ts,text\n昨天13912345678,好\n"), contract=FEEDBACK)
    assert "13912345678" not in str(caught.value)


def test_typed_inputs_come_out_the_same(tmp_path):
    path = tmp_path / "a.parquet"
    rows = pa.table(
        {
            "customer_id": [7, 8],
            "order_id": [1.0, None],
            "ts": pa.array([dt.datetime(2024, 1, 31, tzinfo=dt.UTC)] * 2, pa.timestamp("us", tz="UTC")),
            "amount": pa.array(["5.5", "6"]),
            "extra": [[1], [2]],
        }
    )
    pq.write_table(rows, path)
    found = read_table(path, contract=ORDERS)
    assert found.to_pylist()[0] == {
        "customer_id": "7",
        "order_id": "1",
        "ts": dt.datetime(2024, 1, 31, 8),
        "amount": 5.5,
        "extra": [1],
    }


def test_columns_of_the_wrong_kind(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["a"], "ts": [[1]]}), path)
    with pytest.raises(ColumnError, match="'ts' cannot be read as time"):
        open_table(path, contract=FEEDBACK)


def test_dates_of_spreadsheets_come_as_dates_or_serials(tmp_path):
    path = tmp_path / "a.xlsx"
    write_table(path, pa.table({"customer_id": ["1", "2"], "churned_at": ["45322", ""]}))
    found = read_table(path, contract=CHURN)
    assert found.column("churned_at").to_pylist() == [dt.datetime(2024, 1, 31), None]


def test_customers_keep_their_other_columns(tmp_path):
    found = read_table(
        csv(tmp_path, "客户编号,姓名\nc1,小明\n"), columns={"customer_id": "客户编号"}, contract=CUSTOMERS
    )
    assert found.column_names == ["customer_id", "姓名"]


def test_a_text_column_of_numbers_is_pointed_out(tmp_path):
    path = csv(tmp_path, "评分,内容,x\n5,很好,a\n1,等了五天,b\n")
    with open_table(path, columns={"text": "评分"}, contract=FEEDBACK) as reader:
        list(reader.batches())
        assert "text column 'text' holds numbers only; did you mean '内容'?" in reader.notes
    with open_table(path) as reader:
        reader.watch_text("评分")
        list(reader.batches())
        assert "text column '评分' holds numbers only; did you mean '内容'?" in reader.notes


def test_text_with_some_numbers_is_fine():
    batch = pa.record_batch({"text": ["5", "很好", None], "x": ["a", "b", "c"]})
    assert numeric_text_note(batch, "text") is None
    assert numeric_text_note(pa.record_batch({"text": pa.array([], pa.string())}), "text") is None
    assert (
        numeric_text_note(pa.record_batch({"text": [1, 2]}), "text")
        == "text column 'text' holds numbers only"
    )


def test_one_input_column_for_two_of_ours(tmp_path):
    found = read_table(csv(tmp_path, "a\n1\n"), columns={"x": "a", "y": "a"})
    assert found.to_pylist() == [{"x": "1", "y": "1"}]
