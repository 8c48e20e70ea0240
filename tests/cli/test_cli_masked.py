"""`--masked` is the user's word: where the text belies it, every command that takes it stops."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_shell import CANARY, Shell

TEXTS = ["很好用", f"打{CANARY}没人接", "质量太差了", "邮箱 li.lei@example.com 没人回"]
LABELS = ["正面", "负面", "负面", "负面"]


@pytest.fixture
def raw(shell: Shell) -> Shell:
    """A labelled table of raw text, and the same text in a table that looks as if it were tagged."""
    lines = [f"{text},{label}" for text, label in zip(TEXTS, LABELS, strict=True)]
    shell.write("raw.csv", "text,label\n" + "\n".join(lines) + "\n")
    assert shell.run("tag", "raw.csv", "-o", "tagged.parquet").returncode == 0
    table = pq.read_table(shell.folder / "tagged.parquet")
    place = table.schema.get_field_index("text")
    bare = table.set_column(place, pa.field("text", pa.string()), pa.array(TEXTS))
    pq.write_table(bare, shell.folder / "raw-tagged.parquet")
    return shell


@pytest.mark.parametrize(
    "arguments",
    [
        ["tag", "raw.csv", "-o", "out.parquet"],
        ["tag", "raw.csv", "--explain", "0"],
        ["train", "raw.csv", "-o", "out.npz"],
        ["evaluate", "sentiment", "raw.csv"],
        ["evaluate", "topics", "raw.csv"],
        ["review", "export", "raw-tagged.parquet", "-o", "out.xlsx"],
        ["topics", "discover", "raw-tagged.parquet", "--baseline", "tagged.parquet"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_text_that_holds_identifiers_is_refused(raw: Shell, arguments: list[str]):
    before = raw.files()
    done = raw.run(*arguments, "--masked")
    assert done.returncode == 1, done.stderr
    assert "identifiers stand in 2 of the first 4 rows (CN_MOBILE in 1, EMAIL in 1)" in done.stderr
    assert "column 'text'" in done.stderr
    assert "without --masked" in done.stderr or "leave --masked out" in done.stderr
    assert raw.files() == before
    raw.assert_canary_is_gone(done, "raw.csv", "raw-tagged.parquet")


@pytest.mark.parametrize("kept", ["masked.csv", "masked.parquet"])
def test_text_that_voc_masked_is_believed(raw: Shell, kept: str):
    assert raw.run("mask", "raw.csv", "-o", kept).returncode == 0
    done = raw.run("tag", kept, "-o", "out.parquet", "--masked")
    assert done.returncode == 0, done.stderr
    texts = pq.read_table(raw.folder / "out.parquet")["text"].to_pylist()
    assert texts[1] == "打<手机号>没人接"


def test_stand_ins_of_a_policy_are_no_identifiers_in_a_table_that_voc_masked(raw: Shell):
    policy = "version: 1\nname: ours\ntext: {core: surrogate, general: surrogate, none: keep}\n"
    raw.write("ours.yaml", policy + "column: {core: label, general: label, none: keep}\n")
    done = raw.run("mask", "raw.csv", "-o", "masked.parquet", "--policy", "ours.yaml")
    assert done.returncode == 0, done.stderr
    done = raw.run("tag", "masked.parquet", "-o", "out.parquet", "--masked")
    assert done.returncode == 0, done.stderr


def test_kinds_that_the_policy_keeps_do_not_count(raw: Shell):
    policy = (
        "version: 1\nname: open\ntext: {core: label, general: label, none: keep}\n"
        "column: {core: label, general: label, none: keep}\n"
        "entities: {CN_MOBILE: {text: keep}, EMAIL: {text: keep}}\n"
    )
    raw.write("open.yaml", policy)
    done = raw.run("tag", "raw.csv", "-o", "out.parquet", "--masked", "--policy", "open.yaml")
    assert done.returncode == 0, done.stderr


def test_an_empty_table_is_believed(shell: Shell):
    shell.write("empty.csv", "text\n")
    done = shell.run("tag", "empty.csv", "-o", "out.parquet", "--masked")
    assert done.returncode == 0, done.stderr


def test_what_the_policy_leaves_in_clear_is_told(shell: Shell):
    shell.write("r.csv", f"评价内容\n我有高血压，打{CANARY}\n")
    done = shell.run("mask", "r.csv", "-o", "out.csv")
    assert done.returncode == 0, done.stderr
    assert "left in clear in texts, as the policy says: HEALTH\n" in done.stderr
    assert "我有高血压，打<手机号>" in (shell.folder / "out.csv").read_text("utf-8")
    shell.write("s.csv", f"评价内容\n打{CANARY}\n")
    assert "left in clear" not in shell.run("mask", "s.csv", "-o", "out2.csv").stderr
