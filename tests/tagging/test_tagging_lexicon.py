"""The lexicon tagger reads clauses in order: what is left open, shared, turned over or voided."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from voc.tagging.lexicon.cues import compile_cues
from voc.tagging.lexicon.findings import Finding
from voc.tagging.lexicon.topics import LexiconTagger
from voc.tagging.reader import read_batch
from voc.tagging.taxonomy import load_taxonomy

PIECES = st.sampled_from(
    [
        *"，。、“”的和不很比",
        *("物流", "服务", "环境", "包装", "太慢", "不错", "很棒", "但是", "如果", "差不多"),
        *("没有以前", "你们", "等了5天", "龟速", "😀", "\n", "酒店", "一般"),
    ]
)


@pytest.fixture(scope="module")
def lexicon() -> LexiconTagger:
    return LexiconTagger(compile_cues(load_taxonomy()))


def found(lexicon: LexiconTagger, *texts: str) -> list[list[Finding]]:
    return read_batch(texts).findings(lexicon).by_row(len(texts))


@pytest.mark.parametrize(
    ("text", "key", "evidence", "rule"),
    [
        ("物流很慢", ("logistics.delay", -1), "物流很慢", "aspect"),
        ("物流不慢", ("logistics.delay", 1), "物流不慢", "aspect"),
        ("物流，很慢", ("logistics.delay", -1), "很慢", "carried"),
        ("物流，差，包装，好", ("packaging.poor", 1), "好", "carried"),
        ("服务和环境都不错", ("service.attitude", 1), "服务和环境都不错", "aspect"),
        ("服务和环境都不错", ("venue.facility", 1), "环境都不错", "aspect"),
        ("很棒的服务", ("service.attitude", 1), "很棒的服务", "aspect"),
        ("服务很好但是环境太差", ("venue.facility", -1), "环境太差", "direct"),
    ],
)
def test_a_judgement_goes_to_its_aspect(lexicon, text, key, evidence, rule):
    (row,) = found(lexicon, text)
    (one,) = [finding for finding in row if (finding.tag, finding.polarity) == key]
    assert text[one.start : one.end] == evidence
    assert one.rule.startswith(rule)


@pytest.mark.parametrize("text", ["如果物流太慢", "物流“不错”", "差不多", "物流", ""])
def test_what_says_nothing_is_not_found(lexicon, text):
    assert found(lexicon, text) == [[]]


def test_an_aspect_is_left_open_to_one_clause_only(lexicon):
    near, judged, far = found(lexicon, "物流，慢", "物流快，慢", "客服，大家，差")
    assert [finding.rule for finding in near] == ["carried"]
    assert [finding.polarity for finding in judged] == [1]
    assert far == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(PIECES, max_size=9).map("".join), min_size=1, max_size=5))
@example(["环境没有以前", "不"])
def test_neighbours_do_not_matter(lexicon, texts: list[str]):
    together = read_batch(texts)
    rows = together.findings(lexicon).by_row(len(texts))
    for text, begin, row in zip(texts, together.buffer.starts.tolist(), rows, strict=True):
        moved = [finding._replace(start=finding.start - begin, end=finding.end - begin) for finding in row]
        assert [moved] == found(lexicon, text)
