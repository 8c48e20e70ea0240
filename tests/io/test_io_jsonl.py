from __future__ import annotations

import json

import pytest
from io_tables import entries, read_rows

from voc.errors import InputError
from voc.io import open_table, read_table


def lines(tmp_path, *content: str | bytes, codec: str = "utf-8"):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join((c if isinstance(c, bytes) else c.encode(codec)) + b"\n" for c in content))
    return path


def test_types_come_from_all_lines(tmp_path):
    path = lines(
        tmp_path,
        '{"id": 1, "分": 5, "ok": true, "混": 1, "空": null}',
        '{"id": 2, "分": 4.5, "ok": null, "混": "二", "空": null}',
    )
    found = read_table(path)
    assert [str(field.type) for field in found.schema] == ["int64", "double", "bool", "string", "string"]
    assert found.to_pylist()[1] == {"id": 2, "分": 4.5, "ok": None, "混": "二", "空": None}
    assert found.to_pylist()[0]["混"] == "1"


def test_a_column_that_appears_late(tmp_path):
    path = lines(tmp_path, *['{"a": 1}'] * 5000, '{"a": 2, "迟到": "x"}')
    found = read_table(path)
    assert found.column_names == ["a", "迟到"]
    assert found.column("迟到").null_count == 5000


def test_nested_values_are_kept_as_json_text(tmp_path):
    found = read_table(lines(tmp_path, '{"标签": ["慢", {"n": 1}]}', '{"标签": {}}', '{"标签": null}'))
    assert found.column("标签").to_pylist() == ['["慢",{"n":1}]', "{}", None]


def test_rows_that_are_no_objects_are_set_aside(tmp_path, aside):
    path = lines(
        tmp_path,
        '{"text": "好"}',
        '{"text": "13912345678',
        '["x"]',
        '{"text": NaN}',
        "",
        r'{"text": "\ud83d 坏"}',
        r'{"text": "\ud83d\ude00 好"}',
        r'{"text": "\\ud83d 也好"}',
        b'{"text": "\xff"}',
        '{"n": 1' + "0" * 5000 + "}",
        "[" * 100_000,
    )
    rows = read_rows(path, quarantine=aside)
    aside.close()
    assert [row["text"] for row in rows] == ["好", "😀 好", "\\ud83d 也好"]
    assert [(entry["row"], entry["reason"]) for entry in entries(aside.path)] == [
        (1, "not valid JSON"),
        (2, "not a JSON object"),
        (3, "not valid JSON"),
        (4, "lone surrogate: half of a character"),
        (7, "bytes that are not UTF-8"),
        (8, "not valid JSON"),
        (9, "not valid JSON"),
    ]
    data = path.read_bytes()
    place = entries(aside.path)[0]
    assert data[place["byte_start"] :][: place["byte_length"]].startswith(b'{"text": "139')
    assert "13912345678" not in aside.path.read_text()


def test_lone_surrogates_in_names_of_columns(tmp_path, aside):
    rows = read_rows(lines(tmp_path, '{"a": 1}', r'{"\ud83d": 1}'), quarantine=aside)
    assert len(rows) == 1
    assert aside.count == 1


def test_whole_numbers_too_long_for_a_float_stay_exact(tmp_path):
    found = read_table(
        lines(tmp_path, '{"id": 9007199254740993}', '{"id": 1.5}', '{"id": 123456789012345678901}')
    )
    assert found.column("id").to_pylist() == ["9007199254740993", "1.5", "123456789012345678901"]


def test_other_encodings(tmp_path):
    text = json.dumps({"text": "物流太慢了，等了五天"}, ensure_ascii=False)
    assert read_table(lines(tmp_path, *[text] * 9, codec="gb18030")).num_rows == 9


@pytest.mark.parametrize("content", ["", "\n\n", "[1]\n", "{}\n"])
def test_files_without_any_column(tmp_path, content):
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    with pytest.raises(InputError):
        open_table(path)


def test_rows_are_known_before_they_are_read(tmp_path):
    with open_table(lines(tmp_path, '{"a": 1}', "x", '{"a": 2}')) as reader:
        assert reader.rows_known == 3
