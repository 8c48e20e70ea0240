"""What moved a rate: contributions add up, whatever the counts, and a planted driver is found."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.errors import UsageError
from voc.rootcause.change import Counts, Node, explain_change


def counts_of(cells: list[tuple[int, int, int, int, int, int]]) -> Counts:
    """Rows of two elements, then events and other units before, events and other units after."""
    table = np.array(cells, dtype=np.float64)
    codes = table[:, :2].astype(np.int64)
    return Counts(
        dimensions=("tag", "segment"),
        labels=(("t0", "t1", "t2"), ("s0", "s1", "s2")),
        codes=codes,
        before_events=table[:, 2],
        before_units=table[:, 2] + table[:, 3],
        after_events=table[:, 4],
        after_units=table[:, 4] + table[:, 5],
    )


numbers = st.integers(0, 200)
cells = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), numbers, numbers, numbers, numbers),
    min_size=1,
    max_size=9,
).filter(lambda rows: sum(r[2] + r[3] for r in rows) > 0 and sum(r[4] + r[5] for r in rows) > 0)


@given(cells)
def test_contributions_of_every_dimension_add_up_to_the_change(rows):
    change = explain_change(counts_of(rows))
    assert change.difference == pytest.approx(change.after_rate - change.before_rate)
    for dimension in change.dimensions:
        assert sum(one.contribution for one in dimension.elements) == pytest.approx(change.difference)
        for one in dimension.elements:
            assert one.rate_effect + one.mix_effect == pytest.approx(one.contribution)
            assert one.ci_lower <= one.contribution <= one.ci_upper


def shapley(players: int, worth) -> list[float]:
    """The mean of what each player adds, over all orders in which they may come."""
    added = [0.0] * players
    orders = list(permutations(range(players)))
    for order in orders:
        there: set[int] = set()
        for player in order:
            before = worth(frozenset(there))
            there.add(player)
            added[player] += (worth(frozenset(there)) - before) / len(orders)
    return added


@given(cells)
def test_rate_and_mix_are_the_shapley_values_of_the_two_factors(rows):
    counts = counts_of(rows)
    change = explain_change(counts)
    middle = (change.before_rate + change.after_rate) / 2
    for dimension in change.dimensions:
        for one in dimension.elements:
            share = (one.before_share, one.after_share)
            rate0 = one.before_rate if one.before_rate is not None else one.after_rate
            rate1 = one.after_rate if one.after_rate is not None else rate0
            rate = (rate0, rate1)

            def worth(moved, share=share, rate=rate):
                return share[0 in moved] * (rate[1 in moved] - middle)

            mix, own = shapley(2, worth)
            assert one.mix_effect == pytest.approx(mix, abs=1e-12)
            assert one.rate_effect == pytest.approx(own, abs=1e-12)


def leaves_add_up(node: Node) -> None:
    if node.children:
        assert sum(child.contribution for child in node.children) == pytest.approx(
            node.contribution, abs=1e-12
        )
        for child in node.children:
            leaves_add_up(child)


@given(cells)
def test_children_of_the_tree_add_up_to_their_parent(rows):
    change = explain_change(counts_of(rows))
    assert change.tree.contribution == pytest.approx(change.difference)
    leaves_add_up(change.tree)


def planted() -> Counts:
    """Only segment s1 of tag t2 got worse: from one in ten to four in ten."""
    rows = [
        (
            tag,
            segment,
            100,
            900,
            400 if (tag, segment) == (2, 1) else 100,
            600 if (tag, segment) == (2, 1) else 900,
        )
        for tag in range(3)
        for segment in range(3)
    ]
    return counts_of(rows)


def test_planted_driver_is_found_and_nothing_else():
    change = explain_change(planted())
    chosen = {found.name: found.chosen for found in change.dimensions}
    assert chosen == {"tag": ("t2",), "segment": ("s1",)}
    first = change.dimensions[0].elements[0]
    assert first.explanatory_power == pytest.approx(1.0, abs=0.15)
    assert first.q_value < 0.001
    assert first.mix_effect == pytest.approx(0)
    branch = change.tree.children[0]
    assert (branch.element, branch.children[0].element) in {("t2", "s1"), ("s1", "t2")}
    assert branch.children[0].share == pytest.approx(1.0, abs=0.15)


def test_more_customers_of_a_bad_kind_is_mix_and_not_rate():
    rows = [(0, 0, 10, 90, 10, 90), (1, 0, 50, 50, 450, 450)]
    change = explain_change(counts_of(rows))
    by_tag = next(found for found in change.dimensions if found.name == "tag")
    worse = next(one for one in by_tag.elements if one.element == "t1")
    assert worse.rate_effect == pytest.approx(0)
    assert worse.mix_effect > 0
    assert change.after_rate > change.before_rate


def test_events_that_share_their_units_add_up_too():
    # a complaint counts for its tag, its feedback for all
    counts = Counts(
        dimensions=("tag",),
        labels=(("(none)", "a", "b"),),
        codes=np.array([[0], [1], [2]]),
        before_events=np.array([0.0, 30.0, 20.0]),
        before_units=np.array([500.0, 0.0, 0.0]),
        after_events=np.array([0.0, 90.0, 20.0]),
        after_units=np.array([500.0, 0.0, 0.0]),
    )
    found = explain_change(counts)
    parts = {one.element: one.contribution for one in found.dimensions[0].elements}
    assert parts == pytest.approx({"a": 0.12, "b": 0.0, "(none)": 0.0})
    assert found.difference == pytest.approx(0.12)


def test_interval_of_the_change_is_that_of_two_proportions():
    change = explain_change(counts_of([(0, 0, 50, 450, 80, 420)]))
    error = np.sqrt(0.1 * 0.9 / 500 + 0.16 * 0.84 / 500)
    assert change.ci_upper - change.difference == pytest.approx(1.959964 * error)


def test_period_without_data_is_told():
    with pytest.raises(UsageError, match="after: the period has no data"):
        explain_change(counts_of([(0, 0, 5, 5, 0, 0)]))
