"""Whatever comes in: a clear message, the right exit code, nothing lost, half-written or betrayed.

A canary phone number is planted in every input; it must be in no message, log or leftover file.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

CANARY = "13912345678"
GOOD = f"编号,内容\n1,很好用\n2,打{CANARY}没人接\n3,等了五天\n"


def rows(path: Path) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


def quarantine(shell, name: str = "out.parquet.quarantine.jsonl") -> list[dict[str, object]]:
    text = (shell.folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_missing_column_names_the_nearest(shell):
    source = shell.write("a.csv", GOOD)
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内荣")
    assert done.returncode == 2
    assert "did you mean '内容'" in done.stderr
    assert shell.files() == {source}
    shell.assert_canary_is_gone(done, source)


def test_missing_file_names_the_nearest(shell):
    shell.write("reviews.csv", GOOD)
    done = shell.run("mask", "review.csv", "-o", "out.parquet")
    assert done.returncode in (2, 3)
    assert "reviews.csv" in done.stderr


def test_empty_file(shell):
    source = shell.write("a.csv", b"")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 3
    assert "empty" in done.stderr
    assert shell.files() == {source}


def test_header_only_gives_an_empty_table(shell):
    source = shell.write("a.csv", "编号,内容\n")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 0, done.stderr
    assert rows(shell.folder / "out.parquet") == []


def test_one_column(shell):
    source = shell.write("a.csv", f"内容\n打{CANARY}\n很好\n")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 0, done.stderr
    assert len(rows(shell.folder / "out.parquet")) == 2
    shell.assert_canary_is_gone(done, source)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_reads_the_same(shell, encoding: str):
    source = shell.write("a.csv", GOOD, encoding)
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 0, done.stderr
    assert rows(shell.folder / "out.parquet")[0]["内容"] == "很好用"
    shell.assert_canary_is_gone(done, source)


def test_wrong_encoding_in_the_middle_is_set_aside(shell):
    good = "".join(f"{n},第{n}条评论很好\n" for n in range(200))
    broken = (
        f"编号,内容\n{good}".encode("gb18030") + b"200," + f"打{CANARY}".encode("gb18030") + b"\xff\xff\n"
    )
    source = shell.write("a.csv", broken + "201,尾行\n".encode("gb18030"))
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 4
    assert len(rows(shell.folder / "out.parquet")) == 201
    (bad,) = quarantine(shell)
    assert bad["row"] == 200
    shell.assert_canary_is_gone(done, source)


def test_a_row_with_too_many_cells_is_set_aside(shell):
    source = shell.write("a.csv", GOOD + f"4,多了,一格{CANARY}\n5,好\n")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 4
    assert len(rows(shell.folder / "out.parquet")) == 4
    (bad,) = quarantine(shell)
    assert bad["row"] == 3
    assert "3" in str(bad["reason"])
    shell.assert_canary_is_gone(done, source)


def test_a_cell_of_a_million_characters(shell):
    source = shell.write("a.csv", f"编号,内容\n1,{'很好' * 500_000}{CANARY}\n2,好\n")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 0, done.stderr
    assert len(rows(shell.folder / "out.parquet")) == 2
    shell.assert_canary_is_gone(done, source)


def test_nul_bytes_emoji_and_zero_width(shell):
    source = shell.write(
        "a.csv", f"编号,内容\n1,空\0字节{CANARY}\n2,😀👨‍👩‍👧赞\n3,零\u200b宽139\u200b1234\u200b5678\n"
    )
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 0, done.stderr
    texts = [str(row["内容"]) for row in rows(shell.folder / "out.parquet")]
    assert texts[0].startswith("空\0字节")
    assert texts[1] == "😀👨‍👩‍👧赞"
    assert "5678" not in texts[2]
    shell.assert_canary_is_gone(done, source)


def test_a_lone_surrogate_is_set_aside(shell):
    lines = [
        r'{"id": 1, "text": "好"}',
        rf'{{"id": 2, "text": "坏\ud83d{CANARY}"}}',
        r'{"id": 3, "text": "好"}',
    ]
    source = shell.write("a.jsonl", "\n".join(lines) + "\n")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "text")
    assert done.returncode == 4
    assert len(rows(shell.folder / "out.parquet")) == 2
    assert quarantine(shell)[0]["row"] == 1
    shell.assert_canary_is_gone(done, source)


def test_dates_in_five_spellings_and_impossible_ones(shell):
    dates = ["2024-01-31", "2024/1/31 8:05", "2024年1月31日", "20240131", "2024-01-31T08:05:09+08:00"]
    lines = [f"{n},{date},第{n}条" for n, date in enumerate(dates)]
    lines += [f"8,2024-02-31,打{CANARY}", "9,昨天吧,好"]
    source = shell.write("a.csv", "评价编号,评价时间,评价内容\n" + "\n".join(lines) + "\n")
    done = shell.run("run", "reviews", "--set", f"input={source}", "--out", "run")
    assert done.returncode == 4, done.stderr
    kept = rows(shell.folder / "run/masked/reviews.parquet")
    assert {str(row["ts"])[:10] for row in kept} == {"2024-01-31"}
    assert len(kept) == 5
    bad = quarantine(shell, "run/quarantine/reviews.jsonl")
    assert [(line["row"], line["column"]) for line in bad] == [(5, "评价时间"), (6, "评价时间")]
    shell.assert_canary_is_gone(done, source)


def test_duplicate_ids_are_told_and_nothing_is_lost(shell):
    lines = ["1,c1,2024-01-01,等了五天", "1,c1,2024-01-01,等了五天", f"1,c2,2024-01-02,打{CANARY}没人接"]
    source = shell.write("a.csv", "评价编号,客户编号,评价时间,评价内容\n" + "\n".join(lines) + "\n")
    done = shell.run("run", "reviews", "--set", f"input={source}", "--out", "run")
    assert done.returncode == 0, done.stderr
    assert "1 exact repeat left out" in done.stderr
    assert len(rows(shell.folder / "run/tagged/reviews.parquet")) == 3
    assert len({row["feedback_id"] for row in rows(shell.folder / "run/feedback.parquet")}) == 2
    shell.assert_canary_is_gone(done, source)


def test_a_text_column_of_numbers_is_pointed_out(shell):
    source = shell.write("a.csv", "评分,内容\n5,很好\n1,等了五天\n")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "评分")
    assert done.returncode == 0
    assert "number" in done.stderr
    assert "内容" in done.stderr


def test_existing_output_is_kept(shell):
    source = shell.write("a.csv", GOOD)
    shell.write("out.parquet", b"precious")
    done = shell.run("mask", source, "-o", "out.parquet", "--text", "内容")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (shell.folder / "out.parquet").read_bytes() == b"precious"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written(shell):
    source = shell.write("a.csv", GOOD)
    (shell.folder / "locked").mkdir(mode=0o500)
    done = shell.run("mask", source, "-o", "locked/out.parquet", "--text", "内容")
    assert done.returncode == 3
    assert "locked" in done.stderr


def test_output_below_a_file_cannot_be_written(shell):
    source = shell.write("a.csv", GOOD)
    shell.write("plain", b"")
    done = shell.run("mask", source, "-o", "plain/out.parquet", "--text", "内容")
    assert done.returncode == 3
    assert "plain" in done.stderr
    shell.assert_canary_is_gone(done, source)


@pytest.fixture
def small_disk(tmp_path: Path):
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small tmpfs needs root")
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=False).returncode:
        pytest.skip("this machine does not let us mount a tmpfs")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_full_disk(shell, small_disk: Path):
    lines = [f"{n},第{n}条{os.urandom(40).hex()}打{CANARY}" for n in range(20_000)]
    source = shell.write("a.csv", "编号,内容\n" + "\n".join(lines) + "\n")
    done = shell.run("mask", source, "-o", str(small_disk / "out.csv"), "--text", "内容")
    assert done.returncode == 3
    assert "space" in done.stderr or "full" in done.stderr
    assert [path.name for path in small_disk.rglob("*") if path.is_file() and path.name == "out.csv"] == []
    shell.assert_canary_is_gone(done, source)


def big(shell, count: int = 20_000) -> str:
    lines = [
        f"{n},第{n}条评论，快递等了{n % 9 + 1}天，打{CANARY}没人接，客服态度也很差" for n in range(count)
    ]
    return shell.write("big.csv", "编号,内容\n" + "\n".join(lines) + "\n")


def wait_for_workers(process: subprocess.Popen[bytes], shell, seconds: float = 60) -> list[psutil.Process]:
    """Wait until the run has finished a chunk, then return its worker processes."""
    deadline = time.monotonic() + seconds
    parent = psutil.Process(process.pid)
    while time.monotonic() < deadline and process.poll() is None:
        if list(shell.folder.rglob("*.arrow")):
            return parent.children(recursive=True)
        time.sleep(0.02)
    told = process.communicate()[1].decode() if process.poll() is not None else "still running"
    pytest.fail(f"no chunk was finished (exit code {process.poll()}): {told}")


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(shell):
    source = big(shell)
    process = shell.start("tag", source, "-o", "out.parquet", "--text", "内容", "--workers", "2")
    workers = wait_for_workers(process, shell)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr.decode()
    assert "Traceback" not in stderr.decode()
    assert not (shell.folder / "out.parquet").exists()
    assert not [
        worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE
    ]
    stopped = subprocess.CompletedProcess([], 130, stdout.decode(), stderr.decode())
    shell.assert_canary_is_gone(stopped, source)
    done = shell.run("tag", source, "-o", "out.parquet", "--text", "内容", "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert len(rows(shell.folder / "out.parquet")) == 20_000
    shell.assert_canary_is_gone(done, source)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes the way Linux shows them")
def test_a_killed_worker_is_told_and_nothing_is_half_written(shell):
    source = big(shell)
    process = shell.start("tag", source, "-o", "out.parquet", "--text", "内容", "--workers", "2")
    workers = wait_for_workers(process, shell)
    victim = max(workers, key=lambda worker: worker.memory_info().rss)
    victim.kill()
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 3, stderr.decode()
    assert "worker" in stderr.decode()
    assert not (shell.folder / "out.parquet").exists()
    killed = subprocess.CompletedProcess([], 3, stdout.decode(), stderr.decode())
    shell.assert_canary_is_gone(killed, source)


def test_a_folder_for_temporary_files_with_a_long_name(shell):
    temporary = shell.folder / ("long" * 30)
    temporary.mkdir()
    shell.env["TMPDIR"] = str(temporary)
    lines = [f"{n},第{n}条，打{CANARY}没人接" for n in range(9000)]
    source = shell.write("a.csv", "编号,内容\n" + "\n".join(lines) + "\n")
    done = shell.run("tag", source, "-o", "out.parquet", "--text", "内容", "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert len(rows(shell.folder / "out.parquet")) == 9000
    shell.assert_canary_is_gone(done, source)


def test_standard_streams(shell):
    done = shell.run("mask", "-", "-o", "-", "--text", "内容", stdin=GOOD.encode())
    assert done.returncode == 0, done.stderr
    assert "很好用" in done.stdout
    shell.assert_canary_is_gone(done)


def test_a_wrong_pipeline_file_is_told_in_full(shell):
    name = shell.write("p.yaml", "version: 1\nname: x\ninputs:\n  a: {role: feedbak, path: a.csv}\nouts: r\n")
    done = shell.run("run", name)
    assert done.returncode == 2
    for part in ("inputs.a.role", "outs", "did you mean 'out'"):
        assert part in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("reviews.csv", f"张建国,{CANARY},物流太慢了一直不到\n李娜,13900139000,还不错\n"),
        ("chat.txt", f"客服小美 10:01\n我的手机{CANARY}\n张建国 10:02\n好的\n"),
        ("names.csv", "张建国,售前\n李娜,售后\n王芳,售后\n刘洋,门店\n陈杰,门店\n"),
    ],
)
@pytest.mark.parametrize("command", [["scan"], ["mask", "-o", "out.csv"]])
def test_a_file_without_a_line_of_names_is_refused(shell, name, content, command):
    shell.write(name, content)
    done = shell.run(command[0], name, *command[1:])
    assert done.returncode == 2
    assert "the first line must name the columns" in done.stderr
    told = done.stdout + done.stderr
    assert not any(word in told for word in ("张建国", CANARY, "小美", "物流太慢"))
    assert shell.files() == {name}
