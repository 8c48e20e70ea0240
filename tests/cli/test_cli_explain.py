"""`voc tag --explain ROW` says why a row has its tags, by the model that is asked for."""

from __future__ import annotations

import json

import pytest
from cli_shell import Shell

REVIEWS = "编号,评价\n1,不错\n2,快递等了五天才到，打电话没人接，包装倒是不错\n"


def explained(shell: Shell, *more: str) -> dict[str, object]:
    shell.write("r.csv", REVIEWS)
    done = shell.run("tag", "r.csv", "--text", "评价", "--explain", "1", "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_cues_and_words_are_shown(shell: Shell):
    told = explained(shell)
    (late,) = [reason for reason in told["reasons"] if reason["tag"] == "logistics.delay"]
    assert late["evidence"] in "快递等了五天才到"
    assert late["terms"]
    assert late["model_score"] > 0.5
    assert told["words"]


def test_the_model_asked_for_is_the_one_explained(shell: Shell):
    pytest.importorskip("onnxruntime")
    fast, best = explained(shell), explained(shell, "--model", "best")
    assert fast["sentiment_score"] != best["sentiment_score"]
    assert best["words"] == []


def test_a_row_that_is_not_there_is_told(shell: Shell):
    shell.write("r.csv", REVIEWS)
    done = shell.run("tag", "r.csv", "--text", "评价", "--explain", "9")
    assert done.returncode == 2
    assert "no row 9" in done.stderr
