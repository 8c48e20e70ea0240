"""Outputs by month, as a user asks for them: `--partition-by-month`, and `history` in a pipeline file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from conftest import CANARY, Shell

from voc.io import read_table

REVIEWS = f"""编号,时间,内容
1,2026-01-03 10:00,物流太慢了打{CANARY}没人接
2,2026-02-03,很好
"""
MORE = "编号,时间,内容\n3,2026-02-09,包装破了\n"

PIPELINE = """
version: 1
name: months
vars: {input: ""}
inputs:
  reviews: {role: feedback, path: "{input}", columns: {text: 内容, feedback_id: 编号, ts: 时间}}
tag: {model: fast}
history: {path: history}
out: run
"""


def ids(folder: Path, name: str = "编号") -> list[str]:
    return sorted(read_table(folder)[name].to_pylist())


def test_masking_by_month_appends_and_tagging_reads_it_back(shell: Shell):
    source = shell.write("a.csv", REVIEWS)
    done = shell.run("mask", source, "-o", "masked", "--partition-by-month", "时间")
    assert done.returncode == 0, done.stderr
    months = {Path(name).parent.name for name in shell.files() if name.startswith("masked/")}
    assert months == {"month=2026-01", "month=2026-02"}
    more = shell.write("b.csv", MORE)
    assert shell.run("mask", more, "-o", "masked", "--partition-by-month", "时间").returncode == 0
    assert ids(shell.folder / "masked") == ["1", "2", "3"]
    done = shell.run("tag", "masked", "-o", "tagged", "--masked", "--partition-by-month", "时间")
    assert done.returncode == 0, done.stderr
    table = read_table(shell.folder / "tagged")
    assert dict(zip(table["编号"].to_pylist(), table["month"].to_pylist(), strict=True)) == {
        "1": "2026-01",
        "2": "2026-02",
        "3": "2026-02",
    }
    shell.assert_canary_is_gone(done, source)


def test_a_wrong_column_or_place_is_told_and_leaves_nothing(shell: Shell):
    source = shell.write("a.csv", REVIEWS)
    for output, column, told in (("masked", "时刻", "'时间'"), ("masked.parquet", "时间", "folder")):
        done = shell.run("mask", source, "-o", output, "--partition-by-month", column)
        assert done.returncode == 2
        assert told in done.stderr
    assert shell.files() == {"a.csv"}


def history(shell: Shell) -> pa.Table:
    return read_table(shell.folder / "history" / "feedback")


def test_runs_share_a_history_in_which_each_is_once(shell: Shell):
    shell.write("p.yaml", PIPELINE)
    shell.write("a.csv", REVIEWS)
    shell.write("b.csv", MORE)
    for source, out in (("a.csv", "january"), ("b.csv", "february")):
        done = shell.run("run", "p.yaml", "--set", f"input={source}", "--out", out)
        assert done.returncode == 0, done.stderr
    assert sorted(history(shell)["feedback_id"].to_pylist()) == ["1", "2", "3"]
    assert "物流" in str(read_table(shell.folder / "history" / "tags")["display"].to_pylist())
    # the same again changes nothing; changed input takes the place of what this run had appended
    before = {name for name in shell.files() if name.startswith("history/")}
    shell.run("run", "p.yaml", "--set", "input=a.csv", "--out", "january")
    assert {name for name in shell.files() if name.startswith("history/")} == before
    shell.write("a.csv", REVIEWS.replace("2,2026-02-03,很好\n", "9,2026-02-04,也很好\n"))
    done = shell.run("run", "p.yaml", "--set", "input=a.csv", "--out", "january")
    assert done.returncode == 0, done.stderr
    assert sorted(history(shell)["feedback_id"].to_pylist()) == ["1", "3", "9"]


def test_a_history_that_was_removed_is_made_again(shell: Shell):
    import shutil

    shell.write("p.yaml", PIPELINE)
    shell.write("a.csv", REVIEWS)
    for _ in range(2):
        assert shell.run("run", "p.yaml", "--set", "input=a.csv").returncode == 0
        assert history(shell).num_rows == 2
        shutil.rmtree(shell.folder / "history")
