"""Landmarks, windows and what may be known at a landmark."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.errors import LeakageError, UsageError
from voc.rootcause.design import Design
from voc.rootcause.exposure import Complaints, earlier_complaints, exposures
from voc.rootcause.features import activity, banded, tenure
from voc.rootcause.outcome import by_inactivity, by_table
from voc.rootcause.panel import Feature, combine, stratify


def days(*names: str) -> np.ndarray:
    return np.array(names, dtype="datetime64[D]")


def after(start: str, *offsets: int) -> np.ndarray:
    return np.datetime64(start, "D") + np.array(offsets, dtype="timedelta64[D]")


L = "2024-06-30"
DESIGN = Design(every_days=90)


@given(
    st.builds(
        Design,
        exposure_days=st.integers(1, 60),
        gap_days=st.integers(0, 30),
        horizon_days=st.integers(1, 120),
        every_days=st.integers(1, 120),
    ),
    st.integers(0, 900),
)
def test_every_window_of_every_landmark_lies_inside_the_data(design, length):
    first = np.datetime64("2023-01-01")
    last = first + length
    if length + 1 < design.span_days:
        with pytest.raises(
            UsageError, match=rf"cover {length + 1} days?, the design needs {design.span_days}"
        ):
            design.landmarks(first, last)
        return
    landmarks = design.landmarks(first, last)
    assert landmarks[0] - design.exposure_days + 1 >= first
    assert landmarks[-1] + design.gap_days + design.horizon_days == last
    assert (np.diff(landmarks).astype(int) == design.every_days).all()


def test_one_landmark_is_enough():
    assert len(DESIGN.landmarks(np.datetime64("2024-01-01"), np.datetime64("2024-05-13"))) == 1


@pytest.mark.parametrize(("name", "value", "bound"), [("exposure_days", 0, 1), ("gap_days", -1, 0)])
def test_impossible_length_is_told_with_its_bound(name, value, bound):
    with pytest.raises(UsageError, match=f"{name} must be {bound} or more, not {value}"):
        Design(**{name: value})


def test_default_landmarks_count_no_churn_twice():
    assert not DESIGN.overlapping
    assert Design(every_days=30).overlapping


def test_complaint_counts_from_the_first_day_of_the_window_to_the_landmark():
    offsets = (-31, -30, -29, 0, 1)
    complaints = Complaints(np.arange(5), after(L, *offsets), np.zeros(5, np.int64))
    found = exposures(complaints, np.arange(5), np.repeat(days(L), 5), 1, DESIGN)
    assert found.of_tag(0).tolist() == [2, 3]


def test_repeated_complaint_exposes_once_and_strangers_nobody():
    complaints = Complaints(np.array([0, 0, 7]), after(L, 0, -1, 0), np.array([1, 1, 0]))
    found = exposures(complaints, np.array([0, 1]), np.repeat(days(L), 2), 2, DESIGN)
    assert found.of_tag(1).tolist() == [0]
    assert found.of_tag(0).tolist() == []
    assert found.tags_of(2).tolist() == [1, 0]


def test_earlier_complaints_end_where_the_exposure_window_begins():
    offsets = (-29, -30, -209, -210)
    complaints = Complaints(np.zeros(4, np.int64), after(L, *offsets), np.zeros(4, np.int64))
    counts, measured = earlier_complaints(complaints, np.array([0]), days(L), DESIGN)
    assert counts.tolist() == [2]
    assert measured == after(L, -30)


def test_churn_from_a_table_lies_strictly_inside_the_horizon():
    churn = after(L, 0, 14, 15, 104, 105)
    churn = np.append(churn, np.datetime64("NaT"))
    first = np.repeat(days("2024-01-01"), 6)
    found = by_table(first, churn, days(L), DESIGN)
    assert found.customer.tolist() == [2, 3, 4, 5]
    assert found.churned.tolist() == [True, True, False, False]


def test_customer_who_comes_after_the_landmark_is_not_at_risk():
    found = by_table(after(L, 0, 1), np.repeat(np.datetime64("NaT", "D"), 2), days(L), DESIGN)
    assert found.customer.tolist() == [0]


def test_silence_inside_the_horizon_is_churn_and_orders_in_the_gap_decide_nothing():
    customer = np.array([0, 1, 1, 2, 2, 3, 3, 4])
    day = after(L, 0, 0, 14, -89, 15, -10, 104, -90)
    found = by_inactivity(customer, day, days(L), 5, DESIGN)
    assert found.customer.tolist() == [0, 1, 2, 3]
    assert found.churned.tolist() == [True, True, False, False]


def test_feature_that_looks_past_its_landmark_is_refused():
    landmark = np.repeat(days(L), 3)
    late = Feature("lifetime value", np.array([0, 1, 2]), after(L, -3, 1, 5))
    with pytest.raises(LeakageError, match=r"feature 'lifetime value': 2 values .* by up to 5 days"):
        stratify(landmark, [late])


def test_feature_of_the_landmark_itself_is_welcome():
    landmark = np.repeat(days(L), 2)
    feature = Feature("activity", np.array([0, 1]), np.array([L, "NaT"], dtype="datetime64[D]"))
    assert len(set(stratify(landmark, [feature])[0].tolist())) == 2


def test_activity_and_tenure_know_nothing_of_later_orders():
    customer, day = np.array([0, 0, 1, 1]), after(L, -5, 1, -100, -89)
    at_risk, landmark = np.array([0, 1]), np.repeat(days(L), 2)
    found = activity(customer, day, at_risk, landmark, DESIGN)
    assert found.codes.tolist() == [1, 1]
    assert (found.measured <= landmark).all()
    assert tenure(after(L, -5, -100), at_risk, landmark).codes.tolist() == [0, 2]


def test_band_holds_its_upper_bound():
    assert banded(np.array([0, 7, 8, 30, 31]), (7, 30)).tolist() == [0, 0, 1, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=50))
def test_stratum_is_the_same_exactly_for_equal_codes(pairs):
    first, second = np.array(pairs, dtype=np.int64).T
    combined = combine([first, second])
    assert len(set(combined.tolist())) == len(set(pairs))
    assert combined.max() == len(set(pairs)) - 1
    assert len(set(zip(combined.tolist(), pairs, strict=True))) == len(set(pairs))


def test_design_can_be_sent_to_a_worker():
    assert pickle.loads(pickle.dumps(DESIGN)) == DESIGN
