"""A company extends the taxonomy, maps tags into its own, and carries old tables over."""

from __future__ import annotations

import json

OURS = """
version: 2
extends: voc
tags:
  - id: ours
    zh: 我们的
    children:
      - {id: waiting, zh: 等待太久, is: 等, from: [logistics.delay, venue.wait]}
      - {id: members, zh: 会员权益, is: 会员}
"""


def test_show_lists_tags(shell):
    done = shell.run("taxonomy", "show", "logistics", "--json")
    tags = json.loads(done.stdout)["tags"]
    assert [tag["id"] for tag in tags][:2] == ["logistics.delay", "logistics.lost"]
    wrong = shell.run("taxonomy", "show", "logistics.dely")
    assert wrong.returncode == 2
    assert "logistics.delay" in wrong.stderr


def test_check_says_what_nothing_will_find(shell):
    shell.write("ours.yaml", OURS)
    done = shell.run("taxonomy", "check", "ours.yaml")
    assert done.returncode == 1
    assert "ours.members: nothing finds it" in done.stdout
    shell.write("own.tsv", "会员卡没积分\tours.members\t-1\n")
    assert shell.run("taxonomy", "check", "ours.yaml", "--lexicon", "own.tsv").returncode == 0
    shell.write("bad.yaml", OURS.replace("zh: 会员权益", "zh: 发票"))
    assert shell.run("taxonomy", "check", "bad.yaml").returncode == 2


def test_diff_tells_every_change(shell):
    shell.write("ours.yaml", OURS)
    done = shell.run("taxonomy", "diff", "voc", "ours.yaml", "--json")
    changes = {(change["kind"], change["tag"]) for change in json.loads(done.stdout)["changes"]}
    assert changes == {
        ("merged", "logistics.delay"),
        ("merged", "venue.wait"),
        ("added", "ours.waiting"),
        ("added", "ours.members"),
    }


def test_tags_are_told_and_carried_over_under_the_companys_ids(shell):
    shell.write("ours.yaml", OURS)
    shell.write("own.tsv", "会员卡没积分\tours.members\t-1\n")
    shell.write("a.csv", "text\n物流太慢了，等了五天才到\n会员卡没积分\n")
    arguments = ("--taxonomy", "ours.yaml", "--lexicon", "own.tsv")
    assert shell.run("tag", "a.csv", "-o", "new.jsonl", *arguments).returncode == 0
    assert shell.run("tag", "a.csv", "-o", "old.parquet").returncode == 0
    done = shell.run("taxonomy", "migrate", "old.parquet", "-o", "moved.jsonl", "--to", "ours.yaml")
    assert done.returncode == 0, done.stderr
    new, moved = (
        [json.loads(line) for line in (shell.folder / name).read_text("utf-8").splitlines()]
        for name in ("new.jsonl", "moved.jsonl")
    )
    assert "ours.waiting" in {tag["tag"] for tag in new[0]["tags"]}
    assert "ours.members" in {tag["tag"] for tag in new[1]["tags"]}
    assert "ours.waiting" in {tag["tag"] for tag in moved[0]["tags"]}
    assert "logistics.delay" not in {tag["tag"] for row in (*new, *moved) for tag in row["tags"]}


def test_a_tag_without_a_place_is_refused_until_a_move_says_so(shell):
    shell.write("small.yaml", "version: 3\ntags:\n  - {id: a, zh: 甲, children: [{id: b, zh: 乙, is: x}]}\n")
    shell.write("a.csv", "text\n物流太慢了\n")
    assert shell.run("tag", "a.csv", "-o", "old.parquet").returncode == 0
    refused = shell.run("taxonomy", "migrate", "old.parquet", "-o", "n.jsonl", "--to", "small.yaml")
    assert refused.returncode == 2
    assert "logistics.delay" in refused.stderr
    shell.write("moves.tsv", "# ours\n旧标签\t新标签\nlogistics.delay\ta.b\n")
    done = shell.run(
        "taxonomy", "migrate", "old.parquet", "-o", "n.jsonl", "--to", "small.yaml", "--moves", "moves.tsv"
    )
    assert done.returncode == 0, done.stderr
    row = json.loads((shell.folder / "n.jsonl").read_text("utf-8"))
    assert {tag["tag"] for tag in row["tags"]} == {"a.b"}


def test_tags_are_carried_over_from_the_text_of_lists_and_no_cell_is_quoted(shell):
    shell.write("a.csv", "text\n物流太慢了，等了五天才到\n")
    shell.write("ours.yaml", OURS)
    for name in ("old.csv", "old.jsonl", "old.xlsx"):
        assert shell.run("tag", "a.csv", "-o", name).returncode == 0
        done = shell.run("taxonomy", "migrate", name, "-o", f"{name}.new.jsonl", "--to", "ours.yaml")
        assert done.returncode == 0, done.stderr
        row = json.loads((shell.folder / f"{name}.new.jsonl").read_text("utf-8"))
        assert {tag["tag"] for tag in row["tags"]} == {"ours.waiting"}
    shell.write("b.csv", "tag\n打13912345678没人接\n")
    done = shell.run("taxonomy", "migrate", "b.csv", "-o", "n.csv", "--to", "ours.yaml")
    assert (done.returncode, "b.csv: column 'tag' holds 1 value that cannot be tags" in done.stderr) == (
        2,
        True,
    )
    shell.assert_canary_is_gone(done, "b.csv")
