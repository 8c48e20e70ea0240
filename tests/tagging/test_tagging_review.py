"""Agreement and intervals against numbers from elsewhere, and which rows are chosen."""

from __future__ import annotations

import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.proportion import proportion_confint

from voc.tagging.review import choose_rows, kappa, wilson


def test_kappa_is_cohens():
    first, second = list("aabbcaabcc"), list("aabbcbabca")
    assert kappa(first, second) == pytest.approx(cohen_kappa_score(first, second))
    assert kappa(["a"], ["a"]) is None


@pytest.mark.parametrize(("hits", "total"), [(0, 10), (7, 10), (80, 100)])
def test_intervals_are_wilsons(hits: int, total: int):
    lower, upper, _ = wilson(hits, total)
    assert (lower, upper) == pytest.approx(proportion_confint(hits, total, method="wilson"))


def test_uncertain_rows_are_those_near_one_half():
    rows = [{"sentiment_score": score, "tags": []} for score in (0.99, 0.5, 0.01, 0.45, 0.9)]
    assert choose_rows(rows, 2, 0, 1) == [(1, "uncertain"), (3, "uncertain")]
    chosen = choose_rows(rows, 2, 2, 1)
    assert len(chosen) == len({at for at, _ in chosen}) == 4
