"""`voc topics discover` finds what is new; `voc topics drift` is a gate."""

from __future__ import annotations

import json

import pytest


def test_discover_and_drift(shell):
    old = "text\n" + "物流太慢了，等了五天\n质量太差了\n" * 30
    new = old + "电子围栏乱扣钱，气人\n" * 15
    for name, content in (("old", old), ("new", new)):
        shell.write(f"{name}.csv", content)
        assert shell.run("tag", f"{name}.csv", "-o", f"{name}.parquet").returncode == 0
    done = shell.run("topics", "discover", "new.parquet", "--baseline", "old.parquet", "--json")
    assert done.returncode == 0, done.stderr
    clusters = json.loads(done.stdout)["clusters"]
    assert any("围栏" in phrase["phrase"] for phrase in clusters[0]["phrases"])
    assert clusters[0]["texts"] == 15
    assert shell.run("topics", "drift", "old.parquet", "old.parquet").returncode == 0
    broken = shell.run("topics", "drift", "old.parquet", "new.parquet", "--shift", "0.001")
    assert broken.returncode == 1
    assert "DRIFT" in broken.stdout


def test_a_baseline_is_needed(shell):
    done = shell.run("topics", "discover", "x.parquet")
    assert done.returncode == 2
    assert "--since" in done.stderr


DAYS = ["2024/01/03 12:41", "2024年2月1日", "2024-06-02", "不详"]


def dated(shell, column: str) -> None:
    """Complaints in January and February, and of another kind in June; the last has no day."""
    old, new = "质量太差了，气人", "电子围栏乱扣钱，气人"
    lines = [f"{DAYS[n % 2]},{old}" for n in range(30)] + [f"{DAYS[2]},{new}"] * 15 + [f"{DAYS[3]},{new}"]
    shell.write("a.csv", f"{column},内容\n" + "\n".join(lines) + "\n")
    assert shell.run("tag", "a.csv", "-o", "tagged.parquet").returncode == 0


@pytest.mark.parametrize(("column", "more"), [("评价时间", []), ("写于", ["--ts", "写于"])])
def test_the_time_is_found_by_name_or_named(shell, column: str, more: list[str]):
    dated(shell, column)
    done = shell.run("topics", "discover", "tagged.parquet", "--since", "2024-06-01", "--json", *more)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["texts"], facts["baseline"], facts["undated"]) == (15, 30, 1)
    assert any("围栏" in phrase["phrase"] for phrase in facts["clusters"][0]["phrases"])
    assert "1 complaint without a time left out" in done.stderr


def test_a_table_without_a_known_time_names_its_columns_and_the_option(shell):
    dated(shell, "写于")
    done = shell.run("topics", "discover", "tagged.parquet", "--since", "2024-06-01")
    assert done.returncode == 2
    assert "which column holds the time?" in done.stderr
    assert "--ts" in done.stderr
    assert "写于, 内容" in done.stderr


def test_a_time_that_is_no_column_names_the_nearest(shell):
    dated(shell, "评价时间")
    done = shell.run("topics", "discover", "tagged.parquet", "--since", "2024-06-01", "--ts", "评价时问")
    assert done.returncode == 2
    assert "did you mean '评价时间'" in done.stderr


def test_a_period_without_complaints_tells_both_counts(shell):
    dated(shell, "ts")
    done = shell.run("topics", "discover", "tagged.parquet", "--since", "2025-01-01")
    assert done.returncode == 3
    assert "0 complaints now, 45 complaints in the baseline, 1 without a time" in done.stderr


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx"])
def test_runs_are_compared_whatever_their_format(shell, suffix: str):
    turns = "1,客户,物流太慢了\n1,客服,在的\n1,客户,解决了，谢谢\n2,客户,质量太差\n"
    shell.write("a.csv", "会话编号,speaker,内容\n" + turns * 5)
    for name in ("last.parquet", f"now.{suffix}"):
        assert shell.run("tag", "a.csv", "-o", name).returncode == 0
    done = shell.run("topics", "drift", "last.parquet", f"now.{suffix}", "--json")
    assert done.returncode == 0, done.stderr
    assert all(figure["before"] == figure["now"] for figure in json.loads(done.stdout)["figures"])
    done = shell.run("conversations", f"now.{suffix}", "-o", "chats.jsonl", "--by", "会话编号")
    assert done.returncode == 0, done.stderr
    chats = [json.loads(line) for line in (shell.folder / "chats.jsonl").read_text("utf-8").splitlines()]
    assert [chat["complaints"] for chat in chats] == [["logistics.delay"], ["quality.defect"]]
    assert (chats[0]["solved"], chats[1]["first_mood"]) == (True, -1)


def test_runs_are_compared_whatever_their_text_is_called(shell):
    shell.write("a.csv", "买家说(必填)\n" + "物流太慢了\n质量太差\n" * 5)
    done = shell.run("tag", "a.csv", "-o", "a.parquet", "--text", "买家说(必填)")
    assert done.returncode == 0, done.stderr
    done = shell.run("topics", "drift", "a.parquet", "a.parquet")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok")
