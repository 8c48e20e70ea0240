from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pyarrow as pa
import pytest
from io_tables import read_rows, write_table

from voc.errors import InputError, OutputError
from voc.io import open_sink, open_table, read_table, spreadsheet_sink


def workbook(tmp_path, *rows, sheets: tuple[str, ...] = ("数据",)):
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for row in rows:
        book.active.append(row)
    for name in sheets[1:]:
        book.create_sheet(name).append(["only", "here"])
    path = tmp_path / "a.xlsx"
    book.save(path)
    return path


def test_cells_read_as_a_person_would_write_them(tmp_path):
    path = workbook(
        tmp_path,
        ["编号", "分", "时间", "日", "真", "文"],
        [13800138000, 4.5, dt.datetime(2024, 1, 31, 8, 5, 9), dt.date(2024, 1, 31), True, "\t好\n坏 "],
        [24, None, None, None, None, None],
    )
    first, second = read_rows(path)
    assert list(first.values())[:3] == ["13800138000", "4.5", "2024-01-31 08:05:09"]
    assert list(first.values())[4:6] == ["TRUE", "\t好\n坏 "]
    assert first["日"].startswith("2024-01-31")
    assert list(second.values())[:6] == ["24", "", "", "", "", ""]


def test_sheets_by_name(tmp_path):
    path = workbook(tmp_path, ["a", "b"], [1, 2], sheets=("一月", "二月"))
    with open_table(path) as reader:
        assert reader.schema.names == ["a", "b"]
        assert "一月" in reader.notes[0]
    assert read_table(f"{path}::二月").column_names == ["only", "here"]
    with pytest.raises(InputError, match=r"did you mean .二月"):
        open_table(f"{path}::三月")


def test_title_above_the_header_is_passed_over(tmp_path):
    path = workbook(tmp_path, ["一月工单汇总"], ["编号", "内容", "分"], [1, "好", 5])
    with open_table(path) as reader:
        assert reader.schema.names == ["编号", "内容", "分"]
        assert any("title line" in note for note in reader.notes)


def test_the_first_sheet_that_holds_rows_is_read(tmp_path):
    path = workbook(tmp_path, ["a", "b"], sheets=("说明", "空", "数据"))
    book = openpyxl.load_workbook(path)
    book["数据"].append(["第一行", "数据"])
    book.save(path)
    with open_table(path) as reader:
        assert reader.rows_known == 1
        assert reader.notes[0] == "sheet '数据', the first that holds rows of 3; name another with ::sheet"
    assert read_table(f"{path}::说明").num_rows == 0


def merged(tmp_path, rows, *areas: str):
    path = workbook(tmp_path, *rows)
    book = openpyxl.load_workbook(path)
    for area in areas:
        book.active.merge_cells(area)
    book.save(path)
    return path


@pytest.mark.parametrize("title", [False, True], ids=["no title", "title above"])
def test_names_below_merged_cells_are_those_of_the_columns(tmp_path, title):
    head = [
        ["客户信息", None, "收货信息", None, "评价内容"],
        ["姓名", "手机", "姓名", "地址", None],
        ["张伟", "13800138000", "李娜", "北京", "好"],
    ]
    at = 2 if title else 1
    areas = (f"A{at}:B{at}", f"C{at}:D{at}", f"E{at}:E{at + 1}")
    path = merged(tmp_path, [["一月工单"], *head] if title else head, *areas)
    with open_table(path) as reader:
        assert reader.schema.names == ["客户信息 姓名", "手机", "收货信息 姓名", "地址", "评价内容"]
        assert reader.rows_known == 1
        assert "the header takes two rows, as cells of the first are merged" in reader.notes


@pytest.mark.parametrize(
    "rows",
    [
        [["地址", None, "内容"], ["北京", "朝阳", "好"]],
        [["联系人", None], ["张伟", "13800138000"]],
        [["数", None], [1, 2]],
    ],
    ids=["a column besides", "a number in text", "numbers"],
)
def test_data_below_a_merged_header_stays_data(tmp_path, rows):
    path = merged(tmp_path, rows, "A1:B1")
    with open_table(path) as reader:
        assert reader.schema.names[0] == rows[0][0]
        assert reader.rows_known == 1


