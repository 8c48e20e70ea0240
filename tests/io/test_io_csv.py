from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from io_tables import entries, read_rows

from voc.errors import ColumnError, InputError, UsageError
from voc.io import Quarantine, open_table, read_table
from voc.types import ROW_COLUMN


def table(tmp_path, text: str | bytes, name: str = "a.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_cells_are_strings_and_rows_are_numbered(tmp_path):
    rows = read_rows(table(tmp_path, "id,text\n007,好\n8,1e5\n"))
    assert rows == [{"id": "007", "text": "好", ROW_COLUMN: 0}, {"id": "8", "text": "1e5", ROW_COLUMN: 1}]


def test_newlines_quotes_and_commas_inside_cells(tmp_path):
    rows = read_rows(table(tmp_path, 'id,text,分\n1,"第一行\n第二行,有逗号",5\n2,"他说""好""\r\n",4\n'))
    assert [row["text"] for row in rows] == ["第一行\n第二行,有逗号", '他说"好"\r\n']
    assert [row["分"] for row in rows] == ["5", "4"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters(tmp_path, delimiter):
    lines = [["编号", "内容", "分"]] + [[str(n), "不错，就是有点慢, 真的, 慢; 嗯|", "5"] for n in range(20)]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    rows = read_rows(table(tmp_path, text.getvalue()))
    assert len(rows) == 20
    assert rows[3]["内容"] == "不错，就是有点慢, 真的, 慢; 嗯|"


def test_unquoted_tab_separated_text_full_of_commas_and_quotes(tmp_path):
    lines = "".join(f'{n}\t"好,就是,慢\t{n}, 天, 了\n' for n in range(50))
    rows = read_rows(table(tmp_path, "id\t内容\t备注\n" + lines, "a.tsv"))
    assert len(rows) == 50
    assert rows[9]["内容"] == '"好,就是,慢'


def test_backslash_escapes_as_mysql_writes_them(tmp_path):
    lines = "".join(f'"{n}","他说\\"好\\", 就走了"\n' for n in range(20))
    rows = read_rows(table(tmp_path, '"id","text"\n' + lines))
    assert [row["text"] for row in rows] == ['他说"好", 就走了'] * 20


def test_separator_line_of_excel(tmp_path):
    assert read_rows(table(tmp_path, "sep=;\nid;text\n1;a,b\n"))[0]["text"] == "a,b"


def test_one_column_with_commas_in_its_text(tmp_path):
    rows = read_rows(table(tmp_path, "评论\n好,不错,下次再来\n差\n"))
    assert [row["评论"] for row in rows] == ["好,不错,下次再来", "差"]


def test_rows_that_end_in_carriage_returns(tmp_path):
    rows = read_rows(table(tmp_path, 'id,text\r1,"a\nb"\r2,c\r'))
    assert [row["text"] for row in rows] == ["a\nb", "c"]


def test_lone_carriage_returns_are_data(tmp_path):
    rows = read_rows(table(tmp_path, "id,text\r\n1,a\rb\r\n2,c\r\n"))
    assert [row["text"] for row in rows] == ["a\rb", "c"]


def test_unusual_characters_survive(tmp_path):
    odd = "a\0b\u200b😀\u2028\u0085\x0b\x1c\ufeff👨‍👩‍👧"
    assert read_rows(table(tmp_path, f"id,text\n1,{odd}\n2,x\n"))[0]["text"] == odd


def test_a_cell_of_three_million_characters(tmp_path):
    rows = read_rows(table(tmp_path, f"id,text\n1,{'很好' * 1_500_000}\n2,x\n"))
    assert [len(row["text"]) for row in rows] == [3_000_000, 1]


def test_header_only(tmp_path):
    with open_table(table(tmp_path, "id,text\n")) as reader:
        assert reader.schema.names == ["id", "text"]
        assert list(reader.batches()) == []


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_empty_files(tmp_path, content):
    with pytest.raises(InputError, match=r"empty|blank"):
        open_table(table(tmp_path, content))


def test_double_and_missing_column_names(tmp_path):
    with open_table(table(tmp_path, "id,text,text,,text_2\n1,a,b,c,d\n")) as reader:
        assert reader.schema.names == ["id", "text", "text_3", "column_4", "text_2"]
        assert any("second 'text'" in note for note in reader.notes)
        assert any("column 4 has no name" in note for note in reader.notes)


def test_blank_lines_are_no_rows(tmp_path):
    rows = read_rows(table(tmp_path, "\nid,text\n\n1,a\n\n\n2,b\n\n"))
    assert [(row["id"], row[ROW_COLUMN]) for row in rows] == [("1", 0), ("2", 1)]


def test_too_many_and_too_few_cells_are_set_aside(tmp_path, aside):
    text = "id,text,分\n1,好,5\n2,好,差,4\n3,好\n4,好,3\n"
    rows = read_rows(table(tmp_path, text), quarantine=aside)
    aside.close()
    assert [(row["id"], row[ROW_COLUMN]) for row in rows] == [("1", 0), ("4", 3)]
    bad = entries(aside.path)
    assert [(e["row"], e["reason"]) for e in bad] == [
        (1, "too many cells: 4 instead of 3"),
        (2, "too few cells: 2 instead of 3"),
    ]
    data = text.encode()
    places = [data[e["byte_start"] : e["byte_start"] + e["byte_length"]].decode() for e in bad]
    assert places == ["2,好,差,4\n", "3,好\n"]


def test_without_a_quarantine_a_bad_row_stops_the_reading_and_quotes_nothing(tmp_path):
    with pytest.raises(InputError) as caught:
        read_rows(table(tmp_path, "id,text\n1,好\n2,13912345678,x\n"))
    assert "row 1" in str(caught.value)
    assert "13912345678" not in str(caught.value)


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-8-sig"])
def test_undecodable_rows_are_set_aside_with_their_place(tmp_path, aside, codec):
    lines = ["id,text", *(f'{n},"第{n}条\n还行, 可以"' for n in range(40))]
    data = [
        line.encode(codec if not n else codec.removesuffix("-sig")) + b"\n" for n, line in enumerate(lines)
    ]
    data[6] = data[6].replace(b"\n", b"\xff\n", 1)
    data[30] = data[30][:-3] + b"\x81" + data[30][-3:]
    rows = read_rows(table(tmp_path, b"".join(data)), quarantine=aside, batch_rows=7)
    aside.close()
    assert len(rows) == 38
    assert [e["row"] for e in entries(aside.path)] == [5, 29]
    assert "bytes that are not" in entries(aside.path)[0]["reason"]
    starts = [e["byte_start"] for e in entries(aside.path)]
    assert starts == [sum(map(len, data[:6])), sum(map(len, data[:30]))]


def test_an_open_quotation_mark_swallows_nothing(tmp_path, aside):
    lines = [f"{n},第{n}条,5\n" for n in range(1000)]
    lines[10] = '10,"好评,5\n'
    lines[500] = '500,他说"好,5\n'
    lines[900] = '900,"又一个,5\n'
    rows = read_rows(table(tmp_path, "id,text,分\n" + "".join(lines)), quarantine=aside)
    assert [row["id"] for row in rows] == [str(n) for n in range(1000)]
    assert [rows[n]["text"] for n in (10, 500, 900)] == ['"好评', '他说"好', '"又一个']
    assert aside.count == 0


def test_a_few_broken_quotes_do_not_make_all_quotes_data(tmp_path):
    lines = [f'"{n}","第{n}条"\n' for n in range(60)]
    lines[5], lines[9] = '"5","没关上\n', '"9","也"没关上"\n'
    rows = read_rows(table(tmp_path, '"id","text"\n' + "".join(lines)))
    assert len(rows) == 60
    assert (rows[4]["text"], rows[6]["id"]) == ("第4条", "6")


def test_stray_quotation_marks_are_told(tmp_path):
    lines = "".join(f'{n},"第{n}条, 好",5\n' for n in range(200)) + '200,"好评,5\n'
    with open_table(table(tmp_path, "id,text,分\n" + lines)) as reader:
        assert sum(batch.num_rows for batch in reader.batches()) == 201
        assert any("1 row with stray quotation marks" in note for note in reader.notes)


def test_columns_are_renamed_and_a_wrong_name_gets_a_hint(tmp_path):
    path = table(tmp_path, "编号,内容,text\n1,好,x\n")
    assert read_table(path, columns={"text": "内容"}).to_pylist() == [
        {"编号": "1", "text": "好", "text_2": "x"}
    ]
    assert read_table(path, columns={"text": ["评论", "内容"]}).column_names == ["编号", "text", "text_2"]
    with pytest.raises(ColumnError, match="did you mean '内容'"):
        read_table(path, columns={"text": "内荣"})


def test_reading_twice_gives_the_same_and_sets_aside_once(tmp_path, aside):
    with open_table(table(tmp_path, "a,b\n1,2\n3\n5,6\n"), quarantine=aside) as reader:
        first = [batch.to_pylist() for batch in reader.batches()]
        assert [batch.to_pylist() for batch in reader.batches()] == first
    assert aside.count == 1


def test_a_file_that_grows_while_it_is_read(tmp_path):
    path = table(tmp_path, "a,b\n" + "1,2\n" * 10)
    with open_table(path) as reader:
        with path.open("a") as stream:
            stream.write("3,4\n")
        with pytest.raises(InputError, match="changed while"):
            list(reader.batches())


CELL = st.text(
    st.sampled_from('好评差,"\n\t;|\r 😀\u200b\ufeff\x00a1=') | st.characters(codec="utf-8"),
    min_size=0,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12),
    delimiter=st.sampled_from(",\t;|"),
    end=st.sampled_from(["\n", "\r\n"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    batch_rows=st.integers(1, 5),
)
def test_what_csv_writers_write_is_read_back(  # noqa: PLR0917  (drawn by name)
    tmp_path_factory, rows, delimiter, end, codec, batch_rows
):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("编号", "内容", "备注"), *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(text.getvalue().encode(codec))
    found = read_rows(path, batch_rows=batch_rows)
    assert [(row["编号"], row["内容"], row["备注"]) for row in found] == rows


@settings(max_examples=200, deadline=None)
@given(data=st.data(), codec=st.sampled_from(["utf-8", "gb18030"]), batch_rows=st.integers(1, 40))
def test_no_row_is_lost_however_bytes_are_broken(tmp_path_factory, data, codec, batch_rows):
    lines = [f"{n},第{n}条评论，物流慢，客服好,备注{n}".encode(codec) for n in range(30)]
    broken = data.draw(st.sets(st.integers(0, 29), max_size=8))
    for number in broken:
        line = bytearray(lines[number])
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(len(str(number)) + 1, len(line) - 8))
            if line[at] not in b",\n":
                line[at] = data.draw(st.sampled_from(b"\xff\x80\xfe\x81\xc0"))
        lines[number] = bytes(line)
    path = tmp_path_factory.mktemp("broken") / "a.csv"
    path.write_bytes(b"\n".join(["编号,内容,备注".encode(codec), *lines]) + b"\n")
    quarantine = Quarantine(path.with_name("bad.jsonl"))
    rows = read_rows(path, quarantine=quarantine, batch_rows=batch_rows)
    quarantine.close()
    kept = [row[ROW_COLUMN] for row in rows]
    gone = [entry["row"] for entry in entries(quarantine.path)]
    assert sorted([*kept, *gone]) == list(range(30))
    assert set(gone) <= broken
    assert all(row["编号"] == str(row[ROW_COLUMN]) for row in rows)


@pytest.mark.parametrize(
    "first",
    ["张建国,13800138000,物流太慢了", "编号,11010519491231002X", "编号,li@qq.com", "2024-01-05 10:23:11,好",
     "客服小美 10:01", "物流太慢了一直不到"],
)  # fmt: skip
def test_a_first_line_of_values_is_refused_and_not_quoted(tmp_path, first):
    source = table(tmp_path, f"{first}\n{first}\n")
    with pytest.raises(UsageError) as caught:
        open_table(source)
    assert "name the columns" in str(caught.value)
    assert not any(cell in str(caught.value) for cell in first.split(",") if len(cell) > 2)


@pytest.mark.parametrize(
    "first",
    ["您对本次服务有什么意见和建议？", "20240105,20240106", "满意度（1-5）,我会把它推荐给很多朋友",
     "评价内容", "6901234567892,数量", "10:00-11:00,11:00-12:00", "2024-01-05,2024-01-06"],
)  # fmt: skip
def test_unusual_names_of_columns_are_taken(tmp_path, first):
    row = "1,2" if "," in first else "好"
    with open_table(table(tmp_path, f"{first}\n{row}\n")) as reader:
        assert reader.schema.names == first.split(",")


def test_a_picture_is_no_table(tmp_path):
    picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20
    with pytest.raises(InputError, match="no text"):
        open_table(table(tmp_path, picture))
