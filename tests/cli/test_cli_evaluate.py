"""`voc evaluate sentiment` scores tables, keeps tested texts out of training, and gates on its exit code."""

from __future__ import annotations

import json

GOOD = ["很好，非常满意", "质量不错，推荐购买", "好评，下次还来", "喜欢，很漂亮", "味道很好吃，点赞"]
BAD = ["太差了，垃圾", "质量差，退货", "态度恶劣，差评", "难吃死了，再也不买", "失望，完全不值"]


def table(name_good: str, name_bad: str) -> str:
    rows = [(text, name_good) for text in GOOD] + [(text, name_bad) for text in BAD]
    return "内容,情感\n" + "".join(f'"{text}",{label}\n' for text, label in rows)


def test_figures_by_table_beside_the_baselines(shell):
    shell.write("甲.csv", table("正面", "负面"))
    shell.write("乙.csv", table("1", "0").replace("很好，", "极好，"))
    done = shell.run(
        "evaluate", "sentiment", "甲.csv", "乙.csv", "--label", "情感", "--train", "甲.csv", "--json"
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    told = {(row["model"], row["source"]): row for row in facts["figures"]}
    assert {model for model, _ in told} == {"fast", "snownlp"}, "every training text is tested: no floor"
    assert {source for _, source in told} == {"甲", "乙", "all"}
    assert told["fast", "甲"]["accuracy"] == 1
    assert told["fast", "甲"]["accuracy_ci_lower"] <= 1
    assert any("0 and 1 only" in note for note in facts["notes"])
    assert any("--held-out" in note for note in facts["notes"])


def test_the_floor_learns_from_other_texts(shell):
    shell.write("test.csv", table("正面", "负面"))
    shell.write("train.csv", table("正面", "负面").replace("，", "！真的").replace('"', '"他们说'))
    done = shell.run("evaluate", "sentiment", "test.csv", "--label", "情感", "--train", "train.csv", "--json")
    rows = json.loads(done.stdout)["figures"]
    assert [row["model"] for row in rows] == ["fast", "snownlp", "tfidf+svm"]
    assert rows[2]["accuracy"] > 0.8


def test_a_limit_that_is_not_met_is_exit_1(shell):
    shell.write("a.csv", table("负面", "正面"))
    done = shell.run("evaluate", "sentiment", "a.csv", "--label", "情感", "--minimum", "0.9")
    assert done.returncode == 1
    assert "below 0.9" in done.stdout


def test_labels_that_are_none_are_told_by_row(shell):
    shell.write("a.csv", "text,label\n很好,正面\n手机13912345678,不明\n")
    done = shell.run("evaluate", "sentiment", "a.csv")
    assert done.returncode == 2
    assert "row 1" in done.stderr
    shell.assert_canary_is_gone(done, "a.csv")


def test_tags_by_level_and_beside_the_lexicon(shell):
    shell.write(
        "a.csv",
        "text,tags\n物流太慢了，等了五天,物流延迟\n质量太差了,quality.defect:-1;price.high:1\n很好,\n",
    )
    done = shell.run("evaluate", "topics", "a.csv", "--json", "--minimum", "0.5")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["figures"]
    assert {(row["model"], row["level"]) for row in rows} == {
        ("fast", 2),
        ("fast", 1),
        ("lexicon", 2),
        ("lexicon", 1),
    }
    assert rows[0]["recall"] == 1
    shell.write("b.csv", "text,tags\n手机13912345678,没有这个\n")
    wrong = shell.run("evaluate", "topics", "b.csv")
    assert wrong.returncode == 2
    assert "row 0" in wrong.stderr
    shell.assert_canary_is_gone(wrong, "b.csv")
