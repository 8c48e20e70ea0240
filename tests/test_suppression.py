"""No hidden cell can be worked out: an attacker with a linear program finds a wide interval for each.

The program is written here from the equations that a reader of the table has, and shares no code with voc.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from voc.suppression import attacker_interval, protect, protect_list, protect_shares, with_totals

MIN = 10
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 60))


def interval(equations, totals, cell, width, least=0.0):
    """Least and most of one unknown, given what adds up to what."""
    goal = np.zeros(width)
    goal[cell] = 1
    ends = []
    for side in (1, -1):
        found = linprog(side * goal, A_eq=equations, b_eq=totals, bounds=(least, None), method="highs")
        assert found.status in (0, 3)
        ends.append(side * (found.fun if found.status == 0 else -np.inf))
    return ends


def known_sums(shape):
    """The equations of a table with totals: every row and column less its total is 0."""
    rows, columns = shape
    equations = []
    for at in range(rows):
        one = np.zeros(shape)
        one[at, :-1], one[at, -1] = 1, -1
        equations.append(one.ravel())
    for at in range(columns):
        one = np.zeros(shape)
        one[:-1, at], one[-1, at] = 1, -1
        equations.append(one.ravel())
    return np.array(equations)


@settings(max_examples=25, deadline=None)
@given(table=st.lists(st.lists(COUNTS, min_size=3, max_size=3), min_size=2, max_size=4))
def test_two_ways_with_margins(table):
    whole = with_totals(np.array(table, dtype=float))
    hidden = protect(np.array(table), min_cell=MIN).hidden
    small = (whole > 0) & (whole < MIN)
    assert hidden[small].all()
    if hidden.all():
        return
    equations = known_sums(whole.shape)
    open_ = hidden.ravel()
    left = -equations[:, ~open_] @ whole.ravel()[~open_]
    for cell in np.flatnonzero(small.ravel()):
        lower, upper = interval(
            equations[:, open_], left, np.flatnonzero(np.flatnonzero(open_) == cell)[0], open_.sum()
        )
        assert upper - lower >= MIN - 1e-6


@settings(max_examples=40, deadline=None)
@given(
    table=st.lists(st.lists(st.integers(1, 30), min_size=3, max_size=3), min_size=2, max_size=4),
    hide=st.lists(st.booleans(), min_size=20, max_size=20),
    least=st.sampled_from([1.0, 0.0, None]),
)
def test_the_interval_of_a_hidden_cell_is_that_of_the_linear_program(table, hide, least):
    whole = with_totals(np.array(table, dtype=float))
    hidden = np.resize(np.array(hide), whole.shape)
    open_ = np.flatnonzero(hidden)
    equations = known_sums(whole.shape)
    left = -equations @ np.where(hidden, 0.0, whole).ravel()
    for at, cell in enumerate(open_):
        expected = interval(equations[:, open_], left, at, len(open_), least)
        found = attacker_interval(whole, hidden, np.unravel_index(cell, whole.shape), least=least)
        assert found == pytest.approx(expected, abs=1e-6)


def test_a_table_of_sixty_by_sixty_is_protected_like_a_small_one():
    draw = np.random.default_rng(1)
    counts = draw.poisson(20 * draw.gamma(1, 1, (60, 1)) * draw.gamma(1, 1, (1, 60)))
    whole = with_totals(counts)
    found = protect(counts, min_cell=MIN)
    small = (whole > 0) & (whole < MIN)
    assert found.primary.sum() == small.sum() > 1000
    assert found.hidden[small].all()
    assert not found.hidden.all()
    open_ = np.flatnonzero(found.hidden)
    equations = sparse.csr_array(known_sums(whole.shape))
    left = -equations @ np.where(found.hidden, 0.0, whole).ravel()
    for cell in draw.choice(np.flatnonzero(small), 8, replace=False):
        at = int(np.searchsorted(open_, cell))
        lower, upper = interval(equations[:, open_], left, at, len(open_), 1.0)
        assert upper - lower >= MIN - 1e-6


@given(counts=st.lists(COUNTS, min_size=1, max_size=7))
def test_one_way_with_a_total(counts):
    table = np.array(counts, dtype=float)
    hidden = protect_list(table, min_cell=MIN)
    small = (table > 0) & (table < MIN)
    assert hidden[small].all()
    assert (hidden == protect(table[:, None], min_cell=MIN).hidden[:-1, 0]).all()
    assert (hidden == protect(table[None, :], min_cell=MIN).hidden[0, :-1]).all()
    if table.sum() < MIN or not small.any():
        return  # such a total is not shown
    rest = table[hidden].sum()
    for at in range(np.count_nonzero(hidden)):
        lower, upper = interval(np.ones((1, hidden.sum())), [rest], at, hidden.sum())
        assert upper - lower >= MIN


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=6))
def test_shares_of_known_wholes_with_a_total(rows):
    parts = np.array([part for part, _ in rows], dtype=float)
    wholes = parts + np.array([rest for _, rest in rows], dtype=float)
    hidden = protect_shares(parts, wholes, min_cell=MIN)
    small = np.array([any(0 < cell < MIN for cell in row) for row in rows])
    assert hidden[small].all()
    if hidden.all() or not hidden.any():
        return  # all hidden: their total is not shown either
    assert np.count_nonzero(hidden) > 1
    places = np.flatnonzero(hidden)
    for at, row in enumerate(places):
        if not small[row] or wholes[row] < MIN:
            continue
        bounds = [
            linprog(
                side * np.eye(len(places))[at],
                A_eq=np.ones((1, len(places))),
                b_eq=[parts[hidden].sum()],
                bounds=[(0, whole) for whole in wholes[places]],
            ).fun
            for side in (1, -1)
        ]
        assert -bounds[1] - bounds[0] >= MIN - 1e-6


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [([3, 40, 20], [0, 2]), ([3, 4, 20, 90], [0, 1, 2]), ([6, 5, 90], [0, 1]), ([0, 30], []), ([3], [0])],
)
def test_the_smallest_cells_are_hidden_until_they_hide_each_other(counts, hidden):
    assert np.flatnonzero(protect_list(np.array(counts, dtype=float), min_cell=MIN)).tolist() == hidden


def test_hidden_cells_of_one_person_each_are_not_told_by_their_sum():
    """Ten cells that add up to ten would each be one, since an empty cell is shown to be empty."""
    hidden = protect_list(np.array([1.0] * 10 + [50.0, 60.0]), min_cell=10)
    assert hidden.tolist() == [True] * 11 + [False]


def told_amount(amounts, hidden, cell):
    """Least and most of a hidden amount; nothing is negative, and what is shown is known."""
    whole = with_totals(amounts)
    shown = ~hidden.ravel()
    known = np.eye(whole.size)[shown]
    equations = np.vstack([known_sums(whole.shape), known])
    totals = np.concatenate([np.zeros(sum(whole.shape)), whole.ravel()[shown]])
    return interval(equations, totals, int(np.ravel_multi_index(cell, whole.shape)), whole.size)


def test_hidden_amounts_cannot_be_told_closely():
    people = np.array([[4, 30, 30], [30, 30, 30], [30, 30, 30]], dtype=float)
    amounts = np.array([[9000, 10, 20], [10, 20, 5000], [20, 5000, 9000]], dtype=float)
    alone = protect(people, min_cell=MIN).hidden
    lower, upper = told_amount(amounts, alone, (0, 0))
    assert upper - lower < 0.3 * 9000  # what is hidden for the people's sake is not enough
    lower, upper = told_amount(amounts, protect(people, min_cell=MIN, amounts=amounts).hidden, (0, 0))
    assert upper - lower >= 0.3 * 9000 - 1e-3
