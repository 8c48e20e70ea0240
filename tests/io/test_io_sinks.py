from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from io_tables import read_rows, write_table

from voc.errors import ColumnError, OutputError, OutputExistsError, UsageError
from voc.io import open_sink, read_table
from voc.types import ROW_COLUMN

FORMATS = ["csv", "tsv", "jsonl", "xlsx", "parquet"]
ROWS = pa.table({"id": ["1", "2"], "text": ["好", "坏"]})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def interrupted(path: Path) -> None:
    with open_sink(path, ROWS.schema) as sink:
        sink.write(ROWS.to_batches()[0])
        raise KeyboardInterrupt


@pytest.mark.parametrize("ending", FORMATS)
def test_output_appears_whole_at_the_end_only(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    sink = open_sink(path, ROWS.schema)
    sink.write(ROWS.to_batches()[0])
    assert not path.exists()
    (partial,) = names(tmp_path)
    assert partial.startswith(f".o.{ending}.voc-partial-")
    sink.close()
    sink.close()
    sink.abort()
    assert names(tmp_path) == [f"o.{ending}"]
    assert read_table(path).to_pylist() == ROWS.to_pylist()


@pytest.mark.parametrize("ending", FORMATS)
def test_an_exception_leaves_nothing_behind(tmp_path, ending):
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / f"o.{ending}")
    assert names(tmp_path) == []


@pytest.mark.parametrize("ending", FORMATS)
def test_what_is_there_is_kept_unless_forced(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    path.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="--force"):
        open_sink(path, ROWS.schema)
    sink = open_sink(path, ROWS.schema, force=True)
    sink.write(ROWS.to_batches()[0])
    sink.abort()
    assert path.read_bytes() == b"precious"
    write_table(path, ROWS, force=True)
    assert read_table(path).num_rows == 2
    assert names(tmp_path) == [path.name]


def test_an_output_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "o.csv"
    sink = open_sink(path, ROWS.schema)
    path.write_bytes(b"somebody else's")
    with pytest.raises(OutputExistsError):
        sink.close()
    assert path.read_bytes() == b"somebody else's"
    assert names(tmp_path) == ["o.csv"]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("batch_rows", [1, 7, 1000, 70_000])
def test_bytes_do_not_depend_on_batches(tmp_path, ending, batch_rows):
    count = 300 if ending == "xlsx" else 70_000 if batch_rows > 7 else 3_000
    rows = pa.table(
        {
            "text": [None if n % 11 == 0 else f"第{n}条" * (n % 5) for n in range(count)],
            "n": pa.array([None if n % 7 == 0 else n for n in range(count)], pa.int64()),
            "score": pa.array([n / 3 for n in range(count)], pa.float32()),
            "tags": [[{"tag": "慢", "start": n}] * (n % 3) for n in range(count)],
            ROW_COLUMN: list(range(count)),
        }
    )
    write_table(tmp_path / f"whole.{ending}", rows, batch_rows=count)
    write_table(tmp_path / f"parts.{ending}", rows, batch_rows=batch_rows)
    assert (tmp_path / f"whole.{ending}").read_bytes() == (tmp_path / f"parts.{ending}").read_bytes()


def test_row_groups_that_hold_much_text_end_at_the_same_rows(tmp_path):
    rows = pa.table({"text": ["长" * 20_000] * 6_000})
    for batch_rows in (500, 6_000):
        write_table(tmp_path / "o.parquet", rows, batch_rows=batch_rows, force=True)
        file = pq.ParquetFile(tmp_path / "o.parquet")
        groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        assert groups == [2048, 2048, 1904]


def test_the_row_column_is_dropped_and_columns_are_checked(tmp_path):
    rows = pa.table({"text": ["a"], ROW_COLUMN: [5]})
    write_table(tmp_path / "o.csv", rows)
    assert read_table(tmp_path / "o.csv").column_names == ["text"]
    with open_sink(tmp_path / "p.csv", rows.schema) as sink:
        with pytest.raises(ColumnError, match="no column 'text'"):
            sink.write(pa.record_batch({"other": ["a"]}))
        with pytest.raises(ColumnError, match="not string as declared"):
            sink.write(pa.record_batch({"text": [1]}))