def test_empty_rows_are_no_rows(tmp_path):
    assert len(read_rows(workbook(tmp_path, ["a", "b"], [1, 2], [None, None], [3, 4]))) == 2


def test_empty_and_damaged_workbooks(tmp_path):
    with pytest.raises(InputError, match="empty"):
        open_table(workbook(tmp_path))
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK\x03\x04" + b"13912345678" * 9)
    with pytest.raises(InputError, match="damaged") as caught:
        open_table(bad)
    assert "13912345678" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_locked_workbook_is_told_with_its_remedy(tmp_path):
    locked = tmp_path / "locked.xlsx"
    container = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    locked.write_bytes(container + "EncryptedPackage".encode("utf-16-le") + bytes(480))
    with pytest.raises(InputError, match="protected by a password") as caught:
        open_table(locked)
    assert caught.value.hint == "save it without one"


def test_a_workbook_that_is_called_csv_is_told(tmp_path):
    path = workbook(tmp_path, ["编号", "评价"], [1, "好"]).rename(tmp_path / "a.csv")
    with pytest.raises(InputError, match="this is an Excel file"), open_table(path):
        pass
    text = tmp_path / "b.csv"
    text.write_text("PAR1,b\n1,2\n", encoding="utf-8")
    assert [(row["PAR1"], row["b"]) for row in read_rows(text)] == [("1", "2")]


def test_header_only(tmp_path):
    assert read_table(workbook(tmp_path, ["a", "b"])).num_rows == 0


def test_what_looks_like_a_formula_or_a_link_is_text(tmp_path):
    odd = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "http://example.com", "{=1}", "007"]
    path = tmp_path / "o.xlsx"
    write_table(path, pa.table({"text": odd}))
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet["A"][1:]] == odd
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_numbers_times_and_truth_values_stay_what_they_are(tmp_path):
    path = tmp_path / "o.xlsx"
    when = dt.datetime(2024, 1, 31, 8, 5, 9)
    rows = pa.table(
        {"n": [7], "f": [0.5], "t": pa.array([when], pa.timestamp("us")), "b": [True], "id": [10**17]}
    )
    write_table(path, rows)
    assert [cell.value for cell in openpyxl.load_workbook(path).active[2]] == [
        7,
        0.5,
        when,
        True,
        str(10**17),
    ]


def test_long_cells_are_cut_and_told(tmp_path):
    path = tmp_path / "o.xlsx"
    notes = write_table(path, pa.table({"text": ["好", "长" * 40_000, "😀" * 20_000]}))
    assert notes == ["column 'text': 2 cells cut to 32,767 characters, the first in row 1"]
    assert [len(row["text"]) for row in read_rows(path)] == [1, 32_767, 16_383]


def test_characters_that_no_workbook_can_hold_are_told(tmp_path):
    path = tmp_path / "o.xlsx"
    notes = write_table(path, pa.table({"text": ["a\uffffb", "c\x00\x07_x0041_"]}))
    assert "U+FFFD" in notes[0]
    assert [row["text"] for row in read_rows(path)] == ["a\ufffdb", "c\x00\x07_x0041_"]


def test_more_rows_than_a_sheet_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheet_sink, "MAX_ROWS", 11)
    path = tmp_path / "o.xlsx"
    write_table(path, pa.table({"n": list(range(10))}))
    with pytest.raises(OutputError, match="a sheet holds 10 rows"):
        write_table(path, pa.table({"n": list(range(11))}), force=True)
    assert len(read_rows(path)) == 10
    assert [p.name for p in tmp_path.iterdir()] == ["o.xlsx"]


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    spool = tmp_path / "tmp"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    rows = pa.table({"text": ["13912345678"]})
    write_table(tmp_path / "o.xlsx", rows)
    sink = open_sink(tmp_path / "p.xlsx", rows.schema)
    sink.write(rows.to_batches()[0])
    sink.abort()
    assert list(spool.iterdir()) == []
    assert not (tmp_path / "p.xlsx").exists()
