"""`voc train` learns a company's own labels, tells how well, and `voc tag` uses the model."""

from __future__ import annotations

import io
import json
import random
import subprocess

import numpy as np
import pytest
from cli_shell import VOC

WORDS = {
    "物流": ["快递太慢", "等了五天才到", "发货拖拉", "配送超时", "物流不更新"],
    "质量": ["用两天就坏", "做工粗糙", "质量太差", "掉漆严重", "屏幕有坏点"],
    "客服": ["客服不理人", "态度恶劣", "电话打不通", "推卸责任", "回复敷衍"],
}


def labelled(count: int, *, several: bool = False) -> str:
    rng = random.Random(7)
    lines = ["内容,标签"]
    for number in range(count):
        names = rng.sample(list(WORDS), 2 if several and rng.random() < 0.4 else 1)
        parts = [rng.choice(WORDS[name]) for name in names]
        lines.append(f"订单{number}{'，'.join(parts)}{'唉' * rng.randint(0, 3)}{number},{'；'.join(names)}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("backend", ["linear", "best"])
def test_one_label_a_text(shell, backend):
    shell.write("own.csv", labelled(300))
    options = ["--text", "内容", "--label", "标签", "--backend", backend]
    done = shell.run("train", "own.csv", "-o", "own.npz", *options, "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["kind"] == "label"
    assert set(facts["labels"]) == set(WORDS)
    assert [row["model"] for row in facts["figures"]] == ["custom", "tfidf+svm"]
    assert facts["figures"][0]["macro_f1"] > 0.9
    shell.write("new.csv", "内容\n等了五天才到真慢\n客服态度恶劣\n")
    done = shell.run("tag", "new.csv", "-o", "new.jsonl", "--text", "内容", "--custom", "own.npz")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (shell.folder / "new.jsonl").read_text("utf-8").splitlines()]
    assert [row["custom_labels"][0]["label"] for row in rows] == ["物流", "客服"]
    assert all(0 <= row["custom_labels"][0]["score"] <= 1 for row in rows)


def test_several_tags_a_text(shell):
    shell.write("own.csv", labelled(300, several=True))
    done = shell.run("train", "own.csv", "-o", "own.npz", "--text", "内容", "--label", "标签", "--json")
    facts = json.loads(done.stdout)
    assert facts["kind"] == "tags"
    assert facts["figures"][0]["micro_f1"] > 0.9
    again = shell.run("train", "own.csv", "-o", "own.npz", "--text", "内容", "--label", "标签")
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_a_sentiment_model_takes_the_place_of_the_shipped_one(shell):
    lines = "".join(f"绝绝子{n},正面\n踩坑{n}了,负面\n" for n in range(40))
    shell.write("own.csv", "text,label\n" + lines)
    assert shell.run("train", "own.csv", "-o", "own.npz").returncode == 0
    shell.write("new.csv", "text\n绝绝子\n踩坑\n")
    done = shell.run("tag", "new.csv", "-o", "new.jsonl", "--model", "own.npz")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (shell.folder / "new.jsonl").read_text("utf-8").splitlines()]
    assert [row["sentiment"] for row in rows] == [1, -1]


def test_a_file_that_is_no_model(shell):
    shell.write("a.csv", "text\n很好\n")
    shell.write("bad.npz", "no archive")
    done = shell.run("tag", "a.csv", "-o", "b.jsonl", "--custom", "bad.npz")
    assert done.returncode == 3
    assert "bad.npz" in done.stderr


def test_a_column_of_texts_is_no_column_of_labels(shell):
    rows = "".join(f"第{n}条打13912345678没人接{n},{n % 3},电13912345678转{n}\n" for n in range(150))
    shell.write("own.csv", "内容,类别,电话\n" + rows)
    for arguments, told in (
        (("--text", "内容", "--label", "内容"), "cannot be both text and label"),
        (("--text", "内容", "--label", "电话"), "150 different labels on 150 texts"),
        (("--text", "内容", "--label", "内容们"), "own.csv: no column '内容们'"),
    ):
        done = shell.run("train", "own.csv", "-o", "own.npz", *arguments)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        shell.assert_canary_is_gone(done, "own.csv")
    assert shell.files() == {"own.csv"}
    done = shell.run("evaluate", "sentiment", "own.csv", "--text", "内容", "--label", "类别")
    assert done.returncode == 2
    assert "50 faults in own" in done.stderr
    assert "… and 30 more" in done.stderr


def test_the_tags_of_voc_itself_are_labels_in_every_format(shell):
    rng = random.Random(3)
    texts = [rng.choice(parts) for parts in WORDS.values() for _ in range(20)]
    shell.write("a.csv", "text\n" + "".join(f"{text}{n}\n" for n, text in enumerate(texts)))
    found = []
    for name in ("a.parquet", "b.csv", "b.jsonl"):
        assert shell.run("tag", "a.csv", "-o", name).returncode == 0
        done = shell.run("train", name, "-o", f"{name}.npz", "--masked", "--label", "tags", "--json")
        assert done.returncode == 0, done.stderr
        facts = json.loads(done.stdout)
        found.append((facts["kind"], facts["labels"], facts["left_out"]))
    assert "logistics.delay" in found[0][1]
    assert found == [found[0]] * 3


def test_a_model_is_written_whole_or_not_at_all(shell):
    shell.write("own.csv", labelled(60))
    done = shell.run("train", "own.csv", "-o", "no/own.npz", "--text", "内容", "--label", "标签")
    assert (done.returncode, "make the folder first" in done.stderr) == (3, True), done.stderr
    arguments = ("train", "own.csv", "-o", "own.npz", "--text", "内容", "--label", "标签")
    assert shell.run(*arguments).returncode == 0
    before = (shell.folder / "own.npz").read_bytes()
    limited = subprocess.run(
        ["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", str(VOC), *arguments, "--force"],
        cwd=shell.folder,
        env=shell.env,
        capture_output=True,
        check=False,
    )
    assert (limited.returncode, b"cannot be written" in limited.stderr) == (3, True), limited.stderr
    assert (shell.folder / "own.npz").read_bytes() == before
    assert shell.files() == {"own.csv", "own.npz"}


def _bare_array() -> bytes:
    content = io.BytesIO()
    np.save(content, np.zeros(3))
    return content.getvalue()


@pytest.mark.parametrize("content", [b"", b"PAR1 no model", _bare_array()], ids=["empty", "table", "array"])
def test_a_file_that_is_no_model_is_told_with_what_to_do(shell, content):
    shell.write("new.csv", "内容\n很好\n")
    shell.write("own.npz", content)
    done = shell.run("tag", "new.csv", "-o", "out.csv", "--text", "内容", "--custom", "own.npz")
    assert done.returncode == 3
    assert "own.npz: not a model of voc train, or damaged" in done.stderr
    assert "give a file that voc train wrote" in done.stderr
    assert "out.csv" not in shell.files()
