"""Clauses end at punctuation, and negation is counted."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.text.clauses import clauses, load_clause_rules


@given(st.text(alphabet=st.sampled_from("物流慢，。！ ,.1 2\n😀"), max_size=30))
def test_clauses_are_in_order_and_hold_no_end_mark(text: str):
    spans = clauses(text)
    assert all(left.end < right.start + 1 for left, right in pairwise(spans))
    for start, end in spans:
        assert not set(text[start:end]) & set("，。！, \n😀")


def test_a_decimal_point_ends_nothing():
    assert len(clauses("花了2.5元")) == 1


@pytest.mark.parametrize(
    ("text", "flips"),
    [("快", 0), ("不快", 1), ("不是不快", 2), ("不是很快", 1), ("没有很快", 1), ("一点都不快", 1)],
)
def test_negations_before_a_judgement(text: str, flips: int):
    rules = load_clause_rules()
    assert rules.scope(text, len(text) - 1, 0).flips % 2 == flips % 2
