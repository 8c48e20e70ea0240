"""`--incremental` and `--resume`, as a user meets them: same bytes, less work, no source text on disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from conftest import CANARY, Shell

FIRST = "编号,内容\n" + "".join(f"{n},第{n}条，物流太慢了，打{CANARY}没人接\n" for n in range(200))
SECOND = (
    "编号,内容\n"
    + "".join(f"{n},第{n}条，物流太慢了，打{CANARY}没人接\n" for n in range(20, 200) if n != 50)
    + f"50,这条改了，包装破了，加微信{CANARY}\n900,新的一条，很好\n"
)


def tag(shell: Shell, source: str, output: str, *options: str) -> dict[str, object]:
    done = shell.run("tag", source, "-o", output, "--text", "内容", "--force", "--json", *options)
    assert done.returncode == 0, done.stderr
    shell.assert_canary_is_gone(done, "a.csv", "b.csv")
    facts = json.loads(done.stdout)
    assert isinstance(facts, dict)
    return facts


@pytest.mark.parametrize("output", ["out.parquet", "out.csv"])
def test_an_incremental_run_gives_the_bytes_of_a_full_one(shell: Shell, output: str):
    shell.write("a.csv", FIRST)
    shell.write("b.csv", SECOND)
    assert tag(shell, "a.csv", output, "--incremental")["rows_reused"] == 0
    facts = tag(shell, "b.csv", output, "--incremental")
    assert facts["rows_out"] == 181
    assert facts["rows_reused"] == 179
    full = tag(shell, "b.csv", f"full.{output}")
    assert (shell.folder / output).read_bytes() == (shell.folder / f"full.{output}").read_bytes()
    assert facts["tags"] == full["tags"]


def test_another_policy_model_or_lexicon_begins_anew(shell: Shell):
    shell.write("a.csv", FIRST)
    tag(shell, "a.csv", "out.parquet", "--incremental")
    terms = shell.write("own.tsv", "第1条\tlogistics.delay\t-1\n")
    for options in (("--model", "snownlp"), ("--lexicon", terms), ()):
        assert tag(shell, "a.csv", "out.parquet", "--incremental", *options)["rows_reused"] == 0
        assert tag(shell, "a.csv", "out.parquet", "--incremental", *options)["rows_reused"] == 200


def test_where_it_cannot_be_it_says_so(shell: Shell):
    shell.write("a.csv", FIRST)
    done = shell.run("mask", "a.csv", "-o", "-", "--text", "内容", "--incremental")
    assert done.returncode == 2
    assert "output file" in done.stderr
    done = shell.run(
        "mask", "a.csv", "-o", "months", "--text", "内容", "--incremental", "--partition-by-month", "编号"
    )
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert shell.run("vault", "init").returncode == 0
    done = shell.run(
        "mask", "a.csv", "-o", "o.csv", "--text", "内容", "--incremental", "--policy", "protected"
    )
    assert done.returncode == 2
    assert "encrypts" in done.stderr
    assert {name for name in shell.files() if not name.startswith("../")} == {"a.csv"}


PIPELINE = """
version: 1
name: small
vars: {input: ""}
inputs:
  reviews: {role: feedback, path: "{input}", columns: {text: 内容, feedback_id: 编号}}
tag: {model: fast}
out: run
"""


def tables(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_a_run_on_changed_input_gives_the_tables_of_a_new_one(shell: Shell):
    shell.write("p.yaml", PIPELINE)
    shell.write("a.csv", FIRST)
    assert shell.run("run", "p.yaml", "--set", "input=a.csv", "--incremental").returncode == 0
    shell.write("a.csv", SECOND)
    done = shell.run("run", "p.yaml", "--set", "input=a.csv", "--incremental")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("179 rows as in the last run") == 2
    shell.assert_canary_is_gone(done, "a.csv")
    assert shell.run("run", "p.yaml", "--set", "input=a.csv", "--out", "full").returncode == 0
    assert tables(shell.folder / "run") == tables(shell.folder / "full")


def test_a_killed_run_goes_on_or_begins_afresh_and_gives_the_same_bytes(shell: Shell):
    rows = "".join(f"{n},第{n}条，快递等了{n % 9 + 1}天，打{CANARY}没人接\n" for n in range(8_500))
    shell.write("a.csv", "编号,内容\n" + rows)
    process = shell.start("tag", "a.csv", "-o", "out.parquet", "--text", "内容", "--workers", "1")
    deadline = time.monotonic() + 100
    while not list(shell.folder.rglob("*.arrow")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (shell.folder / "out.parquet").exists()
    points = shell.folder / ".out.parquet.checkpoint"
    shutil.copytree(points, shell.folder / ".afresh.parquet.checkpoint")
    time.sleep(2)  # what the killed run left is old enough to be swept
    assert int(str(tag(shell, "a.csv", "out.parquet", "--resume")["rows_resumed"])) >= 4096
    assert tag(shell, "a.csv", "afresh.parquet", "--no-resume")["rows_resumed"] == 0
    assert (shell.folder / "out.parquet").read_bytes() == (shell.folder / "afresh.parquet").read_bytes()
    assert shell.files() == {"a.csv", "out.parquet", "afresh.parquet"}
