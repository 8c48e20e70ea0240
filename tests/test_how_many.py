"""Counts in messages read right."""

from __future__ import annotations

import pytest

from voc.how_many import how_many


@pytest.mark.parametrize(
    ("count", "words", "told"),
    [
        (1, ("row",), "1 row"),
        (0, ("row",), "0 rows"),
        (2500, ("exact repeat",), "2,500 exact repeats"),
        (1, ("person", "people"), "1 person"),
        (2, ("person", "people"), "2 people"),
    ],
)
def test_one_is_one_and_others_are_many(count: int, words: tuple[str, ...], told: str):
    assert how_many(count, *words) == told
