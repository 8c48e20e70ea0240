from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from io_tables import entries, read_rows, write_table

from voc.errors import ColumnError, InputError, UsageError
from voc.io import expand, open_table, read_table
from voc.io.locations import redacted
from voc.types import ROW_COLUMN


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    (place / "b.csv").write_text("id,text\n3,丙\n4,丁\n")
    (place / "a.csv").write_bytes("text,id\n甲,1\n乙,2\n".encode("gb18030"))
    (place / ".hidden.csv").write_text("x\n1\n")
    (place / "readme.md").write_text("x")
    return place


def test_a_folder_is_one_table_in_the_order_of_names(folder):
    rows = read_rows(folder)
    assert [(row["id"], row["text"], row[ROW_COLUMN]) for row in rows] == [
        ("1", "甲", 0),
        ("2", "乙", 1),
        ("3", "丙", 2),
        ("4", "丁", 3),
    ]


def test_a_glob_and_a_list_are_one_table(folder):
    assert len(read_rows(f"{folder}/*.csv")) == 4
    assert [row["id"] for row in read_rows([folder / "b.csv", folder / "a.csv"])] == ["3", "4", "1", "2"]
    assert expand(str(folder)) == (folder / "a.csv", folder / "b.csv")


def test_columns_that_one_file_lacks_are_null_and_told(folder):
    (folder / "c.csv").write_text("id,text,分\n5,戊,1\n")
    with open_table(folder) as reader:
        rows = [row for batch in reader.batches() for row in batch.to_pylist()]
        assert sum("no column '分'" in note for note in reader.notes) == 2
    assert [row["分"] for row in rows] == [None] * 4 + ["1"]


def test_formats_may_be_mixed(folder):
    write_table(folder / "c.parquet", pa.table({"id": [5], "text": ["戊"]}))
    rows = read_rows(folder)
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5"]


def test_files_that_do_not_belong_together(folder):
    (folder / "c.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ColumnError, match="shares no column"):
        open_table(folder)


def test_types_that_do_not_fit(tmp_path):
    write_table(tmp_path / "a.parquet", pa.table({"x": [[1]]}))
    write_table(tmp_path / "b.parquet", pa.table({"x": ["一"]}))
    with pytest.raises(ColumnError, match="column 'x'"):
        open_table(tmp_path)


def test_bad_rows_name_their_own_file(folder, aside):
    (folder / "b.csv").write_text("id,text\n3\n4,丁\n")
    rows = read_rows(folder, quarantine=aside)
    aside.close()
    assert [row[ROW_COLUMN] for row in rows] == [0, 1, 3]
    assert [(e["source"], e["row"]) for e in entries(aside.path)] == [(str(folder / "b.csv"), 0)]


def test_missing_files_get_the_nearest_name(tmp_path):
    (tmp_path / "reviews.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"did you mean .*reviews\.csv"):
        open_table(tmp_path / "review.csv")
    with pytest.raises(InputError, match="no folder"):
        open_table(tmp_path / "nowhere" / "a.csv")


def test_empty_folders_and_globs(tmp_path):
    with pytest.raises(InputError, match="no table"):
        open_table(tmp_path)
    with pytest.raises(InputError, match="no file matches"):
        open_table(f"{tmp_path}/*.csv")
    with pytest.raises(InputError, match="no input"):
        open_table([])


READ_AS_NOBODY = """
import os, sys
import voc.io.delimited
from voc.errors import VocError
from voc.io import open_table
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for path in sys.argv[1:]:
    try:
        open_table(path)
    except VocError as error:
        print(type(error).__name__, error)
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs POSIX permissions")
def test_what_may_not_be_read_is_told():
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o711)
        (place / "a.csv").write_text("a\n1\n")
        (place / "a.csv").chmod(0)
        (place / "locked").mkdir(mode=0)
        command = [sys.executable, "-c", READ_AS_NOBODY, str(place / "a.csv"), str(place / "locked")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.lower() for line in done.stdout.splitlines() if line.startswith("InputError")]
    assert len(lines) == 2
    assert all("denied" in line for line in lines)


def test_unknown_endings_are_told_by_content_or_refused(tmp_path):
    path = tmp_path / "dump.dat"
    path.write_text('{"a": 1}\n')
    assert read_table(path).column_names == ["a"]
    assert read_table(path, format="csv").num_rows == 0
    with pytest.raises(UsageError, match="did you mean 'parquet'"):
        open_table(path, format="parqet")


def test_passwords_are_not_shown():
    assert redacted("postgresql://ann:secret@host/db") == "postgresql://ann:***@host/db"
    assert redacted("postgresql://ann:se@cret@host/db") == "postgresql://ann:***@host/db"
    assert redacted("postgresql://host/db?password=secret&x=1") == "postgresql://host/db?password=***&x=1"
    with pytest.raises(UsageError) as caught:
        open_table("postgresql://ann:secret@host/db")
    assert "secret" not in str(caught.value)


CODE = """
import sys
from voc.io import open_table, open_sink
with open_table("-") as reader, open_sink("-", reader.schema, format=sys.argv[1]) as sink:
    print(*reader.notes, reader.inputs[0].path, file=sys.stderr)
    for batch in reader.batches():
        sink.write(batch)
"""


@pytest.mark.parametrize("wanted", ["csv", "jsonl", "parquet", "xlsx", "tsv"])
@pytest.mark.parametrize("given", ["csv", "jsonl", "parquet", "xlsx"])
def test_streams_of_every_format(tmp_path, given, wanted):
    source = tmp_path / f"in.{given}"
    write_table(source, pa.table({"id": ["1", "2"], "text": ["好,\n", "坏"]}))
    done = subprocess.run(
        [sys.executable, "-c", CODE, wanted], input=source.read_bytes(), capture_output=True, check=True
    )
    result = tmp_path / f"out.{wanted}"
    result.write_bytes(done.stdout)
    assert read_table(result).to_pylist() == [{"id": "1", "text": "好,\n"}, {"id": "2", "text": "坏"}]
