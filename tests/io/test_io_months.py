"""Folders of Parquet files by month: appended whole, read back as one table, the month a column again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from voc.errors import ColumnError, InputError, OutputError, UsageError
from voc.io import expand, open_sink, read_table

ROWS = pa.table(
    {
        "id": ["1", "2", "3", "4"],
        "ts": ["2026-01-31 23:59", "2026年2月1日", "", "2026/1/1"],
        "text": ["好", "坏", "一般", "很好"],
    }
)


def append(folder: Path, table: pa.Table = ROWS, *, batch_rows: int = 4096, **options: object) -> list[str]:
    with open_sink(str(folder), table.schema, by_month="ts", **options) as sink:
        for batch in table.to_batches(max_chunksize=batch_rows):
            sink.write(batch)
    return sink.notes


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_rows_are_filed_by_month_and_come_back_with_it(tmp_path: Path):
    notes = append(tmp_path / "t")
    assert {path.parent.name for path in (tmp_path / "t").rglob("*.parquet")} == {
        "month=2026-01",
        "month=2026-02",
        "month=__HIVE_DEFAULT_PARTITION__",
    }
    assert any("1 row without a month" in note for note in notes)
    rows = {row["id"]: row["month"] for row in read_table(tmp_path / "t").to_pylist()}
    assert rows == {"1": "2026-01", "2": "2026-02", "3": None, "4": "2026-01"}


def test_other_tools_read_the_same_table(tmp_path: Path):
    append(tmp_path / "t")
    table = ds.dataset(tmp_path / "t", partitioning="hive").to_table()
    assert sorted(table["id"].to_pylist()) == ["1", "2", "3", "4"]
    assert sorted(filter(None, table["month"].to_pylist())) == ["2026-01", "2026-01", "2026-02"]


def test_more_rows_join_and_the_same_rows_do_not_join_twice(tmp_path: Path):
    append(tmp_path / "t")
    before = files(tmp_path / "t")
    append(tmp_path / "t")
    assert files(tmp_path / "t") == before
    append(tmp_path / "t", ROWS.slice(0, 1))
    assert len(files(tmp_path / "t")) == len(before) + 1
    assert read_table(tmp_path / "t").num_rows == 5


def test_force_puts_the_new_rows_in_the_place_of_the_old(tmp_path: Path):
    append(tmp_path / "t")
    append(tmp_path / "t", ROWS.slice(1, 1), force=True)
    assert read_table(tmp_path / "t")["id"].to_pylist() == ["2"]
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["month=2026-02"]


def test_the_bytes_do_not_depend_on_the_batches(tmp_path: Path):
    many = pa.table(
        {
            "id": [str(n) for n in range(30_000)],
            "ts": [f"{2016 + n % 10}-{n % 12 + 1:02}-01" for n in range(30_000)],
        }
    )
    append(tmp_path / "a", many)
    append(tmp_path / "b", many, batch_rows=777)
    assert files(tmp_path / "a") == files(tmp_path / "b")  # names are digests of the content


def test_a_table_that_was_read_back_can_be_written_by_month_again(tmp_path: Path):
    append(tmp_path / "t")
    append(tmp_path / "u", read_table(tmp_path / "t"))
    assert read_table(tmp_path / "u").equals(read_table(tmp_path / "t"))
    other = ROWS.append_column("month", pa.array(["spring"] * 4))
    with pytest.raises(ColumnError, match="month"):
        append(tmp_path / "v", other)
    assert not (tmp_path / "v").exists()


def test_rows_with_other_columns_are_refused_and_nothing_changes(tmp_path: Path):
    append(tmp_path / "t")
    before = files(tmp_path / "t")
    with pytest.raises(ColumnError, match="'score'"):
        append(tmp_path / "t", ROWS.append_column("score", pa.array([1, 2, 3, 4])))
    assert files(tmp_path / "t") == before


def test_an_exception_leaves_nothing_behind(tmp_path: Path):
    def interrupted(folder: Path) -> None:
        with open_sink(str(folder), ROWS.schema, by_month="ts") as sink:
            sink.write(ROWS.to_batches()[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "t")
    assert not (tmp_path / "t").exists()
    append(tmp_path / "t")
    before = files(tmp_path / "t")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "t")
    assert files(tmp_path / "t") == before


@pytest.mark.parametrize("place", ["-", "t.parquet", "duckdb:///x.duckdb::t"])
def test_only_a_folder_can_be_filed_by_month(place: str):
    with pytest.raises(UsageError, match="folder"):
        open_sink(place, ROWS.schema, by_month="ts")


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path):
    (tmp_path / "t").write_text("x")
    with pytest.raises(OutputError):
        append(tmp_path / "t")


KILLED = """
import os, sys
from pathlib import Path
import pyarrow as pa
from voc.io import append, open_sink
table = pa.table({"id": ["1", "2"], "ts": ["2026-01-01", "2026-02-01"]})
sink = open_sink(sys.argv[1], table.schema, by_month="ts")
for batch in table.to_batches():
    sink.write(batch)
renames = 0
replace = Path.replace
def dying(self, target):
    global renames
    if ".part" in self.name:
        renames += 1
        if renames > int(sys.argv[2]):
            os.kill(os.getpid(), 9)
    return replace(self, target)
Path.replace = dying
if sys.argv[2] == "-1":
    os.kill(os.getpid(), 9)
sink.close()
"""


@pytest.mark.parametrize("renamed", [-1, 0, 1])
def test_a_killed_append_is_all_there_or_not_at_all(tmp_path: Path, renamed: int):
    old = pa.table({"id": ["0"], "ts": ["2026-01-01"]})
    append(tmp_path / "t", old)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "t"), str(renamed)], check=False, capture_output=True
    )
    assert done.returncode == -9, done.stderr
    if renamed < 0:
        assert read_table(tmp_path / "t")["id"].to_pylist() == ["0"]
    else:
        with pytest.raises(InputError, match="not come to its end"):
            expand(tmp_path / "t")
    for place in (tmp_path / "t").rglob(".part*"):
        os.utime(place, (0, 0))  # long ago
    append(tmp_path / "t", old)
    ids = ["0"] if renamed < 0 else ["0", "1", "2"]
    assert sorted(read_table(tmp_path / "t")["id"].to_pylist()) == ids
    assert all(name.endswith(".parquet") and "/part-" in name for name in files(tmp_path / "t"))


def test_a_table_of_many_files_needs_few_handles(tmp_path: Path):
    for number in range(80):
        place = tmp_path / "t" / f"month=2026-01/day={number:02}"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"id": [str(number)]}), place / "part-0.parquet")
    code = (
        "import resource, json, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64));"
        "from voc.io import open_table; reader = open_table(sys.argv[1]);"
        "print(json.dumps([b.to_pylist() for b in reader.batches()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t")], check=True, capture_output=True, text=True
    )
    rows = [row for batch in json.loads(done.stdout) for row in batch]
    assert [row["day"] for row in rows] == [f"{number:02}" for number in range(80)]
    assert {row["month"] for row in rows} == {"2026-01"}