@pytest.mark.parametrize("ending", FORMATS)
def test_tables_without_rows(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    with open_sink(path, ROWS.schema):
        pass
    if ending == "jsonl":
        assert path.read_bytes() == b""
    else:
        assert read_table(path).schema.names == ["id", "text"]


def test_csv_as_other_programs_read_it(tmp_path):
    path = tmp_path / "o.csv"
    odd = ['=1+1,"x"', "a\nb", "a\rb", "a\r\nb", " ", "\ufeff", "\0"]
    rows = pa.table(
        {"text": odd, "n": [1.5, None, 1e300, -0.0, 3.0, 2.0, 1.0], "ok": [True, False, None] * 2 + [True]}
    )
    write_table(path, rows)
    with path.open(encoding="utf-8", newline="") as stream:
        found = list(csv.reader(stream))
    assert [row[0] for row in found[1:]] == ['\'=1+1,"x"', *odd[1:]]
    assert [row[1] for row in found[1:]] == ["1.5", "", "1e+300", "-0.0", "3.0", "2.0", "1.0"]
    assert [row[2] for row in found[1:4]] == ["true", "false", ""]


def test_byte_order_mark_for_excel(tmp_path):
    write_table(tmp_path / "o.csv", ROWS, bom=True)
    assert (tmp_path / "o.csv").read_bytes().startswith(b"\xef\xbb\xbfid")
    assert read_rows(tmp_path / "o.csv")[0]["id"] == "1"


def test_lists_are_json_in_flat_formats_and_floats_are_short(tmp_path):
    kind = pa.list_(pa.struct([("tag", pa.string()), ("score", pa.float32())]))
    rows = pa.table(
        [pa.array([[{"tag": "慢", "score": 0.9}], []], kind), pa.array([0.1, None], pa.float32())], ["t", "s"]
    )
    for ending in ("csv", "xlsx", "jsonl"):
        write_table(tmp_path / f"o.{ending}", rows)
        found = read_table(tmp_path / f"o.{ending}").to_pylist()
        assert [row["t"] for row in found] == ['[{"tag":"慢","score":0.9}]', "[]"]
        assert str(found[0]["s"]) == "0.1"


def test_unknown_endings_are_refused(tmp_path):
    for name in ("o.doc", "o", "o.xls"):
        with pytest.raises(UsageError, match="no format"):
            open_sink(tmp_path / name, ROWS.schema)
    write_table(tmp_path / "o", ROWS, format="csv")
    assert names(tmp_path) == ["o"]


def test_folders_that_are_missing_or_no_folders(tmp_path):
    with pytest.raises(OutputError, match="make the folder"):
        open_sink(tmp_path / "nowhere" / "o.csv", ROWS.schema)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Not a directory"):
        open_sink(tmp_path / "file" / "o.csv", ROWS.schema)
    (tmp_path / "o.csv").mkdir()
    with pytest.raises(OutputError, match="directory"):
        open_sink(tmp_path / "o.csv", ROWS.schema, force=True)


def test_links_are_followed_and_permissions_kept(tmp_path):
    target = tmp_path / "there.csv"
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "o.csv").symlink_to(target)
    write_table(tmp_path / "o.csv", ROWS, force=True)
    assert (tmp_path / "o.csv").is_symlink()
    assert target.read_text().startswith("id,text")
    assert target.stat().st_mode & 0o777 == 0o640


def test_the_null_device_is_not_replaced():
    write_table(os.devnull, ROWS, format="csv")
    assert not Path(os.devnull).is_file()


def test_named_pipes_are_written_in_place(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        write_table(pipe, ROWS)
        assert reader.communicate()[0].decode() == "id,text\n1,好\n2,坏\n"


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_that_cannot_grow_is_told_and_removed(tmp_path, ending):
    noise = [os.urandom(5_000).hex() for _ in range(400)]
    code = """
import resource, signal, sys
import pyarrow as pa
from voc.errors import OutputError
from voc.io import open_sink
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
rows = pa.table({"text": sys.stdin.read().split()})
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with open_sink(sys.argv[1], rows.schema) as sink:
        for batch in rows.to_batches(max_chunksize=50):
            sink.write(batch)
except OutputError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, str(tmp_path / f"o.{ending}")]
    done = subprocess.run(command, input=" ".join(noise), capture_output=True, text=True, check=True)
    assert "cannot be written (File too large)" in done.stdout
    assert done.stderr == ""
    assert names(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small tmpfs needs root")
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=False).returncode:
        pytest.skip("this machine does not let us mount a tmpfs")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_full_disk_is_told(small_disk, ending):
    rows = pa.table({"text": [os.urandom(5_000).hex() for _ in range(400)]})
    with pytest.raises(OutputError, match="free some space"):
        write_table(small_disk / f"o.{ending}", rows, batch_rows=50)
    assert names(small_disk) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folders_that_may_not_be_written(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="can be written"):
        open_sink(tmp_path / "locked" / "o.csv", ROWS.schema)


def test_a_reader_that_stops_is_told(tmp_path):
    code = """
import sys
import pyarrow as pa
from voc.errors import OutputError
from voc.io import open_sink
rows = pa.table({"text": ["x" * 1000] * 5000})
try:
    with open_sink("-", rows.schema) as sink:
        for batch in rows.to_batches(max_chunksize=50):
            sink.write(batch)
except OutputError as error:
    print(error, file=sys.stderr)
    sys.stdout = None
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.read(10)
        process.stdout.close()
        assert b"has stopped" in process.stderr.read()


def test_memory_stays_flat_while_writing(tmp_path):
    code = """
import resource, sys
import pyarrow as pa
from voc.io import open_sink
batch = pa.record_batch({"text": ["第n条评论，物流很慢，客服态度还行" * 3] * 4096})
with open_sink(sys.argv[1], batch.schema) as sink:
    for n in range(int(sys.argv[2])):
        sink.write(batch)
        if n == 20:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early)
"""
    for ending in ("csv", "parquet"):
        command = [sys.executable, "-c", code, str(tmp_path / f"o.{ending}"), "150"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert int(done.stdout) < 60_000  # kilobytes, while 150 batches hold 150 MB


def test_what_a_killed_writer_left_is_removed_and_a_living_one_is_let_be(tmp_path):
    code = (
        "import os, sys; from voc.io import open_sink; import pyarrow as pa;"
        "sink = open_sink(sys.argv[1], pa.schema([('id', pa.string())])); os.kill(os.getpid(), 9)"
    )
    path = tmp_path / "o.csv"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    (left,) = names(tmp_path)
    living = open_sink(path, ROWS.schema)
    assert len(names(tmp_path)) == 1
    assert left not in names(tmp_path)
    write_table(path, ROWS)
    assert len(names(tmp_path)) == 2  # the output, and that of the writer that lives
    living.abort()
    assert names(tmp_path) == ["o.csv"]
