"""Terms, patterns and foldable texts are found for a whole buffer as they would be one place at a time."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.text.fold_batch import fold_batch
from voc.text.normalise import fold
from voc.text.patterns import PatternBook
from voc.text.terms import TermIndex, code_points

TERMS = st.lists(st.text(alphabet="不好慢了😀a", min_size=1, max_size=5), max_size=12, unique=True)
TEXTS = st.text(alphabet="不好慢了😀ab\n", max_size=40)


@given(TERMS, TEXTS)
def test_every_occurrence_of_every_term_is_found(terms: list[str], text: str):
    hits = TermIndex(terms).find_all(code_points(text))
    found = zip(hits.starts.tolist(), hits.ends.tolist(), (terms[at] for at in hits.terms), strict=True)
    expected = [
        (start, start + len(term), term)
        for start in range(len(text))
        for term in sorted(terms, key=len)
        if text.startswith(term, start)
    ]
    assert list(found) == expected


@given(TERMS, TEXTS)
def test_words_are_the_leftmost_longest(terms: list[str], text: str):
    hits = TermIndex(terms).find_words(code_points(text))
    found = list(zip(hits.starts.tolist(), hits.ends.tolist(), strict=True))
    choices = "|".join(map(re.escape, sorted(terms, key=len, reverse=True)))
    expected = [match.span() for match in re.finditer(choices, text)] if terms else []
    assert found == expected


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("等了#天", "物流等了5天才到", "等了5天"),
        ("等了#天", "物流等了很久的天", None),
        ("等了#天", "物流等了三四天才到", "等了三四天"),
        ("太*了", "实在太不像话了吧", "太不像话了"),
        ("太*了", "太贵，再也不来了", None),
        ("太*了", "太一二三四五六七八九了", None),
        ("*没人管", "打电话没人管", "打电话没人管"),
        ("打*没人*接", "打了三次没人来接", "打了三次没人来接"),
    ],
)
def test_a_pattern_stays_within_its_clause_and_its_gaps(term: str, text: str, found: str | None):
    hits = PatternBook(["别的*词", term]).find(code_points(text), text)
    assert [text[start:end] for start, end in zip(hits.starts, hits.ends, strict=True)] == (
        [] if found is None else [found]
    )


@given(
    st.lists(
        st.text(
            alphabet=st.one_of(
                st.sampled_from("好，ＡＢ１①❷\u200b\u3000 -.0123456789一幺三零两OlI"),
                st.characters(exclude_categories=("Cs",), exclude_characters="\n"),
            ),
            max_size=24,
        ),
        max_size=6,
    )
)
def test_a_batch_folds_as_its_texts_do(texts: list[str]):
    ends = np.cumsum([len(text) + 1 for text in texts]).astype(np.int64) - 1
    assert fold_batch(texts, code_points("\n".join(texts)), ends) == [fold(text) for text in texts]
