"""Rising phrases against the published formula, clusters, and drift against hand-computed numbers."""

from __future__ import annotations

from math import log, sqrt

import pytest

from voc.tagging.discovery import Document, discover, rising_phrases
from voc.tagging.drift import Profile, drift, profile, stability_index


def documents(words: list[str], count: int, *, tagged: bool = True) -> list[Document]:
    return [Document("".join(words), words, tagged)] * count


def test_the_score_is_monroes():
    now = documents(["充电桩"], 30) + documents(["物流"], 70)
    before = documents(["充电桩"], 2) + documents(["物流"], 98)
    (found,) = [phrase for phrase in rising_phrases(now, before) if phrase.phrase == "充电桩"]
    prior = 20 * 32 / 200
    a, b = 30 + prior, 2 + prior
    ratio = log(a / (100 + 20 - a)) - log(b / (100 + 20 - b))
    assert found.z == pytest.approx(ratio / sqrt(1 / a + 1 / b))
    assert (found.texts, found.baseline) == (30, 2)


def test_a_new_complaint_without_a_tag_comes_first_in_one_cluster():
    usual = documents(["物流", "太慢"], 200)
    new = documents(["电子", "围栏", "乱扣"], 25, tagged=False)
    more = documents(["物流", "奇慢"], 30)
    clusters = discover([*usual, *new, *more], [*usual, *usual])
    assert [phrase.phrase for phrase in clusters[0].phrases] == ["电子围栏乱扣"]
    assert [phrase.phrase for phrase in clusters[1].phrases] == ["物流奇慢"]
    assert clusters[0].untagged == 1
    assert clusters[0].texts == 25
    assert clusters[0].examples[0] == "电子围栏乱扣"
    assert discover(usual, usual) == []


def test_of_phrases_that_run_into_each_other_one_is_told():
    usual = documents(["物流", "太慢"], 200)
    new = documents(["给", "两星", "是", "客气"], 25, tagged=False)
    (cluster,) = discover([*usual, *new], [*usual, *usual])
    assert [phrase.phrase for phrase in cluster.phrases] == ["两星是客气"]


def test_stability_index_by_hand():
    index = stability_index({"a": 50, "b": 50}, {"a": 80, "b": 20})
    p, q = [50.5 / 101] * 2, [80.5 / 101, 20.5 / 101]
    assert index == pytest.approx(sum((y - x) * log(y / x) for x, y in zip(p, q, strict=True)))
    assert stability_index({"a": 5}, {"a": 5}) == 0


def test_drift_is_told_where_it_is():
    before = Profile(100, {"a": 50, "b": 50}, 60, 6, 1000, 10)
    assert not any(one.broken for one in drift(before, before))
    now = before._replace(unexplained=30, unknown=12)
    assert [one.broken for one in drift(before, now)] == [False, True, False]


def test_a_profile_counts_texts_and_words():
    rows = [
        {"sentiment": -1, "tags": [{"tag": "a.b", "polarity": -1}], "tokens": ["物流", "太慢", "！"]},
        {"sentiment": -1, "tags": [{"tag": "other.other", "polarity": -1}], "tokens": ["唉"]},
        {"sentiment": 1, "tags": [{"tag": "a.b", "polarity": 1}], "tokens": ["甲乙丙丁"]},
    ]
    told = profile(rows, lambda word: word in ("物流", "太慢"))
    assert told == Profile(3, {"a.b": 1, "other.other": 1}, 2, 1, 3, 1)
