"""Satisfaction from ratings."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from voc.customers.satisfaction import net_promoter_score, satisfaction
from voc.errors import InputError


def in_memory(**columns: object) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False))


def test_interval_of_the_score_covers_what_it_says():
    rng = np.random.default_rng(1)
    shares = (0.45, 0.3, 0.25)
    covered = 0
    for _ in range(2000):
        up, _, down = rng.multinomial(60, shares)
        _, lower, upper = net_promoter_score(int(up), int(down), 60)
        covered += lower <= shares[0] - shares[2] <= upper
    assert 0.93 <= covered / 2000 <= 0.97


def test_ten_point_ratings_by_segment_beside_their_text():
    feedback = in_memory(
        customer_id=[1, 1, 2, 2, 3, 4, 9],
        rating=[10, 9, 8, 6, 0, 10, None],
        sentiment=[1, -1, 0, -1, 1, None, 1],
    )
    segments = in_memory(customer_key=["1", "2", "3"], segment=["vip", "vip", "general"])
    rows, counts = satisfaction(feedback, segments=segments)
    overall, general, vip = rows
    assert (overall.ratings, overall.promoters, overall.passives, overall.detractors) == (6, 3, 1, 2)
    assert overall.nps == pytest.approx(1 / 6)
    assert overall.csat == pytest.approx(4 / 6)
    assert (overall.pleased_but_negative, overall.displeased_but_positive) == (1, 1)
    assert overall.disagreement == pytest.approx(2 / 5)
    assert (general.segment, vip.segment, vip.ratings) == ("general", "vip", 4)
    assert counts == (7, 1, 10, 1, 0, pytest.approx(3 / 4))


@pytest.mark.parametrize(
    ("ratings", "scale", "promoters"),
    [([5, 4, 1], 5, 1), ([50, 40, 10], 5, 1), ([0, 9, 10], 10, 2)],
    ids=["stars", "stars in tens", "0 to 10"],
)
def test_scale_is_found(ratings, scale, promoters):
    rows, counts = satisfaction(in_memory(rating=ratings))
    assert (counts.scale, rows[0].promoters) == (scale, promoters)


@pytest.mark.parametrize(
    ("ratings", "message"),
    [([None, None], "no row has a rating"), ([5, 73], "from 5 to 73"), ([-1, 4], "from -1 to 4")],
)
def test_ratings_that_are_none_are_told(ratings, message):
    with pytest.raises(InputError, match=message):
        satisfaction(in_memory(rating=pd.array(ratings, dtype="Float64")))


@pytest.mark.parametrize(
    ("usual", "slip", "scale", "found"),
    [([5, 4, 1], 99, None, 5), ([50, 40, 10], 45, None, 5), ([0, 9, 10], -1, None, 10), ([5, 1], 0, 5, 5)],
    ids=["stars", "stars in tens", "0 to 10", "scale given"],
)
def test_a_slip_among_a_hundred_ratings_is_left_out_and_counted(usual, slip, scale, found):
    ratings = usual * (120 // len(usual))
    rows, counts = satisfaction(in_memory(rating=[*ratings, slip]), scale=scale)
    expected, _ = satisfaction(in_memory(rating=ratings), scale=scale)
    assert (counts.scale, counts.off_scale, counts.unrated) == (found, 1, 0)
    assert rows == expected


def test_ratings_are_refused_where_more_lie_outside_the_scale():
    with pytest.raises(InputError, match="from 1 to 99"):
        satisfaction(in_memory(rating=[1, 5] * 100 + [99] * 4))
